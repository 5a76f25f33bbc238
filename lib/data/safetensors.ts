/**
 * The safetensors format, minimal: 8 bytes header length (little endian), a JSON header
 * { name: { dtype, shape, data_offsets: [begin, end] }, __metadata__: { key: text } }, then the numbers.
 * https://github.com/huggingface/safetensors. Reading trusts nothing: offsets, sizes and shapes must fit exactly.
 */
import os from "node:os";
import { shown, shownName } from "./shown";

/** Typed arrays that a file can hold; a Uint16Array are the bits of float16 numbers (half.ts). */
export type Values = Float32Array | Float64Array | Int32Array | Uint8Array | Int8Array | Uint16Array;

/** One entry of a file. */
export interface Entry {
  shape: number[];
  values: Values;
}

/** What a file holds. */
export interface Safetensors {
  entries: Map<string, Entry>;
  metadata: Record<string, string>;
}

/** The reference implementation's limit. */
const HEADER_LIMIT = 100_000_000;

const ARRAYS = {
  F64: Float64Array,
  F32: Float32Array,
  F16: Uint16Array,
  I32: Int32Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array, // read as 0 and 1, written as U8
} as const;
/** The kinds of numbers that are known. */
export type Dtype = keyof typeof ARRAYS;

/** What else the format has, and this does not read: other whole numbers, complex ones, shorter floats. */
const OTHERS = /^([IU](16|32|64)|C64|BF16|F[468]_\w+)$/;

/** The format's name for a kind of numbers: F32 for a Float32Array. */
export function dtypeOf(values: Values): Dtype {
  for (const [dtype, array] of Object.entries(ARRAYS)) if (values instanceof array) return dtype as Dtype;
  throw new Error("safetensors: wanted a typed array of a known kind");
}

/** A file's bytes. Entries keep their order; wide numbers come first, so that all are aligned. */
export function encodeSafetensors({ entries, metadata }: Safetensors): Uint8Array {
  if (os.endianness() !== "LE") throw new Error("safetensors: this machine is big-endian, the format is little-endian");
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [["__metadata__", metadata]] : [];
  const ordered = [...entries].sort(([, a], [, b]) => b.values.BYTES_PER_ELEMENT - a.values.BYTES_PER_ELEMENT);
  let offset = 0;
  for (const [name, { shape, values }] of ordered) {
    if (name === "__metadata__") throw new Error('safetensors: "__metadata__" is reserved: choose another name');
    const size = shape.reduce((a, b) => a * b, 1);
    if (size !== values.length) {
      throw new Error(
        `safetensors: ${shownName(name)} has ${values.length} numbers, its shape [${shape.join(", ")}] wants ${size}`,
      );
    }
    header.push([name, { dtype: dtypeOf(values), shape, data_offsets: [offset, offset + values.byteLength] }]);
    offset += values.byteLength;
  }
  let json = JSON.stringify(Object.fromEntries(header));
  json += " ".repeat((8 - (Buffer.byteLength(json) % 8)) % 8);
  const head = Buffer.from(json);
  const bytes = new Uint8Array(8 + head.length + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(head.length), true);
  bytes.set(head, 8);
  let at = 8 + head.length;
  for (const [, { values }] of ordered) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return bytes;
}

/** What a file's bytes hold. @throws Error in one line, starting with `name`, when they are not a safetensors file */
export function decodeSafetensors(bytes: Uint8Array, name: string): Safetensors {
  const fail = (what: string, cure = "make it again"): never => {
    throw new Error(`${name} is not a whole safetensors file: ${what}: ${cure}`);
  };
  if (bytes.length < 8) fail(`it has ${bytes.length} bytes, a header alone has more than 8`);
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (headerLength > HEADER_LIMIT || headerLength > bytes.length - 8) {
    fail(`its header claims ${headerLength} bytes, the file has ${bytes.length}`);
  }
  const header = parseHeader(bytes.subarray(8, 8 + headerLength), fail);
  // Not a Buffer any more, whose slice() shares memory instead of copying it.
  const data = new Uint8Array(bytes.buffer, bytes.byteOffset + 8 + headerLength, bytes.length - 8 - headerLength);
  const { __metadata__: metadata = {}, ...fields } = header;
  if (!isRecord(metadata) || !Object.values(metadata).every((text) => typeof text === "string")) {
    fail("its metadata are not texts");
  }
  const found = Object.entries(fields).map(([key, field]) => ({ key, ...parseField(key, field, fail) }));
  let end = 0; // entries must lie side by side: no overlap, no hidden gap, nothing after the last
  for (const entry of [...found].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin !== end) fail(`${shownName(entry.key)} begins at byte ${entry.begin}, expected ${end}`);
    end = entry.end;
  }
  if (end !== data.length) fail(`its entries end at byte ${end} of ${data.length}`);
  const entries = new Map<string, Entry>();
  for (const { key, dtype, shape, begin, end: stop } of found) {
    entries.set(key, { shape, values: new ARRAYS[dtype](data.slice(begin, stop).buffer) });
  }
  return { entries, metadata: metadata as Record<string, string> };
}

type Fail = (what: string, cure?: string) => never;

function parseHeader(bytes: Uint8Array, fail: Fail): Record<string, unknown> {
  // So says the format; else a decoder would pass over a byte order mark, and JSON over spaces.
  if (bytes[0] !== 0x7b) fail("its header does not begin with {");
  let json: string;
  let header: Record<string, unknown>;
  try {
    json = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    header = JSON.parse(json) as Record<string, unknown>;
  } catch {
    return fail("its header is not JSON");
  }
  const repeated = repeatedKey(json);
  if (repeated !== undefined) fail(`${shownName(repeated)} stands twice in its header`);
  return header;
}

/** The first key that stands twice in one object of a valid JSON text; JSON.parse takes the last one and says nothing. */
function repeatedKey(json: string): string | undefined {
  const open: Set<string>[] = []; // the keys of each object around this place; a list has none
  for (let at = 0; at < json.length; at++) {
    const sign = json.charAt(at);
    if (sign === "{" || sign === "[") open.push(new Set());
    else if (sign === "}" || sign === "]") open.pop();
    else if (sign === '"') {
      const from = at;
      while (json.charAt(++at) !== '"') if (json.charAt(at) === "\\") at++;
      if (!isKey(json, at + 1)) continue;
      const key = JSON.parse(json.slice(from, at + 1)) as string;
      const keys = open.at(-1)!;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}

/** Whether the text that ends here is followed by a colon. */
function isKey(json: string, end: number): boolean {
  while (" \n\r\t".includes(json.charAt(end)) && end < json.length) end++;
  return json.charAt(end) === ":";
}

function parseField(key: string, field: unknown, fail: Fail) {
  const name = shownName(key);
  const { dtype, shape, data_offsets: offsets } = isRecord(field) ? field : fail(`${name} is not described`);
  if (typeof dtype !== "string" || !Object.hasOwn(ARRAYS, dtype)) {
    const cure = typeof dtype === "string" && OTHERS.test(dtype) ? "convert it to F32" : undefined;
    return fail(`${name} has dtype ${shown(dtype)}, known are ${Object.keys(ARRAYS).join(", ")}`, cure);
  }
  const whole = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((n) => Number.isSafeInteger(n) && (n as number) >= 0);
  if (!whole(shape)) return fail(`${name} has shape ${shown(shape)}`);
  if (!whole(offsets) || offsets.length !== 2) return fail(`${name} has offsets ${shown(offsets)}`);
  const [begin, end] = offsets as [number, number];
  const size = ARRAYS[dtype as Dtype].BYTES_PER_ELEMENT;
  // A 0 hides nothing: the others must be a size too, in whatever order they are multiplied.
  if (!Number.isSafeInteger(shape.reduce((a, b) => a * (b || 1), size))) {
    fail(`${name} has shape ${shown(shape)}: too many numbers`);
  }
  const wanted = shape.reduce((a, b) => a * b, size);
  if (end - begin !== wanted) fail(`${name} lies at bytes ${begin} to ${end}, its shape wants ${wanted} bytes`);
  return { dtype: dtype as Dtype, shape, begin, end };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
