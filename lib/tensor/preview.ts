import type * as tensorflow from "@tensorflow/tfjs";

/** Values shown of a tensor that stands inside another value. */
const SHOWN = 6;

/**
 * Lets Node's `inspect`, and with it `console.log` and a cell's last value, show tensors in a few words, also inside
 * lists and objects: `Tensor [3, 4] float32: 1, 2, 3, 4, 5, 6, …`. Left alone it shows the fields of the object and
 * none of its values. Browsers do not ask for this method.
 */
export function showTensorsBriefly(tf: typeof tensorflow): void {
  Object.defineProperty(tf.Tensor.prototype, Symbol.for("nodejs.util.inspect.custom"), {
    value(this: tensorflow.Tensor) {
      return preview(tf, this);
    },
    configurable: true,
  });
}

function preview(tf: typeof tensorflow, tensor: tensorflow.Tensor): string {
  if (!Array.isArray(tensor.shape)) return "Tensor"; // made by no constructor
  const head = `${tensor instanceof tf.Variable ? "Variable" : "Tensor"} [${tensor.shape.join(", ")}] ${tensor.dtype}`;
  if (tensor.isDisposed) return `${head} (disposed)`;
  if (tensor.size === 0) return `${head} (empty)`;
  try {
    // A reshape shares the memory; only the few values shown are read back from the device.
    const few = tf.tidy(() => tf.slice(tf.reshape(tensor, [-1]), 0, Math.min(SHOWN, tensor.size)).dataSync());
    const values = Array.from(few as ArrayLike<number | string>, (value) => valueText(value, tensor.dtype));
    return `${head}: ${values.join(", ")}${tensor.size > SHOWN ? ", …" : ""}`;
  } catch {
    return head; // its values are not to be had: in a recording there are none yet
  }
}

function valueText(value: number | string, dtype: tensorflow.DataType): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (dtype === "bool") return String(value !== 0);
  // float32 holds seven digits: 0.1, not 0.10000000149011612.
  return String(dtype === "float32" ? Number(value.toPrecision(7)) : value);
}
