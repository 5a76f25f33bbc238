import { nativeOp } from "../tensor/tensorflow-op";
import { tf } from "../tensor/tf";

/** 2·√(2/π), and times 0.044715: the constants of GPT-2's approximation. */
const LINEAR = 2 * Math.sqrt(2 / Math.PI);
const CUBIC = LINEAR * 0.044715;

/**
 * GELU [Hendrycks & Gimpel 2016], x·Φ(x), in the tanh approximation that GPT-2 has: ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))).
 * Because ½·(1 + tanh u) = sigmoid(2u), that is x·sigmoid(x·p) with p = 2·√(2/π)·(1 + 0.044715·x²): six operations.
 * Any shape. With s = sigmoid(x·p) the gradient is s + x·s·(1 − s)·(3p − 2c), where c = p(0).
 */
export function gelu<T extends tf.Tensor>(x: T): T {
  return approximation(x) as T;
}

const approximation: (x: tf.Tensor) => tf.Tensor = tf.customGrad((input, save) => {
  const x = input as tf.Tensor;
  const p = tf.add(tf.mul(tf.square(x), CUBIC), LINEAR);
  const s = tf.sigmoid(tf.mul(x, p));
  (save as (tensors: tf.Tensor[]) => void)([x, p, s]);
  return {
    value: tf.mul(x, s),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x, p, s] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      const slope = tf.sub(tf.mul(p, 3), 2 * LINEAR); // d(x·p)/dx
      return tf.mul(dy, tf.add(s, sigmoidGradient(s, tf.mul(x, slope))));
    },
  };
});

/** dy·s·(1 − s) */
function sigmoidGradient(s: tf.Tensor, dy: tf.Tensor): tf.Tensor {
  const [fused] = nativeOp("SigmoidGrad", { T: { type: "float32" } }, [s, dy], 1) ?? [];
  return fused ?? tf.mul(dy, tf.mul(s, tf.sub(1, s)));
}
