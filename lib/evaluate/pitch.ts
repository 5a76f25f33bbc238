// How high a sound is: how often its wave comes back, by autocorrelation.
import { expectSound } from "./sound";

export interface Pitch {
  /** Hz; NaN where nothing comes back */
  pitch: number;
  /** How alike one period and the next are: 1 for a perfect tone, near 0 for noise. */
  clarity: number;
}

export interface PitchOptions {
  /** Samples a second. */
  rate: number;
  /** Hz */
  lowest?: number;
  highest?: number;
}

/** An earlier peak counts if it is nearly as high as the highest: twice the period fits as well, and is an octave too low. */
const NEARLY = 0.93;

/**
 * The pitch of a sound. The correlation at a lag is divided by the energies of the two parts that it compares, so a sound that fades
 * is not taken for a higher one; between samples a parabola through three points finds the top.
 * @throws RangeError when the sound is shorter than two of the longest periods or has samples that are no numbers, and for a rate or
 * bounds between which no pitch lies
 */
export function pitchOf(samples: ArrayLike<number>, { rate, lowest = 70, highest = 400 }: PitchOptions): Pitch {
  expectSound("pitchOf", samples, rate);
  if (!(lowest > 0 && lowest < highest && highest <= rate / 2)) {
    const wanted = `numbers above 0, the lowest first, up to half the rate, ${rate / 2} Hz`;
    throw new RangeError(`pitchOf: ${lowest} to ${highest} Hz, wanted ${wanted}`);
  }
  const [shortest, longest] = [Math.floor(rate / highest), Math.ceil(rate / lowest)];
  const n = samples.length;
  if (n < 2 * longest)
    throw new RangeError(`pitchOf: ${n} samples, wanted ${2 * longest}: two periods of ${lowest} Hz`);
  let mean = 0;
  for (let i = 0; i < n; i++) mean += samples[i]! / n;
  const x = Float64Array.from(samples, (value) => value - mean);
  const correlation = (lag: number): number => {
    let [product, first, second] = [0, 0, 0];
    for (let i = lag; i < n; i++) {
      product += x[i]! * x[i - lag]!;
      first += x[i]! * x[i]!;
      second += x[i - lag]! * x[i - lag]!;
    }
    return first > 0 && second > 0 ? product / Math.sqrt(first * second) : 0;
  };
  const c = Array.from({ length: longest - shortest + 3 }, (_, i) => correlation(shortest - 1 + i));
  const peaks = c.flatMap((value, i) =>
    i > 0 && i < c.length - 1 && value >= c[i - 1]! && value > c[i + 1]! ? [i] : [],
  );
  const top = Math.max(...peaks.map((i) => c[i]!));
  const first = peaks.find((i) => c[i]! >= NEARLY * top);
  if (first === undefined || !(top > 0)) return { pitch: NaN, clarity: 0 };
  const [left, here, right] = [c[first - 1]!, c[first]!, c[first + 1]!];
  const shift = (0.5 * (left - right)) / (left - 2 * here + right);
  return { pitch: rate / (shortest - 1 + first + shift), clarity: Math.min(1, here) };
}
