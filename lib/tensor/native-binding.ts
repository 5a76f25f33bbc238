// Node only. What of tfjs-node's backend and binding the recorder and the sessions use; tfjs-node has no types for it.
import { tf } from "./tf";

/** TensorFlow's data types by number (tensorflow/core/framework/types.proto). */
export const DTYPE = { float32: 1, uint8: 4, int32: 3, string: 7, int64: 9, bool: 10, uint64: 23 } as const;

/** One attribute of an op; type says how value is meant (TF_ATTR_…). */
export interface OpAttr {
  name: string;
  type: number;
  value: unknown;
}

/** A tensor as the binding reports it. */
export interface TensorMetadata {
  id: number;
  shape: number[];
  dtype: number;
}

/** Numbers on their way into a tensor. */
export type RawValues = Float32Array | Int32Array | Uint8Array | number[] | string[];

/** The N-API binding: tensors are numbers. */
export interface Binding {
  executeOp(name: string, attrs: OpAttr[], inputs: number[], outputs: number): TensorMetadata[];
  createTensor(shape: number[], dtype: number, values: RawValues): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array;
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(id: number): void;
  runSavedModel(id: number, inputs: number[], inputNames: string, outputNames: string): TensorMetadata[];
  getNumOfTensors(): number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_SHAPE: number;
}

/** Where the backend keeps a tensor: in the binding under id, or as values that are not written there yet. */
export interface StoredTensor {
  id: number;
  shape: number[];
  dtype: number;
  values: RawValues | null;
}

/** tfjs-node's backend. */
export interface NativeBackend {
  binding: Binding;
  tensorMap: { get(dataId: object): StoredTensor };
  createOutputTensor(metadata: TensorMetadata): tf.Tensor;
  getInputTensorIds(tensors: tf.Tensor[]): number[];
  move(dataId: object, values: RawValues, shape: number[], dtype: string, refCount: number): void;
}

/** The backend in use, which must be TensorFlow's own. */
export function nativeBackend(): NativeBackend {
  if (tf.getBackend() !== "tensorflow") {
    throw new Error(`the backend is "${tf.getBackend()}", wanted "tensorflow": call useDevice first`);
  }
  return tf.backend() as unknown as NativeBackend;
}

/** A tensor's number in the binding; writes its values there if they are not. */
export function idOf(tensor: tf.Tensor): number {
  return nativeBackend().getInputTensorIds([tensor])[0]!;
}

/** The binding with some of its functions replaced; the rest stays. Its own properties are read-only: no assignment. */
export function overlaid(real: Binding, replaced: Partial<Pick<Binding, "executeOp" | "createTensor">>): Binding {
  const descriptors = Object.entries(replaced).map(([name, value]) => [name, { value, enumerable: true }] as const);
  return Object.create(real, Object.fromEntries(descriptors)) as Binding;
}
