/**
 * Two small networks that make a picture of a picture, to be trained with a critic [Isola 2017, Zhu 2017, Ledig 2017]:
 * `restyle` changes a digit of 28 × 28, `sharpen` draws one from 7 × 7 pixels. Most of the work of both is at 14 × 14.
 */
import { leakyRelu, tanh } from "../nn/activations";
import { conv } from "../nn/conv";
import type { ConvWeights } from "../nn/conv";
import type { RandomStream } from "../tensor/random";
import { expectShape, expectSize } from "../tensor/expect";
import { tf } from "../tensor/tf";
import { double } from "./conv-gan";

/** Weights of restyle; C channels at 14 × 14. */
export interface RestyleWeights {
  /** [4, 4, 1, C], stride 2 */
  down: ConvWeights;
  /** [3, 3, C, C] each */
  middle: [ConvWeights, ConvWeights];
  /** [4, 4, 1, C] */
  up: ConvWeights;
}

/** Weights of sharpen; C channels. */
export interface SharpenWeights {
  /** [3, 3, 1, C] and [3, 3, C, C], at 7 × 7 */
  coarse: [ConvWeights, ConvWeights];
  /** [4, 4, C, C] */
  to14: ConvWeights;
  /** [3, 3, C, C] */
  at14: ConvWeights;
  /** [4, 4, 1, C] */
  to28: ConvWeights;
}

/** He's variance with the given fan-in; bias 0. */
function kernel(
  stream: RandomStream,
  name: string,
  shape: number[],
  fanIn: number,
  out: number,
  gain = 1,
): ConvWeights {
  const w = stream.split(name).normal(shape, 0, gain * Math.sqrt(2 / fanIn)) as tf.Tensor4D;
  return { w, b: tf.zeros([out]) };
}

/**
 * Fresh weights: at first the picture stays nearly as it is.
 * @param channels C, at 14 × 14 @throws RangeError when that is no whole number ≥ 1
 */
export function restyleWeights(stream: RandomStream, channels = 24): RestyleWeights {
  expectSize("restyleWeights", "channels", channels);
  const C = channels;
  return {
    down: kernel(stream, "down", [4, 4, 1, C], 16, C),
    middle: [kernel(stream, "a", [3, 3, C, C], 9 * C, C), kernel(stream, "b", [3, 3, C, C], 9 * C, C)],
    up: kernel(stream, "up", [4, 4, 1, C], 4 * C, 1, 0.05),
  };
}

/**
 * tanh(2x + change): a picture changed, with numbers still in (−1, 1).
 * @param x [B, 784] in [−1, 1] → [B, 784] @throws Error when x has another shape
 */
export function restyle(x: tf.Tensor2D, { down, middle, up }: RestyleWeights): tf.Tensor2D {
  expectShape("restyle", "x", x, ["B", 784], "pictures as rows of pixels: reshape them");
  const B = x.shape[0];
  const image = tf.reshape<tf.Rank.R4>(x, [B, 28, 28, 1]);
  let h: tf.Tensor4D = leakyRelu(tf.add(tf.conv2d(image, down.w, 2, "same"), down.b!)); // [B, 14, 14, C]
  h = tf.add(h, leakyRelu(conv(leakyRelu(conv(h, middle[0])), middle[1])));
  const change = tf.reshape<tf.Rank.R2>(double(h, up), [B, 784]);
  return tanh(tf.add<tf.Tensor2D>(tf.mul(x, 2), change)); // tanh(±2) = ±0.96: black stays nearly black
}

/** Fresh weights. @param channels C, everywhere @throws RangeError when that is no whole number ≥ 1 */
export function sharpenWeights(stream: RandomStream, channels = 32): SharpenWeights {
  expectSize("sharpenWeights", "channels", channels);
  const C = channels;
  return {
    coarse: [kernel(stream, "start", [3, 3, 1, C], 9, C), kernel(stream, "at 7", [3, 3, C, C], 9 * C, C)],
    to14: kernel(stream, "to 14", [4, 4, C, C], 4 * C, C), // a new pixel sees 2 × 2 old ones
    at14: kernel(stream, "at 14", [3, 3, C, C], 9 * C, C),
    to28: kernel(stream, "to 28", [4, 4, 1, C], 4 * C, 1, 0.3),
  };
}

/**
 * A picture of 28 × 28 from one of 7 × 7.
 * @param small [B, 7, 7, 1] in [−1, 1], as coarsened makes it → [B, 784] in (−1, 1) @throws Error when small has another shape
 */
export function sharpen(small: tf.Tensor4D, { coarse, to14, at14, to28 }: SharpenWeights): tf.Tensor2D {
  expectShape("sharpen", "small", small, ["B", 7, 7, 1], "coarsened makes it");
  const seven = leakyRelu(conv(leakyRelu(conv(small, coarse[0])), coarse[1])); // [B, 7, 7, C]
  const fourteen = leakyRelu(conv(leakyRelu(double(seven, to14)), at14)); // [B, 14, 14, C]
  return tanh(tf.reshape<tf.Rank.R2>(double(fourteen, to28), [small.shape[0], 784]));
}

/** The mean of each 4 × 4 pixels. x [B, 784] → [B, 7, 7, 1] @throws Error when x has another shape */
export function coarsened(x: tf.Tensor2D): tf.Tensor4D {
  expectShape("coarsened", "x", x, ["B", 784], "pictures as rows of pixels: reshape them");
  return tf.avgPool(tf.reshape<tf.Rank.R4>(x, [x.shape[0], 28, 28, 1]), 4, 4, "valid");
}
