// Activations whose second derivative works: a gradient penalty differentiates a gradient, and TensorFlow.js 4.22 has no
// gradient for the gradients of its own leakyRelu, tanh, sigmoid, elu and softmax.
import { tf } from "../tensor/tf";

/**
 * x where x > 0, slope·x elsewhere [Maas 2013]. Any shape. The slopes are a constant of the gradient, saved by the forward
 * pass: one multiplication backwards, and one more for a second derivative (relu(x) − slope·relu(−x) takes fourteen).
 */
export function leakyRelu<T extends tf.Tensor>(x: T, slope = 0.2): T {
  const activation: (x: tf.Tensor) => tf.Tensor = tf.customGrad((input, save) => {
    const slopes = tf.add(tf.mul(tf.cast(tf.greater(input as tf.Tensor, 0), "float32"), 1 - slope), slope);
    (save as (tensors: tf.Tensor[]) => void)([slopes]);
    return {
      value: tf.mul(input as tf.Tensor, slopes),
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => tf.mul(dy, saved!),
    };
  });
  return activation(x) as T;
}

/** 1 / (1 + e⁻ˣ) = exp(−softplus(−x)) has a second derivative through its own gradient y·(1 − y). Any shape. */
export function sigmoid<T extends tf.Tensor>(x: T): T {
  return smoothSigmoid(x) as T;
}

/** tanh x; its gradient 1 − y² is made of differentiable operations. Any shape. */
export function tanh<T extends tf.Tensor>(x: T): T {
  return smoothTanh(x) as T;
}

/** ln(1 + eˣ), without overflow. Any shape. */
export function softplus<T extends tf.Tensor>(x: T): T {
  return tf.softplus(x);
}

// The gradient calls the activation again instead of using its saved output: so it can itself be differentiated.
const smoothTanh: (x: tf.Tensor) => tf.Tensor = tf.customGrad((x, save) => {
  (save as (tensors: tf.Tensor[]) => void)([x as tf.Tensor]);
  return {
    value: tf.tanh(x as tf.Tensor),
    gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => tf.mul(dy, tf.sub(1, tf.square(smoothTanh(saved!)))),
  };
});

const smoothSigmoid: (x: tf.Tensor) => tf.Tensor = tf.customGrad((x, save) => {
  (save as (tensors: tf.Tensor[]) => void)([x as tf.Tensor]);
  return {
    value: tf.sigmoid(x as tf.Tensor),
    gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => {
      const y = smoothSigmoid(saved!);
      return tf.mul(dy, tf.mul(y, tf.sub(1, y)));
    },
  };
});
