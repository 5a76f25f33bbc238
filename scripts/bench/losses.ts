import { CliError } from "../cli-error";

/** On the same weights all must compute the same. */
export const FIRST_TOLERANCE = 1e-4;
/** After some updates float32 has drifted; another learning rate or optimizer has drifted further. */
export const LATER_TOLERANCE = 1e-2;

/**
 * @param losses of each contender: on the weights given to all, then (from those who tell) after each update
 * @throws CliError naming who differs from the others
 */
export function expectSameLosses(workload: string, losses: Readonly<Record<string, readonly number[]>>): void {
  const steps = Math.max(...Object.values(losses).map((each) => each.length));
  for (let step = 0; step < steps; step++) {
    const values = Object.entries(losses).flatMap(([name, each]): [string, number][] =>
      step < each.length ? [[name, each[step]!]] : [],
    );
    const tolerance = step === 0 ? FIRST_TOLERANCE : LATER_TOLERANCE;
    const odd = oddOnes(values, tolerance);
    if (odd.length === 0) continue;
    const when = step === 0 ? "on the same weights" : `after ${step} ${step === 1 ? "update" : "updates"}`;
    const all = values.map(([name, value]) => `${name} ${Number(value.toPrecision(7))}`).join(", ");
    throw new CliError(
      `${workload}: ${odd.join(" and ")} ${odd.length === 1 ? "computes" : "compute"} another loss ${when} (${all}; allowed ${tolerance} relative)`,
    );
  }
}

/** Who is not where most are (of two: where the first is, our own); NaN and infinity agree with nobody. */
function oddOnes(values: readonly (readonly [string, number])[], tolerance: number): string[] {
  const close = (a: number, b: number): boolean =>
    Number.isFinite(a) && Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
  const camps = values.map(([, centre]) => values.filter(([, value]) => close(value, centre)));
  const largest = camps.reduce((best, camp) => (camp.length > best.length ? camp : best));
  return values.filter((each) => !largest.includes(each)).map(([name]) => name);
}
