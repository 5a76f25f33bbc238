/** The notebook's three points on y = 2x + 1. */
export const X = [1, 2, 3];
export const Y = [3, 5, 7];
export const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

/** Gradients of the mean squared error of w·x + b: 2·mean(e·x), 2·mean(e) with e = w·x + b − y. */
export function gradient(x: readonly number[], y: readonly number[], w: number, b: number): [number, number] {
  const errors = x.map((xi, i) => w * xi + b - y[i]!);
  return [2 * mean(errors.map((e, i) => e * x[i]!)), 2 * mean(errors)];
}
