import { expect, it } from "vitest";
import { check } from "../../../lib/exercise/check";
import { trainingMechanicsChecks } from "../../../lib/exercise/training-mechanics";
import { tf } from "../../../lib/tensor/tf";
import { judgeCheckers } from "./judging";
import type { Case } from "./judging";

type Name = keyof typeof trainingMechanicsChecks;
type Numbers = readonly number[];
const sum = (v: Numbers) => v.reduce((a, b) => a + b, 0);
const mean = (v: Numbers) => sum(v) / v.length;
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

function gradientTimes(factor: (n: number) => number) {
  return (x: Numbers, y: Numbers, w: number, b: number) => {
    const e = x.map((v, i) => w * v + b - y[i]!);
    const scale = (2 / x.length) * factor(x.length);
    return [scale * sum(e.map((v, i) => v * x[i]!)), scale * sum(e)];
  };
}

interface Store {
  w: number;
  b: number;
  dw: number;
  db: number;
}
function step(order: string) {
  return (model: Store, backward: () => void, learningRate: number) => {
    const actions: Record<string, () => void> = {
      zero: () => (model.dw = model.db = 0),
      backward,
      update: () => {
        model.w -= learningRate * model.dw;
        model.b -= learningRate * model.db;
      },
      climb: () => {
        model.w += learningRate * model.dw;
        model.b += learningRate * model.db;
      },
      onlyW: () => (model.w -= learningRate * model.dw),
    };
    for (const name of order.split(" ")) actions[name]!();
  };
}

/** λmax by power iteration, not by the checker's formula. */
function largest(x: Numbers, factor: number): number {
  const [a, c, d] = [factor * mean(x.map((v) => v * v)), factor * mean(x), factor];
  let [p, q, size] = [1, 0.7, 0];
  for (let i = 0; i < 2000; i++) {
    [p, q] = [a * p + c * q, c * p + d * q];
    size = Math.hypot(p, q);
    [p, q] = [p / size, q / size];
  }
  return size;
}

function fit(x: Numbers, y: Numbers): { w: number; b: number } {
  const n = x.length;
  const xy = sum(x.map((v, i) => v * y[i]!));
  const w = (n * xy - sum(x) * sum(y)) / (n * sum(x.map((v) => v * v)) - sum(x) ** 2);
  return { w, b: (sum(y) - w * sum(x)) / n };
}

function adam({ corrected = true, only = "m and v", first = 1, root = true, sign = -1 }) {
  return (gradients: Numbers, rate: number) => {
    const [m, v] = [[] as number[], [] as number[]];
    return gradients.map((g, t) => {
      m.push(0.9 * (m[t - 1] ?? 0) + 0.1 * g);
      v.push(0.999 * (v[t - 1] ?? 0) + 0.001 * g * g);
      const a = corrected && only.includes("m") ? 1 - 0.9 ** (t + first) : 1;
      const c = corrected && only.includes("v") ? 1 - 0.999 ** (t + first) : 1;
      const scale = v[t]! / c;
      return (sign * rate * (m[t]! / a)) / ((root ? Math.sqrt(scale) : scale) + 1e-8);
    });
  };
}

type F = (x: number) => number;

const cases: Record<Name, Case> = {
  firstStep: {
    right: { loss: 9.6667, dw: -13.3333, db: -6 },
    wrong: [
      [{ loss: 3.2222, dw: -4.4444, db: -2 }, /divided by n twice/],
      [{ loss: 9.6667, dw: -4.4444, db: -2 }, /gradients are divided by n twice/],
      [{ loss: 9.6667, dw: -6.6667, db: -3 }, /miss the 2/],
      [{ loss: 29, dw: -40, db: -18 }, /sums over the three points/],
      [{ loss: 9.6667, dw: 13.3333, db: 6 }, /sign is flipped: you would climb/],
      [{ loss: 9.6667, dw: -6, db: -6 }, /multiply each error by its x/],
      [{ loss: 9.6667, dw: -12, db: -6 }, /mean\(e·x\) is not/],
      [{ loss: 0.8367, dw: -3.8667, db: -1.8 }, /at w = 1.8, b = 0.5/],
      [{ loss: 3.1091, dw: -13.3333, db: -6 }, /RMSE/],
      [
        { loss: 9.6667, dw: -13.3333, db: 5 },
        /got \{ loss: 9.6667, dw: −13.333, db: 5 \}: 1 of 3 differ, the first is db/,
      ],
      [{ loss: 9.6667, dw: -13.3333 }, /db missing/],
      [{ loss: NaN, dw: NaN, db: NaN }, /loss is NaN/],
      [[9.6667, -13.3333, -6], /wanted an object \{ loss, dw, db \}/],
    ],
  },
  meanSquaredGradient: {
    right: gradientTimes(() => 1),
    wrong: [
      [gradientTimes((n) => 1 / n), /got \[−1.2889, −0.6\]: you divided by n twice/],
      [gradientTimes(() => 0.5), /the 2 is missing/],
      [gradientTimes((n) => n), /sum over the points/],
      [gradientTimes(() => -1), /sign is flipped: you would climb/],
      [(x: Numbers, y: Numbers, w: number, b: number) => [...gradientTimes(() => 1)(x, y, w, b)].reverse(), /swapped/],
      [() => [1], /shape \[1\] instead of \[2\]/],
      [() => undefined, /still undefined/],
      [[-3.8667, -1.8], /wanted a function gradient\(x, y, w, b\), got \[−3.8667, −1.8\]/],
      [
        () => {
          throw new RangeError("oh");
        },
        /gradient\(x, y, w, b\) threw RangeError: oh/,
      ],
    ],
  },
  centralDifference: {
    right: (f: F, x: number, h: number) => (f(x + h) - f(x - h)) / (2 * h),
    wrong: [
      [(f: F, x: number, h: number) => (f(x + h) - f(x)) / h, /forward difference/],
      [(f: F, x: number, h: number) => (f(x) - f(x - h)) / h, /backward difference/],
      [(f: F, x: number, h: number) => (f(x + h) - f(x - h)) / h, /divide by 2h/],
      [(f: F, x: number, h: number) => -(f(x + h) - f(x - h)) / (2 * h), /sign is flipped/],
      [(f: F, x: number, h: number) => ((f(x + h) - f(x - h)) / 2) * h, /multiplies by h/],
      [(f: F, x: number, h: number) => (f(x + h / 2) - f(x - h / 2)) / h, /h\/2 to each side/],
      [(f: F, x: number, h: number) => f(x + h) - f(x - h) / (2 * h), /brackets/],
      [(_: F, x: number) => 3 * x * x, /not near it/],
      [() => NaN, /NaN/],
    ],
  },
  trainingStep: {
    right: step("zero backward update"),
    wrong: [
      [step("backward update zero"), /zeroing happens after the step/],
      [step("backward update"), /never zeroed/],
      [step("backward zero update"), /between backward and the update/],
      [step("zero backward climb"), /you add the gradient: that climbs/],
      [step("zero backward onlyW"), /b does not/],
      [step("zero"), /nothing moved/],
      [step("update zero backward"), /before backward/],
      [step("zero backward backward update"), /twice/],
    ],
  },
  sigmoidBackward: {
    right: (s: number, upstream: number) => upstream * (s - s ** 2),
    wrong: [
      [(s: number) => s * (1 - s), /upstream gradient is missing/],
      [(s: number, u: number) => sigmoid(s) * (1 - sigmoid(s)) * u, /applied σ again/],
      [(s: number, u: number) => (1 - s * s) * u, /belongs to tanh/],
      [(s: number, u: number) => s * (1 - s) + u, /does not add it/],
      [(s: number, u: number) => -s * (1 - s) * u, /sign is flipped/],
      [(s: number, u: number) => (1 - s) * u, /factor s is missing/],
    ],
  },
  divergenceThreshold: {
    right: (x: Numbers) => 2 / largest(x, 2),
    wrong: [
      [(x: Numbers) => 1 / largest(x, 2), /ends the steep direction in one step/],
      [(x: Numbers) => 2 / (2 * mean(x.map((v) => v * v)) + 2), /best constant rate/],
      [(x: Numbers) => 2 / largest(x, 1), /factor 2/],
      [(x: Numbers) => 2 / largest(x, 2 * x.length), /divide it by n/],
      [(x: Numbers) => 1 / mean(x.map((v) => v * v)), /along w alone/],
      [(x: Numbers) => 2 / mean(x.map((v) => v * v)), /along w alone/],
      [() => 0.18029, /for \(\[0, 1\]\) wanted 0.76393, got 0.18029: not near it/],
      [(x: Numbers) => tf.tensor1d([...x]), /one number is wanted, yours has shape \[3\]/],
    ],
  },
  leastSquares: {
    right: fit,
    wrong: [
      [
        (x: Numbers, y: Numbers) => ({ w: sum(x.map((v, i) => v * y[i]!)) / sum(x.map((v) => v * v)), b: 0 }),
        /through the origin/,
      ],
      [(x: Numbers, y: Numbers) => ({ w: 1 / fit(y, x).w, b: mean(y) - mean(x) / fit(y, x).w }), /fits x from y/],
      [(x: Numbers, y: Numbers) => ({ w: fit(x, y).w, b: mean(y) }), /b is mean\(y\) − w·mean\(x\)/],
      [(x: Numbers, y: Numbers) => fit(x, y).w, /wanted an object \{ w, b \}/],
    ],
  },
  adamUpdates: {
    right: adam({}),
    wrong: [
      [adam({ corrected: false }), /bias correction/],
      [adam({ only: "m" }), /v is not corrected/],
      [adam({ only: "v" }), /m is not corrected/],
      [adam({ first: 0 }), /counts from 1/],
      [
        (g: Numbers, rate: number) => adam({})(g, rate).map((_, i, all) => sum(all.slice(0, i + 1))),
        /change of each step/,
      ],
      [adam({ root: false }), /divide by √v̂/],
      [adam({ sign: 1 }), /uphill/],
      [(g: Numbers, rate: number) => g.map((v) => -rate * v), /plain SGD/],
      [(g: Numbers, rate: number) => adam({})(g, rate).slice(1), /shape \[2\] instead of \[3\]/],
    ],
  },
  beatConstantRate: {
    right: () => ({ learningRate: 0.27, momentum: 0.55 }),
    wrong: [
      [() => 0.1, /constant rate without momentum/],
      [() => 0.1765, /not even 0.1712/],
      [() => 0.5, /diverges/],
      [(t: number) => 0.1 / (t + 1), /slower than the best constant rate/],
      [() => -0.01, /negative rate climbs/],
      [() => ({ learningRate: 0.1, momentum: 1 }), /0 ≤ momentum < 1/],
      [() => NaN, /gave NaN at step 0, wanted a number/],
      [() => 1n, /gave 1 at step 0, wanted a number/],
      [() => "0.1", /gave "0.1" at step 0, wanted a number/],
      [() => ({ learningRate: NaN, momentum: 0.5 }), /gave \{ learningRate: NaN, momentum: 0.5 \} at step 0/],
      [() => undefined, /wanted a number or \{ learningRate, momentum \}/],
      [0.1, /wanted a function schedule\(step\)/],
    ],
  },
};

const printed = judgeCheckers(cases, trainingMechanicsChecks);

it("two learning rates, 1/λmax and 1/λmin, end the race exactly", () => {
  const steep = largest([1, 2, 3], 2);
  check.beatConstantRate((t: number) => [1 / steep, 1 / (34 / 3 - steep)][t] ?? 0);
  expect(printed()[0]).toMatch(/^✓ beatConstantRate: \d(\.\d+)?e-(2\d|3\d) after 60 steps/);
});
