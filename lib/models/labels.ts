import { tf } from "../tensor/tf";

/**
 * Labels for a network that takes them. A compiled function does not look at its inputs call by call, and one-hot rows of a label
 * that does not exist are all 0: so they are checked here.
 * @param labels 0 … classes − 1, or `classes` for "none"
 * @param options none: whether the network knows pictures without a label; yes unless told
 * @returns [B], int32
 * @throws RangeError naming the first label that is none of these
 */
export function labelTensor(labels: ArrayLike<number>, classes = 10, { none = true } = {}): tf.Tensor1D {
  const list = Int32Array.from(labels);
  for (let i = 0; i < list.length; i++) {
    const label = labels[i]!;
    if (Number.isInteger(label) && label >= 0 && (label < classes || (none && label === classes))) continue;
    const or = none ? `, or ${classes} for a picture without one` : "";
    throw new RangeError(`labelTensor: label ${i} is ${label}: wanted 0 to ${classes - 1}${or}`);
  }
  return tf.tensor1d(list, "int32");
}
