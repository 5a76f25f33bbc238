/**
 * Weights for use elsewhere: a whole tree of tensors in one safetensors file, as float32, in half the bytes as float16, or
 * in a quarter as 8-bit whole numbers with one scale a channel. Reading gives float32 again.
 */
import fs from "node:fs";
import path from "node:path";
import { expectNumbers, FINITE } from "../tensor/expect";
import type { WantedNumbers } from "../tensor/expect";
import { assemble, flatten } from "../tensor/tree";
import { tf } from "../tensor/tf";
import { writeFileAtomically } from "./atomic";
import { fromHalf, toHalf } from "./half";
import { decodeSafetensors, encodeSafetensors } from "./safetensors";
import type { Entry } from "./safetensors";
import { shownName } from "./shown";

/** How each number is stored. */
export type Precision = "float32" | "float16" | "int8";

const PRECISIONS: readonly Precision[] = ["float32", "float16", "int8"];
/** The largest number that float16 has. */
const LARGEST_HALF = 65_504;
const HALF: WantedNumbers = {
  is: (value) => Math.abs(value) <= LARGEST_HALF,
  words: `-${LARGEST_HALF} to ${LARGEST_HALF}`,
  cure: "float16 has none larger, store it as float32",
};

/** A matrix or kernel in 8 bits: w ≈ q·scale, each channel (the last axis) with its own scale. */
export interface Quantized {
  /** −127 … 127 */
  q: Int8Array;
  /** [channels] */
  scale: Float32Array;
}

/** Where int8 keeps a tensor's scales, beside it. */
const SCALE = ".scale";

/**
 * Symmetric 8-bit numbers, one scale a channel: scale = max|w|/127, q = round(w/scale). No number moves by more than half a
 * scale, and 0 stays 0. A channel of zeros has scale 1.
 * @param values row by row; the channel is the last axis
 */
export function quantize(values: ArrayLike<number>, channels: number): Quantized {
  if (!Number.isInteger(channels) || channels < 1 || values.length % channels !== 0) {
    throw new Error(
      `quantize: ${values.length} numbers do not fill ${channels} channels: give the length of the last axis`,
    );
  }
  const scale = new Float32Array(channels);
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    if (!Number.isFinite(size))
      throw new Error(`quantize: number ${i} is ${values[i]}: only finite weights have a scale`);
    scale[i % channels] = Math.max(scale[i % channels]!, size);
  }
  for (let c = 0; c < channels; c++) scale[c] = scale[c]! > 0 ? scale[c]! / 127 : 1;
  const q = Int8Array.from({ length: values.length }, (_, i) =>
    Math.max(-127, Math.min(127, Math.round(values[i]! / scale[i % channels]!))),
  );
  return { q, scale };
}

/** q·scale. */
export function dequantize({ q, scale }: Quantized): Float32Array {
  return Float32Array.from(q, (value, i) => value * scale[i % scale.length]!);
}

/**
 * Weights as the bytes of a safetensors file. In 8 bits vectors (biases, norms) stay float32: they are few.
 * @param weights lists and objects of tensors, nested as a model has them
 * @throws Error for a tensor that is not float32, and a precision that is none; RangeError for NaN, ∞, and in float16 for numbers
 * beyond ±65,504
 */
export function packWeights(weights: object, precision: Precision, metadata: Record<string, string> = {}): Uint8Array {
  if (!PRECISIONS.includes(precision)) {
    throw new Error(`packWeights: precision is ${JSON.stringify(precision)}, wanted "float32", "float16" or "int8"`);
  }
  const entries = new Map<string, Entry>();
  for (const { path: name, tensor } of flatten(weights).leaves) {
    if (tensor.dtype !== "float32") throw new Error(`packWeights: ${name} is ${tensor.dtype}, wanted float32`);
    expectNumbers("packWeights", name, tensor, precision === "float16" ? HALF : FINITE);
    const values = tensor.dataSync<"float32">();
    const { shape } = tensor;
    if (precision === "float16") entries.set(name, { shape, values: toHalf(values) });
    else if (precision === "float32" || shape.length < 2) entries.set(name, { shape, values });
    else {
      const { q, scale } = quantize(values, shape.at(-1)!);
      entries.set(name, { shape, values: q });
      entries.set(`${name}${SCALE}`, { shape: [scale.length], values: scale });
    }
  }
  return encodeSafetensors({ entries, metadata: { ...metadata, precision } });
}

/**
 * The weights that packWeights packed, as float32; the caller disposes the tensors.
 * @param like a tree of the same structure and shapes, such as fresh weights; it is left as it is
 * @param name what the bytes are called in an error
 * @throws Error in one line when the bytes are damaged, or a tensor is missing, superfluous, or has another shape
 */
export function unpackWeights<T extends object>(bytes: Uint8Array, like: T, name = "the bytes"): T {
  const { entries } = decodeSafetensors(bytes, name);
  const { leaves, skeleton } = flatten(like);
  const wanted = new Map(leaves.map((leaf) => [leaf.path, leaf.tensor.shape]));
  const read = new Map<string, Float32Array>();
  for (const [at, shape] of wanted) {
    const entry = entries.get(at);
    const got = entry === undefined ? "missing" : `[${entry.shape.join(", ")}]`;
    if (got !== `[${shape.join(", ")}]`) {
      throw new Error(`importWeights: ${at} in ${name} is ${got}, wanted [${shape.join(", ")}]: another model's file?`);
    }
    read.set(at, float32(entry!, entries.get(`${at}${SCALE}`), `${at} in ${name}`));
  }
  expectNoOthers([...entries.keys()], wanted, name);
  const tensors = new Map([...read].map(([at, values]) => [at, tf.tensor(values, wanted.get(at), "float32")]));
  return assemble(skeleton, (at) => tensors.get(at)) as T;
}

/** A deeper model's file has all that a shallower one wants: what is left over must not be dropped without a word. */
function expectNoOthers(keys: readonly string[], wanted: ReadonlyMap<string, unknown>, name: string): void {
  const known = (key: string): boolean =>
    wanted.has(key) || (key.endsWith(SCALE) && wanted.has(key.slice(0, -SCALE.length)));
  const others = keys.filter((key) => !known(key));
  if (others.length === 0) return;
  const first = others.find((key) => !key.endsWith(SCALE)) ?? others[0]!;
  // layers.2.w: the first place in a list that the model's list has not
  const list = /^(.*?)\.\d+(\.|$)/.exec(first)?.[1];
  const places = [...wanted.keys()].flatMap((key) =>
    list !== undefined && key.startsWith(`${list}.`) ? [Number.parseInt(key.slice(list.length + 1), 10)] : [],
  );
  const count = Math.max(-1, ...places) + 1;
  const beyond = Number.parseInt(first.slice((list ?? "").length + 1), 10) >= count;
  const why = count > 0 && beyond ? `the file's ${shownName(list!)} are more than ${count}: ` : "";
  const more = others.filter((key) => !key.endsWith(SCALE)).length - 1;
  throw new Error(
    `importWeights: ${name} holds ${shownName(first)}${more > 0 ? ` and ${more} more` : ""}, which this model has not: ` +
      `${why}make \`like\` with the config that the file was made with`,
  );
}

/** packWeights into a file, atomically. @returns the file's bytes */
export function exportWeights(
  file: string,
  weights: object,
  precision: Precision,
  metadata: Record<string, string> = {},
): number {
  const bytes = packWeights(weights, precision, metadata);
  writeFileAtomically(file, bytes);
  return bytes.length;
}

/** unpackWeights from a file. @throws Error as unpackWeights, and when the file cannot be read */
export function importWeights<T extends object>(file: string, like: T): T {
  let bytes: Uint8Array;
  try {
    bytes = fs.readFileSync(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Error(`importWeights: cannot read ${file} (${code}): check the path`, { cause });
  }
  return unpackWeights(bytes, like, path.basename(file));
}

function float32({ values, shape }: Entry, scale: Entry | undefined, what: string): Float32Array {
  if (values instanceof Float32Array) return values;
  if (values instanceof Uint16Array) return fromHalf(values);
  const channels = shape.at(-1);
  if (!(values instanceof Int8Array) || !(scale?.values instanceof Float32Array) || scale.values.length !== channels) {
    throw new Error(`importWeights: ${what} is not float32, float16 or int8 with ${channels} scales: export it again`);
  }
  return dequantize({ q: values, scale: scale.values });
}
