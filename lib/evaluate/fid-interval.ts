import { tf } from "../tensor/tf";
import { bootstrap } from "./bootstrap";
import type { BootstrapOptions, Interval } from "./bootstrap";
import { fitGaussian, frechetDistanceFrom } from "./frechet";
import type { FeatureVectors, Gaussian } from "./frechet";

/**
 * Where the FID of N pictures would lie had the generator drawn N others; the reference stays. A sample drawn with
 * replacement holds only 63 % of the pictures, and FID rises when there are fewer: the replicates lie too high, by `bias`,
 * and the percentile interval with them. `low` and `high` are therefore that interval moved down by the bias, so that it
 * lies about the FID at this N, whose own excess over an endless sample's is of the same size and stays in it.
 *
 * Mean and covariance of each replicate come from one matrix product, Σ wᵢ·xᵢxᵢᵀ with wᵢ how often picture i was drawn.
 * @param sample features of N pictures @param reference the Gaussian of the digits that they are compared with
 * @throws RangeError as bootstrap and fitGaussian
 */
export function fidInterval(sample: FeatureVectors, reference: Gaussian, options?: BootstrapOptions): Interval {
  const { count, width } = sample;
  const distance = frechetDistanceFrom(reference);
  const whole = fitGaussian(sample);
  // About the mean, float32 loses nothing that matters.
  const centred = Float32Array.from(sample.features, (value, k) => value - whole.mean[k % width]!);
  const x = tf.tensor2d(centred, [count, width]);
  const weights = new Float32Array(count);
  try {
    const { value, low, high, bias, deviation } = bootstrap(
      count,
      (rows) => {
        weights.fill(0);
        for (const row of rows) weights[row]!++;
        const [sums, products] = tf.tidy(() => {
          const w = tf.tensor2d(weights, [count, 1]);
          const weighted = tf.mul<tf.Tensor2D>(x, w);
          return [tf.sum(weighted, 0).dataSync<"float32">(), tf.matMul(weighted, x, true).dataSync<"float32">()];
        });
        const shift = Array.from(sums, (sum) => sum / count);
        const covariance = shift.map((a, i) =>
          shift.map((b, j) => (products[i * width + j]! - count * a * b) / (count - 1)),
        );
        return distance({ mean: shift.map((a, i) => whole.mean[i]! + a), covariance, count });
      },
      options,
    );
    return { value, low: low - bias, high: high - bias, bias, deviation };
  } finally {
    x.dispose();
  }
}
