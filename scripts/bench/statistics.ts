/** One quantity measured in several rounds. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** The middle of several measurements: one that something else disturbed does not count. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** Median and extremes. */
export function spreadOf(values: readonly number[]): Spread {
  return values.length === 0
    ? { median: NaN, min: NaN, max: NaN }
    : { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/**
 * a / b round by round: what slows the machine for a while slows both, and cancels.
 * @throws RangeError when there is not one b for each a
 */
export function ratioOf(a: readonly number[], b: readonly number[]): Spread {
  if (a.length !== b.length) throw new RangeError(`ratioOf: ${a.length} rounds of one, ${b.length} of the other`);
  return spreadOf(a.map((value, round) => value / b[round]!));
}

/** How many turns fill about `targetMs`, one at least. */
export function turnsFor(targetMs: number, msPerTurn: number, most = 10_000): number {
  return Math.min(most, Math.max(1, Math.round(targetMs / Math.max(msPerTurn, 1e-3))));
}
