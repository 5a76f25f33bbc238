import { autoregressiveSamplingChecks } from "./autoregressive-sampling";
import type { Check } from "./exercise";
import { functionExercise, valueExercise } from "./exercise";

type List = readonly number[];

const sum = (list: List): number => list.reduce((total, value) => total + value, 0);

/** 784 fair coins. */
const uniformCost = valueExercise("uniformCost", {
  wanted: { nats: 784 * Math.LN2, bits: 784, bitsPerPixel: 1 },
  mistakes: [
    {
      gives: { nats: 784, bits: 784 * Math.LN2, bitsPerPixel: Math.LN2 },
      because: "nats and bits are swapped: one fair coin is one bit, and ln 2 nats",
    },
    {
      gives: { nats: 784 * Math.LN2, bits: 784 * Math.LN2 ** 2, bitsPerPixel: Math.LN2 ** 2 },
      because: "from nats to bits one divides by ln 2: a bit is the smaller unit, so there are more of them",
    },
    {
      gives: { nats: 784 * Math.LN2, bits: 784, bitsPerPixel: 784 },
      because: "bits a pixel: divide by the 784 pixels",
    },
    {
      gives: { nats: 784 * Math.log(0.5), bits: -784, bitsPerPixel: -1 },
      because: "the sign is flipped: ln 0.5 is negative, and the cost is −ln p",
    },
    {
      gives: { nats: Math.LN2, bits: 1, bitsPerPixel: 1 / 784 },
      because: "that is the cost of one pixel; the chances of 784 pixels multiply, so their costs add up",
    },
  ],
  praise: "Any model that pays more than one bit a pixel knows less than nothing.",
});

const cost = (p: number, x: number): number => -Math.log(x === 1 ? p : 1 - p);

const chainRule = functionExercise<readonly [List, List]>("chainRule", {
  call: "negLogLikelihood(p, x)",
  given: [
    [
      [0.5, 0.9, 0.2],
      [1, 1, 0],
    ],
    [
      [0.1, 0.7, 0.6, 0.3],
      [0, 1, 0, 1],
    ],
  ],
  wanted: (p, x) => sum(p.map((chance, i) => cost(chance, x[i]!))),
  mistakes: [
    {
      gives: (p) => -sum(p.map(Math.log)),
      because: "a black pixel has chance 1 − p, not p: p is the chance of a 1",
    },
    {
      gives: (p, x) => sum(p.map((chance, i) => cost(1 - chance, x[i]!))),
      because: "white and black are swapped: p is the chance of a 1",
    },
    {
      gives: (p, x) => -sum(p.map((chance, i) => cost(chance, x[i]!))),
      because: "that is ln p(x); what training lowers is its negative",
    },
    {
      gives: (p, x) => sum(p.map((chance, i) => cost(chance, x[i]!))) / Math.LN2,
      because: "those are bits; nats come from the natural logarithm",
    },
    {
      gives: (p, x) => sum(p.map((chance, i) => cost(chance, x[i]!))) / p.length,
      because: "that is the mean over pixels; the chances of a picture's pixels multiply, so their logarithms add up",
    },
    {
      gives: (p, x) => Math.exp(-sum(p.map((chance, i) => cost(chance, x[i]!)))),
      because: "that is p(x) itself, which for 784 pixels is too small for a computer: add logarithms",
    },
    {
      gives: (p, x) => -sum(p.map((chance, i) => x[i]! * Math.log(chance))),
      because: "only white pixels are counted; a black one costs −ln(1 − p)",
    },
  ],
  praise: "Exact, with no bound and no sampling.",
});

const mask = (from: List, to: List, sees: (from: number, to: number) => boolean): number[][] =>
  from.map((d) => to.map((m) => (sees(d, m) ? 1 : 0)));

/** Between hidden layers, and into the logits. */
const madeMask = functionExercise<readonly [List, List, boolean]>("madeMask", {
  call: "madeMask(from, to, last)",
  given: [
    [[1, 2, 3, 4], [1, 2, 3, 1, 2], false],
    [[1, 2, 3, 1, 2], [3, 1, 4, 2], true],
  ],
  describe: (from, to, last) => `for degrees ${from.join(", ")} → ${to.join(", ")}, last = ${last},`,
  wanted: (from, to, last) => mask(from, to, (d, m) => (last ? m > d : m >= d)),
  mistakes: [
    {
      gives: (from, to) => mask(from, to, (d, m) => m >= d),
      because: "in the last layer the sign is >: with ≥ an output sees its own pixel",
    },
    {
      gives: (from, to) => mask(from, to, (d, m) => m > d),
      because:
        "only the last layer is strict: a hidden unit of degree m may see degree m, else nothing is left of the last step",
    },
    {
      gives: (from, to, last) => mask(from, to, (d, m) => (last ? m >= d : m > d)),
      because: "the two signs are swapped: ≥ into hidden units, > into the outputs",
    },
    {
      gives: (from, to, last) => mask(from, to, (d, m) => (last ? m < d : m <= d)),
      because: "that looks at later pixels: a unit may see lower degrees",
    },
    {
      gives: (from, to, last) => mask(to, from, (m, d) => (last ? m > d : m >= d)),
      because: "it is transposed: a layer's weights are [from, to], one row for each unit below",
    },
  ],
  praise: "≥ on the way in, > on the way out: somewhere between input and output the present is lost.",
});

const kernel = (k: number, keep: (row: number, column: number, middle: number) => boolean): number[][] =>
  Array.from({ length: k }, (_, row) =>
    Array.from({ length: k }, (_, column) => (keep(row, column, (k - 1) / 2) ? 1 : 0)),
  );

const kernelMask = functionExercise<readonly [number, boolean]>("kernelMask", {
  call: "kernelMask(k, seesItself)",
  given: [
    [5, false],
    [3, true],
  ],
  describe: (k, seesItself) => `for k = ${k}, mask ${seesItself ? "B" : "A"},`,
  wanted: (k, seesItself) => kernel(k, (r, c, m) => r < m || (r === m && (c < m || (seesItself && c === m)))),
  mistakes: [
    {
      gives: (k, seesItself) => kernel(k, (r, c, m) => r < m || (r === m && (c < m || (!seesItself && c === m)))),
      because: "A and B are swapped: the first layer (A) must not see the pixel itself",
    },
    {
      gives: (k) => kernel(k, (r, c, m) => r < m || (r === m && c < m)),
      because: "mask B keeps the middle: what stands there in later layers knows only earlier pixels",
    },
    {
      gives: (k) => kernel(k, (r, c, m) => r < m || (r === m && c <= m)),
      because: "mask A must drop the middle: there the first layer would see the pixel that it predicts",
    },
    {
      gives: (k, seesItself) => kernel(k, (r, c, m) => c < m || (c === m && (r < m || (seesItself && r === m)))),
      because: "that is the order column by column; pixels are drawn row by row",
    },
    {
      gives: (k, seesItself) => kernel(k, (r, c, m) => r < m || (seesItself && r === m && c === m)),
      because: "the left part of the own row is missing: those pixels are already drawn",
    },
    {
      gives: (k, seesItself) =>
        kernel(k, (r, c, m) => (r < m && c <= m) || (r === m && (c < m || (seesItself && c === m)))),
      because: "above and to the right is missing: rows above are complete, and a pixel may see all of them",
    },
    {
      gives: (k, seesItself) => kernel(k, (r, c, m) => r > m || (r === m && (c > m || (seesItself && c === m)))),
      because: "that is the future: rows are counted from above",
    },
  ],
  praise: "12 of 25 and 5 of 9: about half of a masked kernel is multiplications by 0.",
});

/** reach 6 and 6 blocks: 12 rows above of 25 columns, and 12 pixels on the left. */
const seenPixels = valueExercise("seenPixels", {
  wanted: 12 * 25 + 12,
  mistakes: [
    { gives: 12 * 25, because: "its own row is missing: 12 pixels on the left" },
    { gives: 12 * 12 + 12, because: "the rows above reach to both sides: 2 · 12 + 1 columns" },
    { gives: 12 * 24 + 12, because: "the column straight above is missing: 2 · 12 + 1 columns" },
    { gives: 25 * 25, because: "the rows below and the right are not drawn yet" },
    { gives: 12 * 25 + 13, because: "the pixel does not see itself" },
    { gives: 6 * 13 + 6, because: "that is the first layer alone; each of the 6 blocks reaches one further" },
  ],
  praise: "312 of up to 783: what is further away acts only through what is nearer.",
});

/** Notebook 07: autoregressive models of pictures. */
export const autoregressiveChecks = {
  uniformCost,
  chainRule,
  madeMask,
  kernelMask,
  seenPixels,
  ...autoregressiveSamplingChecks,
} satisfies Record<string, Check>;
