// Activations whose second derivative works: a gradient penalty differentiates a gradient, and TensorFlow.js 4.22 has no
// gradient for the gradients of its own leakyRelu, tanh, sigmoid, elu and softmax.
import { nativeOp } from "../tensor/tensorflow-op";
import { tf } from "../tensor/tf";

/**
 * x where x > 0, slope·x elsewhere [Maas 2013]. Any shape. It is piecewise linear, so its gradient dy·slope(x) is linear in
 * dy, and a second derivative is the same function again: one operation each way (relu(x) − slope·relu(−x) takes fourteen).
 */
export function leakyRelu<T extends tf.Tensor>(x: T, slope = 0.2): T {
  const activation: (x: tf.Tensor) => tf.Tensor = tf.customGrad((input, save) => {
    (save as (tensors: tf.Tensor[]) => void)([input as tf.Tensor]);
    return {
      value: tf.leakyRelu(input as tf.Tensor, slope),
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => timesSlope(dy, saved!, slope),
    };
  });
  return activation(x) as T;
}

/** dy where x > 0, slope·dy elsewhere; differentiable by dy as often as wanted, constant in x. */
function timesSlope(dy: tf.Tensor, x: tf.Tensor, slope: number): tf.Tensor {
  const scaled: (dy: tf.Tensor) => tf.Tensor = tf.customGrad((input) => {
    const dy = input as tf.Tensor;
    const attributes = { T: { type: "float32" }, alpha: { float: slope } } as const;
    const [fused] = nativeOp("LeakyReluGrad", attributes, [dy, x], 1) ?? [];
    return {
      value: fused ?? tf.mul(dy, tf.add(tf.mul(tf.cast(tf.greater(x, 0), "float32"), 1 - slope), slope)),
      gradFunc: (ddy: tf.Tensor) => timesSlope(ddy, x, slope),
    };
  });
  return scaled(dy);
}

/** 1 / (1 + e⁻ˣ), with gradient y·(1 − y) and a second derivative. Any shape. */
export function sigmoid<T extends tf.Tensor>(x: T): T {
  return smoothSigmoid(x) as T;
}

/** tanh x, with gradient 1 − y² and a second derivative. Any shape. */
export function tanh<T extends tf.Tensor>(x: T): T {
  return smoothTanh(x) as T;
}

/** ln(1 + eˣ), without overflow. Any shape. */
export function softplus<T extends tf.Tensor>(x: T): T {
  return tf.softplus(x);
}

// The gradients are functions of the output y, which is computed again from x: a saved output has no way back to x when the
// gradient is differentiated. In a recorded graph the two are one.
const smoothTanh: (x: tf.Tensor) => tf.Tensor = tf.customGrad((x, save) => {
  (save as (tensors: tf.Tensor[]) => void)([x as tf.Tensor]);
  return {
    value: tf.tanh(x as tf.Tensor),
    gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => tanhGradient(smoothTanh(saved!), dy),
  };
});

const smoothSigmoid: (x: tf.Tensor) => tf.Tensor = tf.customGrad((x, save) => {
  (save as (tensors: tf.Tensor[]) => void)([x as tf.Tensor]);
  return {
    value: tf.sigmoid(x as tf.Tensor),
    gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => sigmoidGradient(smoothSigmoid(saved!), dy),
  };
});

/** dy·(1 − y²), one operation on TensorFlow; d/dy = −2·y·dy. */
const tanhGradient = outputGradient(
  "TanhGrad",
  (y) => tf.sub(1, tf.square(y)),
  (y) => tf.mul(-2, y),
);

/** dy·y·(1 − y), one operation on TensorFlow; d/dy = dy·(1 − 2y). */
const sigmoidGradient = outputGradient(
  "SigmoidGrad",
  (y) => tf.mul(y, tf.sub(1, y)),
  (y) => tf.sub(1, tf.mul(2, y)),
);

/**
 * A function (y, dy) → dy·slope(y) that can be differentiated by both.
 * @param op TensorFlow's operation for it
 * @param bend the slope's derivative by y
 */
function outputGradient(
  op: string,
  slope: (y: tf.Tensor) => tf.Tensor,
  bend: (y: tf.Tensor) => tf.Tensor,
): (y: tf.Tensor, dy: tf.Tensor) => tf.Tensor {
  const product: (y: tf.Tensor, dy: tf.Tensor) => tf.Tensor = tf.customGrad((...args) => {
    const [y, dy, save] = args as unknown as [tf.Tensor, tf.Tensor, (tensors: tf.Tensor[]) => void];
    const [fused] = nativeOp(op, { T: { type: "float32" } }, [y, dy], 1) ?? [];
    save([y, dy]);
    return {
      value: fused ?? tf.mul(dy, slope(y)),
      gradFunc: (g: tf.Tensor, saved: tf.Tensor[]) => {
        const [y, dy] = saved as [tf.Tensor, tf.Tensor];
        return [tf.mul(tf.mul(g, dy), bend(y)), product(y, g)];
      },
    };
  });
  return product;
}
