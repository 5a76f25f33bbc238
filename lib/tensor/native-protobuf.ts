// Node only. Just enough of the protocol-buffer format to write a TensorFlow GraphDef: varints, lengths, floats.
// Field numbers are those of tensorflow/core/framework/{graph,node_def,attr_value,tensor,tensor_shape}.proto.
import { DTYPE } from "./native-binding";

/** A base-128 varint; negative numbers as 64-bit two's complement. */
function varint(n: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(n));
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return Buffer.from(bytes);
}

const key = (field: number, wire: number): Buffer => varint(field * 8 + wire);

/** An integer, enum or boolean field. */
export function intField(field: number, n: number): Buffer {
  return Buffer.concat([key(field, 0), varint(n)]);
}

/** A string, bytes or message field. */
export function bytesField(field: number, content: Buffer | string): Buffer {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return Buffer.concat([key(field, 2), varint(bytes.length), bytes]);
}

function floatField(field: number, x: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(x);
  return Buffer.concat([key(field, 5), bytes]);
}

/** TensorShapeProto. */
function shapeMessage(shape: readonly number[]): Buffer {
  return Buffer.concat(shape.map((size) => bytesField(2, intField(1, size))));
}

/** AttrValue, one constructor a kind. */
export const attr = {
  type: (dtype: number): Buffer => intField(6, dtype),
  types: (dtypes: readonly number[]): Buffer => bytesField(1, Buffer.concat(dtypes.map((t) => intField(6, t)))),
  int: (n: number): Buffer => intField(3, n),
  ints: (list: readonly number[]): Buffer => bytesField(1, Buffer.concat(list.map((n) => intField(3, n)))),
  float: (x: number): Buffer => floatField(4, x),
  bool: (b: boolean): Buffer => intField(5, b ? 1 : 0),
  string: (text: string): Buffer => bytesField(2, text),
  shape: (shape: readonly number[]): Buffer => bytesField(7, shapeMessage(shape)),
  tensor: (dtype: number, shape: readonly number[], content: Buffer): Buffer =>
    bytesField(8, Buffer.concat([intField(1, dtype), bytesField(2, shapeMessage(shape)), bytesField(4, content)])),
} as const;

/** NodeDef. Inputs: "name", "name:1" for a later output, "^name" for "run after". */
export function nodeMessage(
  name: string,
  op: string,
  inputs: readonly string[],
  attrs: Readonly<Record<string, Buffer>>,
): Buffer {
  const entries = Object.entries(attrs).map(([k, v]) =>
    bytesField(5, Buffer.concat([bytesField(1, k), bytesField(2, v)])),
  );
  const message = [bytesField(1, name), bytesField(2, op), ...inputs.map((input) => bytesField(3, input)), ...entries];
  return Buffer.concat(message);
}

/** The version of GraphDef that TensorFlow 2.21 writes is newer; this one is the oldest that it reads without warning. */
const PRODUCER = 1087;

/** A SavedModel with one MetaGraphDef tagged "serve", around the nodes of a graph. */
export function savedModelMessage(nodes: readonly Buffer[]): Buffer {
  const graph = Buffer.concat([...nodes.map((node) => bytesField(1, node)), bytesField(4, intField(1, PRODUCER))]);
  const metaGraph = Buffer.concat([bytesField(1, bytesField(4, "serve")), bytesField(2, graph)]);
  return Buffer.concat([intField(1, 1), bytesField(2, metaGraph)]);
}

/** Numbers as a constant's bytes. @throws Error for a dtype that no recorded constant has */
export function constantBytes(dtype: number, values: ArrayLike<number>): Buffer {
  if (dtype === DTYPE.float32) return Buffer.from(Float32Array.from(values).buffer);
  if (dtype === DTYPE.int32) return Buffer.from(Int32Array.from(values).buffer);
  if (dtype === DTYPE.bool || dtype === DTYPE.uint8) return Buffer.from(Uint8Array.from(values));
  if (dtype === DTYPE.int64) {
    return Buffer.from(BigInt64Array.from(Array.from(values, (value) => BigInt(value))).buffer);
  }
  throw new Error(`a constant of TensorFlow's dtype ${dtype} has no graph form: use float32, int32 or bool`);
}
