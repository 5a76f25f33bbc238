/**
 * A variational autoencoder of 28 × 28 digits [Kingma & Welling 2014, Rezende et al. 2014].
 *
 * A picture x is made in two steps: draw z from N(0, I), then each pixel with its own chance p(x | z), which the decoder
 * computes. ln p(x) needs an integral over all z; with any other distribution q(z | x), which the encoder computes,
 *
 *   ln p(x) ≥ E_q[ln p(x | z)] − KL(q(z | x) ‖ p(z)), the evidence lower bound (ELBO),
 *
 * and the gap is KL(q(z | x) ‖ p(z | x)). Everything is in nats, summed over the pixels, averaged over the batch: a mean over
 * pixels would weigh the two terms 784 times differently, and be no bound. x must be binary: only then is p(x | z) a likelihood.
 *
 * The noise ε comes in as a tensor, nothing is captured: each function is a formula of its arguments.
 */
import type { Activation } from "../nn/bias";
import { dense } from "../nn/dense";
import { glorotUniform, meanBias } from "../nn/initializers";
import { bernoulliLogLikelihood, logMeanExp } from "../nn/likelihood";
import type { LinearWeights } from "../nn/linear";
import type { RandomStream } from "../tensor/random";
import { BINARY, expectNumbers, expectShape } from "../tensor/expect";
import { tf } from "../tensor/tf";

/** Sizes; the defaults are of the size of the papers' models on binarised MNIST. */
export interface VaeConfig {
  /** Numbers in a picture. */
  pixels?: number;
  /** Widths of the encoder's hidden layers; the decoder has the same in reverse. */
  hidden?: number[];
  /** Length of z. */
  latents?: number;
  /**
   * Mean of each pixel over the training data, 0 to 1: the output's bias starts at its logit, so that an untrained decoder
   * already draws the mean digit (206 nats, not 543) and no step is spent on learning that corners are black. One half unless given.
   */
  pixelMeans?: ArrayLike<number>;
}

/** All weights: 784 → 500 → 50 latents → 500 → 784 makes 860,884 numbers. */
export interface VaeWeights {
  encoder: { hidden: LinearWeights[]; mean: LinearWeights; logVariance: LinearWeights };
  decoder: { hidden: LinearWeights[]; logits: LinearWeights };
}

/** q(z | x) = N(μ, diag σ²) for each picture. */
export interface Posterior {
  /** μ [B, Z] */
  mean: tf.Tensor2D;
  /** ln σ² [B, Z]: any number is a variance */
  logVariance: tf.Tensor2D;
}

const ACTIVATION: Activation = "tanh";

const NOISE_CURE = "one ε for each latent of each picture";

/**
 * Fresh weights: Glorot's, made for tanh, and biases 0, so that each pixel starts near a chance of one half, or at `pixelMeans`.
 * @throws RangeError for a size that is no whole number ≥ 1, or means that are no chances
 */
export function vaeWeights(stream: RandomStream, config: VaeConfig = {}): VaeWeights {
  const { pixels = 784, hidden = [500], latents = 50, pixelMeans } = config;
  for (const size of [pixels, latents, ...hidden]) {
    if (Number.isInteger(size) && size >= 1) continue;
    throw new RangeError(`vaeWeights: wanted pixels, hidden and latents to be whole numbers ≥ 1, got ${size}`);
  }
  const layer = (name: string, fanIn: number, fanOut: number): LinearWeights => ({
    w: glorotUniform(stream.split(name), fanIn, fanOut),
    b: tf.zeros([fanOut]),
  });
  const chain = (name: string, sizes: number[]): LinearWeights[] =>
    sizes.slice(1).map((out, i) => layer(`${name} ${i}`, sizes[i]!, out));
  const [down, up] = [
    [pixels, ...hidden],
    [latents, ...[...hidden].reverse()],
  ];
  return {
    encoder: {
      hidden: chain("encoder", down),
      mean: layer("mean", down.at(-1)!, latents),
      logVariance: layer("log variance", down.at(-1)!, latents),
    },
    decoder: {
      hidden: chain("decoder", up),
      logits: {
        ...layer("logits", up.at(-1)!, pixels),
        ...(pixelMeans && { b: meanBias("vaeWeights", pixelMeans, pixels) }),
      },
    },
  };
}

/** q(z | x), the encoder. x [B, 784] @throws Error when the pictures have another size */
export function encode(x: tf.Tensor2D, { encoder }: VaeWeights): Posterior {
  expectWidth("encode", "pixels", x, encoder.hidden[0] ?? encoder.mean);
  const h = layers(x, encoder.hidden);
  return { mean: dense(h, encoder.mean), logVariance: dense(h, encoder.logVariance) };
}

/**
 * ln (p / (1 − p)) of each pixel's chance p(x = 1 | z), the decoder; sigmoid gives the picture. z [N, Z] → [N, 784]
 * @throws Error when z has another width
 */
export function decode(z: tf.Tensor2D, { decoder }: VaeWeights): tf.Tensor2D {
  expectWidth("decode", "latents", z, decoder.hidden[0] ?? decoder.logits);
  return dense(layers(z, decoder.hidden), decoder.logits);
}

function layers(x: tf.Tensor2D, hidden: LinearWeights[]): tf.Tensor2D {
  return hidden.reduce((h, weights) => dense(h, weights, ACTIVATION), x);
}

/**
 * z = μ + σ·ε, a draw from q(z | x) through which a gradient flows into μ and σ (the reparameterisation trick) [Kingma & Welling
 * 2014, section 2.4].
 * @param eps standard normal, [B, Z], or [k, B, Z] for k draws each; of one picture's q also [n, Z], n draws → same shape
 * @throws Error when ε has another shape, which would be stretched: one ε for several latents
 */
export function reparameterise<E extends tf.Tensor>({ mean, logVariance }: Posterior, eps: E): E {
  const [B, Z] = mean.shape;
  const draws = eps.rank === 3 ? ["k", B, Z] : [B === 1 ? "n" : B, Z];
  expectShape("reparameterise", "eps", eps, draws, NOISE_CURE);
  return tf.add(mean, tf.mul(tf.exp(tf.mul(logVariance, 0.5)), eps));
}

/** KL(N(μ, σ²) ‖ N(0, 1)) = ½·Σ (μ² + σ² − 1 − ln σ²) [Kingma & Welling 2014, appendix B] → [B] */
export function klToStandardNormal(q: Posterior): tf.Tensor1D {
  return tf.sum(klPerLatent(q), 1);
}

/** The terms of that sum: a latent that stays at 0 for all pictures has collapsed, and tells the decoder nothing. → [B, Z] */
export function klPerLatent({ mean, logVariance }: Posterior): tf.Tensor2D {
  const excess = tf.sub(tf.exp(logVariance), logVariance); // σ² − ln σ²
  return tf.mul(tf.sub(tf.add(tf.square(mean), excess), 1), 0.5);
}

/** The two terms of the bound for each picture: ELBO = logLikelihood − kl. */
export interface ElboTerms {
  /** ln p(x | z) at one draw of z [B] */
  logLikelihood: tf.Tensor1D;
  /** KL(q(z | x) ‖ p(z)) [B] */
  kl: tf.Tensor1D;
}

/**
 * The ELBO's terms, the first estimated by one draw of z, the second exact.
 * @param x [B, 784], 0 or 1 @param eps standard normal [B, Z]
 * @throws Error when x or eps has another shape; RangeError when a pixel is neither 0 nor 1 (compiled: in the first call)
 */
export function elboTerms(x: tf.Tensor2D, eps: tf.Tensor2D, weights: VaeWeights): ElboTerms {
  const q = encode(x, weights);
  expectShape("elbo", "eps", eps, q.mean.shape, NOISE_CURE);
  expectNumbers("elbo", "x", x, BINARY);
  const logits = decode(reparameterise(q, eps), weights);
  return { logLikelihood: bernoulliLogLikelihood(x, logits), kl: klToStandardNormal(q) };
}

/**
 * The evidence lower bound in nats, mean over the batch: training raises it, so the loss is its negative.
 * A decoder that gives every pixel one half, with q = p, has −784·ln 2 = −543.43.
 * @param x [B, 784], 0 or 1 @param eps standard normal [B, Z]
 * @param beta factor of the KL term [Higgins et al. 2017]; a bound on ln p(x) only with 1
 * @throws Error and RangeError as elboTerms
 */
export function elbo(x: tf.Tensor2D, eps: tf.Tensor2D, weights: VaeWeights, beta: number | tf.Scalar = 1): tf.Scalar {
  const { logLikelihood, kl } = elboTerms(x, eps, weights);
  return tf.mean(tf.sub(logLikelihood, beta === 1 ? kl : tf.mul(kl, beta)));
}

/**
 * ln of p(x | z)·p(z) / q(z | x) at k draws of z for each picture: the weights of importance sampling. Their plain mean, over
 * draws, estimates the ELBO; the logarithm of the mean of their exponentials, ln p(x).
 * @param x [B, 784], 0 or 1
 * @param eps standard normal [k, B, Z] → [k, B], in nats
 * @throws Error and RangeError as elboTerms, and without a draw
 */
export function importanceLogWeights(x: tf.Tensor2D, eps: tf.Tensor3D, weights: VaeWeights): tf.Tensor2D {
  const who = "importanceLogWeights";
  const q = encode(x, weights);
  expectShape(who, "eps", eps, ["k", ...q.mean.shape], NOISE_CURE);
  expectNumbers(who, "x", x, BINARY);
  const [k, B, Z] = eps.shape;
  if (k === 0) throw new RangeError(`${who}: no draws: give one ε or more for each picture`);
  const z = reparameterise(q, eps); // [k, B, Z]
  const logits = decode(tf.reshape(z, [k * B, Z]), weights);
  const logLikelihood = tf.reshape(bernoulliLogLikelihood(tf.tile(x, [k, 1]), logits), [k, B]);
  // ln p(z) − ln q(z | x) = ½·Σ (ε² + ln σ² − z²): the constants cancel.
  const logRatio = tf.mul(tf.sum(tf.add(tf.sub(tf.square(eps), tf.square(z)), q.logVariance), 2), 0.5);
  return tf.add(logLikelihood, logRatio);
}

/**
 * ln p(x) by k draws for each picture [Burda et al. 2016, eq. 8]: E[ln 1/k·Σⱼ p(x | zⱼ)·p(zⱼ) / q(zⱼ | x)], a bound that
 * rises with k towards ln p(x). With k = 1 it is the ELBO with an estimated KL.
 * @param x [B, 784], 0 or 1
 * @param eps standard normal [k, B, Z] → [B], in nats
 * @throws Error and RangeError as importanceLogWeights
 */
export function importanceWeightedBound(x: tf.Tensor2D, eps: tf.Tensor3D, weights: VaeWeights): tf.Tensor1D {
  return logMeanExp(importanceLogWeights(x, eps, weights)) as tf.Tensor1D;
}

function expectWidth(who: string, what: string, input: tf.Tensor2D, { w }: LinearWeights): void {
  const [got, wanted] = [input.shape, w.shape[0]];
  if (got.length !== 2 || got[1] !== wanted) {
    throw new Error(`${who}: wanted [B, ${wanted}], ${wanted} ${what} a row, got [${got.join(", ")}]: reshape it`);
  }
  if (input.dtype === "float32") return;
  const name = what === "pixels" ? "x" : "z";
  throw new Error(`${who}: ${name} is ${input.dtype}, wanted float32: tf.cast(…, "float32")`);
}
