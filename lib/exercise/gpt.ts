import { betterText } from "./better-text";
import type { Check } from "./exercise";
import { functionExercise, valueExercise } from "./exercise";
import { gptTokenChecks } from "./gpt-tokens";

type List = readonly number[];
type Matrix = readonly List[];

const sum = (list: List): number => list.reduce((total, value) => total + value, 0);
const normed = (list: List): number[] => list.map((value) => value / sum(list));
const softmax = (list: List): number[] => normed(list.map((value) => Math.exp(value - Math.max(...list))));
const dot = (a: List, b: List): number => sum(a.map((value, i) => value * b[i]!));

/** A uniform model over 65 characters. */
const characterCost = valueExercise("characterCost", {
  wanted: { nats: Math.log(65), bits: Math.log2(65), perplexity: 65 },
  mistakes: [
    {
      gives: { nats: Math.log2(65), bits: Math.log(65), perplexity: 65 },
      because: "nats and bits are swapped: the natural logarithm gives nats, the one to base 2 bits",
    },
    {
      gives: { nats: Math.log(1 / 65), bits: Math.log2(1 / 65), perplexity: 1 / 65 },
      because: "the sign is flipped: ln(1/65) is negative, and the cost is −ln p",
    },
    {
      gives: { nats: Math.log(65), bits: Math.log(65) * Math.LN2, perplexity: 65 },
      because: "from nats to bits one divides by ln 2: a bit is the smaller unit, so there are more of them",
    },
    {
      gives: { nats: Math.log(65), bits: Math.log2(65), perplexity: Math.log(65) },
      because: "perplexity is e to the nats: among how many equally likely characters the model would be choosing",
    },
    { gives: { nats: 1 / 65, bits: 1 / 65, perplexity: 65 }, because: "that is p; the cost is −ln p" },
  ],
  praise: "An untrained GPT must start here; if it does not, its logits are too large.",
});

const smooth = (counts: List, k: number): number[] => normed(counts.map((count) => count + k));

const smoothedChances = functionExercise<readonly [List, number]>("smoothedChances", {
  call: "smoothed(counts, k)",
  given: [
    [[3, 0, 1], 1],
    [[0, 0, 0, 7, 2], 0.5],
  ],
  describe: (counts, k) => `for counts ${counts.join(", ")} and k = ${k},`,
  wanted: smooth,
  mistakes: [
    {
      gives: (counts) => normed(counts),
      because: "k is missing: what never followed gets the chance 0, and costs ∞ once it does",
    },
    {
      gives: (counts, k) => counts.map((count) => (count + k) / sum(counts)),
      because: "they add up to more than 1: the k of every symbol belongs into the sum as well",
    },
    {
      gives: (counts, k) => counts.map((count) => (count + k) / (sum(counts) + k)),
      because: "k is added once for each symbol, so the sum grows by k times the number of symbols",
    },
    {
      gives: (counts, k) => normed(counts.map((count) => (count === 0 ? k : count))),
      because: "k is added to every count, not only to those that are 0",
    },
    { gives: (counts, k) => counts.map((count) => count + k), because: "those are counts: divide by their sum" },
  ],
  praise: "Kneser–Ney does better by asking shorter contexts instead of adding a constant.",
});

const triangle = (n: number, sees: (from: number, to: number) => boolean): number[][] =>
  Array.from({ length: n }, (_, t) => Array.from({ length: n }, (_, s) => (sees(t, s) ? 1 : 0)));

const whoSeesWhom = functionExercise<readonly [number, number]>("whoSeesWhom", {
  call: "visible(T, window)",
  given: [
    [4, 4],
    [5, 2],
  ],
  describe: (T, window) => `for T = ${T}, window ${window},`,
  wanted: (T, window) => triangle(T, (t, s) => s <= t && s > t - window),
  mistakes: [
    {
      gives: (T, window) => triangle(T, (t, s) => s < t && s >= t - window),
      because: "a token sees itself too: what it predicts is the next one",
    },
    { gives: (T) => triangle(T, (t, s) => s <= t), because: "the window is missing: tokens further back are hidden" },
    {
      gives: (T, window) => triangle(T, (t, s) => s <= t && s >= t - window),
      because: "one too many: a window of 2 is the token itself and the one before it",
    },
    {
      gives: (T, window) => triangle(T, (t, s) => s >= t && s < t + window),
      because: "that is the future: row t is who looks, column s is what it looks at",
    },
    {
      gives: (T, window) => triangle(T, (t, s) => Math.abs(t - s) < window),
      because: "that looks ahead as well: the token after may not be seen",
    },
    {
      gives: (T, window) => triangle(T, (t, s) => !(s <= t && s > t - window)),
      because: "it is inverted: 1 means visible here",
    },
    ...[-Infinity, -1e9].map((hidden) => ({
      gives: (T: number, window: number) =>
        triangle(T, (t, s) => s <= t && s > t - window).map((row) => row.map((seen) => (seen ? 0 : hidden))),
      because: "that is what is added to the scores; wanted is who sees whom: 1 where seen, 0 elsewhere",
    })),
  ],
  praise: "With window = T it is GPT's mask; a short one is how long texts are made cheap.",
});

/** One head with the pieces that answers get wrong. */
function head(
  [q, k, v]: readonly [Matrix, Matrix, Matrix],
  { scale = Math.sqrt(q[0]!.length), ahead = 0, masked = true, columns = false } = {},
): number[][] {
  const scores = q.map((a) => k.map((b) => dot(a, b) / scale));
  const seen = scores.map((row, t) => row.map((score, s) => (masked && s > t + ahead ? -Infinity : score)));
  const weights = columns
    ? seen.map((row, t) => row.map((_, s) => Math.exp(seen[t]![s]!) / sum(seen.map((other) => Math.exp(other[s]!)))))
    : seen.map(softmax);
  return weights.map((row) => v[0]!.map((_, d) => sum(row.map((weight, s) => weight * v[s]![d]!))));
}

/** Queries, keys and values of three tokens with two numbers each, and of four with three: D and T must come from the lists. */
const SMALL = [
  [
    [1, 0.5],
    [-1, 2],
    [0.3, 0.8],
  ],
  [
    [0.2, 1],
    [1.5, -0.5],
    [-0.4, 0.9],
  ],
  [
    [1, 0],
    [0, 2],
    [3, -1],
  ],
] as const;
const WIDE = [
  [
    [0.7, -1.2, 0.4],
    [1.1, 0.3, -0.6],
    [-0.5, 0.9, 1.4],
    [0.2, -0.8, 1],
  ],
  [
    [-0.3, 1, 0.6],
    [0.8, 0.1, -1.1],
    [1.3, -0.7, 0.2],
    [0.4, 0.5, -0.9],
  ],
  [
    [2, 0, -1],
    [0.5, 1, 3],
    [-1, 2, 0],
    [1, -2, 0.5],
  ],
] as const;

const attend = functionExercise<readonly [Matrix, Matrix, Matrix]>("attend", {
  call: "attend(q, k, v)",
  given: [SMALL, WIDE],
  describe: (q) => `for ${q.length} tokens with ${q[0]!.length} numbers each`,
  wanted: (q, k, v) => head([q, k, v]),
  mistakes: [
    { gives: (q, k, v) => head([q, k, v], { scale: 1 }), because: "the scores are not divided by √D" },
    {
      gives: (q, k, v) => head([q, k, v], { scale: q[0]!.length }),
      because: "the scores are divided by D; it is √D that keeps their spread at 1",
    },
    {
      gives: (q, k, v) => head([q, k, v], { scale: Math.SQRT2 }),
      because: "the scores are divided by √2 whatever D is: it is the length of a query",
    },
    { gives: (q, k, v) => head([q, k, v], { masked: false }), because: "the mask is missing: tokens see their future" },
    {
      gives: (q, k, v) => head([q, k, v], { ahead: 1 }),
      because: "your mask is off by one: token t may see 0 … t, not t + 1",
    },
    {
      gives: (q, k, v) => head([q, k, v], { columns: true }),
      because: "the softmax runs down the columns: each row, the one who looks, must add up to 1",
    },
    {
      gives: (q, k, v) => head([k, q, v]),
      because: "queries and keys are swapped: row t of the scores belongs to query t",
    },
    { gives: (q, k) => head([q, k, k]), because: "the mean is taken over keys: the weights belong to the values" },
  ],
  praise: "Four lines, and everything else in a GPT treats each token alone.",
});

/** GPT-2 small: vocabulary 50,257, context 1,024, 12 layers, width 768. */
const C = 768;
const gptSize = valueExercise("gptSize", {
  wanted: 124_439_808,
  rtol: 1e-9,
  mistakes: [
    { gives: 124_439_808 + 50_257 * C, because: "the output layer counts again: it is the token table, used twice" },
    { gives: 124_439_808 - 1024 * C, because: "the position table is missing: 1,024 rows" },
    { gives: 124_439_808 - 2 * C, because: "the last norm is missing: gain and bias after the last block" },
    { gives: 124_439_808 - 12 * 13 * C, because: "biases and norms are missing: 13 · 768 in each block" },
    { gives: 124_439_808 - 12 * 4 * C, because: "each block has two norms: gain and bias of 768 each" },
    {
      gives: 124_439_808 - 12 * 9 * C,
      because: "the biases of the linear layers are missing: 3C + C + 4C + C a block",
    },
    {
      gives: 124_439_808 - 12 * C * C,
      because: "a matrix of C² is missing in each block: after attention there is one more",
    },
  ],
  praise: "That is what Hugging Face counts too.",
});

/** Checkers of notebook 03. */
export const gptChecks = {
  characterCost,
  smoothedChances,
  whoSeesWhom,
  attend,
  gptSize,
  ...gptTokenChecks,
  betterText,
} satisfies Record<string, Check>;
