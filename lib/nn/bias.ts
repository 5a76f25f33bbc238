import { nativeOp } from "../tensor/tensorflow-op";
import { tf } from "../tensor/tf";
import { handGradient } from "./hand-gradient";

/** What may follow a layer's bias: in a graph, TensorFlow fuses product, bias and activation into one operation. */
export type Activation = "none" | "relu" | "elu" | "tanh";

const FLOAT = { T: { type: "float32" } } as const;
const BIAS = { ...FLOAT, data_format: { string: "NHWC" } } as const;

/** TensorFlow's operation for each activation, and the one for its gradient. */
const NATIVE = { relu: ["Relu", "ReluGrad"], elu: ["Elu", "EluGrad"], tanh: ["Tanh", "TanhGrad"] } as const;

/**
 * activation(x + b), with x [… , C] and b [C]. The gradient takes the result, not the sum before the activation: so the sum is
 * read once, which lets TensorFlow fuse it with the product before, and ReLU's gradient is one operation instead of six.
 */
export function addBias<T extends tf.Tensor>(x: T, b: tf.Tensor1D, activation: Activation = "none"): T {
  return handGradient<[T, tf.Tensor1D]>("addBias", [x, b], {
    forward: ([input, bias], save) => {
      const [native] = nativeOp("BiasAdd", BIAS, [input, bias], 1) ?? [];
      const y = apply(native ?? tf.add(input, bias), activation);
      save(activation === "none" ? [] : [y]);
      return y;
    },
    backward: (dy, [y]) => {
      const dx = activationGradient(dy, y!, activation);
      return [dx, biasGradient(dx)];
    },
  }) as T;
}

/** max(x, 0); any shape. Differentiable once, unlike tf.relu, by one operation. */
export function relu<T extends tf.Tensor>(x: T): T {
  return handGradient<[T]>("relu", [x], {
    forward: ([input], save) => {
      const y = tf.relu(input);
      save([y]);
      return y;
    },
    backward: (dy, [y]) => [activationGradient(dy, y!, "relu")],
  }) as T;
}

/** Σ over all dimensions but the last: the gradient of a bias. [… , C] → [C] */
function biasGradient(dx: tf.Tensor): tf.Tensor {
  const [native] = nativeOp("BiasAddGrad", BIAS, [dx], 1) ?? [];
  return native ?? tf.sum(tf.reshape(dx, [-1, dx.shape.at(-1)!]), 0);
}

function apply(x: tf.Tensor, activation: Activation): tf.Tensor {
  if (activation === "none") return x;
  return activation === "relu" ? tf.relu(x) : activation === "elu" ? tf.elu(x) : tf.tanh(x);
}

/** dy times the activation's slope, which each of them can tell from its result y. */
function activationGradient(dy: tf.Tensor, y: tf.Tensor, activation: Activation): tf.Tensor {
  if (activation === "none") return dy;
  // TensorFlow's gradients take (dy, y), that of tanh (y, dy).
  const inputs = activation === "tanh" ? [y, dy] : [dy, y];
  const [native] = nativeOp(NATIVE[activation][1], FLOAT, inputs, 1) ?? [];
  if (native !== undefined) return native;
  if (activation === "tanh") return tf.mul(dy, tf.sub(1, tf.square(y)));
  const positive = tf.cast(tf.greater(y, 0), "float32");
  // elu: 1 for y > 0, else eˣ = y + 1
  return tf.mul(dy, activation === "relu" ? positive : tf.add(tf.minimum(y, 0), 1));
}
