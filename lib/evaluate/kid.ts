// The kernel distance between two sets of feature vectors [Bińkowski 2018]. FID sees each set as one Gaussian and depends
// on how many pictures there are; this estimate takes in third moments, and its mean is the same for any number of them.
import { randomStream } from "../tensor/random";
import type { RandomStream } from "../tensor/random";
import { tf } from "../tensor/tf";
import { expectVectors } from "./frechet";
import type { FeatureVectors } from "./frechet";

/** Rows of products at once: bounds memory to about 40 MB for 10,000 vectors. */
const CHUNK = 1000;

/** A kernel distance over several subsets. */
export interface KernelDistance {
  /** Mean over the subsets: about 0 for two samples of one distribution, below 0 by chance. */
  value: number;
  /** Standard deviation over the subsets. */
  deviation: number;
}

/**
 * The squared maximum mean discrepancy with the kernel k(x, y) = (x·y/d + 1)³, d the width; the unbiased estimate
 * Σᵢ≠ⱼ k(xᵢ, xⱼ)/m(m − 1) + Σᵢ≠ⱼ k(yᵢ, yⱼ)/n(n − 1) − 2·Σᵢⱼ k(xᵢ, yⱼ)/mn [Gretton 2012, lemma 6]
 * @throws RangeError for sets of different widths, fewer than two vectors, or a number that is not finite
 */
export function kernelDistance(a: FeatureVectors, b: FeatureVectors): number {
  expectBoth(a, b, 2);
  const [x, y] = [a, b].map((set) => tf.tensor2d(Float32Array.from(set.features), [set.count, set.width]));
  const distance = mmd(x!, y!);
  tf.dispose([x!, y!]);
  return distance;
}

/**
 * KID: the kernel distance of random subsets, mean and deviation, as in the paper, which takes 100 subsets of 1,000. Size and
 * number change the mean by chance only; the default here takes a seventh of the time.
 * @param options subsets: how many; size: vectors in each, at most half of the smaller set unless told; stream: draws them
 * @throws RangeError as kernelDistance, and for fewer than 2 subsets of 2, or parts of one
 */
export function kid(
  a: FeatureVectors,
  b: FeatureVectors,
  options: { subsets?: number; size?: number; stream?: RandomStream } = {},
): KernelDistance {
  const half = Math.floor(Math.min(a.count, b.count) / 2);
  const { subsets = 50, size = Math.min(500, half), stream = randomStream(0).split("kid") } = options;
  expectBoth(a, b, size);
  if (!(Number.isInteger(size) && size >= 2 && Number.isInteger(subsets) && subsets >= 2)) {
    throw new RangeError(`kid: wanted whole numbers, 2 subsets of 2 vectors or more, got ${subsets} of ${size}`);
  }
  const [x, y] = [a, b].map((set) => tf.tensor2d(Float32Array.from(set.features), [set.count, set.width]));
  const some = (set: tf.Tensor2D): tf.Tensor2D =>
    tf.gather(set, tf.tensor1d(stream.permutation(set.shape[0]).slice(0, size), "int32"));
  const distances = Array.from({ length: subsets }, () => tf.tidy(() => mmd(some(x!), some(y!))));
  tf.dispose([x!, y!]);
  const value = distances.reduce((sum, one) => sum + one / subsets, 0);
  const squares = distances.reduce((sum, one) => sum + (one - value) ** 2, 0);
  return { value, deviation: Math.sqrt(squares / subsets) };
}

function mmd(x: tf.Tensor2D, y: tf.Tensor2D): number {
  const [m, n] = [x.shape[0], y.shape[0]];
  return kernelSum(x) / (m * (m - 1)) + kernelSum(y) / (n * (n - 1)) - (2 * kernelSum(x, y)) / (m * n);
}

/** Σ k(xᵢ, yⱼ); without y of all pairs i ≠ j of x. Rows are added in float64: the distance is a small rest of large sums. */
function kernelSum(x: tf.Tensor2D, y?: tf.Tensor2D): number {
  const cubed = (products: tf.Tensor): tf.Tensor => {
    const k = tf.add(tf.div(products, x.shape[1]), 1);
    return tf.mul(tf.square(k), k);
  };
  let total = 0;
  for (let from = 0; from < x.shape[0]; from += CHUNK) {
    total += tf.tidy(() => {
      const rows = tf.slice(x, [from, 0], [Math.min(CHUNK, x.shape[0] - from), -1]);
      return sum(tf.sum(cubed(tf.matMul(rows, y ?? x, false, true)), 1));
    });
  }
  return y === undefined ? total - tf.tidy(() => sum(cubed(tf.sum(tf.square(x), 1)))) : total;
}

function sum(rows: tf.Tensor): number {
  return rows.dataSync<"float32">().reduce((total, row) => total + row, 0);
}

function expectBoth(a: FeatureVectors, b: FeatureVectors, least: number): void {
  if (a.width !== b.width) {
    throw new RangeError(`kid: ${a.width} and ${b.width} features: compare like with like`);
  }
  if (Math.min(a.count, b.count) < least) {
    throw new RangeError(`kid: wanted ${least} vectors or more in both sets, got ${a.count} and ${b.count}`);
  }
  for (const set of [a, b]) expectVectors("kid", set);
}
