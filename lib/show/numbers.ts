import type { tf } from "../tensor/tf";

/** A row of numbers: an array, a typed array or a tensor of rank 1. */
export type Numbers = ArrayLike<number> | tf.Tensor;

/** Rows of numbers: z[row][column], or a tensor of rank 2. */
export type Grid = ArrayLike<ArrayLike<number>> | tf.Tensor;

/** Whether a value is a tensor, of whichever copy of TensorFlow.js. */
export function isTensor(value: unknown): value is tf.Tensor {
  return typeof value === "object" && value !== null && "dataSync" in value && "shape" in value;
}

/** The numbers as an array. @throws Error naming `what` when it is no row of numbers */
export function toNumbers(values: Numbers, what: string): number[] {
  if (isTensor(values)) {
    if (values.rank !== 1)
      throw new Error(`${what}: wanted a tensor of rank 1, got shape [${values.shape.join(", ")}]`);
    return Array.from(values.dataSync());
  }
  if (typeof values !== "object" || values === null || typeof values.length !== "number") {
    throw new Error(`${what}: wanted an array of numbers, got ${values === null ? "null" : typeof values}`);
  }
  return Array.from(values, (value, i) => {
    if (typeof value !== "number") throw new Error(`${what}: wanted numbers, got ${typeof value} at index ${i}`);
    return value;
  });
}

/** The rows as arrays of one length. @throws Error naming `what` when rows differ in length or there are none */
export function toGrid(rows: Grid, what: string): number[][] {
  if (isTensor(rows)) {
    const [height, width] = rows.shape;
    if (rows.rank !== 2) throw new Error(`${what}: wanted a tensor of rank 2, got shape [${rows.shape.join(", ")}]`);
    const flat = rows.dataSync();
    return Array.from({ length: height }, (_, i) => Array.from(flat.slice(i * width!, (i + 1) * width!)));
  }
  const grid = Array.from(rows, (row, i) => toNumbers(row, `${what}, row ${i}`));
  const width = grid[0]?.length ?? 0;
  if (width === 0) throw new Error(`${what}: wanted at least one row and one column, got none`);
  const odd = grid.findIndex((row) => row.length !== width);
  if (odd >= 0) throw new Error(`${what}: row ${odd} has ${grid[odd]!.length} values, row 0 has ${width}`);
  return grid;
}

/** What is written into a figure: seven significant digits, null where there is no finite number. */
export function written(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(7)) : null;
}

/** Beyond this, differences overflow. */
export const LARGEST = 1e300;

/** The span, or one around its only value. */
export function widened([min, max]: readonly [number, number]): [number, number] {
  const size = Math.max(Math.abs(min), Math.abs(max));
  if (max - min > size * 1e-9 && size > 1 / LARGEST) return [min, max];
  const around = size > 1 / LARGEST ? size * 0.1 : 0.5;
  return [min - around, max + around];
}

/** Smallest and largest finite value; undefined when there is none. With `positive`, of those above zero. */
export function extent(values: Iterable<number | null>, positive = false): [number, number] | undefined {
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) {
    if (value === null || !(Math.abs(value) <= LARGEST) || (positive && value <= 0)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return min <= max ? [min, max] : undefined;
}

/**
 * Indices of at most about `limit` points that keep a line's look: of every bucket the lowest and the highest, of every
 * gap one point, the first and the last always.
 */
export function decimate(y: readonly (number | null)[], limit: number): number[] {
  const n = y.length;
  if (n <= limit) return y.map((_, i) => i);
  const buckets = Math.max(1, Math.floor(limit / 2));
  const kept = new Set<number>([0, n - 1]);
  for (let bucket = 0; bucket < buckets; bucket++) {
    const end = Math.floor(((bucket + 1) * n) / buckets);
    let [low, high, gap] = [-1, -1, -1];
    for (let i = Math.floor((bucket * n) / buckets); i < end; i++) {
      const value = y[i]!;
      if (value === null || !Number.isFinite(value)) gap = i;
      else {
        if (low < 0 || value < y[low]!) low = i;
        if (high < 0 || value > y[high]!) high = i;
      }
    }
    for (const i of [low, high, gap]) if (i >= 0) kept.add(i);
  }
  return [...kept].sort((a, b) => a - b);
}

/** Whether a list that the caller must fill is empty, or no list at all. */
export function isEmptyList(list: readonly unknown[]): boolean {
  return !Array.isArray(list) || list.length === 0;
}
