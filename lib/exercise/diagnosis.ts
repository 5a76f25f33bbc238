import { showNumber, showShape, alignNames, showNumbers } from "./numbers";
import type { Numbers } from "./numbers";

/** How near is right: |got − wanted| ≤ atol + rtol·|wanted|. */
export interface Tolerance {
  rtol?: number;
  atol?: number;
}

/** Loose enough for float32 arithmetic and for numbers typed with four digits. */
export const TOLERANCE: Required<Tolerance> = { rtol: 1e-3, atol: 1e-6 };

/** A wrong answer that students give, and what to tell them. */
export interface Mistake<T> {
  /** The wrong answer itself, or the wrong implementation where the answer is a function. */
  gives: T;
  because: string;
}

function near(got: number, wanted: number, { rtol, atol }: Required<Tolerance>): boolean {
  return Math.abs(got - wanted) <= atol + rtol * Math.abs(wanted);
}

/** Same shape and every number near. NaN is near nothing. */
export function sameNumbers(got: Numbers, wanted: Numbers, tolerance: Tolerance = {}): boolean {
  const limits = { ...TOLERANCE, ...tolerance };
  return (
    got.shape.join() === wanted.shape.join() && got.values.every((value, i) => near(value, wanted.values[i]!, limits))
  );
}

export interface Difference {
  /** "wanted …, got …", or what is wrong with the form of the answer. */
  shown: string;
  reason?: string;
}

export function showDifference({ shown, reason }: Difference): string {
  return reason ? `${shown}: ${reason}` : shown;
}

/** Why `got` is not `wanted`; undefined where it is right. */
export function compareNumbers(
  got: Numbers,
  wanted: Numbers,
  mistakes: readonly Mistake<Numbers>[],
  tolerance: Tolerance = {},
): Difference | undefined {
  const aligned = alignNames(got, wanted);
  if (typeof aligned === "string") return { shown: aligned };
  if (sameNumbers(aligned, wanted, tolerance)) return undefined;
  const known = mistakes.find(({ gives }) => sameNumbers(aligned, gives, tolerance))?.because;
  const reason = known ?? shapeReason(aligned, wanted) ?? numberReason(aligned, wanted, tolerance);
  const cut = [aligned, wanted].map((numbers) =>
    numbers.values.length > 6 ? around(numbers, aligned, wanted) : showNumbers(numbers),
  );
  return { shown: `wanted ${cut[1]}, got ${cut[0]}`, reason };
}

/** In a long list only the first difference is worth showing. */
function around(numbers: Numbers, got: Numbers, wanted: Numbers): string {
  if (got.shape.join() !== wanted.shape.join()) return `shape ${showShape(numbers.shape)}`;
  const i = got.values.findIndex((value, k) => !near(value, wanted.values[k]!, TOLERANCE));
  return `${showNumber(numbers.values[Math.max(i, 0)]!)} at index ${Math.max(i, 0)} of ${numbers.values.length}`;
}

function shapeReason(got: Numbers, wanted: Numbers): string | undefined {
  if (got.shape.join() === wanted.shape.join()) return undefined;
  const shapes = `shape ${showShape(got.shape)} instead of ${showShape(wanted.shape)}`;
  if (wanted.shape.length === 0)
    return `one number is wanted, yours has ${shapes}; did you forget the mean or the sum?`;
  if ([...got.shape].reverse().join() === wanted.shape.join()) return `${shapes}: the axes are swapped, transpose it`;
  if (got.values.length === wanted.values.length) return `${shapes}: the same count of numbers, reshape them`;
  return shapes;
}

/** Mistakes that look alike in every exercise: NaN, a flipped sign, one common factor, a square. */
function numberReason(got: Numbers, wanted: Numbers, tolerance: Tolerance): string {
  const bad = got.values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const where = got.names?.[bad] ?? (got.values.length > 1 ? `element ${bad}` : "your number");
    return Number.isNaN(got.values[bad])
      ? `${where} is NaN: something was undefined, 0/0 or not yet filled in`
      : `${where} is infinite: a division by zero, or a step too large`;
  }
  const like = (change: (x: number) => number) =>
    sameNumbers(got, { ...wanted, values: wanted.values.map(change) }, tolerance);
  if (like((x) => -x)) return "right size, but the sign is flipped";
  if (like((x) => x * x)) return "that is the square of it";
  if (wanted.values.every((x) => x >= 0) && like(Math.sqrt)) return "that is the square root of it";
  const pivot = wanted.values.findIndex((x) => x !== 0);
  const factor = pivot < 0 ? NaN : got.values[pivot]! / wanted.values[pivot]!;
  if (Number.isFinite(factor) && factor !== 0 && like((x) => factor * x)) return commonFactor(factor);
  const count = got.values.filter((value, i) => !near(value, wanted.values[i]!, { ...TOLERANCE, ...tolerance })).length;
  if (got.values.length === 1) return "not near it; compute it once by hand";
  const first = got.values.findIndex((value, i) => !near(value, wanted.values[i]!, { ...TOLERANCE, ...tolerance }));
  return `${count} of ${got.values.length} differ, the first is ${got.names?.[first] ?? `index ${first}`}`;
}

function commonFactor(factor: number): string {
  const size = Math.abs(factor);
  const sign = factor < 0 ? "the sign is flipped, and " : "";
  const ratio =
    size >= 1
      ? `everything is ${showNumber(size)} times too large`
      : `everything is ${showNumber(1 / size)} times too small`;
  return `${sign}${ratio}: a missing or extra constant`;
}
