import { adamUpdates } from "./adam-updates";
import type { Check } from "./exercise";
import { functionExercise, valueExercise } from "./exercise";
import { X, Y, gradient, mean } from "./line-gradient";
import { beatConstantRate } from "./rate-race";
import { trainingStep } from "./training-step";

type Pair = readonly [number, number];
type Scalar = (x: number) => number;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const scaled =
  (f: typeof gradient, factor: (n: number) => number): typeof gradient =>
  (x, y, w, b) => {
    const [dw, db] = f(x, y, w, b);
    return [dw * factor(x.length), db * factor(x.length)];
  };

/** By hand, at w = 1, b = 0: errors −2, −3, −4. */
const firstStep = valueExercise("firstStep", {
  wanted: { loss: 29 / 3, dw: -40 / 3, db: -6 },
  rtol: 2e-3,
  mistakes: [
    {
      gives: { loss: 2.51 / 3, dw: -11.6 / 3, db: -1.8 },
      because: "those are the numbers at w = 1.8, b = 0.5; here w = 1 and b = 0",
    },
    { gives: { loss: 29 / 9, dw: -40 / 9, db: -2 }, because: "you divided by n twice" },
    {
      gives: { loss: 29 / 3, dw: -40 / 9, db: -2 },
      because: "the loss is right, the gradients are divided by n twice",
    },
    { gives: { loss: 29 / 3, dw: -20 / 3, db: -3 }, because: "the derivative of e² is 2e: both gradients miss the 2" },
    { gives: { loss: 29, dw: -40, db: -18 }, because: "those are sums over the three points; divide by n once" },
    { gives: { loss: 29 / 3, dw: 40 / 3, db: 6 }, because: "your gradient's sign is flipped: you would climb" },
    {
      gives: { loss: 29 / 3, dw: -6, db: -6 },
      because: "for w the inner derivative is x: multiply each error by its x",
    },
    {
      gives: { loss: 29 / 3, dw: -12, db: -6 },
      because: "mean(e·x) is not mean(e)·mean(x): multiply first, then average",
    },
    {
      gives: { loss: Math.sqrt(29 / 3), dw: -40 / 3, db: -6 },
      because: "that loss is the root (RMSE); leave the square",
    },
  ],
  praise: "The steepest way down: more w, more b.",
});

const meanSquaredGradient = functionExercise("meanSquaredGradient", {
  call: "gradient(x, y, w, b)",
  given: [
    [X, Y, 1.8, 0.5],
    [[-1, 0, 2, 5], [1, 1, -2, 4], 0.3, -2],
  ] as const,
  wanted: gradient,
  mistakes: [
    { gives: scaled(gradient, (n) => 1 / n), because: "you divided by n twice" },
    { gives: scaled(gradient, () => 0.5), because: "the derivative of e² is 2e: the 2 is missing" },
    { gives: scaled(gradient, (n) => n), because: "that is the sum over the points; divide by n" },
    {
      gives: scaled(gradient, () => -1),
      because: "your gradient's sign is flipped: you would climb (e = prediction − y)",
    },
    {
      gives: (x, y, w, b) => [gradient(x, y, w, b)[1], gradient(x, y, w, b)[1]],
      because: "for w the inner derivative is x: multiply each error by its x",
    },
    {
      gives: (x, y, w, b) => [gradient(x, y, w, b)[1], gradient(x, y, w, b)[0]],
      because: "w and b are swapped: return [dw, db]",
    },
    {
      gives: (x, y, w, b) => [mean(x) * gradient(x, y, w, b)[1], gradient(x, y, w, b)[1]],
      because: "mean(e·x) is not mean(e)·mean(x): multiply first, then average",
    },
  ],
  praise: "Two lines that every training run rests on.",
});

const derivative = functionExercise<readonly [Scalar, number, number]>("centralDifference", {
  call: "centralDifference(f, x, h)",
  given: [
    [
      function cube(x) {
        return x ** 3;
      },
      2,
      0.1,
    ],
    [
      function exponential(x) {
        return Math.exp(x);
      },
      0.5,
      0.01,
    ],
  ],
  wanted: (f, x, h) => (f(x + h) - f(x - h)) / (2 * h),
  rtol: 1e-6,
  mistakes: [
    {
      gives: (f, x, h) => (f(x + h) - f(x)) / h,
      because: "that is the forward difference: its error falls with h, the central one's with h²",
    },
    {
      gives: (f, x, h) => (f(x) - f(x - h)) / h,
      because: "that is the backward difference: its error falls with h, the central one's with h²",
    },
    {
      gives: (f, x, h) => (f(x + h / 2) - f(x - h / 2)) / h,
      because: "that is central too, but goes h/2 to each side; go h to each side and divide by 2h",
    },
    {
      gives: (f, x, h) => f(x + h) - f(x - h) / (2 * h),
      because: "brackets: only f(x − h) is divided; write (f(x + h) − f(x − h)) / (2 * h)",
    },
    { gives: (f, x, h) => (f(x + h) - f(x - h)) / h, because: "the two points are 2h apart: divide by 2h" },
    { gives: (f, x, h) => (f(x - h) - f(x + h)) / (2 * h), because: "the sign is flipped: f(x + h) comes first" },
    { gives: (f, x, h) => ((f(x + h) - f(x - h)) / 2) * h, because: "(…) / 2 * h multiplies by h: write / (2 * h)" },
  ],
  praise: "You can now check any gradient.",
});

const sigmoidBackward = functionExercise<readonly [number, number]>("sigmoidBackward", {
  call: "sigmoidBackward(output, upstream)",
  given: [
    [sigmoid(0.4), 1],
    [sigmoid(-1.5), -2.5],
  ],
  wanted: (s, upstream) => s * (1 - s) * upstream,
  mistakes: [
    { gives: (s) => s * (1 - s), because: "the upstream gradient is missing: the chain rule multiplies by it" },
    {
      gives: (s, upstream) => sigmoid(s) * (1 - sigmoid(s)) * upstream,
      because: "you applied σ again: the argument is already the output σ(x)",
    },
    { gives: (s, upstream) => (1 - s * s) * upstream, because: "1 − s² belongs to tanh; for σ it is s·(1 − s)" },
    {
      gives: (s, upstream) => s * (1 - s) + upstream,
      because: "the chain rule multiplies by the upstream gradient, it does not add it",
    },
    { gives: (s, upstream) => s * upstream, because: "the factor (1 − s) is missing" },
    { gives: (s, upstream) => (1 - s) * upstream, because: "the factor s is missing" },
  ],
  praise: "At s = ½ it passes on a quarter at most: stacked ten deep, 4⁻¹⁰ is left.",
});

/** Eigenvalues of the loss's Hessian 2·[[mean x², mean x], [mean x, 1]], largest first. */
function curvatures(x: readonly number[], factor = 2): Pair {
  const a = factor * mean(x.map((v) => v * v));
  const c = factor * mean(x);
  const middle = (a + factor) / 2;
  const radius = Math.hypot((a - factor) / 2, c);
  return [middle + radius, middle - radius];
}

const divergenceThreshold = functionExercise<readonly [readonly number[]]>("divergenceThreshold", {
  call: "divergenceThreshold(x)",
  given: [[X], [[0, 1]], [[-4, -2, 0, 1, 7]]],
  wanted: (x) => 2 / curvatures(x)[0],
  mistakes: [
    {
      gives: (x) => 1 / curvatures(x)[0],
      because: "1/λmax is the rate that ends the steep direction in one step; it diverges from 2/λmax",
    },
    {
      gives: (x) => 2 / curvatures(x)[1],
      because: "you took the smaller eigenvalue: the steepest direction diverges first",
    },
    {
      gives: (x) => 2 / (curvatures(x)[0] + curvatures(x)[1]),
      because: "2/(λmin + λmax) is the best constant rate, not the largest",
    },
    { gives: (x) => 2 / curvatures(x, 1)[0], because: "the Hessian of a mean of squares has a factor 2" },
    {
      gives: (x) => 2 / curvatures(x, 2 * x.length)[0],
      because: "that Hessian is of the sum of squares: divide it by n",
    },
    {
      gives: (x) => 2 / (2 * mean(x.map((v) => v * v))),
      because: "that is the curvature along w alone; the steepest direction mixes w and b",
    },
    {
      gives: (x) => 2 / mean(x.map((v) => v * v)),
      because:
        "that is the curvature along w alone, without the 2 of the square's derivative; the steepest mixes w and b",
    },
    { gives: (x) => curvatures(x)[0], because: "that is λmax itself; the threshold is 2/λmax" },
  ],
  praise: "Ten times larger inputs, a hundred times smaller steps.",
});

const leastSquares = functionExercise<readonly [readonly number[], readonly number[]]>("leastSquares", {
  call: "leastSquares(x, y)",
  given: [
    [
      [0, 1, 2, 4],
      [1, 2.5, 5.5, 9],
    ],
    [
      [-3, 1, 2],
      [4, 0, 1],
    ],
  ],
  wanted: (x, y) => line(x, y, slope(x, y)),
  mistakes: [
    {
      gives: (x, y) => ({ w: mean(times(x, y)) / mean(times(x, x)), b: 0 }),
      because: "that is the best line through the origin: subtract both means first",
    },
    { gives: (x, y) => line(x, y, 1 / slope(y, x)), because: "you divided by the spread of y: that fits x from y" },
    { gives: (x, y) => ({ w: slope(x, y), b: mean(y) }), because: "w is right; b is mean(y) − w·mean(x)" },
    {
      gives: (x, y) => line(x, y, slope(x, y) * (x.length / (x.length - 1))),
      because: "n in one sum and n − 1 in the other do not cancel",
    },
    {
      gives: (x, y) => line(x, y, mean(times(x, y)) / mean(times(x, x))),
      because: "w is computed without subtracting the means",
    },
  ],
  praise: "No learning rate, no iterations: where a closed form exists, use it.",
});

const times = (x: readonly number[], y: readonly number[]): number[] => x.map((v, i) => v * y[i]!);
const centred = (x: readonly number[]): number[] => x.map((v) => v - mean(x));
const slope = (x: readonly number[], y: readonly number[]): number =>
  mean(times(centred(x), centred(y))) / mean(times(centred(x), centred(x)));
const line = (x: readonly number[], y: readonly number[], w: number): Record<"w" | "b", number> => ({
  w,
  b: mean(y) - w * mean(x),
});

/** Notebook 01: training mechanics. */
export const trainingMechanicsChecks = {
  firstStep,
  meanSquaredGradient,
  centralDifference: derivative,
  trainingStep,
  sigmoidBackward,
  divergenceThreshold,
  leastSquares,
  adamUpdates,
  beatConstantRate,
} satisfies Record<string, Check>;
