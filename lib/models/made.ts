/**
 * MADE: a masked autoencoder [Germain et al. 2015]. One pass of a multilayer perceptron gives the chance of every pixel of a
 * binary picture, given those before it:
 *
 *   p(x) = Π p(x_d | those before d in the order)
 *
 * An ordinary autoencoder would simply copy its input. So every unit gets a degree: pixel d its place in the order, 1 … D; a hidden
 * unit a number m from 1 to D − 1, and it may see only units of degree ≤ m; output d sees only hidden units of degree < d. The
 * matrices are multiplied by masks of 0 and 1 that say so. Then no path leads from pixel d or a later one to output d.
 */
import { dense } from "../nn/dense";
import { meanBias } from "../nn/initializers";
import { bernoulliLogLikelihood } from "../nn/likelihood";
import type { LinearWeights } from "../nn/linear";
import type { RandomStream } from "../tensor/random";
import { BINARY, expectNumbers, expectShape } from "../tensor/expect";
import { tf } from "../tensor/tf";

/** Sizes. */
export interface MadeConfig {
  /** D, numbers in a picture; 784 unless given. */
  pixels?: number;
  /** Widths of the hidden layers; one of 500 unless given. */
  hidden?: readonly number[];
  /**
   * Whether each pixel also acts on later ones directly, without a hidden unit between. Without it pixel d sees its neighbour only
   * through hidden units of degree d − 1, of which there may be none.
   */
  direct?: boolean;
  /** Mean of each pixel over the data, 0 to 1: the output's biases start there. One half unless given. */
  pixelMeans?: ArrayLike<number>;
}

/** All weights: 784 → 500 → 784 makes 785,284 numbers, of which half are masked away; direct connections 614,656 more. */
export interface MadeWeights {
  hidden: LinearWeights[];
  logits: LinearWeights;
  /** [D, D], where there are direct connections */
  direct?: { w: tf.Tensor2D };
}

/**
 * The degree of every unit, layer by layer: pixels, hidden layers, outputs.
 * @param sizes [D, …hidden]
 * @param order the pixels in the order in which they are drawn; reading order unless given
 * @throws RangeError when there are fewer than two pixels, or the order leaves one out
 */
export function madeDegrees(sizes: readonly number[], order?: ArrayLike<number>): Int32Array[] {
  const [D, ...hidden] = sizes as [number, ...number[]];
  if (!sizes.every((size) => Number.isInteger(size) && size >= 1) || D < 2) {
    throw new RangeError(`made: sizes are ${sizes.join(", ")}, wanted whole numbers ≥ 1, the first, of pixels, ≥ 2`);
  }
  const pixels = new Int32Array(D);
  for (let place = 0; place < D; place++) {
    const pixel = order === undefined ? place : order[place];
    if (pixel === undefined || pixels[pixel] !== 0) {
      throw new RangeError(`made: order must name each of the ${D} pixels once; its place ${place} says ${pixel}`);
    }
    pixels[pixel] = place + 1;
  }
  // Spread evenly over 1 … D − 1: the paper draws them, which leaves gaps.
  const spread = (n: number): Int32Array => Int32Array.from({ length: n }, (_, k) => 1 + Math.floor((k * (D - 1)) / n));
  return [pixels, ...hidden.map(spread), pixels];
}

/** The masks between layers of these degrees: 1 where a unit may see the one before it, in a layer's shape [in, out]. */
export function madeMasks(degrees: readonly Int32Array[]): tf.Tensor2D[] {
  return degrees.slice(1).map((to, i) => {
    const from = degrees[i]!;
    const last = i === degrees.length - 2;
    return tf.tidy(() => {
      const [below, above] = [tf.tensor2d(from, [from.length, 1]), tf.tensor2d(to, [1, to.length])];
      const sees = last ? tf.greater(above, below) : tf.greaterEqual(above, below);
      return tf.cast(sees, "float32") as tf.Tensor2D;
    });
  });
}

/**
 * Fresh weights, normal with the variance that ReLU wants, 2 over the number of inputs that a unit really sees: on average half
 * of them. The last layer starts at a tenth of it.
 * @throws RangeError for sizes that are no whole numbers ≥ 1, and pixelMeans that are no chances
 */
export function madeWeights(stream: RandomStream, config: MadeConfig = {}): MadeWeights {
  const { pixels = 784, hidden = [500], direct = false, pixelMeans } = config;
  const sizes = [pixels, ...hidden, pixels];
  madeDegrees([pixels, ...hidden]); // checks them
  const layer = (i: number, gain = 1): LinearWeights => ({
    w: stream.split(i).normal([sizes[i]!, sizes[i + 1]!], 0, gain * Math.sqrt(4 / sizes[i]!)),
    b: tf.zeros([sizes[i + 1]!]),
  });
  return {
    hidden: hidden.map((_, i) => layer(i)),
    logits: {
      ...layer(hidden.length, 0.1),
      ...(pixelMeans && { b: meanBias("madeWeights", pixelMeans, pixels) }),
    },
    ...(direct && { direct: { w: tf.zeros([pixels, pixels]) } }),
  };
}

/**
 * ln (p / (1 − p)) of each pixel's chance to be 1 given those before it in the order.
 * @param x [B, D], 0 or 1 → [B, D]
 * @param order as in madeDegrees: the same in training and afterwards
 * @throws Error when x has another shape; RangeError when a pixel is neither 0 nor 1 (compiled: in the first call)
 */
export function madeLogits(
  x: tf.Tensor2D,
  { hidden, logits, direct }: MadeWeights,
  order?: ArrayLike<number>,
): tf.Tensor2D {
  const pixels = logits.w.shape[1];
  expectShape("madeLogits", "x", x, ["B", pixels], "one row of pixels for each picture");
  expectNumbers("madeLogits", "x", x, BINARY);
  const degrees = madeDegrees([pixels, ...hidden.map(({ w }) => w.shape[1])], order);
  const masks = madeMasks(degrees);
  const masked = ({ w, b }: LinearWeights, i: number): LinearWeights => ({ w: tf.mul(w, masks[i]!), b });
  const h = hidden.reduce((below, layer, i) => dense(below, masked(layer, i), "relu"), x);
  const l = dense(h, masked(logits, hidden.length));
  if (direct === undefined) return l;
  const [earlier] = madeMasks([degrees[0]!, degrees.at(-1)!]) as [tf.Tensor2D]; // 1 above the diagonal, in reading order
  return tf.add(l, dense(x, { w: tf.mul(direct.w, earlier) }));
}

/**
 * −ln p(x) in nats for each picture; exact, no bound. A uniform model of 784 pixels pays 784·ln 2 = 543.43.
 * @param x [B, D], 0 or 1 → [B] @param order as in madeLogits
 * @throws Error and RangeError as madeLogits
 */
export function madeNll(x: tf.Tensor2D, weights: MadeWeights, order?: ArrayLike<number>): tf.Tensor1D {
  return tf.neg(bernoulliLogLikelihood(x, madeLogits(x, weights, order)));
}
