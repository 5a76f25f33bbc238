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
  if (!Number.isFinite(wanted)) return got === wanted; // else everything is within rtol of infinity, and −∞ not of itself
  return Math.abs(got - wanted) <= atol + rtol * Math.abs(wanted);
}

/** Same shape and every number near. NaN is near nothing. */
export function sameNumbers(got: Numbers, wanted: Numbers, tolerance: Tolerance = {}): boolean {
  const limits = { ...TOLERANCE, ...tolerance };
  return (
    got.shape.join() === wanted.shape.join() && got.values.every((value, i) => near(value, wanted.values[i]!, limits))
  );
}

/** One answer to several inputs, in a row. */
export interface Trial {
  got: Numbers;
  wanted: Numbers;
}

/** Whether the answer is this known mistake, in the very places where it is NaN too; all NaN is nobody's mistake. */
export function isMistake(trials: readonly Trial[], tolerance: Tolerance = {}): boolean {
  const limits = { ...TOLERANCE, ...tolerance };
  const same = (a: number, b: number): boolean => near(a, b, limits) || (Number.isNaN(a) && Number.isNaN(b));
  return (
    trials.some(({ got }) => got.values.some(Number.isFinite)) &&
    trials.every(({ got, wanted }) => {
      const aligned = alignNames(got, wanted);
      if (typeof aligned === "string" || aligned.shape.join() !== wanted.shape.join()) return false;
      return aligned.values.every((value, i) => same(value, wanted.values[i]!));
    })
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

/**
 * Why `got` is not `wanted`; undefined where it is right.
 * @param all every input's answer, where there are several: a pattern must hold in all of them
 */
export function compareNumbers(
  { got, wanted }: Trial,
  mistakes: readonly Mistake<Numbers>[],
  tolerance: Tolerance = {},
  all: readonly Trial[] = [{ got, wanted }],
): Difference | undefined {
  const aligned = alignNames(got, wanted);
  if (typeof aligned === "string") return { shown: aligned };
  if (sameNumbers(aligned, wanted, tolerance)) return undefined;
  const known = mistakes.find(({ gives }) => isMistake([{ got: aligned, wanted: gives }], tolerance))?.because;
  const reason =
    known ??
    shapeReason(aligned, wanted) ??
    badNumberReason(aligned) ??
    patternReason(all, tolerance) ??
    countReason(aligned, wanted, tolerance);
  const cut = [aligned, wanted].map((numbers) =>
    numbers.values.length > 6 ? around(numbers, aligned, wanted, tolerance) : showNumbers(numbers),
  );
  return { shown: `wanted ${cut[1]}, got ${cut[0]}`, reason };
}

/** In a long list only the first difference is worth showing. */
function around(numbers: Numbers, got: Numbers, wanted: Numbers, tolerance: Tolerance): string {
  if (got.shape.join() !== wanted.shape.join()) return `shape ${showShape(numbers.shape)}`;
  const i = got.values.findIndex((value, k) => !near(value, wanted.values[k]!, { ...TOLERANCE, ...tolerance }));
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

function badNumberReason(got: Numbers): string | undefined {
  const bad = got.values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return undefined;
  const where = got.names?.[bad] ?? (got.values.length > 1 ? `element ${bad}` : "your number");
  return Number.isNaN(got.values[bad])
    ? `${where} is NaN: something was undefined, 0/0 or not yet filled in`
    : `${where} is infinite: a division by zero, or a step too large`;
}

/** Mistakes that look alike in every exercise: a flipped sign, a square, one common factor. */
function patternReason(trials: readonly Trial[], tolerance: Tolerance): string | undefined {
  const got: number[] = [];
  const wanted: number[] = [];
  for (const trial of trials) {
    const aligned = alignNames(trial.got, trial.wanted);
    if (typeof aligned === "string" || aligned.shape.join() !== trial.wanted.shape.join()) return undefined;
    got.push(...aligned.values);
    wanted.push(...trial.wanted.values);
  }
  const limits = { ...TOLERANCE, ...tolerance };
  const like = (change: (x: number) => number) => wanted.every((x, i) => near(got[i]!, change(x), limits));
  if (like((x) => -x)) return "right size, but the sign is flipped";
  if (like((x) => x * x)) return "that is the square of it";
  if (wanted.every((x) => x >= 0) && like(Math.sqrt)) return "that is the square root of it";
  const pivot = wanted.findIndex((x) => x !== 0);
  const factor = pivot < 0 ? NaN : got[pivot]! / wanted[pivot]!;
  // Between two single numbers there is always a factor: there, only a plain one tells anything.
  const telling = wanted.filter((x) => x !== 0).length > 1 || isPlain(factor);
  return telling && Number.isFinite(factor) && factor !== 0 && like((x) => factor * x)
    ? commonFactor(factor)
    : undefined;
}

/** A whole number or one part of it. */
function isPlain(factor: number): boolean {
  const size = Math.max(Math.abs(factor), 1 / Math.abs(factor));
  return size > 1.5 && size <= 1000 && Math.abs(size - Math.round(size)) < 1e-3 * size;
}

function countReason(got: Numbers, wanted: Numbers, tolerance: Tolerance): string {
  if (got.values.length === 1) return "not near it; compute it once by hand";
  const limits = { ...TOLERANCE, ...tolerance };
  const wrong = got.values.flatMap((value, i) => (near(value, wanted.values[i]!, limits) ? [] : [i]));
  const first = wrong[0]!;
  return `${wrong.length} of ${got.values.length} differ, the first is ${got.names?.[first] ?? `index ${first}`}`;
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
