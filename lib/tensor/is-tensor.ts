import { tf } from "./tf";

/** As `instanceof tf.Tensor`, which narrows to a tensor of any. */
export function isTensor(value: unknown): value is tf.Tensor {
  return value instanceof tf.Tensor;
}
