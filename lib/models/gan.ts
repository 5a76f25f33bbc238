/**
 * A generative adversarial network for 28 × 28 digits, trained by the Wasserstein distance [Arjovsky 2017, Gulrajani 2017].
 *
 * The generator G makes a picture of noise, the critic D gives a picture a score. Over all D whose slope is at most 1
 * everywhere (1-Lipschitz), the largest possible E[D(real)] − E[D(fake)] is the Wasserstein distance between the two
 * distributions [Kantorovich & Rubinstein]; the generator lowers it. What keeps the slope at most 1 is the caller's
 * choice: nothing (it fails), weight clipping, or the gradient penalty.
 *
 * Networks and losses take everything random as a tensor and capture nothing, so that they may be part of a compiled program
 * (lib/tensor/compile.ts); only the initialisers draw, from the stream that they are given.
 */
import { leakyRelu, tanh } from "../nn/activations";
import { heNormal, torchLinear } from "../nn/initializers";
import { linear } from "../nn/linear";
import type { LinearWeights } from "../nn/linear";
import type { RandomStream } from "../tensor/random";
import { between, expectNumbers, expectPixels, expectShape, expectSize, PIXELS } from "../tensor/expect";
import { tf } from "../tensor/tf";

/** One layer's weights. */
export interface GanLayer {
  /** [in, out] of a fully connected layer, or [5, 5, in, out] of a convolution */
  w: tf.Tensor2D | tf.Tensor4D;
  /** [out] */
  b: tf.Tensor1D;
}

/** Sizes and slope; the defaults are the article's. */
export interface GanConfig {
  /** Length of a noise vector z. */
  noise?: number;
  /** Widths of the generator's hidden layers; the critic has the same in reverse. */
  hidden?: number[];
  /** Numbers in a picture. */
  pixels?: number;
}

/** Factor of LeakyReLU for negative inputs. */
export const SLOPE = 0.2;

/** Keeps √x differentiable at 0. */
const TINY = 1e-12;

/**
 * The generator's layers, noise → 256 → 512 → 784: 559,632 numbers. Initialised as PyTorch's nn.Linear.
 * @throws RangeError for a width that is no whole number ≥ 1
 */
export function generatorLayers(stream: RandomStream, config: GanConfig = {}): GanLayer[] {
  const { noise = 100, hidden = [256, 512], pixels = 784 } = config;
  expectSizes("generatorLayers", { noise, hidden, pixels });
  return layers(stream, [noise, ...hidden, pixels]);
}

/**
 * The critic's layers, 784 → 512 → 256 → 1: 533,505 numbers. No batch norm, no dropout: each score is one picture's own.
 * @throws RangeError as generatorLayers
 */
export function criticLayers(stream: RandomStream, config: GanConfig = {}): GanLayer[] {
  const { hidden = [256, 512], pixels = 784 } = config;
  expectSizes("criticLayers", { hidden, pixels });
  return layers(stream, [pixels, ...[...hidden].reverse(), 1]);
}

/**
 * A critic that looks at neighbourhoods: two 5 × 5 convolutions of stride 2, 28 → 14 → 7, then one score: 14,817 numbers.
 * The same stroke one pixel further costs it no new weights; a fully connected critic must learn it for every place.
 * @throws RangeError for channels that are no whole numbers ≥ 1
 */
export function convCriticLayers(stream: RandomStream, channels: [number, number] = [16, 32]): GanLayer[] {
  expectSizes("convCriticLayers", { channels });
  const [first, second] = channels;
  return [
    convolution(stream, 1, first),
    convolution(stream, first, second),
    ...layers(stream, [49 * second, 1]), // 7 × 7 places
  ];
}

function convolution(stream: RandomStream, from: number, to: number): GanLayer {
  const limit = 1 / Math.sqrt(25 * from); // as torchLinear, fan-in 5 × 5 × from
  return { w: stream.uniform([5, 5, from, to], -limit, limit), b: stream.uniform([to], -limit, limit) };
}

/**
 * Layers for a generator that starts where its signals keep their size, and at the mean digit instead of grey: weights normal
 * with He's variance, biases 0, but the last one atanh of the mean.
 * @param images [n, 784] in [−1, 1]
 * @throws RangeError without a picture, and for numbers outside the range
 */
export function generatorLayersAtMean(
  stream: RandomStream,
  images: tf.Tensor2D,
  config: GanConfig & { slope?: number } = {},
): GanLayer[] {
  const { noise = 100, hidden = [256, 512], slope = SLOPE } = config;
  const who = "generatorLayersAtMean";
  expectSizes(who, { noise, hidden });
  if (images.shape[0] === 0) throw new RangeError(`${who}: no pictures: give at least one`);
  expectNumbers(who, "images", images, PIXELS);
  const sizes = [noise, ...hidden, images.shape[1]];
  const mean = tf.tidy(() => tf.atanh(tf.clipByValue(tf.mean<tf.Tensor1D>(images, 0), -0.99, 0.99)));
  return sizes.slice(1).map((out, i) => ({
    w: heNormal(stream, sizes[i]!, out, slope),
    b: i === sizes.length - 2 ? mean : tf.zeros<tf.Rank.R1>([out]),
  }));
}

function expectSizes(who: string, sizes: Record<string, number | readonly number[]>): void {
  for (const [what, values] of Object.entries(sizes)) {
    for (const value of [values].flat()) expectSize(who, what, value);
  }
}

function layers(stream: RandomStream, sizes: number[]): GanLayer[] {
  return sizes.slice(1).map((out, i) => torchLinear(stream, sizes[i]!, out));
}

/** G(z): pictures of noise. z [B, noise] → [B, 784] in (−1, 1) @throws Error when z has another shape */
export function generator(z: tf.Tensor2D, network: readonly GanLayer[], slope = SLOPE): tf.Tensor2D {
  expectShape("generator", "z", z, ["B", network[0]!.w.shape[0]], "one noise vector for each picture");
  return tanh(body(z, network, slope) as tf.Tensor2D);
}

/**
 * D(x): a score for each picture, any number, higher for what looks real.
 * @param x [B, 784], in the range of the generator's pictures, [−1, 1] → [B]
 * @throws Error when x has another shape
 */
export function critic(x: tf.Tensor2D, network: readonly GanLayer[], slope = SLOPE): tf.Tensor1D {
  expectPictures("critic", x, network);
  return tf.reshape(body(x, network, slope), [x.shape[0]]);
}

/** The critic's last hidden numbers, from which its score is one weighted sum. x [B, 784] → [B, F] @throws Error as critic */
export function criticFeatures(x: tf.Tensor2D, network: readonly GanLayer[], slope = SLOPE): tf.Tensor2D {
  expectPictures("criticFeatures", x, network);
  return flatten(leakyRelu(body(x, network.slice(0, -1), slope), slope));
}

/** As wide as the first layer: a convolution's pictures are 28 × 28. */
export function expectPictures(who: string, x: tf.Tensor2D, [first]: readonly GanLayer[]): void {
  const { w } = first!;
  expectShape(who, "x", x, ["B", w.rank === 4 ? 784 : w.shape[0]], "pictures as rows of pixels: reshape them");
}

function body(x: tf.Tensor2D, network: readonly GanLayer[], slope: number): tf.Tensor {
  return network.reduce<tf.Tensor>((h, layer, i) => {
    const y = layer.w.rank === 4 ? convolve(h, layer) : linear(flatten(h), layer as LinearWeights);
    return i < network.length - 1 ? leakyRelu(y, slope) : y;
  }, x);
}

/** Stride 2: [B, 784] or [B, H, W, in] → [B, H/2, W/2, out] */
function convolve(h: tf.Tensor, { w, b }: GanLayer): tf.Tensor {
  const image = h.rank === 4 ? (h as tf.Tensor4D) : tf.reshape<tf.Rank.R4>(h, [h.shape[0], 28, 28, 1]);
  return tf.add(tf.conv2d(image, w as tf.Tensor4D, 2, "same"), b);
}

function flatten(h: tf.Tensor): tf.Tensor2D {
  return h.rank === 2 ? (h as tf.Tensor2D) : tf.reshape(h, [h.shape[0], -1]);
}

/** −(E[D(real)] − E[D(fake)]): the negative of the estimated Wasserstein distance [Arjovsky 2017]. Scores [B] each → scalar */
export function criticLoss(dReal: tf.Tensor1D, dFake: tf.Tensor1D): tf.Scalar {
  return tf.neg(tf.sub<tf.Scalar>(tf.mean(dReal), tf.mean(dFake)));
}

/** −E[D(fake)]. Scores [B] → scalar */
export function generatorLoss(dFake: tf.Tensor1D): tf.Scalar {
  return tf.neg(tf.mean<tf.Scalar>(dFake));
}

/**
 * The classic discriminator's loss [Goodfellow 2014]: −E[log D(real)] − E[log(1 − D(fake))] with D = sigmoid(score), in nats;
 * 2·ln 2 = 1.386 when it cannot tell them apart. Scores [B] each → scalar
 */
export function logisticCriticLoss(dReal: tf.Tensor1D, dFake: tf.Tensor1D): tf.Scalar {
  return tf.add<tf.Scalar>(tf.mean(tf.softplus(tf.neg(dReal))), tf.mean(tf.softplus(dFake))); // −log σ(s) = softplus(−s)
}

/** E[log(1 − D(fake))], the generator's part of the minimax game: its slope vanishes where D is sure. Scores [B] → scalar */
export function saturatingLoss(dFake: tf.Tensor1D): tf.Scalar {
  return tf.neg(tf.mean<tf.Scalar>(tf.softplus(dFake)));
}

/** −E[log D(fake)]: the same goal, but its slope is largest where D is sure [Goodfellow 2014, section 3]. [B] → scalar */
export function nonSaturatingLoss(dFake: tf.Tensor1D): tf.Scalar {
  return tf.mean<tf.Scalar>(tf.softplus(tf.neg(dFake)));
}

/**
 * E[‖∇ₓ D(x)‖²] at real pictures, R₁ without its γ/2 [Mescheder 2018]: where real and fake agree, D should be flat.
 * x [B, n] → scalar; differentiable once more.
 * @throws RangeError when a pixel of a picture of 784 is not in [−1, 1] (compiled: in the first call)
 */
export function flatnessPenalty(score: (x: tf.Tensor2D) => tf.Tensor1D, x: tf.Tensor2D): tf.Scalar {
  expectPixels("flatnessPenalty", "x", x);
  return tf.mean<tf.Scalar>(squaredSlopes(score, x));
}

/**
 * x̂ = α·real + (1 − α)·fake: a point on the line between each pair [Gulrajani 2017, algorithm 1].
 * @param real [B, n] @param fake [B, n]
 * @param alpha [B, 1], uniform in [0, 1], one for each pair: not normal, not one a pixel → [B, n]
 * @throws Error when there are not as many fakes as reals, or alpha has another shape; RangeError when it leaves [0, 1]
 * (compiled: in the first call)
 */
export function interpolate(real: tf.Tensor2D, fake: tf.Tensor2D, alpha: tf.Tensor2D): tf.Tensor2D {
  const [B, n] = real.shape;
  if (fake.shape[0] !== B || fake.shape[1] !== n) {
    const got = `${B} real pictures of ${n} numbers, ${fake.shape[0]} fake ones of ${fake.shape[1]}`;
    throw new Error(`interpolate: ${got}: draw one noise vector for each real picture, the last batch is smaller`);
  }
  if (alpha.shape[0] !== B || alpha.shape[1] !== 1) {
    throw new Error(`interpolate: wanted alpha [${B}, 1], got [${alpha.shape.join(", ")}]: one α for each pair`);
  }
  expectNumbers("interpolate", "alpha", alpha, between(0, 1, "draw it with stream.uniform([B, 1])"));
  return tf.add(fake, tf.mul(alpha, tf.sub(real, fake)));
}

/** ‖∇ₓ D(x)‖₂, the steepness of the critic at each point. score [B, n] → [B]; x [B, n] → [B]; differentiable once more. */
export function gradientNorms(score: (x: tf.Tensor2D) => tf.Tensor1D, x: tf.Tensor2D): tf.Tensor1D {
  return tf.sqrt(tf.add<tf.Tensor1D>(squaredSlopes(score, x), TINY));
}

/** ‖∇ₓ D(x)‖² at each point. x [B, n] → [B] */
function squaredSlopes(score: (x: tf.Tensor2D) => tf.Tensor1D, x: tf.Tensor2D): tf.Tensor1D {
  const gradient = tf.grad((point) => tf.sum(score(point as tf.Tensor2D)))(x); // each score depends on its own row only
  return tf.sum(tf.square(gradient), 1);
}

/**
 * E[(‖∇ₓ̂ D(x̂)‖₂ − 1)²] [Gulrajani 2017, eq. 3], without its factor λ: 0 where the critic climbs by exactly 1 per unit.
 * Meant to be differentiated by the critic's weights; so D must be made of functions with second derivatives.
 * @param score the critic as a function of pictures, [B, n] → [B]
 * @param points x̂ [B, n], as interpolate gives them
 */
export function gradientPenalty(score: (x: tf.Tensor2D) => tf.Tensor1D, points: tf.Tensor2D): tf.Scalar {
  return tf.mean(tf.square(tf.sub(gradientNorms(score, points), 1)));
}

/** The gradient penalty's part of the critic's loss. */
export interface PenaltyTerm {
  /** λ; 10 in the paper */
  weight: number | tf.Scalar;
  /** α [B, 1], uniform in [0, 1], one for each pair of pictures */
  alpha: tf.Tensor2D;
}

/**
 * What a critic's step lowers: criticLoss, plus λ times the gradient penalty where one is given.
 * @param score the critic as a function of pictures, [B, n] → [B]
 * @param real [B, n], pictures of 784 pixels in [−1, 1] @param fake [B, n]
 * @returns loss; wasserstein, the estimated distance; penalty, without λ (0 where there is none); scalars
 * @throws Error when the fakes have another width; RangeError when a real pixel is not in [−1, 1] (compiled: in the first call);
 * both as interpolate, where there is a penalty
 */
export function criticObjective(
  score: (x: tf.Tensor2D) => tf.Tensor1D,
  real: tf.Tensor2D,
  fake: tf.Tensor2D,
  penalty?: PenaltyTerm,
): { loss: tf.Scalar; wasserstein: tf.Scalar; penalty: tf.Scalar } {
  const [B, n] = real.shape;
  expectShape("criticObjective", "fake", fake, ["B", n], "real and made pictures are of one size");
  expectPixels("criticObjective", "real", real);
  const scores = score(tf.concat([real, fake])); // one pass of the critic for both
  const plain = criticLoss(tf.slice(scores, 0, B), tf.slice(scores, B));
  const wasserstein = tf.neg(plain);
  if (penalty === undefined) return { loss: plain, wasserstein, penalty: tf.scalar(0) };
  const steepness = gradientPenalty(score, interpolate(real, fake, penalty.alpha));
  return { loss: tf.add(plain, tf.mul(penalty.weight, steepness)), wasserstein, penalty: steepness };
}

/** The same numbers in tensors of their own, for a running average of the weights. */
export function copyLayers(network: readonly GanLayer[]): GanLayer[] {
  return network.map(({ w, b }) => ({ w: tf.clone(w), b: tf.clone(b) }));
}
