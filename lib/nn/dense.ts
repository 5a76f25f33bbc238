import { nativeOp } from "../tensor/tensorflow-op";
import { tf } from "../tensor/tf";
import { addBias } from "./bias";
import type { Activation } from "./bias";
import { handGradient } from "./hand-gradient";
import type { LinearWeights } from "./linear";

/**
 * activation(x·w + b); x [N, in] → [N, out]. As linear, with TensorFlow's product of two matrices, which fuses with bias and
 * activation (TensorFlow.js takes the batched product for matrices as well), and gradients that are one operation each.
 */
export function dense(x: tf.Tensor2D, { w, b }: LinearWeights, activation: Activation = "none"): tf.Tensor2D {
  if (x.rank !== 2 || x.shape[1] !== w.shape[0]) {
    const [got, wanted] = [x.shape.join(", "), w.shape.join(", ")];
    throw new Error(`dense: x is [${got}], w is [${wanted}]: x must be [N, ${w.shape[0]}]`);
  }
  if (b === undefined && activation !== "none") throw new Error(`dense: ${activation} needs a bias: give zeros`);
  const y = product(x, w);
  return b === undefined ? y : addBias(y, b, activation);
}

/** a·b of two matrices; dA = dY·bᵀ, dB = aᵀ·dY. */
function product(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return handGradient<[tf.Tensor2D, tf.Tensor2D]>("dense", [a, b], {
    forward: ([left, right], save) => {
      save([left, right]);
      return multiply(left, right);
    },
    backward: (dy, saved) => {
      const [left, right] = saved as [tf.Tensor2D, tf.Tensor2D];
      return [multiply(dy as tf.Tensor2D, right, false, true), multiply(left, dy as tf.Tensor2D, true, false)];
    },
  }) as tf.Tensor2D;
}

function multiply(a: tf.Tensor2D, b: tf.Tensor2D, transposeA = false, transposeB = false): tf.Tensor2D {
  const attributes = {
    T: { type: "float32" },
    transpose_a: { bool: transposeA },
    transpose_b: { bool: transposeB },
  } as const;
  const [native] = nativeOp("MatMul", attributes, [a, b], 1) ?? [];
  return (native as tf.Tensor2D | undefined) ?? tf.matMul(a, b, transposeA, transposeB);
}
