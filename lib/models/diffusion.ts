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
import { expectNumbers, expectPixels, expectShape, expectSize, PIXELS, whole } from "../tensor/expect";
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
  if (kind !== "linear" && kind !== "cosine") {
    throw new RangeError(`noiseSchedule: wanted "linear" or "cosine", got ${JSON.stringify(kind)}`);
  }
  const scale = 1000 / steps;
  const level = (t: number): number => Math.cos(((t / steps + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
  const beta = (t: number): number =>
    kind === "linear" ? scale * (1e-4 + (t / (steps - 1)) * (0.02 - 1e-4)) : 1 - level(t + 1) / level(t);
  const betas = Float64Array.from({ length: steps }, (_, t) => Math.min(beta(t), 0.999));
  let product = 1;
  return { betas: Float32Array.from(betas), alphaBars: Float32Array.from(betas, (b) => (product *= 1 - b)) };
}

/**
 * ᾱ at each t; t [B] int32, 0 … T − 1 → [B, 1]
 * @throws Error when t is no list of int32; RangeError for a level that does not exist (compiled: in the first call)
 */
export function alphaBarAt(schedule: NoiseSchedule, t: tf.Tensor1D): tf.Tensor2D {
  expectLevels("alphaBarAt", t, schedule);
  return tf.reshape(tf.gather(tf.tensor1d(schedule.alphaBars), t), [-1, 1]);
}

/** @throws Error unless t is one int32 for each picture; RangeError unless each is 0 … T − 1 (compiled: in the first call) */
export function expectLevels(who: string, t: tf.Tensor1D, { alphaBars }: NoiseSchedule, pictures?: number): void {
  const T = alphaBars.length;
  expectShape(who, "t", t, [pictures ?? "B"], "one noise level for each picture");
  if (t.dtype !== "int32")
    throw new Error(`${who}: t is ${t.dtype}, wanted int32: stream.integers([B], 0, T) draws it`);
  expectNumbers(who, "t", t, whole(0, T - 1, `the schedule has ${T} levels, which count from 0`));
}

/**
 * x_t = √ᾱ·x₀ + √(1 − ᾱ)·ε, straight from x₀. x0, eps [B, 784]; alphaBar [B, 1] or a number → [B, 784]
 * @throws Error when shapes differ; RangeError for an ᾱ outside [0, 1], and when a pixel of a picture of 784 is not in [−1, 1]
 * (compiled: in the first call)
 */
export function qSample(x0: tf.Tensor2D, eps: tf.Tensor2D, alphaBar: Level): tf.Tensor2D {
  expectShape("qSample", "eps", eps, x0.shape, "noise of its own for each number of x0");
  expectLevel("qSample", "alphaBar", alphaBar, x0);
  expectPixels("qSample", "x0", x0);
  return tf.add(tf.mul(x0, root(alphaBar)), tf.mul(eps, root(oneMinus(alphaBar))));
}

/** A network's guess of the noise in x [B, 784] at t [B] → [B, 784]. */
export type NoiseModel = (x: tf.Tensor2D, t: tf.Tensor1D) => tf.Tensor2D;

/**
 * Mean of (ε − ε̂(x_t, t))² over pixels and pictures [Ho et al. 2020, eq. 14]. A network that guesses 0 has 1.
 * @param x0 [B, 784] in [−1, 1]; t [B] int32; eps [B, 784] standard normal
 * @throws Error when t, eps or the model's answer has another shape; RangeError for a pixel outside [−1, 1], or a level that does
 * not exist (compiled: in the first call)
 */
export function noiseLoss(
  model: NoiseModel,
  x0: tf.Tensor2D,
  t: tf.Tensor1D,
  eps: tf.Tensor2D,
  schedule: NoiseSchedule,
): tf.Scalar {
  expectShape("noiseLoss", "x0", x0, ["B", "pixels"], "each picture as one row");
  expectNumbers("noiseLoss", "x0", x0, PIXELS);
  expectLevels("noiseLoss", t, schedule, x0.shape[0]);
  const guess = model(qSample(x0, eps, alphaBarAt(schedule, t)), t);
  expectShape("noiseLoss", "the model's answer", guess, x0.shape, "a guess for each number of its input");
  return mse(guess, eps);
}

/** A value of ᾱ: a number, or a tensor that broadcasts against [B, 784]. */
export type Level = number | tf.Tensor;

/** Noise has the shape of what it is in, so that nothing is broadcast. */
const NOISE_CURE = "of the same shape as x";

/**
 * The picture that x and its noise ε̂ imply: x̂₀ = (x − √(1 − ᾱ)·ε̂) / √ᾱ, cut to [−1, 1] unless clip is false.
 * @throws Error when shapes differ; RangeError for an ᾱ outside [0, 1] (compiled: in the first call), and for a number of 0; a 0 in a
 * tensor passes, and divides by 0
 */
export function predictX0(x: tf.Tensor2D, eps: tf.Tensor2D, alphaBar: Level, clip = true): tf.Tensor2D {
  expectShape("predictX0", "eps", eps, x.shape, NOISE_CURE);
  expectLevel("predictX0", "alphaBar", alphaBar, x);
  if (alphaBar === 0) throw new RangeError("predictX0: alphaBar is 0: pure noise implies no picture");
  const x0: tf.Tensor2D = tf.div(tf.sub(x, tf.mul(eps, root(oneMinus(alphaBar)))), root(alphaBar));
  return clip ? tf.clipByValue(x0, -1, 1) : x0;
}

/** What a network is asked for: the noise, the picture, or the velocity v = √ᾱ·ε − √(1 − ᾱ)·x₀ [Salimans & Ho 2022]. */
export type Prediction = "eps" | "x0" | "v";

/**
 * v = √ᾱ·ε − √(1 − ᾱ)·x₀ [Salimans & Ho 2022]: where x_t = cos φ·x₀ + sin φ·ε is heading as φ grows. Nearly ε where there is
 * little noise, nearly −x₀ where there is much: always the part that cannot be read off x_t.
 * @throws Error when shapes differ; RangeError for an ᾱ outside [0, 1], and when a pixel of a picture of 784 is not in [−1, 1]
 * (compiled: in the first call)
 */
export function velocity(x0: tf.Tensor2D, eps: tf.Tensor2D, alphaBar: Level): tf.Tensor2D {
  expectShape("velocity", "eps", eps, x0.shape, "noise of its own for each number of x0");
  expectLevel("velocity", "alphaBar", alphaBar, x0);
  expectPixels("velocity", "x0", x0);
  return tf.sub(tf.mul(eps, root(alphaBar)), tf.mul(x0, root(oneMinus(alphaBar))));
}

/**
 * The right answer of a network that is asked for `what`. x0, eps [B, 784] → [B, 784]
 * @throws Error when shapes differ; RangeError for a `what` that is none, and as velocity
 */
export function predictionTarget(what: Prediction, x0: tf.Tensor2D, eps: tf.Tensor2D, alphaBar: Level): tf.Tensor2D {
  expectPrediction("predictionTarget", what);
  expectShape("predictionTarget", "eps", eps, x0.shape, "noise of its own for each number of x0");
  return what === "eps" ? eps : what === "x0" ? x0 : velocity(x0, eps, alphaBar);
}

/**
 * The noise ε̂ that a network's answer to `what` implies in x: (x − √ᾱ·x̂₀)/√(1 − ᾱ), or √(1 − ᾱ)·x + √ᾱ·v̂.
 * With it all samplers work, whatever the network was asked for.
 * @throws Error when shapes differ; RangeError for a `what` that is none, for an ᾱ outside [0, 1] (compiled: in the first call), and
 * for a number of 1 when the answer is a picture; a 1 in a tensor passes, and divides by 0
 */
export function predictedNoise(what: Prediction, answer: tf.Tensor2D, x: tf.Tensor2D, alphaBar: Level): tf.Tensor2D {
  expectPrediction("predictedNoise", what);
  expectShape("predictedNoise", "answer", answer, x.shape, NOISE_CURE);
  expectLevel("predictedNoise", "alphaBar", alphaBar, x);
  if (what === "x0" && alphaBar === 1) {
    throw new RangeError("predictedNoise: alphaBar is 1: a finished picture says nothing about noise");
  }
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
 * @throws Error when shapes differ; RangeError for an ᾱ or ᾱ′ outside [0, 1] (compiled: in the first call), an η that is no number
 * from 0 to 1, and without noise where η is not 0; of levels that are numbers, not tensors, also for an ᾱ of 0 or 1, and where
 * η is not 0 for an ᾱ′ below ᾱ
 */
export function ddimStep(step: StepBack, eta = 0): tf.Tensor2D {
  const { x, eps, alphaBar, alphaBarNext, noise, clip = true } = step;
  expectStepBack("ddimStep", step);
  if (!(eta >= 0 && eta <= 1)) throw new RangeError(`ddimStep: eta is ${eta}, wanted 0 (DDIM) to 1 (DDPM)`);
  const x0 = predictX0(x, eps, alphaBar, clip);
  const direction: tf.Tensor2D = clip ? tf.div(tf.sub(x, tf.mul(x0, root(alphaBar))), root(oneMinus(alphaBar))) : eps;
  if (eta === 0) return tf.add(tf.mul(x0, root(alphaBarNext)), tf.mul(direction, root(oneMinus(alphaBarNext))));
  if (noise === undefined) throw new RangeError(`ddimStep: no noise, but eta is ${eta}: draw it, or leave eta away`);
  expectNoisierBefore("ddimStep", step);
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
 * @throws Error when shapes differ; RangeError for an ᾱ or ᾱ′ outside [0, 1] (compiled: in the first call); of levels that are
 * numbers, not tensors, also for an ᾱ of 0 or 1, and for an ᾱ′ below ᾱ
 */
export function ddpmStep(step: StepBack): tf.Tensor2D {
  const { x, eps, alphaBar, alphaBarNext, noise, clip = true } = step;
  expectStepBack("ddpmStep", step);
  expectNoisierBefore("ddpmStep", step);
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
 * @throws Error when shapes differ, also for a tensor s of more than one number; RangeError for an s that is no number
 */
export function guide(unconditional: tf.Tensor2D, conditional: tf.Tensor2D, s: number | tf.Scalar): tf.Tensor2D {
  expectShape("guide", "conditional", conditional, unconditional.shape, "two guesses for the same pictures");
  if (typeof s === "object" && s.size !== 1) {
    throw new Error(`guide: s is [${s.shape.join(", ")}], wanted one number for all pictures`);
  }
  if (typeof s === "number" && !Number.isFinite(s)) throw new RangeError(`guide: s is ${s}, wanted a finite number`);
  return tf.add(unconditional, tf.mul(tf.sub(conditional, unconditional), s));
}

/** The times that a sampler of `count` steps visits, evenly spread over 0 … T − 1, latest first; the first is T − 1. */
export function samplingTimes(T: number, count: number): number[] {
  expectSize("samplingTimes", "T", T);
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

function expectPrediction(who: string, what: Prediction): void {
  if (what === "eps" || what === "x0" || what === "v") return;
  throw new RangeError(`${who}: what is ${JSON.stringify(what)}, wanted "eps", "x0" or "v"`);
}

/** A value of ᾱ that is at hand, or one for all of x, for each of its rows, or for each of its numbers. */
function expectLevel(who: string, what: string, level: Level, x: tf.Tensor2D): void {
  const cure = "the share of the picture that is left: schedule.alphaBars[t], t from 0 to T − 1";
  if (typeof level === "number" || level === undefined) {
    if (level >= 0 && level <= 1) return;
    throw new RangeError(`${who}: ${what} is ${level}, wanted 0 to 1: ${cure}`);
  }
  const rows = level.shape[0] === x.shape[0] && (level.shape[1] === 1 || level.shape[1] === x.shape[1]);
  if (level.size !== 1 && !(level.rank === 2 && rows)) {
    const wanted = `[${x.shape[0]}, 1]`;
    throw new Error(`${who}: ${what} is [${level.shape.join(", ")}], wanted ${wanted}: alphaBarAt(schedule, t)`);
  }
  // No slack, unlike `between`: a hair above 1 is the root of a negative number.
  expectNumbers(who, what, level, { is: (value) => value >= 0 && value <= 1, words: "0 to 1", cure });
}

function expectStepBack(who: string, { x, eps, alphaBar, alphaBarNext, noise }: StepBack): void {
  expectShape(who, "x", x, ["B", "pixels"], "each picture as one row");
  expectShape(who, "eps", eps, x.shape, NOISE_CURE);
  if (noise !== undefined) expectShape(who, "noise", noise, x.shape, NOISE_CURE);
  expectLevel(who, "alphaBar", alphaBar, x);
  expectLevel(who, "alphaBarNext", alphaBarNext, x);
  if (alphaBar === 0 || alphaBar === 1) {
    const why = alphaBar === 1 ? "there is no noise to take away" : "pure noise implies no picture";
    throw new RangeError(`${who}: alphaBar is ${alphaBar}: ${why}`);
  }
}

/** A step back that draws noise ends where there is less. */
function expectNoisierBefore(who: string, { alphaBar, alphaBarNext }: StepBack): void {
  if (typeof alphaBar !== "number" || typeof alphaBarNext !== "number" || alphaBarNext >= alphaBar) return;
  throw new RangeError(
    `${who}: alphaBarNext is ${alphaBarNext}, below alphaBar, ${alphaBar}: the way back leads to less noise, and to 1`,
  );
}
