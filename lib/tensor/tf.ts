// The one place that imports TensorFlow.js: two copies would be two engines with two sets of tensors.
// Exported as a namespace, so that a notebook writes `tf.add(a, b)` and `let x: tf.Tensor2D`.
import * as tf from "@tensorflow/tfjs";
import { showTensorsBriefly } from "./preview";

showTensorsBriefly(tf);

export { tf };
