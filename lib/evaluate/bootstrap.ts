// How far a number would move had other pictures been drawn: it is computed again and again on samples drawn with
// replacement from the pictures there are [Efron 1979].
import { randomStream } from "../tensor/random";
import type { RandomStream } from "../tensor/random";

/** A number and where it would lie with other samples. */
export interface Interval {
  /** The number on the sample itself. */
  value: number;
  /** The percentile interval: as many replicates lie below low as above high. */
  low: number;
  high: number;
  /** Mean of the replicates minus the value: what drawing with replacement adds. Near 0 for a mean, above 0 for a FID. */
  bias: number;
  /** Standard deviation of the replicates: the standard error. */
  deviation: number;
}

export interface BootstrapOptions {
  /** Samples drawn. */
  replicates?: number;
  /** Share of them inside the interval. */
  level?: number;
  stream?: RandomStream;
}

/**
 * The percentile bootstrap of any statistic of `count` things: `bootstrap(n, (rows) => average(rows.map((i) => x[i])))`.
 * @param statistic of the things at these indices: [count], with repetitions
 * @throws RangeError without a thing, for fewer than 2 replicates, and for a level that is no share
 */
export function bootstrap(
  count: number,
  statistic: (rows: Int32Array) => number,
  { replicates = 200, level = 0.95, stream = randomStream(0).split("bootstrap") }: BootstrapOptions = {},
): Interval {
  const whole = Number.isInteger(count) && Number.isInteger(replicates);
  if (!(whole && count >= 1 && replicates >= 2 && level > 0 && level < 1)) {
    const got = `${count}, ${replicates} and ${level}`;
    throw new RangeError(
      `bootstrap: wanted 1 thing or more, 2 replicates or more, whole numbers, and a level between 0 and 1, got ${got}`,
    );
  }
  const value = statistic(Int32Array.from({ length: count }, (_, i) => i));
  const numbers = Float64Array.from({ length: replicates }, () => {
    const rows = stream.integers([count], 0, count);
    const number = statistic(rows.dataSync<"int32">());
    rows.dispose();
    return number;
  }).sort();
  const mean = numbers.reduce((sum, x) => sum + x / replicates, 0);
  const squares = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return {
    value,
    low: quantile(numbers, (1 - level) / 2),
    high: quantile(numbers, (1 + level) / 2),
    bias: mean - value,
    deviation: Math.sqrt(squares / (replicates - 1)),
  };
}

/** Between two neighbours in a straight line, as NumPy does. @param sorted ascending, not empty @param part 0 (least) to 1 (most) */
export function quantile(sorted: ArrayLike<number>, part: number): number {
  const at = part * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return below + (at - Math.floor(at)) * (above - below);
}
