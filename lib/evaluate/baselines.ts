// Generators without a network. Three know nothing of shapes: who does not beat them has learnt nothing. One knows
// nothing but the training digits: it beats every FID, which is why copies are looked for (memorisation.ts).
import type { RandomStream } from "../tensor/random";
import { tf } from "../tensor/tf";

/** @throws RangeError without a picture to learn from, or one to draw */
function expectSome(who: string, images: tf.Tensor2D, count: number): void {
  if (images.shape[0] === 0) throw new RangeError(`${who}: no pictures: give at least one`);
  if (!Number.isInteger(count) || count < 1) throw new RangeError(`${who}: wanted 1 picture or more, got ${count}`);
}

/** The mean digit with each pixel's own noise, cut to [−1, 1]. images [n, 784] → [count, 784] @throws RangeError without any */
export function meanPlusNoise(images: tf.Tensor2D, stream: RandomStream, count: number): tf.Tensor2D {
  expectSome("meanPlusNoise", images, count);
  return tf.tidy(() => {
    const { mean, variance } = tf.moments(images, 0);
    const noise = stream.normal([count, images.shape[1]]);
    return tf.clipByValue(tf.add<tf.Tensor2D>(mean, tf.mul(noise, tf.sqrt(variance))), -1, 1);
  });
}

/**
 * Each pixel taken from a random digit of the set: every pixel's distribution is exact, no two know of each other.
 * images [n, 784], in any range → [count, 784] @throws RangeError without any
 */
export function independentPixels(images: tf.Tensor2D, stream: RandomStream, count: number): tf.Tensor2D {
  expectSome("independentPixels", images, count);
  return tf.tidy(() => {
    const [n, pixels] = images.shape;
    const source = images.dataSync<"float32">();
    const rows = stream.integers([count, pixels], 0, n).dataSync();
    return tf.tensor2d(
      Float32Array.from(rows, (row, k) => source[row * pixels + (k % pixels)]!),
      [count, pixels],
    );
  });
}

/**
 * A Gaussian with the mean and the whole covariance of the set, cut to [−1, 1]: μ + Xᵀε/√n, X centred and ε normal, has
 * exactly the covariance XᵀX/n, without decomposing it. All that pairs of pixels can tell.
 * images [n, 784] in [−1, 1] → [count, 784] @throws RangeError without any
 */
export function gaussianPixels(images: tf.Tensor2D, stream: RandomStream, count: number): tf.Tensor2D {
  expectSome("gaussianPixels", images, count);
  return tf.tidy(() => {
    const n = images.shape[0];
    const mean: tf.Tensor1D = tf.mean(images, 0);
    const weights = stream.normal([count, n], 0, 1 / Math.sqrt(n));
    return tf.clipByValue(tf.add<tf.Tensor2D>(tf.matMul(weights, tf.sub(images, mean)), mean), -1, 1);
  });
}

/**
 * Digits of the set itself, drawn with replacement: the generator that has learnt by heart. images [n, 784] → [count, 784]
 * @throws RangeError without any
 */
export function trainingCopies(images: tf.Tensor2D, stream: RandomStream, count: number): tf.Tensor2D {
  expectSome("trainingCopies", images, count);
  return tf.tidy(() => tf.gather(images, stream.integers([count], 0, images.shape[0])));
}
