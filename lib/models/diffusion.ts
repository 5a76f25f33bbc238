/**
 * Denoising diffusion [Sohl-Dickstein et al. 2015, Ho et al. 2020]: a picture is drowned in noise step by step, and a
 * network learns to guess the noise; going back by its guesses makes pictures of noise.
 *
 *   q(x_t | x₀) = N(√ᾱ_t·x₀, (1 − ᾱ_t)·I), t = 0 … T − 1, ᾱ from nearly 1 to nearly 0
 *
 * Indices count from 0: ᾱ[0] is the first, weakest noise. Going back from t = 0 leads to the picture itself, whose ᾱ is 1.
 * Pictures are in [−1, 1]. All noise comes in as tensors.
 */
import { mse } from "../nn/losses";
import { tf } from "../tensor/tf";

/** How noisy each step is. */
export interface NoiseSchedule {
  /** βₜ, the noise that step t adds; [T] */
  betas: Float32Array;
  /** ᾱₜ = Π (1 − β), the share of the picture's variance that is left; [T] */
  alphaBars: Float32Array;
}

/**
 * "linear": β from 1e-4 to 0.02 for T = 1,000 [Ho et al. 2020], scaled by 1,000/T for others so that the end is as noisy;
 * "cosine": ᾱ falls as cos²((t/T + s)/(1 + s)·π/2), s = 0.008, slower at both ends [Nichol & Dhariwal 2021].
 */
export function noiseSchedule(kind: "linear" | "cosine", steps = 1000): NoiseSchedule {
  if (!Number.isInteger(steps) || steps < 2)
    throw new RangeError(`noiseSchedule: wanted 2 steps or more, got ${steps}`);
  const scale = 1000 / steps;
  const level = (t: number): number => Math.cos(((t / steps + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
  const beta = (t: number): number =>
    kind === "linear" ? scale * (1e-4 + (t / (steps - 1)) * (0.02 - 1e-4)) : 1 - level(t + 1) / level(t);
  const betas = Float64Array.from({ length: steps }, (_, t) => Math.min(beta(t), 0.999));
  let product = 1;
  return { betas: Float32Array.from(betas), alphaBars: Float32Array.from(betas, (b) => (product *= 1 - b)) };
}

/** ᾱ at each t; t [B] int32, 0 … T − 1 → [B, 1] */
export function alphaBarAt({ alphaBars }: NoiseSchedule, t: tf.Tensor1D): tf.Tensor2D {
  return tf.reshape(tf.gather(tf.tensor1d(alphaBars), t), [-1, 1]);
}

/** x_t = √ᾱ·x₀ + √(1 − ᾱ)·ε, straight from x₀. x0, eps [B, 784]; alphaBar [B, 1] or a number → [B, 784] */
export function qSample(x0: tf.Tensor2D, eps: tf.Tensor2D, alphaBar: Level): tf.Tensor2D {
  return tf.add(tf.mul(x0, root(alphaBar)), tf.mul(eps, root(oneMinus(alphaBar))));
}

/** A network's guess of the noise in x [B, 784] at t [B] → [B, 784]. */
export type NoiseModel = (x: tf.Tensor2D, t: tf.Tensor1D) => tf.Tensor2D;

/**
 * Mean of (ε − ε̂(x_t, t))² over pixels and pictures [Ho et al. 2020, eq. 14]. A network that guesses 0 has 1.
 * @param x0 [B, 784] in [−1, 1]; t [B] int32; eps [B, 784] standard normal
 */
export function noiseLoss(
  model: NoiseModel,
  x0: tf.Tensor2D,
  t: tf.Tensor1D,
  eps: tf.Tensor2D,
  schedule: NoiseSchedule,
): tf.Scalar {
  return mse(model(qSample(x0, eps, alphaBarAt(schedule, t)), t), eps);
}

/** A value of ᾱ: a number, or a tensor that broadcasts against [B, 784]. */
export type Level = number | tf.Tensor;

/** The picture that x and its noise ε̂ imply: x̂₀ = (x − √(1 − ᾱ)·ε̂) / √ᾱ, cut to [−1, 1] unless clip is false. */
export function predictX0(x: tf.Tensor2D, eps: tf.Tensor2D, alphaBar: Level, clip = true): tf.Tensor2D {
  const x0: tf.Tensor2D = tf.div(tf.sub(x, tf.mul(eps, root(oneMinus(alphaBar)))), root(alphaBar));
  return clip ? tf.clipByValue(x0, -1, 1) : x0;
}

/** What a network is asked for: the noise, the picture, or the velocity v = √ᾱ·ε − √(1 − ᾱ)·x₀ [Salimans & Ho 2022]. */
export type Prediction = "eps" | "x0" | "v";

/**
 * v = √ᾱ·ε − √(1 − ᾱ)·x₀ [Salimans & Ho 2022]: where x_t = cos φ·x₀ + sin φ·ε is heading as φ grows. Nearly ε where there is
 * little noise, nearly −x₀ where there is much: always the part that cannot be read off x_t.
 */
export function velocity(x0: tf.Tensor2D, eps: tf.Tensor2D, alphaBar: Level): tf.Tensor2D {
  return tf.sub(tf.mul(eps, root(alphaBar)), tf.mul(x0, root(oneMinus(alphaBar))));
}

/** The right answer of a network that is asked for `what`. x0, eps [B, 784] → [B, 784] */
export function predictionTarget(what: Prediction, x0: tf.Tensor2D, eps: tf.Tensor2D, alphaBar: Level): tf.Tensor2D {
  return what === "eps" ? eps : what === "x0" ? x0 : velocity(x0, eps, alphaBar);
}

/**
 * The noise ε̂ that a network's answer to `what` implies in x: (x − √ᾱ·x̂₀)/√(1 − ᾱ), or √(1 − ᾱ)·x + √ᾱ·v̂.
 * With it all samplers work, whatever the network was asked for.
 */
export function predictedNoise(what: Prediction, answer: tf.Tensor2D, x: tf.Tensor2D, alphaBar: Level): tf.Tensor2D {
  if (what === "eps") return answer;
  if (what === "v") return tf.add(tf.mul(x, root(oneMinus(alphaBar))), tf.mul(answer, root(alphaBar)));
  return tf.div(tf.sub(x, tf.mul(answer, root(alphaBar))), root(oneMinus(alphaBar)));
}

/** What a step back needs. */
export interface StepBack {
  /** x_t [B, 784] */
  x: tf.Tensor2D;
  /** ε̂, the guess of its noise [B, 784] */
  eps: tf.Tensor2D;
  /** ᾱ now. */
  alphaBar: Level;
  /** ᾱ after the step; 1 at the last step, whose result is the picture. */
  alphaBarNext: Level;
  /** Standard normal [B, 784]; without it the step adds no noise. */
  noise?: tf.Tensor2D;
  /** Cut the guessed picture to [−1, 1] (and correct ε̂ accordingly); true without it. */
  clip?: boolean;
}

/**
 * A step of DDIM [Song et al. 2021, eq. 12]: x̂₀ drowned again, in the same noise but less of it,
 * √ᾱ′·x̂₀ + √(1 − ᾱ′ − σ²)·ε̂ + σ·noise, with σ = η·√((1 − ᾱ′)/(1 − ᾱ))·√(1 − ᾱ/ᾱ′).
 * With η = 0 nothing is random and steps may be long; with η = 1 it is a step of DDPM. At the last step ᾱ′ = 1, so σ = 0.
 */
export function ddimStep({ x, eps, alphaBar, alphaBarNext, noise, clip = true }: StepBack, eta = 0): tf.Tensor2D {
  const x0 = predictX0(x, eps, alphaBar, clip);
  const direction: tf.Tensor2D = clip ? tf.div(tf.sub(x, tf.mul(x0, root(alphaBar))), root(oneMinus(alphaBar))) : eps;
  if (eta === 0 || noise === undefined) {
    return tf.add(tf.mul(x0, root(alphaBarNext)), tf.mul(direction, root(oneMinus(alphaBarNext))));
  }
  const variance = times(eta * eta, posteriorVariance(alphaBar, alphaBarNext));
  const rest = tf.sqrt(tf.maximum(tf.sub(oneMinus(alphaBarNext), variance), 0));
  return tf.addN([
    tf.mul<tf.Tensor2D>(x0, root(alphaBarNext)),
    tf.mul<tf.Tensor2D>(direction, rest),
    tf.mul<tf.Tensor2D>(noise, root(variance)),
  ]);
}

/**
 * A step of DDPM [Ho et al. 2020, algorithm 2]: a draw from q(x′ | x, x̂₀), a normal distribution with mean
 * (√ᾱ′·β·x̂₀ + √α·(1 − ᾱ′)·x) / (1 − ᾱ) and variance β·(1 − ᾱ′)/(1 − ᾱ), where α = ᾱ/ᾱ′ and β = 1 − α.
 * The variance is 0 at the last step, where ᾱ′ = 1: no noise is added to a finished picture.
 */
export function ddpmStep({ x, eps, alphaBar, alphaBarNext, noise, clip = true }: StepBack): tf.Tensor2D {
  const x0 = predictX0(x, eps, alphaBar, clip);
  const alpha = tf.div(alphaBar, alphaBarNext);
  const share = tf.div(1, oneMinus(alphaBar));
  const ofX0 = tf.mul(tf.mul(root(alphaBarNext), oneMinus(alpha)), share);
  const ofX = tf.mul(tf.mul(root(alpha), oneMinus(alphaBarNext)), share);
  const mean: tf.Tensor2D = tf.add(tf.mul(x0, ofX0), tf.mul(x, ofX));
  return noise === undefined ? mean : tf.add(mean, tf.mul(noise, root(posteriorVariance(alphaBar, alphaBarNext))));
}

/** The variance of q(x′ | x, x₀): (1 − ᾱ′)/(1 − ᾱ)·(1 − ᾱ/ᾱ′). */
export function posteriorVariance(alphaBar: Level, alphaBarNext: Level): tf.Tensor {
  return tf.mul(tf.div(oneMinus(alphaBarNext), oneMinus(alphaBar)), oneMinus(tf.div(alphaBar, alphaBarNext)));
}

/**
 * Classifier-free guidance [Ho & Salimans 2022]: ε̂ = ε̂_u + s·(ε̂_c − ε̂_u), from guesses without and with the label.
 * s = 0 ignores the label, s = 1 follows it, s > 1 exaggerates it. (The paper's w is s − 1.)
 */
export function guide(unconditional: tf.Tensor2D, conditional: tf.Tensor2D, s: number | tf.Scalar): tf.Tensor2D {
  return tf.add(unconditional, tf.mul(tf.sub(conditional, unconditional), s));
}

/** The times that a sampler of `count` steps visits, evenly spread over 0 … T − 1, latest first; the first is T − 1. */
export function samplingTimes(T: number, count: number): number[] {
  if (!Number.isInteger(count) || count < 1 || count > T) {
    throw new RangeError(`samplingTimes: wanted 1 to ${T} steps, got ${count}`);
  }
  return Array.from({ length: count }, (_, i) => Math.round(((count - i) * T) / count) - 1);
}

function root(level: Level): tf.Tensor {
  return tf.sqrt(level);
}

function oneMinus(level: Level): tf.Tensor {
  return tf.sub(1, level);
}

function times(factor: number, t: tf.Tensor): tf.Tensor {
  return factor === 1 ? t : tf.mul(factor, t);
}
