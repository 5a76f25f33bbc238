// The bell curve's area between two numbers.

/** Narrower than this, in standard deviations, an interval is its width times the density in its middle. */
const NARROW = 1e-2;

/** The chance that a normal number lies between `low` and `high`, which may be infinite. */
export function normalMass(low: number, high: number, mean: number, deviation: number): number {
  const [a, b] = [(low - mean) / deviation, (high - mean) / deviation];
  if (b - a < NARROW) return ((b - a) * Math.exp(-0.125 * (a + b) ** 2)) / Math.sqrt(2 * Math.PI);
  // On the side where both areas are small: else two numbers near 1 would be subtracted.
  return a > 0 ? upper(a) - upper(b) : upper(-b) - upper(-a);
}

/** The area above z. */
function upper(z: number): number {
  return 0.5 * complementaryError(z / Math.SQRT2);
}

/** erfc, to 1.2e-7 of its value everywhere [Press et al., Numerical Recipes, section 6.2]. */
function complementaryError(x: number): number {
  const size = Math.abs(x);
  if (size === Infinity) return x > 0 ? 0 : 2;
  const t = 1 / (1 + 0.5 * size);
  const series = SERIES.reduceRight((sum, c) => c + t * sum, 0);
  const tail = t * Math.exp(-size * size + series);
  return x >= 0 ? tail : 2 - tail;
}

const SERIES = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
  0.17087277,
];
