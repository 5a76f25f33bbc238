/**
 * A PixelCNN: the chance of a binary 28 × 28 picture, pixel by pixel [van den Oord et al. 2016].
 *
 *   p(x) = Π p(xᵢ | x₁ … xᵢ₋₁), pixels in reading order; each factor is one logit of a convolutional network.
 *
 * So that a logit sees nothing but earlier pixels, the papers multiply kernels by masks; half of each kernel is then
 * multiplications by 0, and a stack of them never sees some pixels above on the right (the blind spot). Here the two stacks
 * of the Gated PixelCNN [van den Oord et al. 2016b] have cropped kernels, only the taps that a mask would leave:
 *
 *   above: sees the rows above, by kernels of 2 × 3 (its own row and the one before); its input is the picture one row further
 *          down, so that its row r knows the picture's rows < r;
 *   left:  sees its own row, by kernels of 1 × 2 (itself and its left neighbour); its input is the picture one pixel further to
 *          the right; it takes from the stack above by a 1 × 1 kernel.
 *
 * Moving the input once does the work of "mask A"; all later layers may look at their own place ("mask B").
 */
import { relu } from "../nn/bias";
import { conv } from "../nn/conv";
import type { ConvWeights } from "../nn/conv";
import { heConv } from "../nn/initializers";
import { bernoulliLogLikelihood } from "../nn/likelihood";
import type { RandomStream } from "../tensor/random";
import { BINARY, expectNumbers, expectShape, expectSize } from "../tensor/expect";
import { tf } from "../tensor/tf";

/** Sizes. */
export interface PixelCnnConfig {
  /** Height and width of a picture. */
  size?: number;
  /** How far the first layers see: so many rows above, columns to each side, pixels on the left; each weight more costs little. */
  reach?: number;
  /** Residual blocks: each lets a pixel see one further in each direction. */
  blocks?: number;
  /**
   * Whether every place of the picture has biases of its own in the first layers, and so knows where it is: digits stand in the
   * middle. Else a network of convolutions sees its place only by the edges. After 1,500 steps of 16 digits: 85.2 nats, else 88.9.
   */
  places?: boolean;
  /** Channels of each stack. */
  channels?: number;
  /** Channels before the logit. */
  head?: number;
}

/** One residual block. */
export interface PixelCnnBlock {
  /** [2, 3, C, C] of the stack above */
  above: ConvWeights;
  /** [1, 2, C, C] of the stack on the left */
  left: ConvWeights;
  /** [1, 1, C, C], from the stack above to the one on the left; its bias would be left's */
  cross: ConvWeights;
  /** [1, 1, C, C], back into the residual stream */
  out: ConvWeights;
}

/** All weights: 6 blocks of 32 channels make 66,049 numbers; K is the reach. */
export interface PixelCnnWeights {
  /** [K, 2K + 1, 1, C]: the K rows above */
  above: ConvWeights;
  /** [1, K, 1, C]: the K pixels on the left */
  left: ConvWeights;
  /** [1, 1, C, C] */
  cross: ConvWeights;
  /** [size, size, C] for each stack, where places have biases of their own */
  places?: { above: tf.Tensor3D; left: tf.Tensor3D };
  blocks: PixelCnnBlock[];
  /** [1, 1, C, head] */
  head: ConvWeights;
  /** [1, 1, head, 1] */
  logit: ConvWeights;
}

/**
 * Fresh weights: He's variance; the blocks' last kernels smaller, so that the residual stream does not grow with depth.
 * @throws RangeError for a size that is no whole number, or too small
 */
export function pixelCnnWeights(stream: RandomStream, config: PixelCnnConfig = {}): PixelCnnWeights {
  const { size = 28, reach = 3, blocks = 6, places = false, channels: C = 32, head = 64 } = config;
  for (const [name, value] of Object.entries({ size, reach, channels: C, head })) {
    expectSize("pixelCnnWeights", name, value);
  }
  expectSize("pixelCnnWeights", "blocks", blocks, 0);
  const kernel = (name: string, shape: [number, number, number, number], gain = 1): ConvWeights =>
    heConv(stream.split(name), shape, gain);
  return {
    above: kernel("above", [reach, 2 * reach + 1, 1, C]),
    left: kernel("left", [1, reach, 1, C]),
    cross: { w: kernel("cross", [1, 1, C, C]).w },
    ...(places && { places: { above: tf.zeros([size, size, C]), left: tf.zeros([size, size, C]) } }),
    blocks: Array.from({ length: blocks }, (_, i) => ({
      above: kernel(`above ${i}`, [2, 3, C, C]),
      left: kernel(`left ${i}`, [1, 2, C, C]),
      cross: { w: kernel(`cross ${i}`, [1, 1, C, C]).w },
      out: kernel(`out ${i}`, [1, 1, C, C], 1 / Math.sqrt(blocks)),
    })),
    head: kernel("head", [1, 1, C, head]),
    logit: kernel("logit", [1, 1, head, 1], 0.1),
  };
}

/**
 * ln (p / (1 − p)) of each pixel's chance to be 1 given those before it.
 * @param x [B, size²], 0 or 1, row by row → [B, size²]
 * @param size height and width of a picture
 * @throws Error when x has another shape, or the weights know places of another; RangeError when a pixel is neither 0 nor 1
 * (compiled: in the first call)
 */
export function pixelCnnLogits(x: tf.Tensor2D, weights: PixelCnnWeights, size = 28): tf.Tensor2D {
  expectShape("pixelCnnLogits", "x", x, ["B", size * size], `pictures of ${size} × ${size}, each as one row`);
  expectNumbers("pixelCnnLogits", "x", x, BINARY);
  expectPlaces("pixelCnnLogits", weights, size);
  const [B, pixels] = x.shape;
  const image = tf.reshape<tf.Rank.R4>(x, [B, size, size, 1]);
  const reach = weights.above.w.shape[0];
  const { places } = weights;
  const fromAbove = conv(moved(image, 1, 0), weights.above, {
    padding: { top: reach - 1, left: reach, right: reach },
  });
  let above = relu(placed(fromAbove, places?.above));
  const fromLeft = conv(moved(image, 0, 1), weights.left, { padding: { left: reach - 1 } });
  let left = tf.add<tf.Tensor4D>(placed(fromLeft, places?.left), conv(above, weights.cross));
  for (const block of weights.blocks) {
    above = conv(above, block.above, { padding: { top: 1, left: 1, right: 1 }, activation: "relu" });
    const both = tf.add<tf.Tensor4D>(conv(left, block.left, { padding: { left: 1 } }), conv(above, block.cross));
    left = tf.add(left, conv(relu(both), block.out));
  }
  const h = conv(relu(left), weights.head, { activation: "relu" });
  return tf.reshape(conv(h, weights.logit), [B, pixels]);
}

/** @throws Error when the weights have biases for the places of another picture size */
export function expectPlaces(who: string, { places }: PixelCnnWeights, size: number): void {
  if (places === undefined || places.above.shape[0] === size) return;
  throw new Error(`${who}: the weights know places of ${places.above.shape[0]} rows, the picture has ${size}`);
}

/** With each place's own biases, where there are any. */
function placed(x: tf.Tensor4D, biases: tf.Tensor3D | undefined): tf.Tensor4D {
  return biases === undefined ? x : tf.add(x, biases);
}

/** The picture further down or to the right by so many pixels, black (0) moving in. [B, H, W, C] */
function moved(x: tf.Tensor4D, down: number, right: number): tf.Tensor4D {
  const padded = tf.pad(x, [
    [0, 0],
    [down, 0],
    [right, 0],
    [0, 0],
  ]);
  return tf.slice(padded, [0, 0, 0, 0], x.shape);
}

/**
 * −ln p(x) in nats for each picture; exact, no bound. A uniform model pays 784·ln 2 = 543.43.
 * @param x [B, size²], 0 or 1 → [B]
 * @throws Error and RangeError as pixelCnnLogits
 */
export function pixelCnnNll(x: tf.Tensor2D, weights: PixelCnnWeights, size = 28): tf.Tensor1D {
  return tf.neg(bernoulliLogLikelihood(x, pixelCnnLogits(x, weights, size)));
}
