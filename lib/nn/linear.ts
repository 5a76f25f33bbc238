import { tf } from "../tensor/tf";

/** Weights of a fully connected layer. */
export interface LinearWeights {
  /** [in, out] */
  w: tf.Tensor2D;
  /** [out]; no bias without it */
  b?: tf.Tensor1D;
}

/**
 * x·w + b; x [B, in] → [B, out].
 * Only two dimensions: TensorFlow.js cannot differentiate matMul([B, T, C], [C, D]); reshape to [B·T, C] first.
 */
export function linear(x: tf.Tensor2D, { w, b }: LinearWeights): tf.Tensor2D {
  if (x.rank !== 2 || x.shape[1] !== w.shape[0]) {
    const [got, wanted] = [x.shape.join(", "), w.shape.join(", ")];
    throw new Error(`linear: x is [${got}], w is [${wanted}]: x must be [B, ${w.shape[0]}]`);
  }
  const y: tf.Tensor2D = tf.matMul(x, w);
  return b === undefined ? y : tf.add<tf.Tensor2D>(y, b);
}
