import type { Check } from "./exercise";
import { functionExercise, valueExercise } from "./exercise";
import { vaeEstimateChecks } from "./vae-estimates";

type List = readonly number[];
type Rows = readonly List[];

const sum = (list: List): number => list.reduce((total, value) => total + value, 0);
const mean = (list: List): number => sum(list) / list.length;

/** KL(N(1, ½²) ‖ N(0, 1)) = ½·(1 + 0.25 − 1 − ln 0.25). */
const klOnPaper = valueExercise("klOnPaper", {
  wanted: 0.5 * (0.25 - Math.log(0.25)),
  mistakes: [
    { gives: 0.25 - Math.log(0.25), because: "the factor ½ in front is missing" },
    {
      gives: 0.5 * (1 + 0.5 - 1 - Math.log(0.5)),
      because: "½ is the standard deviation; the formula wants σ² = ¼, twice",
    },
    { gives: 0.5 * (0.25 + Math.log(0.25)), because: "the sign of ln σ² is wrong: a narrow q costs, so it adds here" },
    { gives: 0.5 * (-0.75 - Math.log(0.25)), because: "μ² = 1 is missing: being off centre costs" },
    { gives: 0.5 * (1 + 0.25 - Math.log(0.25)), because: "the −1 is missing: at μ = 0, σ = 1 the KL must be 0" },
    {
      gives: 0.5 * ((1 + 1) / 0.25 - 1 + Math.log(0.25)),
      because: "that is KL(p ‖ q), the other way round: the average is taken over q",
    },
  ],
  praise: "Nats: about one bit and a fifth to say where q is.",
});

const sumOrMean = valueExercise("sumOrMean", {
  wanted: { nats: 784 * Math.LN2, beta: 784 },
  mistakes: [
    {
      gives: { nats: Math.LN2, beta: 784 },
      because: "ln 2 is one pixel's; a picture's likelihood is a product of 784",
    },
    {
      gives: { nats: Math.LN2, beta: 1 },
      because: "ln 2 is one pixel's, and the KL was not divided by 784: multiply the whole loss by 784",
    },
    {
      gives: { nats: 784 * Math.LN2, beta: 1 / 784 },
      because:
        "it is the other way round: the first term became 784 times smaller, so the KL weighs 784 times as much beside it",
    },
    {
      gives: { nats: 784 * Math.LN2, beta: 1 },
      because: "the KL was not divided by 784: multiply the whole loss by 784",
    },
    { gives: { nats: 784, beta: 784 }, because: "784 bits are right; a nat is 1/ln 2 bits" },
    { gives: { nats: 784 * 255 * Math.LN2, beta: 784 }, because: "a binary pixel has two values, not 256" },
  ],
  praise: "Such a loss has a name of its own, β-VAE with β = 784, and it collapses.",
});

const shift = (m: List, s: (logVariance: number) => number, logVariance: List, eps: List): number[] =>
  m.map((value, i) => value + s(logVariance[i]!) * eps[i]!);

const drawLatent = functionExercise<readonly [List, List, List]>("drawLatent", {
  call: "drawLatent(mean, logVariance, eps)",
  given: [
    [
      [1, -2, 0],
      [0, Math.log(9), Math.log(0.25)],
      [0.5, -1, 2],
    ],
    [[0.3], [-2], [1.5]],
  ],
  wanted: (m, logVariance, eps) => shift(m, (l) => Math.exp(l / 2), logVariance, eps),
  mistakes: [
    {
      gives: (m, logVariance, eps) => shift(m, Math.exp, logVariance, eps),
      because: "exp(ln σ²) is the variance; ε is multiplied by its root, exp(½ ln σ²)",
    },
    {
      gives: (m, logVariance, eps) => shift(m, (l) => l, logVariance, eps),
      because: "the encoder gives a logarithm: σ = exp(½ ln σ²), always positive",
    },
    {
      gives: (m, logVariance, eps) => shift(m, (l) => l / 2, logVariance, eps),
      because: "½ ln σ² is ln σ: the exp is missing",
    },
    {
      gives: (m, logVariance, eps) => shift(m, (l) => Math.exp(-l / 2), logVariance, eps),
      because: "you divided by σ: that is how z becomes ε, not how ε becomes z",
    },
    { gives: (m, _, eps) => shift(m, () => 1, eps, eps), because: "σ is missing: every latent has its own width" },
    {
      gives: (m, logVariance, eps) => m.map((value, i) => (value + eps[i]!) * Math.exp(logVariance[i]! / 2)),
      because: "σ multiplies ε alone, not μ",
    },
    { gives: (m) => [...m], because: "that is the mean: without noise the decoder never learns what is between" },
  ],
  praise: "Given ε, z is a smooth function of μ and σ: a gradient can pass.",
});

type KlTerm = (m: number, logVariance: number) => number;
const klTerm: KlTerm = (m, l) => 0.5 * (m * m + Math.exp(l) - 1 - l);
/** The KL of each picture: [B] */
const klRows = (means: Rows, logVariances: Rows, term = klTerm): number[] =>
  means.map((row, i) => sum(row.map((m, j) => term(m, logVariances[i]![j]!))));

const klOfBatch = functionExercise<readonly [Rows, Rows]>("klOfBatch", {
  call: "klOfBatch(means, logVariances)",
  given: [
    [
      [
        [0, 1, -2],
        [0.5, 0, 0],
      ],
      [
        [0, -1, 0.5],
        [-2, 0, 0.2],
      ],
    ],
    [[[0, 0]], [[0, 0]]],
    [
      [[3], [-1], [0.1]],
      [[0.1], [-3], [0]],
    ],
  ],
  wanted: (means, logVariances) => mean(klRows(means, logVariances)),
  mistakes: [
    {
      gives: (means, logVariances) => sum(klRows(means, logVariances)),
      because: "that is summed over the pictures too: a larger batch would have a larger KL",
    },
    {
      gives: (means, logVariances) => mean(klRows(means, logVariances)) / means[0]!.length,
      because: "that is a mean over the latents; the KL of independent latents is their sum",
    },
    {
      gives: (means, logVariances) => -mean(klRows(means, logVariances)),
      because: "the sign is flipped: KL is never below 0",
    },
    { gives: (means, logVariances) => 2 * mean(klRows(means, logVariances)), because: "the factor ½ is missing" },
    {
      gives: (means, logVariances) =>
        mean(klRows(means, logVariances, (m, l) => 0.5 * (m * m + l * l - 1 - 2 * Math.log(Math.abs(l))))),
      because: "you took ln σ² for σ: σ² is its exp, and its logarithm is there already",
    },
    {
      gives: (means, logVariances) =>
        mean(klRows(means, logVariances, (m, l) => 0.5 * (m * m + Math.exp(2 * l) - 1 - 2 * l))),
      because: "you took ln σ² for ln σ: σ² is its exp, without a 2",
    },
    {
      gives: (means, logVariances) => mean(klRows(means, logVariances, (m, l) => 0.5 * (m + Math.exp(l) - 1 - l))),
      because: "square μ: left and right of 0 cost the same",
    },
  ],
  praise: "0 exactly where q is the prior.",
});

const softplus = (l: number): number => Math.max(l, 0) + Math.log1p(Math.exp(-Math.abs(l)));
const logLikelihood = (x: List, logits: List): number =>
  sum(x.map((bit, i) => bit * logits[i]! - softplus(logits[i]!)));

const chance = (l: number): number => 1 / (1 + Math.exp(-l));
/** Σ x·ln p + (1 − x)·ln (1 − p), by way of the chances. */
const byChances = (x: List, logits: List, of: (l: number) => number, tiny = 0): number =>
  sum(x.map((bit, i) => bit * Math.log(of(logits[i]!) + tiny) + (1 - bit) * Math.log(1 - of(logits[i]!) + tiny)));
const clamped =
  (tiny: number) =>
  (l: number): number =>
    Math.min(Math.max(chance(l), tiny), 1 - tiny);
/** What people add so that no logarithm is of 0. */
const TINY = [...Array.from({ length: 14 }, (_, i) => 10 ** -(i + 3)), Number.EPSILON];

const elboOfPicture = functionExercise<readonly [List, List, number]>("elboOfPicture", {
  call: "elboOfPicture(x, logits, kl)",
  given: [
    [[1, 0, 1, 1], [2, -1, 0, -0.5], 1.5],
    [[0, 1], [0, 0], 0],
    [[1, 0, 0], [200, -300, 120], 0.25],
    [[1, 0, 0], [900, -800, 750], 0.25],
  ],
  wanted: (x, logits, kl) => logLikelihood(x, logits) - kl,
  mistakes: [
    {
      gives: (x, logits, kl) => logLikelihood(x, logits) / x.length - kl,
      because: "that is a mean over the pixels: the bound wants their sum, or the KL weighs too much",
    },
    { gives: (x, logits, kl) => logLikelihood(x, logits) + kl, because: "the KL is a price: it is subtracted" },
    {
      gives: (x, logits, kl) => kl - logLikelihood(x, logits),
      because: "that is the loss, −ELBO: the bound itself has the other sign",
    },
    {
      gives: (x, logits, kl) => sum(x.map((bit, i) => (bit ? -softplus(-logits[i]!) : 0))) - kl,
      because: "black pixels count too: where x is 0 add ln (1 − p)",
    },
    {
      gives: (x, logits, kl) =>
        sum(x.map((bit, i) => Math.log(bit ? 1 / (1 + Math.exp(-logits[i]!)) : 1 - 1 / (1 + Math.exp(-logits[i]!))))) -
        kl,
      because:
        "right for small logits; at 120 the chance is 1 in floating point and ln (1 − 1) is −∞: use x·l − ln(1 + eˡ), with max(l, 0) outside",
    },
    {
      gives: (x, logits, kl) => byChances(x, logits, chance) - kl,
      because:
        "right for small logits; at 200 the chance is 1 in floating point, and 0 · ln 0 is NaN for a computer: use x·l − ln(1 + eˡ), with max(l, 0) outside",
    },
    {
      gives: (x, logits, kl) =>
        sum(
          x.map((bit, i) =>
            Math.log(bit ? Math.exp(logits[i]!) / (1 + Math.exp(logits[i]!)) : 1 / (1 + Math.exp(logits[i]!))),
          ),
        ) - kl,
      because: "right for small logits; e⁹⁰⁰/(1 + e⁹⁰⁰) is ∞/∞: use x·l − ln(1 + eˡ), with max(l, 0) outside",
    },
    ...TINY.flatMap((tiny) =>
      [
        (x: List, logits: List, kl: number) => byChances(x, logits, chance, tiny) - kl,
        (x: List, logits: List, kl: number) => byChances(x, logits, clamped(tiny)) - kl,
      ].map((gives) => ({
        gives,
        because:
          "a small number that keeps the logarithm from 0 hides what a sure mistake costs: at the logit 120 that is 120 nats; use x·l − ln(1 + eˡ), with max(l, 0) outside",
      })),
    ),
    {
      gives: (x, logits, kl) => sum(x.map((bit, i) => bit * logits[i]! - Math.log(1 + Math.exp(logits[i]!)))) - kl,
      because: "right for small logits; e⁷⁵⁰ is infinite for a computer: ln(1 + eˡ) = max(l, 0) + ln(1 + e^−|l|)",
    },
    {
      gives: (x, logits, kl) => (logLikelihood(x, logits) - kl) / x.length,
      because: "you divided everything by the pixels: a bound on ln p(x) is a sum over them",
    },
    {
      gives: (x, logits) => logLikelihood(x, logits),
      because: "that is the reconstruction term alone: subtract the KL",
    },
  ],
  praise: "In nats, and finite however sure the decoder is.",
});

/** Notebook 05: variational autoencoders. */
export const vaeChecks = {
  klOnPaper,
  sumOrMean,
  drawLatent,
  klOfBatch,
  elboOfPicture,
  ...vaeEstimateChecks,
} satisfies Record<string, Check>;
