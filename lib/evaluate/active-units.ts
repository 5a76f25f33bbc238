import { expectNumbers, FINITE } from "../tensor/expect";
import type { tf } from "../tensor/tf";

/** Which latents of an encoder say anything about the picture. */
export interface ActiveUnits {
  /** Latents whose mean moves with the picture. */
  count: number;
  /** Var over the pictures of μ, one number a latent: [Z] */
  variances: number[];
}

/**
 * Burda's count [2016, section 5.2]: a latent is active when the variance of its mean over the pictures is above 0.01. One that
 * has collapsed to the prior keeps its mean at 0, whatever the picture.
 * @param means μ of q(z | x) for many pictures [N, Z]
 * @param threshold the least variance of an active latent
 * @throws RangeError for fewer than two pictures, and for a number that is not finite
 */
export function activeUnits(means: tf.Tensor2D, threshold = 0.01): ActiveUnits {
  const [N, Z] = means.shape;
  if (N < 2) throw new RangeError(`activeUnits: wanted the means of two pictures or more, got ${N}`);
  expectNumbers("activeUnits", "means", means, FINITE);
  const values = means.dataSync();
  const sums = new Float64Array(Z);
  for (let k = 0; k < values.length; k++) sums[k % Z]! += values[k]! / N;
  const variances = new Array<number>(Z).fill(0);
  for (let k = 0; k < values.length; k++) variances[k % Z]! += (values[k]! - sums[k % Z]!) ** 2 / N;
  return { count: variances.filter((variance) => variance > threshold).length, variances };
}
