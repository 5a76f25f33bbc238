import type { Context } from "../context";

/** One number that a user feels, and how it came about. */
export interface Measurement {
  name: string;
  value: number;
  unit: string;
  /** What exactly was measured. */
  what: string;
}

/** A small program that measures; each lies in a file of its own. */
export type Workload = (context: Context) => Promise<Measurement[]>;

/** The middle of several measurements: one that something else disturbed does not count. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** Milliseconds of each of `times` calls, after as many warm-up calls as `warm` says. */
export async function timed(times: number, warm: number, call: () => unknown): Promise<number[]> {
  for (let i = 0; i < warm; i++) await call();
  const spans: number[] = [];
  for (let i = 0; i < times; i++) {
    const began = performance.now();
    await call();
    spans.push(performance.now() - began);
  }
  return spans;
}
