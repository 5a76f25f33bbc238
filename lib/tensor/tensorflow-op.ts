// TensorFlow has operations that TensorFlow.js does not wrap (a cross-entropy that returns its own gradient, for one).
// This is the one way to them; the pure JavaScript backend has none of them, so each caller keeps its plain formula.
import { tf } from "./tf";

/** An attribute of a TensorFlow operation; `type` is an element type (its attribute "T", mostly). */
export type NativeAttribute =
  | { type: "float32" | "int32" | "bool" }
  | { int: number }
  | { ints: number[] }
  | { float: number }
  | { bool: boolean }
  | { string: string };

/** What tfjs-node's backend has besides the ordinary one's functions. */
interface NativeBackend {
  binding: Record<string, number>;
  executeMultipleOutputs(name: string, attributes: object[], inputs: tf.Tensor[], outputs: number): tf.Tensor[];
}

const DATA_TYPES = { float32: "TF_FLOAT", int32: "TF_INT32", bool: "TF_BOOL" } as const;

/**
 * Runs one TensorFlow operation by its name, `nativeOp("SigmoidGrad", { T: { type: "float32" } }, [y, dy], 1)`.
 * It has no gradient: call it inside tf.customGrad.
 * @returns its outputs, or undefined on every backend but "tensorflow": take the formula then
 */
export function nativeOp(
  name: string,
  attributes: Record<string, NativeAttribute>,
  inputs: tf.Tensor[],
  outputs: number,
): tf.Tensor[] | undefined {
  if (tf.getBackend() !== "tensorflow") return undefined;
  const backend = tf.backend() as unknown as NativeBackend;
  const encoded = Object.entries(attributes).map(([key, attribute]) => ({
    name: key,
    ...encode(attribute, backend.binding),
  }));
  return backend.executeMultipleOutputs(name, encoded, inputs, outputs);
}

function encode(attribute: NativeAttribute, binding: Record<string, number>): { type?: number; value: unknown } {
  if ("type" in attribute) return { type: binding.TF_ATTR_TYPE, value: binding[DATA_TYPES[attribute.type]] };
  if ("int" in attribute) return { type: binding.TF_ATTR_INT, value: attribute.int };
  if ("ints" in attribute) return { type: binding.TF_ATTR_INT, value: attribute.ints };
  if ("float" in attribute) return { type: binding.TF_ATTR_FLOAT, value: attribute.float };
  if ("bool" in attribute) return { type: binding.TF_ATTR_BOOL, value: attribute.bool };
  return { type: binding.TF_ATTR_STRING, value: attribute.string };
}
