import { tf } from "../tensor/tf";

/** What a checker can compare: numbers in order, with the shape or the names they came in. */
export interface Numbers {
  values: number[];
  /** [] for one number, [n] for a list, a tensor's shape. */
  shape: number[];
  /** One name a value, where the answer is an object such as { w, b }. */
  names?: string[];
}

/** An answer that holds numbers. */
export type Numeric =
  number | readonly number[] | readonly (readonly number[])[] | Readonly<Record<string, number>> | tf.Tensor;

/** Reads the numbers of an answer; a sentence that says what is wrong with it where there are none. */
export function readNumbers(answer: unknown): Numbers | string {
  if (answer === undefined) return "your answer is still undefined: assign your result, or return it from the function";
  if (answer === null) return "your answer is null, wanted numbers";
  if (typeof answer === "number") return { values: [answer], shape: [] };
  if (answer instanceof tf.Tensor) return readTensor(answer as tf.Tensor);
  if (answer instanceof Promise) return "your answer is a promise: put await before it";
  if (typeof answer === "function") return "your answer is a function, wanted its result: call it";
  if (Array.isArray(answer) || ArrayBuffer.isView(answer)) return readList(Array.from(answer as ArrayLike<unknown>));
  if (typeof answer === "object") return readRecord(answer as Record<string, unknown>);
  const primitive = answer as string | boolean | bigint | symbol;
  return `your answer is a ${typeof answer} (${JSON.stringify(String(primitive))}), wanted a number`;
}

function readTensor(answer: tf.Tensor): Numbers | string {
  if (answer.isDisposed) return "your tensor is already disposed: keep it with tf.keep, or return it from tf.tidy";
  if (answer.dtype === "string") return "your tensor holds strings, wanted numbers";
  return { values: Array.from(answer.dataSync()), shape: answer.shape };
}

function readList(list: unknown[]): Numbers | string {
  const parts: Numbers[] = [];
  for (const [i, element] of list.entries()) {
    const part = readNumbers(element);
    if (typeof part === "string") return `element ${i}: ${part}`;
    parts.push(part);
  }
  const inner = parts[0]?.shape ?? [];
  if (parts.some((part) => part.shape.join() !== inner.join())) return "your rows have different lengths";
  return { values: parts.flatMap((part) => part.values), shape: [list.length, ...inner] };
}

function readRecord(record: Record<string, unknown>): Numbers | string {
  const names = Object.keys(record);
  const values: number[] = [];
  for (const name of names) {
    const part = readNumbers(record[name]);
    if (typeof part === "string") return `${name}: ${part}`;
    if (part.values.length !== 1) return `${name}: wanted one number, got shape ${showShape(part.shape)}`;
    values.push(part.values[0]!);
  }
  return { values, shape: [names.length], names };
}

/** `answer` in the order of the wanted names, without others; a sentence where names are missing. */
export function alignNames(answer: Numbers, wanted: Numbers): Numbers | string {
  if (!wanted.names) return answer;
  const { names } = answer;
  const list = `{ ${wanted.names.join(", ")} }`;
  if (!names) return `wanted an object ${list}, got ${showNumbers(answer)}`;
  const missing = wanted.names.filter((name) => !names.includes(name));
  if (missing.length > 0) return `wanted an object ${list}, got { ${names.join(", ")} }: ${missing.join(", ")} missing`;
  const values = wanted.names.map((name) => answer.values[names.indexOf(name)]!);
  return { values, shape: [values.length], names: wanted.names };
}

/** The number that an object holds under each of these names; a sentence where it is no such object. */
export function readNamed(answer: unknown, names: readonly string[]): number[] | string {
  const got = readNumbers(answer);
  if (typeof got === "string") return got;
  const values = names.map((name) => got.values[got.names?.indexOf(name) ?? -1]);
  const missing = names.find((_, i) => values[i] === undefined);
  if (missing !== undefined) return `wanted an object { ${names.join(", ")} }: ${missing} is missing`;
  return values as number[];
}

/** Five significant digits, as a person compares them: −3.8667, 2.5e-7; a whole number in full, since it was counted. */
export function showNumber(x: number): string {
  if (Number.isNaN(x)) return "NaN";
  if (!Number.isFinite(x)) return x > 0 ? "Infinity" : "−Infinity";
  const shown = Number.isSafeInteger(x) ? x : Number(x.toPrecision(5));
  return String(shown).replace(/^-/, "−");
}

export function showShape(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/** The numbers as one short line; long lists and tensors are cut after six. */
export function showNumbers({ values, shape, names }: Numbers): string {
  if (names) return `{ ${names.map((name, i) => `${name}: ${showNumber(values[i]!)}`).join(", ")} }`;
  if (shape.length === 0) return showNumber(values[0]!);
  const head = values.slice(0, 6).map(showNumber).join(", ");
  const list = `[${head}${values.length > 6 ? ", …" : ""}]`;
  return shape.length > 1 ? `shape ${showShape(shape)} ${list}` : list;
}
