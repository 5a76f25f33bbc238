import { tf } from "./tf";

/** One parameter's comparison. */
export interface GradientRow {
  name: string;
  shape: number[];
  /** Elements compared: all, or a spread-out sample of large tensors. */
  checked: number;
  /** ‖analytic − numeric‖ / max(‖analytic‖, ‖numeric‖, floor): below about 1e-2 in float32 for right gradients. */
  relativeError: number;
  /** The element where they differ most. */
  worst: { index: number[]; analytic: number; numeric: number };
  ok: boolean;
}

/** What checkGradients found; shows itself as a table. */
export interface GradientReport {
  ok: boolean;
  rows: GradientRow[];
  toString(): string;
}

export interface GradientOptions {
  /** Step of the difference relative to max(1, |x|); 1e-2 without it, see checkGradients. */
  step?: number;
  /** Largest relative error that passes; 1e-2 without it. */
  tolerance?: number;
  /** Elements checked of each tensor at most; 64 without it. */
  maxElements?: number;
}

/**
 * Compares the gradients that TensorFlow.js computes with central differences, (f(x + h) − f(x − h)) / 2h, improved by
 * Richardson: (4·D(h/2) − D(h)) / 3 has an error of h⁴ instead of h². f is evaluated in float32, whose rounding of
 * about 6e-8·|f| is divided by h: so h is large, 1e-2, not 1e-5 as one would take in float64. x ± h is rounded to float32
 * first and the distance really made is divided by.
 *
 * At a kink (relu at 0, max of ties) a difference straddles both sides, no gradient is "right" and the row fails: move
 * the parameters a little. f must be deterministic: no fresh random numbers inside.
 *
 * @param f the scalar to differentiate, called with the parameters in their order
 * @param params tensors by name, or a list; unchanged
 */
export function checkGradients(
  f: (...params: tf.Tensor[]) => tf.Scalar,
  params: Record<string, tf.Tensor> | tf.Tensor[],
  options: GradientOptions = {},
): GradientReport {
  const { step = 1e-2, tolerance = 1e-2, maxElements = 64 } = options;
  const names = Array.isArray(params) ? params.map((_, i) => `parameter ${i}`) : Object.keys(params);
  const tensors = Object.values<tf.Tensor>(params);
  if (tensors.length === 0) throw new Error("checkGradients: no parameters: give the tensors to differentiate by");
  const value = (args: tf.Tensor[]): number => tf.tidy(() => f(...args).dataSync()[0]!);
  const shape = tf.tidy(() => f(...tensors).shape);
  if (shape.some((size) => size !== 1))
    throw new Error(`checkGradients: f gives shape [${shape.join(", ")}], wanted one number: add tf.sum or tf.mean`);
  const here = value(tensors);
  if (!Number.isFinite(here))
    throw new Error(`checkGradients: f is ${here} at these parameters: choose others, where it is finite`);
  if (here !== value(tensors)) {
    throw new Error("checkGradients: f gives two values for the same parameters: draw its random numbers outside");
  }
  const grads = tf.tidy(() => tf.grads((...args: tf.Tensor[]) => f(...args))(tensors));
  // Noise floor: a gradient that is exactly 0 is measured as rounding of f over the step.
  const floor = Math.max((Math.abs(here) * 2 ** -23) / step, 1e-6);
  const rows = tensors.map((tensor, which): GradientRow => {
    const at = Float32Array.from(tensor.dataSync<"float32">());
    const analytic = grads[which]!.dataSync();
    const difference = (i: number, h: number): number => {
      const [high, low] = [Math.fround(at[i]! + h), Math.fround(at[i]! - h)];
      const [up, down] = [high, low].map((x) =>
        tf.tidy(() => {
          const moved = at.slice();
          moved[i] = x;
          return value(tensors.map((t, k) => (k === which ? tf.tensor(moved, t.shape) : t)));
        }),
      ) as [number, number];
      return (up - down) / (high - low);
    };
    const indices = spread(tensor.size, maxElements);
    const pairs = indices.map((i) => {
      const h = step * Math.max(1, Math.abs(at[i]!));
      return { i, analytic: analytic[i]!, numeric: (4 * difference(i, h / 2) - difference(i, h)) / 3 };
    });
    const norm = (list: number[]): number => Math.sqrt(list.reduce((sum, x) => sum + x * x, 0));
    const error = norm(pairs.map((p) => p.analytic - p.numeric));
    const scale = Math.max(norm(pairs.map((p) => p.analytic)), norm(pairs.map((p) => p.numeric)));
    const relativeError = error / Math.max(scale, floor * Math.sqrt(pairs.length) * 10);
    const gap = (p: (typeof pairs)[number]): number => Math.abs(p.analytic - p.numeric);
    const worst = pairs.reduce((a, b) => (gap(b) > gap(a) || Number.isNaN(gap(b)) ? b : a), pairs[0]!);
    return {
      name: names[which]!,
      shape: tensor.shape,
      checked: pairs.length,
      relativeError,
      worst: { index: unravel(worst.i, tensor.shape), analytic: worst.analytic, numeric: worst.numeric },
      ok: relativeError <= tolerance, // false for NaN too
    };
  });
  grads.forEach((grad) => grad.dispose());
  return report(rows, tolerance);
}

/** At most n of 0 … size − 1, evenly spread, first and last included. */
function spread(size: number, n: number): number[] {
  if (size === 0) throw new Error("checkGradients: a parameter has no elements: leave it out");
  if (size <= n) return Array.from({ length: size }, (_, i) => i);
  return Array.from({ length: n }, (_, i) => Math.round((i * (size - 1)) / Math.max(1, n - 1)));
}

function unravel(flat: number, shape: number[]): number[] {
  return shape.map((size, d) => Math.floor(flat / shape.slice(d + 1).reduce((a, b) => a * b, 1)) % size);
}

function report(rows: GradientRow[], tolerance: number): GradientReport {
  const ok = rows.every((row) => row.ok);
  const verdict = ok
    ? `gradients agree with central differences (relative error ≤ ${tolerance})`
    : `gradients differ from central differences in ${rows
        .filter((row) => !row.ok)
        .map((row) => row.name)
        .join(", ")}`;
  const header = ["parameter", "shape", "checked", "relative error", "worst at", "analytic", "numeric", ""];
  const cells = rows.map(({ name, shape, checked, relativeError, worst, ok: fine }) => [
    name,
    `[${shape.join(", ")}]`,
    String(checked),
    relativeError.toExponential(1),
    `[${worst.index.join(", ")}]`,
    worst.analytic.toPrecision(5),
    worst.numeric.toPrecision(5),
    fine ? "✓" : "✗",
  ]);
  const widths = header.map((title, c) => Math.max(...[header, ...cells].map((row) => row[c]!.length), title.length));
  const line = (row: string[]): string =>
    row
      .map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!)))
      .join("  ")
      .trimEnd();
  const text = [...[header, ...cells].map(line), verdict].join("\n");
  const escape = (s: string): string => s.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  const tags = (tag: string, row: string[]): string =>
    `<tr>${row.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join("")}</tr>`;
  const html = `<table><thead>${tags("th", header)}</thead><tbody>${cells.map((row) => tags("td", row)).join("")}</tbody></table><p>${escape(verdict)}</p>`;
  return {
    ok,
    rows,
    toString: () => text,
    ...{ [Symbol.for("Jupyter.display")]: () => ({ "text/plain": text, "text/html": html }) },
  };
}
