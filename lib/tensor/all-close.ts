import { tf } from "./tf";

/** How close two results can be expected to be. */
export interface Tolerance {
  rtol: number;
  atol: number;
}

/**
 * Tolerances in one place. float32 keeps 7 digits; sums and matrix products in another order lose some of them, and
 * TensorFlow's kernels fuse and vectorise, so the two backends differ by more than one backend from itself.
 */
export const TOLERANCES: Record<"float32" | "int32" | "bool", Record<"tensorflow" | "cpu", Tolerance>> = {
  float32: { tensorflow: { rtol: 1e-4, atol: 1e-5 }, cpu: { rtol: 1e-5, atol: 1e-6 } },
  int32: { tensorflow: { rtol: 0, atol: 0 }, cpu: { rtol: 0, atol: 0 } },
  bool: { tensorflow: { rtol: 0, atol: 0 }, cpu: { rtol: 0, atol: 0 } },
};

/** The tolerance for a dtype on the backend in use. */
export function toleranceOf(dtype: string): Tolerance {
  const backend = tf.getBackend() === "tensorflow" ? "tensorflow" : "cpu";
  const kind = dtype === "int32" || dtype === "bool" ? dtype : "float32";
  return TOLERANCES[kind][backend];
}

/** Numbers with a shape: a tensor, a typed array, nested lists, one number. */
export type NumbersLike = tf.Tensor | Float32Array | Float64Array | Int32Array | Uint8Array | number | NestedNumbers;
/** Nested lists of numbers. */
export type NestedNumbers = readonly (number | NestedNumbers)[];

/**
 * Whether |actual − expected| ≤ atol + rtol·|expected| everywhere. NaN equals nothing, ∞ equals itself, shapes must agree.
 * @returns ok, and a message with the worst element's index and both values
 */
export function allClose(
  actual: NumbersLike,
  expected: NumbersLike,
  tolerance: Partial<Tolerance> = {},
): { ok: boolean; message: string } {
  const [a, b] = [flatten(actual), flatten(expected)];
  const [shape, wanted] = [a.shape.join(", "), b.shape.join(", ")];
  if (shape !== wanted) return { ok: false, message: `shape is [${shape}], expected [${wanted}]` };
  const exact = a.dtype === "int32" && b.dtype === "int32" ? "int32" : "float32";
  const { rtol, atol } = { ...toleranceOf(exact), ...tolerance };
  let [worst, at, wrong] = [0, -1, 0];
  for (let i = 0; i < a.values.length; i++) {
    const [x, y] = [a.values[i]!, b.values[i]!];
    if (x === y) continue;
    const error = Math.abs(x - y);
    if (error <= atol + rtol * Math.abs(y) && Number.isFinite(y)) continue;
    wrong++;
    const badness = Number.isNaN(error) ? Infinity : error;
    if (at < 0 || badness > worst) [worst, at] = [badness, i];
  }
  if (wrong === 0) return { ok: true, message: `all ${a.values.length} values agree (rtol ${rtol}, atol ${atol})` };
  const index = unravel(at, a.shape).join(", ");
  const values = `${a.values[at]}, expected ${b.values[at]}`;
  const many = `${wrong} of ${a.values.length} values differ`;
  return { ok: false, message: `value [${index}] is ${values} (${many}; rtol ${rtol}, atol ${atol})` };
}

function flatten(value: NumbersLike): { values: ArrayLike<number>; shape: number[]; dtype: string } {
  if (value instanceof tf.Tensor) return { values: value.dataSync(), shape: value.shape, dtype: value.dtype };
  if (typeof value === "number") return { values: [value], shape: [], dtype: "float32" };
  if (ArrayBuffer.isView(value)) {
    return { values: value, shape: [value.length], dtype: value instanceof Float32Array ? "float32" : "other" };
  }
  const shape: number[] = [];
  for (
    let level: NestedNumbers | number | undefined = value;
    Array.isArray(level);
    level = (level as NestedNumbers)[0]
  ) {
    shape.push(level.length);
  }
  const values = (value as number[][]).flat(Infinity) as number[];
  if (values.length !== shape.reduce((x, y) => x * y, 1))
    throw new Error("allClose: a nested list has rows of unequal length");
  return { values, shape, dtype: "float32" };
}

function unravel(flat: number, shape: number[]): number[] {
  const index: number[] = [];
  for (let d = shape.length - 1; d >= 0; d--) {
    index.unshift(flat % shape[d]!);
    flat = Math.floor(flat / shape[d]!);
  }
  return index;
}
