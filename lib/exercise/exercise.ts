import { compareNumbers, isMistake, showDifference } from "./diagnosis";
import type { Mistake, Tolerance } from "./diagnosis";
import { ExerciseError } from "./exercise-error";
import { readNumbers, showNumber, showNumbers } from "./numbers";
import type { Numbers, Numeric } from "./numbers";

/** `check.<name>(answer)`: prints "✓ …" where the answer is right, throws an ExerciseError where it is not. */
export type Check = (answer: unknown) => void;

/** Throws the diagnosis. */
export type Fail = (diagnosis: string) => never;

/**
 * The general checker: `inspect` returns the praise to print, or calls `fail` with a diagnosis.
 * An error thrown by the student's own code becomes a diagnosis that quotes it.
 */
export function exercise(name: string, inspect: (answer: unknown, fail: Fail) => string): Check {
  const checker: Check = (answer) => {
    const fail: Fail = (diagnosis) => {
      throw new ExerciseError(name, diagnosis);
    };
    try {
      console.log(`✓ ${name}: ${inspect(answer, fail)}`);
    } catch (error) {
      if (error instanceof ExerciseError) Error.captureStackTrace(error, checker); // the student's cell is the only place to look at
      throw error;
    }
  };
  return checker;
}

export interface ValueExercise extends Tolerance {
  wanted: Numeric | (() => Numeric);
  mistakes?: readonly Mistake<Numeric>[];
  /** Printed after a right answer: what it means. */
  praise?: string;
}

/** The answer is a number, a list, an object of numbers or a tensor. */
export function valueExercise(name: string, spec: ValueExercise): Check {
  return exercise(name, (answer, fail) => {
    const wanted = numbersOf(typeof spec.wanted === "function" ? spec.wanted() : spec.wanted);
    const got = readNumbers(answer);
    if (typeof got === "string") return fail(`${got} (wanted ${showNumbers(wanted)})`);
    const mistakes = (spec.mistakes ?? []).map(({ gives, because }) => ({ gives: numbersOf(gives), because }));
    const difference = compareNumbers({ got, wanted }, mistakes, spec);
    if (difference) return fail(showDifference(difference));
    return praise(`${showNumbers(got)}, wanted ${showNumbers(wanted)}`, spec.praise);
  });
}

export interface FunctionExercise<Args extends readonly unknown[], F = (...args: Args) => Numeric> extends Tolerance {
  /** How a call looks, e.g. "gradient(x, y, w, b)". */
  call: string;
  /** Inputs to try, in order; the first that differs is shown. */
  given: readonly Args[];
  /** The right implementation. */
  wanted: F;
  /** Wrong implementations: the one that agrees with the answer on every input is the diagnosis. */
  mistakes?: readonly Mistake<F>[];
  /** How an implementation is used, where it is more than one call; default: `f(...args)`. An ExerciseError is its own diagnosis. */
  run?: (f: F, ...args: Args) => unknown;
  /** A closer look at a wrong implementation, before the known mistakes: for those that give the same results. */
  lookCloser?: (f: F) => string | undefined;
  /** How the inputs read in the diagnosis; default: the arguments. */
  describe?: (...args: Args) => string;
  praise?: string;
}

/** The answer is a function of numbers, lists or tensors; it runs on every given input. */
export function functionExercise<Args extends readonly unknown[], F = (...args: Args) => Numeric>(
  name: string,
  spec: FunctionExercise<Args, F>,
): Check {
  const use = spec.run ?? ((f: F, ...args: Args) => (f as (...args: Args) => unknown)(...args));
  const reference = (f: F, args: Args): Numbers => numbersOf(use(f, ...ownCopy(args)) as Numeric);
  return exercise(name, (answer, fail) => {
    const implementation = functionOf(answer, spec.call, fail) as F;
    const trials = spec.given.map((args) => {
      const wanted = reference(spec.wanted, args);
      const got = readNumbers(attempt(() => use(implementation, ...ownCopy(args)), spec.call, fail));
      if (typeof got === "string") return fail(`${spec.call}: ${got} (wanted ${showNumbers(wanted)})`);
      return { args, got, wanted };
    });
    const wrong = trials.find((trial) => compareNumbers(trial, [], spec, trials) !== undefined);
    if (!wrong) return praise(`right${inputsInWords(trials.length)}`, spec.praise);
    const seen = attempt(() => spec.lookCloser?.(implementation), spec.call, fail);
    const known = spec.mistakes?.find(({ gives }) =>
      isMistake(
        trials.map(({ args, got }) => ({ got, wanted: reference(gives, args) })),
        spec,
      ),
    );
    const { shown, reason } = compareNumbers(wrong, [], spec, trials)!;
    const input = spec.describe ? spec.describe(...wrong.args) : `for ${showArguments(wrong.args)}`;
    return fail(`${input} ${showDifference({ shown, reason: seen ?? known?.because ?? reason })}`);
  });
}

/** The student's function, or a failure that says what was handed in instead. */
export function functionOf(answer: unknown, call: string, fail: Fail): (...args: unknown[]) => unknown {
  if (typeof answer === "function") return answer as (...args: unknown[]) => unknown;
  const got = readNumbers(answer);
  return fail(
    `wanted a function ${call}, got ${typeof got === "string" ? got.replace(/^your answer is /, "") : showNumbers(got)}: hand in the function itself, without calling it`,
  );
}

/** Runs the student's code; its own error becomes the diagnosis. */
export function attempt<T>(run: () => T, call: string, fail: Fail): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof ExerciseError) throw error;
    return fail(`${call} threw ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`);
  }
}

/** An answer may empty or sort the list that it is given; the next call must not see that. */
function ownCopy<T>(value: T): T {
  if (Array.isArray(value)) return value.map(ownCopy) as T;
  if (ArrayBuffer.isView(value)) return structuredClone(value);
  if (value === null || typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, ownCopy(part)])) as T;
}

function numbersOf(value: Numeric): Numbers {
  const numbers = readNumbers(value);
  if (typeof numbers === "string") throw new TypeError(`exercise: a wanted value is not numeric: ${numbers}`);
  return numbers;
}

function praise(result: string, meaning: string | undefined): string {
  return meaning ? `${result}. ${meaning}` : result;
}

function showArguments(args: readonly unknown[]): string {
  const one = (value: unknown): string => {
    if (typeof value === "function") return value.name || "f";
    const numbers = readNumbers(value);
    return typeof numbers === "string" ? JSON.stringify(value) : showNumbers(numbers);
  };
  return `(${args.map((value) => (typeof value === "number" ? showNumber(value) : one(value))).join(", ")})`;
}

function inputsInWords(count: number): string {
  if (count === 1) return "";
  return count === 2 ? " on both inputs" : ` on all ${count} inputs`;
}
