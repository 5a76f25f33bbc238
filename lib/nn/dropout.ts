import type { Draws } from "../tensor/program-functions";
import { tf } from "../tensor/tf";

/** How much is dropped, and by which draws. */
export interface Dropout {
  /** The share of numbers that become 0, 0 or more and below 1; the others grow by 1/(1 − rate), so that the mean stays. */
  rate: number;
  /** The function's fourth argument in a compiled step. */
  random: Draws;
}

/**
 * Zeros in random places, for training [Srivastava et al. 2014]; the same numbers without options or with rate 0.
 * @throws RangeError for a rate outside [0, 1)
 */
export function dropped<T extends tf.Tensor>(x: T, options: Dropout | undefined): T {
  if (options === undefined || options.rate === 0) return x;
  const { rate, random } = options;
  if (!(rate > 0 && rate < 1)) {
    throw new RangeError(`dropout: the rate is ${rate}, wanted 0 or more and below 1: for example 0.1`);
  }
  const kept = tf.cast(tf.greaterEqual(random.uniform(x.shape), rate), "float32");
  return tf.mul(x, tf.mul(kept, 1 / (1 - rate)));
}
