import { tf } from "../tensor/tf";
import { expectPictures } from "./pictures";

/** Digits compared at once. */
const CHUNK = 10_000;

/** The nearest of a set to each picture. */
export interface Nearest {
  /** Which one: [N] */
  indices: Int32Array;
  /** Euclidean distance in pixels: [N] */
  distances: Float32Array;
}

/** A set to search, chunk by chunk. */
export interface PictureSet {
  count: number;
  images(indices: ArrayLike<number>): tf.Tensor2D;
}

/**
 * The training digit nearest to each picture, by Euclidean distance: has the generator learnt by heart?
 * ‖x − y‖² = ‖x‖² + ‖y‖² − 2x·y, so that one matrix product compares everything.
 * @param pictures [N, 784] in [−1, 1], as the set's
 * @throws Error for another shape; RangeError for another range, without a picture, and for an empty set
 */
export function nearestDigits(pictures: tf.Tensor2D, set: PictureSet): Nearest {
  expectPictures("nearestDigits", pictures, "[-1,1]", { cure: "have to become 2x − 1" });
  if (set.count === 0) throw new RangeError("nearestDigits: the set is empty: give it at least one digit");
  const N = pictures.shape[0];
  const indices = new Int32Array(N);
  const best = new Float32Array(N).fill(Infinity);
  for (let from = 0; from < set.count; from += CHUNK) {
    const size = Math.min(CHUNK, set.count - from);
    tf.tidy(() => {
      const others = set.images(Int32Array.from({ length: size }, (_, i) => from + i));
      const lengths = tf.reshape(tf.sum(tf.square(others), 1), [1, size]);
      const relative = tf.sub(lengths, tf.mul(2, tf.matMul(pictures, others, false, true))); // ‖y‖² − 2x·y  [N, size]
      const where = tf.argMin(relative, 1).dataSync();
      const values = tf.min(relative, 1).dataSync();
      for (let i = 0; i < N; i++) {
        if (!(values[i]! < best[i]!)) continue;
        best[i] = values[i]!;
        indices[i] = from + where[i]!;
      }
    });
  }
  const squares = tf.tidy(() => tf.sum(tf.square(pictures), 1).dataSync());
  return { indices, distances: best.map((value, i) => Math.sqrt(Math.max(0, value + squares[i]!))) };
}
