import { nativeOp } from "../tensor/tensorflow-op";
import { tf } from "../tensor/tf";
import { handGradient } from "./hand-gradient";

/**
 * tanh(u)·sigmoid(v), with u the first half of the channels and v the second [van den Oord et al. 2016b]; x [N, 2C] → [N, C].
 * The signal u, and a gate v that lets it through or not.
 */
export function gatedUnit(x: tf.Tensor2D): tf.Tensor2D {
  const [rows, both] = x.shape;
  if (x.rank !== 2 || both % 2 !== 0) throw new Error(`gatedUnit: x is [${x.shape.join(", ")}], wanted [N, 2C]`);
  const C = both / 2;
  return handGradient<[tf.Tensor2D]>("gatedUnit", [x], {
    forward: ([input], save) => {
      const signal = tf.tanh(tf.slice(input, [0, 0], [rows, C]));
      const gate = tf.sigmoid(tf.slice(input, [0, C], [rows, C]));
      save([signal, gate]);
      return tf.mul(signal, gate);
    },
    backward: (dy, [signal, gate]) => {
      const du = slope("TanhGrad", signal!, tf.mul(dy, gate!), (y) => tf.sub(1, tf.square(y)));
      const dv = slope("SigmoidGrad", gate!, tf.mul(dy, signal!), (y) => tf.mul(y, tf.sub(1, y)));
      return [tf.concat([du, dv], 1)];
    },
  }) as tf.Tensor2D;
}

/** dy times the slope at the output y, by one operation where TensorFlow has it. */
function slope(op: string, y: tf.Tensor, dy: tf.Tensor, formula: (y: tf.Tensor) => tf.Tensor): tf.Tensor {
  const [native] = nativeOp(op, { T: { type: "float32" } }, [y, dy], 1) ?? [];
  return native ?? tf.mul(dy, formula(y));
}
