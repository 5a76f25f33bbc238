import { tf } from "../tensor/tf";

/**
 * Labels for a network that takes them. Inside a compiled function nothing can be checked, and one-hot rows of a label that
 * does not exist are all 0: so they are checked here.
 * @param labels 0 … classes − 1, or `classes` for "none"
 * @returns [B], int32
 * @throws RangeError naming the first label that is none of these
 */
export function labelTensor(labels: ArrayLike<number>, classes = 10): tf.Tensor1D {
  const list = Int32Array.from(labels);
  for (let i = 0; i < list.length; i++) {
    const label = labels[i]!;
    if (Number.isInteger(label) && label >= 0 && label <= classes) continue;
    throw new RangeError(
      `labelTensor: label ${i} is ${label}: wanted 0 to ${classes - 1}, or ${classes} for a picture without one`,
    );
  }
  return tf.tensor1d(list, "int32");
}
