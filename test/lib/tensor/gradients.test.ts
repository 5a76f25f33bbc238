import { expect, it } from "vitest";
import { checkGradients } from "../../../lib/tensor/gradients";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";

onEveryBackend("checkGradients", () => {
  const params = (): { w: tf.Tensor2D; b: tf.Tensor1D } => {
    const stream = randomStream(1);
    return { w: stream.normal([3, 4]), b: stream.normal([4]) };
  };
  const f = (w: tf.Tensor, b: tf.Tensor): tf.Scalar =>
    tf.mean(tf.square(tf.sub(tf.softplus(tf.add(tf.matMul(tf.ones([5, 3]), w as tf.Tensor2D), b)), 0.3)));

  it("passes right gradients and leaves nothing behind", () => {
    const p = params();
    const before = tf.memory().numTensors;
    const report = checkGradients(f, p);
    expect(tf.memory().numTensors).toBe(before);
    expect(report.ok).toBe(true);
    expect(report.rows.map((row) => [row.name, row.shape, row.checked])).toEqual([
      ["w", [3, 4], 12],
      ["b", [4], 4],
    ]);
    for (const row of report.rows) expect(row.relativeError).toBeLessThan(1e-3);
    tf.dispose([p.w, p.b]);
  });

  /** x² with its gradient times `factor`. */
  const squareWith = (factor: (x: tf.Tensor) => tf.Tensor) =>
    tf.customGrad<tf.Tensor>((x, save) => {
      (save as (t: tf.Tensor[]) => void)([x as tf.Tensor]);
      return {
        value: tf.square(x as tf.Tensor),
        gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => tf.mul(dy, factor(saved!)),
      };
    });

  it.each([
    ["missing factor 2", (x: tf.Tensor) => x],
    ["wrong sign", (x: tf.Tensor) => tf.mul(-2, x)],
    ["3 % off", (x: tf.Tensor) => tf.mul(2.06, x)],
    ["zero", (x: tf.Tensor) => tf.zerosLike(x)],
    ["NaN", (x: tf.Tensor) => tf.mul(NaN, x)],
    ["one element wrong", (x: tf.Tensor) => tf.mul(x, tf.tensor1d([2, 2, 2.5]))],
  ])("catches a wrong gradient: %s", (_, factor) => {
    const [x, y] = [tf.tensor1d([0.5, -1, 2]), tf.tensor1d([1, 2, 3])];
    const wrong = squareWith(factor);
    const report = checkGradients((a, b) => tf.add(tf.sum(wrong(a)), tf.sum(tf.square(b))), { x, y });
    expect(report.ok).toBe(false);
    expect(report.rows.map((row) => row.ok)).toEqual([false, true]);
    expect(String(report)).toMatch(/gradients differ from central differences in x$/);
    tf.dispose([x, y]);
  });

  it.each([
    ["a vector", (x: tf.Tensor) => tf.mul(x, 2), /f gives shape \[3\], wanted one number: add tf\.sum or tf\.mean/],
    ["NaN", (x: tf.Tensor) => tf.sum(tf.log(tf.neg(tf.abs(x)))), /f is NaN at these parameters/],
    ["infinity", (x: tf.Tensor) => tf.sum(tf.div(1, tf.mul(tf.abs(x), 0))), /f is (−|-)?Infinity at these parameters/],
  ])("refuses a function that gives %s", (_, wrong, words) => {
    const x = tf.tensor1d([0.5, -1, 2]);
    expect(() => checkGradients(wrong as (x: tf.Tensor) => tf.Scalar, [x])).toThrow(words);
    x.dispose();
  });

  it("refuses to check nothing", () => {
    expect(() => checkGradients(() => tf.scalar(1), {})).toThrow(/no parameters/);
  });

  it("names the worst element", () => {
    const x = tf.tensor1d([0.5, -1, 2]);
    const wrong = squareWith((t) => tf.mul(t, tf.tensor1d([2, 2, 2.5])));
    const { worst } = checkGradients((a) => tf.sum(wrong(a)), [x]).rows[0]!;
    expect(worst.index).toEqual([2]);
    expect(worst.analytic).toBeCloseTo(5, 4);
    expect(worst.numeric).toBeCloseTo(4, 2);
    x.dispose();
  });

  it("judges a gradient that is exactly 0, large parameters and small ones", () => {
    const zero = tf.tensor1d([1, 2]);
    expect(checkGradients((a) => tf.add(tf.sum(tf.mul(a, 0)), 3), [zero]).ok).toBe(true);
    const large = tf.tensor1d([1000, -2000]);
    expect(checkGradients((a) => tf.mean(tf.square(a)), [large]).ok).toBe(true);
    const small = tf.tensor1d([1e-4, 2e-4]);
    expect(checkGradients((a) => tf.mean(tf.softplus(a)), [small]).ok).toBe(true);
    tf.dispose([zero, large, small]);
  });

  it("checks a spread-out sample of a large tensor", () => {
    const x = randomStream(2).normal([40, 50]);
    const { rows } = checkGradients((a) => tf.sum(tf.square(a)), [x], { maxElements: 16 });
    expect(rows[0]!.checked).toBe(16);
    expect(rows[0]!.ok).toBe(true);
    x.dispose();
  });

  it("fails at a kink, as its description says", () => {
    const x = tf.tensor1d([0]);
    expect(checkGradients((a) => tf.sum(tf.relu(a)), [x]).ok).toBe(false);
    x.dispose();
  });

  it("refuses a function that draws random numbers", () => {
    const stream = randomStream(1);
    const x = tf.tensor1d([1]);
    expect(() => checkGradients((a) => tf.sum(tf.mul(a, stream.normal([1]))), [x])).toThrow("draw its random numbers");
    x.dispose();
  });

  it("shows itself as table and text", () => {
    const x = tf.tensor1d([1, 2]);
    const report = checkGradients((a) => tf.sum(tf.square(a)), { "a<b": x });
    const bundle = (report as unknown as Record<symbol, () => Record<string, string>>)[
      Symbol.for("Jupyter.display")
    ]!();
    expect(bundle["text/html"]).toContain("<td>a&lt;b</td>");
    expect(bundle["text/plain"]).toBe(String(report));
    expect(String(report)).toMatch(/^parameter +shape +checked +relative error/);
    x.dispose();
  });
});
