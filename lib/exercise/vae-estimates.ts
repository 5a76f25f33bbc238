// The exercises of notebook 05 on estimates from draws; the others stand in vae.ts.
import { auroc as areaUnder } from "../evaluate/auroc";
import type { Check } from "./exercise";
import { functionExercise } from "./exercise";

type List = readonly number[];

const sum = (list: List): number => list.reduce((total, value) => total + value, 0);
const mean = (list: List): number => sum(list) / list.length;

/** With `out` taken out of the exponentials: equal on paper, not in floating point. */
const logMeanExpWithout = (w: List, out: number): number =>
  out + Math.log(mean(w.map((value) => Math.exp(value - out))));

const logMeanExp = (w: List): number => logMeanExpWithout(w, Math.max(...w));

const boundOfWeights = functionExercise<readonly [List]>("boundOfWeights", {
  call: "boundOfWeights(logWeights)",
  given: [[[-2, -1, -1.5]], [[-905, -900, -1100, -902]], [[-1700, -900]]],
  wanted: logMeanExp,
  mistakes: [
    {
      gives: (w) => mean(w),
      because: "that is the mean of the logarithms, the ELBO again; average the weights first, then take the logarithm",
    },
    {
      gives: (w) => logMeanExp(w) + Math.log(w.length),
      because: "that is the sum of the weights: with more draws it would grow without reason; divide by k",
    },
    {
      gives: (w) => Math.log(mean(w.map(Math.exp))),
      because: "right for small numbers; exp(−900) is 0 in floating point: take the largest out first",
    },
    {
      gives: (w) => logMeanExpWithout(w, w[0]!),
      because: "you took another weight out than the largest: exp(−900 + 1700) is infinite",
    },
    {
      gives: (w) => logMeanExpWithout(w, -900),
      because:
        "right where all are near −900; exp(−1 + 900) is infinite: take out the largest of these weights, not a constant",
    },
    { gives: (w) => Math.max(...w), because: "the best draw alone is no average: divide by k" },
    {
      gives: (w) => -logMeanExp(w),
      because: "the sign is flipped: that is −ln p, what is reported; the bound is on ln p",
    },
    { gives: (w) => Math.exp(logMeanExp(w)), because: "the logarithm is missing: e^−900 is no number to work with" },
  ],
  praise: "With one draw it is the ELBO; with more it can only rise, in the mean.",
});

const scores = (f: List, z: List, mu: number, sigma: number, baseline: number): number[] =>
  f.map((value, i) => ((value - baseline) * (z[i]! - mu)) / sigma ** 2);

const scoreGradient = functionExercise<readonly [List, List, number, number, number]>("scoreGradient", {
  call: "scoreGradient(f, z, mu, sigma, baseline)",
  given: [
    [[4, 1, 9], [2, 1, 3], 1.5, 0.5, 2],
    [[0.5, -2, 1, 3], [0, 1, -1, 2.5], 0.2, 2, 0],
  ],
  wanted: (f, z, mu, sigma, baseline) => mean(scores(f, z, mu, sigma, baseline)),
  mistakes: [
    {
      gives: (f, z, mu, sigma) => mean(scores(f, z, mu, sigma, 0)),
      because: "subtract the baseline from f: it changes no mean, but the variance",
    },
    {
      gives: (f, z, mu, sigma, baseline) => mean(scores(f, z, mu, sigma, baseline)) * sigma,
      because: "∂ ln q/∂μ is (z − μ)/σ²; you divided by σ once",
    },
    {
      gives: (f, z, mu, sigma, baseline) => mean(scores(f, z, mu, sigma, baseline)) * sigma ** 2,
      because: "∂ ln q/∂μ is (z − μ)/σ²: the division is missing",
    },
    {
      gives: (f, z, mu, sigma, baseline) => -mean(scores(f, z, mu, sigma, baseline)),
      because: "the sign is flipped: where z > μ, a larger μ makes z more probable",
    },
    {
      gives: (f, z, mu, sigma, baseline) => sum(scores(f, z, mu, sigma, baseline)),
      because: "that is a sum over the draws; an expectation is their mean",
    },
    {
      gives: (f, z, mu, sigma, baseline) => mean(scores(f, z, mu, sigma, 0)) - baseline,
      because: "the baseline is subtracted from f, inside, where the score multiplies it",
    },
  ],
  praise: "No derivative of f was needed: that is its strength, and its variance the price.",
});

const pairs = (normal: List, odd: List, tie: number): number =>
  mean(odd.flatMap((o) => normal.map((n) => (o > n ? 1 : o === n ? tie : 0))));

const auroc = functionExercise<readonly [List, List]>("auroc", {
  call: "auroc(normal, odd)",
  given: [
    [
      [90, 80, 120, 100],
      [100, 150, 85],
    ],
    [
      [1, 2, 3],
      [4, 5],
    ],
    [[5, 5], [5]],
  ],
  wanted: areaUnder,
  mistakes: [
    {
      gives: (normal, odd) => areaUnder(odd, normal),
      because: "that counts the pairs in which the normal one scores higher: odd pictures should",
    },
    { gives: (normal, odd) => pairs(normal, odd, 0), because: "a tie is a guess: count it half" },
    { gives: (normal, odd) => pairs(normal, odd, 1), because: "you counted ties as found: count them half" },
    {
      gives: (normal, odd) => pairs(normal, odd, 0.5) * normal.length * odd.length,
      because: "that is the number of pairs; divide by how many there are",
    },
    {
      gives: (normal, odd) => mean(odd.map((o) => (o > mean(normal) ? 1 : 0))),
      because: "that is one threshold, the mean; compare every odd one with every normal one",
    },
  ],
  praise: "No threshold had to be chosen.",
});

export const vaeEstimateChecks = { boundOfWeights, scoreGradient, auroc } satisfies Record<string, Check>;
