import type { Judgement } from "./digit-classifier";

/** How generated digits are spread over the ten classes. */
export interface Coverage {
  /** Pictures judged to be 0, 1 … 9: [10] */
  counts: number[];
  /** Entropy of the shares over ln 10: 1 when all ten are equally frequent, 0 when there is one digit only. */
  evenness: number;
  /** The rarest digit and its share; an even spread gives 0.1. */
  rarest: { digit: number; share: number };
  /** Digits with less than a tenth of their even share, 1 % of all pictures: dropped modes. */
  missing: number[];
}

/** Which digits occur how often. @param digits 0 to 9: [N] @throws RangeError for what is no digit, and without any */
export function coverage(digits: ArrayLike<number>): Coverage {
  if (digits.length === 0) throw new RangeError("coverage: no pictures: give at least one");
  const counts = new Array<number>(10).fill(0);
  for (const digit of Array.from(digits)) {
    if (!(digit in counts)) throw new RangeError(`coverage: wanted digits 0 to 9, got ${digit}`);
    counts[digit]!++;
  }
  const shares = counts.map((count) => count / digits.length);
  const entropy = shares.reduce((sum, share) => sum - (share > 0 ? share * Math.log(share) : 0), 0);
  const least = Math.min(...shares);
  return {
    counts,
    evenness: entropy / Math.log(10),
    rarest: { digit: shares.indexOf(least), share: least },
    missing: shares.flatMap((share, digit) => (share < 0.01 ? [digit] : [])),
  };
}

/** Share of pictures whose likeliest digit has at least this probability, 0 to 1. @throws RangeError without a picture */
export function confidentShare({ confidence, count }: Judgement, threshold = 0.9): number {
  if (count === 0) throw new RangeError("confidentShare: no pictures: give at least one");
  return confidence.reduce((sum, value) => sum + (value >= threshold ? 1 : 0), 0) / count;
}
