/** A learning rate that rises in a straight line and falls along a cosine. */
export interface WarmUp {
  /** The highest. */
  rate: number;
  /** Steps on the way up. */
  warmup: number;
  /** All steps. */
  steps: number;
}

/** Up and down at once: the cosine begins with the first step, and ends at 0. @param t 1, 2, … */
export function warmUpCosine(t: number, { rate, warmup, steps }: WarmUp): number {
  return rate * Math.min(1, t / warmup) * cosine((t - 1) / steps);
}

/** The same with a rest of 1e-6, so that the last steps still move; the cosine is a step ahead. @param t 1, 2, … */
export function warmUpCosineWithRest(t: number, { rate, warmup, steps }: WarmUp): number {
  return rate * Math.min(1, t / warmup) * cosine(Math.min(t, steps) / steps) + 1e-6;
}

/** First up, then down: the cosine begins at the top, and ends at 0. @param t 1, 2, … */
export function warmUpThenCosine(t: number, { rate, warmup, steps }: WarmUp): number {
  if (t < warmup) return (rate * t) / warmup;
  return rate * cosine(Math.min(t - warmup, steps - warmup) / (steps - warmup));
}

/** From 1 at 0 to 0 at 1. */
function cosine(part: number): number {
  return 0.5 * (1 + Math.cos(Math.PI * part));
}
