/**
 * A convolutional GAN for 28 × 28 digits, with labels where wanted [Goodfellow 2014, Radford 2016, Karras 2018, Miyato 2018].
 *
 *   z, label ── dense ── 7 × 7 × 64 ── 4 × 4, double ── 14 × 14 × 32 ── 3 × 3 ── 4 × 4, double ── 28 × 28 × 1, tanh
 *
 * Most of the work is at 14 × 14. A step between two sizes is a transposed convolution of 4 × 4 with stride 2: every new pixel
 * is made of 2 × 2 old ones, equally many everywhere but on the border, so that no chessboard pattern appears. There is no
 * batch norm: pixelNorm keeps the signals' size, picture by picture.
 *
 * The critic is that of gan.ts (convCriticLayers), in need of second derivatives; here it is the discriminator of
 * the logistic losses, whose score is log(p / (1 − p)) with p its belief that a picture is real.
 */
import { leakyRelu, tanh } from "../nn/activations";
import { conv } from "../nn/conv";
import type { ConvWeights } from "../nn/conv";
import { dense } from "../nn/dense";
import { linear } from "../nn/linear";
import type { LinearWeights } from "../nn/linear";
import type { RandomStream } from "../tensor/random";
import { expectNumbers, expectShape, expectSize, whole } from "../tensor/expect";
import { tf } from "../tensor/tf";
import { criticFeatures, expectPictures, SLOPE } from "./gan";
import type { GanLayer } from "./gan";

/** Sizes. */
export interface ConvGanConfig {
  /** Length of a noise vector z. */
  noise?: number;
  /** Channels at 7 × 7 and at 14 × 14. */
  channels?: [number, number];
  /** Classes of labels, given as one-hot numbers after z; 0: no labels. */
  classes?: number;
}

/** What pixelNorm adds to the mean square: an all-black place stays finite. */
const TINY = 1e-6;

/**
 * The generator's layers: dense, 7 → 14, 3 × 3 at 14 × 14, 14 → 28; 246,401 numbers. He's variance, biases 0.
 * @param config noise 64, channels [64, 32], no classes unless told
 * @throws RangeError for sizes that are no whole numbers, or too small
 */
export function convGeneratorLayers(stream: RandomStream, config: ConvGanConfig = {}): GanLayer[] {
  const { noise = 64, channels = [64, 32], classes = 0 } = config;
  const who = "convGeneratorLayers";
  for (const channel of channels) expectSize(who, "channels", channel);
  expectSize(who, "noise", noise);
  expectSize(who, "classes", classes, 0);
  const [c7, c14] = channels;
  const inputs = noise + classes;
  const layer = (name: string, shape: number[], fanIn: number, out: number, gain = 1): GanLayer => ({
    w: stream.split(name).normal(shape, 0, gain * heDeviation(fanIn)) as GanLayer["w"],
    b: tf.zeros([out]),
  });
  return [
    layer("dense", [inputs, 49 * c7], inputs, 49 * c7),
    layer("to 14", [4, 4, c14, c7], 4 * c7, c14), // a new pixel sees 2 × 2 old ones
    layer("at 14", [3, 3, c14, c14], 9 * c14, c14),
    layer("to 28", [4, 4, 1, c14], 4 * c14, 1, 0.5), // small: tanh is not yet saturated
  ];
}

/** He's standard deviation for LeakyReLU [He 2015]. */
function heDeviation(fanIn: number): number {
  return Math.sqrt(2 / ((1 + SLOPE * SLOPE) * fanIn));
}

/**
 * G(z): pictures of noise, and of labels where the network has them.
 * @param z [B, noise + classes], as withLabels makes it → [B, 784] in (−1, 1)
 * @throws Error when z has another width
 */
export function convGenerator(z: tf.Tensor2D, network: readonly GanLayer[], slope = SLOPE): tf.Tensor2D {
  const [start, to14, at14, to28] = network as [LinearWeights, ConvWeights, ConvWeights, ConvWeights];
  const cure = "noise, and behind it the labels where the network has them: withLabels";
  expectShape("convGenerator", "z", z, ["B", start.w.shape[0]], cure);
  const B = z.shape[0];
  const bend = (h: tf.Tensor4D): tf.Tensor4D => pixelNorm(leakyRelu(h, slope));
  let h: tf.Tensor4D = bend(tf.reshape(dense(z, start), [B, 7, 7, -1])); // [B, 7, 7, c7]
  h = bend(double(h, to14)); // [B, 14, 14, c14]
  h = bend(conv(h, at14)); // [B, 14, 14, c14]
  return tanh(tf.reshape<tf.Rank.R2>(double(h, to28), [B, 784]));
}

/** A transposed convolution of stride 2; w [4, 4, out, in]; [B, H, W, in] → [B, 2H, 2W, out] */
export function double(h: tf.Tensor4D, { w, b }: ConvWeights): tf.Tensor4D {
  const [B, H, W] = h.shape;
  const y = tf.conv2dTranspose(h, w, [B, 2 * H, 2 * W, w.shape[2]], 2, "same");
  return b === undefined ? y : tf.add(y, b);
}

/** Each place's channels divided by their root mean square [Karras 2018]. h [B, H, W, C] → same shape */
export function pixelNorm(h: tf.Tensor4D): tf.Tensor4D {
  return tf.mul(h, tf.rsqrt(tf.add(tf.mean(tf.square(h), -1, true), TINY)));
}

/**
 * Noise with the wanted digits beside it, one-hot.
 * @param z [B, noise] @param labels [B], int32, 0 … classes − 1 → [B, noise + classes]
 * @throws Error when there are not as many labels as noise vectors; RangeError for a label that does not exist (compiled: in the
 * first call; labelTensor looks at each)
 */
export function withLabels(z: tf.Tensor2D, labels: tf.Tensor1D, classes = 10): tf.Tensor2D {
  if (labels.shape[0] !== z.shape[0]) {
    throw new Error(`withLabels: ${z.shape[0]} noise vectors, ${labels.shape[0]} label(s): give one label for each`);
  }
  return tf.concat([z, oneHot("withLabels", labels, classes)], 1);
}

/** [B] → [B, classes] */
function oneHot(who: string, labels: tf.Tensor1D, classes: number): tf.Tensor2D {
  expectNumbers(who, "labels", labels, whole(0, classes - 1, "make them with labelTensor"));
  return tf.cast<tf.Tensor2D>(tf.oneHot(tf.cast(labels, "int32"), classes) as tf.Tensor2D, "float32");
}

/**
 * A critic's score of pictures *as* certain digits [Miyato & Koyama 2018]: what any digit has to have, plus what this one has to
 * have: w·h + b + e_y·h, with h the critic's last hidden numbers.
 * @param x [B, 784] in [−1, 1] @param labels [B], int32, 0 … classes − 1
 * @param embedding e: [classes, length of h] → [B]
 * @throws Error when sizes do not fit; RangeError for a label that does not exist, as withLabels
 */
export function labelledCritic(
  x: tf.Tensor2D,
  labels: tf.Tensor1D,
  network: readonly GanLayer[],
  embedding: tf.Tensor2D,
  slope = SLOPE,
): tf.Tensor1D {
  const who = "labelledCritic";
  const B = x.shape[0];
  if (labels.shape[0] !== B) {
    throw new Error(`${who}: ${B} pictures, ${labels.shape[0]} label(s): give one label for each`);
  }
  expectPictures(who, x, network);
  const h = criticFeatures(x, network, slope); // [B, F]
  expectShape(
    who,
    "embedding",
    embedding,
    ["classes", h.shape[1]],
    "one vector, as long as the hidden numbers, for each label",
  );
  const any = tf.reshape<tf.Rank.R1>(linear(h, network.at(-1) as LinearWeights), [x.shape[0]]);
  const wanted = tf.matMul<tf.Tensor2D>(oneHot(who, labels, embedding.shape[0]), embedding); // e_y  [B, F]
  return tf.add(any, tf.sum<tf.Tensor1D>(tf.mul(wanted, h), 1));
}
