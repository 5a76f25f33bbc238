import { coverage } from "../evaluate/coverage";
import { betterPictures } from "./better-pictures";
import type { Check } from "./exercise";
import { functionExercise, valueExercise } from "./exercise";

type List = readonly number[];
type Rows = readonly List[];

const sum = (list: List): number => list.reduce((total, value) => total + value, 0);
const mean = (list: List): number => sum(list) / list.length;
const norm = (list: List): number => Math.hypot(...list);

/** Real points 0, 2, 7; fake points 4, 1, 5: sorted they are 1, 4, 5. */
const earthMoved = valueExercise("earthMoved", {
  wanted: 5 / 3,
  mistakes: [
    { gives: 7 / 3, because: "you paired the points as they are listed; sort both lists first, then pair" },
    { gives: 5, because: "that is the sum of the three ways; each point carries a third of the earth" },
    { gives: -1 / 3, because: "that is the difference of the means: moves to the left and to the right cancel in it" },
    { gives: 1 / 3, because: "that is the difference of the means: moves to the left and to the right cancel in it" },
    { gives: 3, because: "you squared the ways; W₁ takes them as they are" },
    { gives: 0, because: "it is 0 only for equal sets: add the ways, do not let them cancel" },
  ],
  praise: "1 + 2 + 2, each with a third of the weight.",
});

const wassersteinLosses = functionExercise<readonly [List, List]>("wassersteinLosses", {
  call: "wassersteinLosses(dReal, dFake)",
  given: [
    [
      [2, 4, 3],
      [1, -1, 0.5],
    ],
    [
      [0.5, -3],
      [1.5, 2, 4, -1],
    ],
  ],
  wanted: (real, fake) => ({ critic: mean(fake) - mean(real), generator: -mean(fake) }),
  mistakes: [
    {
      gives: (real, fake) => ({ critic: mean(real) - mean(fake), generator: -mean(fake) }),
      because: "the critic's sign is flipped: it wants real above fake, and an optimizer lowers its loss",
    },
    {
      gives: (real, fake) => ({ critic: mean(fake) - mean(real), generator: mean(fake) }),
      because: "the generator's sign is flipped: it wants its pictures to score high",
    },
    {
      gives: (real, fake) => ({ critic: mean(real) - mean(fake), generator: mean(fake) }),
      because: "both signs are flipped: an optimizer lowers a loss, so what is wanted large gets a minus",
    },
    {
      gives: (real, fake) => ({ critic: mean(fake) - mean(real), generator: mean(real) - mean(fake) }),
      because: "the generator cannot change the real pictures' scores: its loss has the fake ones only",
    },
    {
      gives: (real, fake) => ({ critic: sum(fake) - sum(real), generator: -sum(fake) }),
      because: "those are sums; a batch of another size would change them: take means",
    },
  ],
  praise: "No logarithm, no sigmoid: a score is any number.",
});

const lastBatch = valueExercise("lastBatch", {
  wanted: { batches: 938, last: 32, surplus: 3200 },
  rtol: 1e-6, // 937.5 is no rounding error
  mistakes: [
    {
      gives: { batches: 937, last: 32, surplus: 3200 },
      because: "937 full batches leave 32 digits over: they are a batch of their own",
    },
    {
      gives: { batches: 937.5, last: 32, surplus: 3200 },
      because: "there is no half batch: the rest is one, round up",
    },
    { gives: { batches: 938, last: 64, surplus: 0 }, because: "938 · 64 is 60,032: the last batch has less than 64" },
    {
      gives: { batches: 938, last: 32, surplus: 32 },
      because: "32 in each epoch are right; the article trains for 100 epochs",
    },
    {
      gives: { batches: 938, last: 32, surplus: 6400 },
      because: "64 are drawn and 32 are needed: only the difference is too many",
    },
  ],
  praise: "Draw as many noise vectors as the batch has digits: images.shape[0].",
});

/** D(x) = 3x₁ − 4x₂, λ = 10: the gradient is (3, −4) everywhere. */
const linearPenalty = valueExercise("linearPenalty", {
  wanted: 160,
  mistakes: [
    { gives: 16, because: "that is (‖∇D‖ − 1)²; λ = 10 multiplies it" },
    { gives: 40, because: "you did not square the difference: 10 · (5 − 1)²" },
    { gives: 5760, because: "you took the squared norm 25; the norm is √25 = 5" },
    { gives: 360, because: "you added |3| + |−4| = 7; the norm is the root of the squares' sum, 5" },
    { gives: 250, because: "that is λ‖∇D‖²; the 1 is missing: the slope should be 1, not 0" },
    { gives: 1600, because: "λ belongs outside: 10 · 4², not (10 · 4)²" },
  ],
  praise: "And it is the same at every x: a linear critic is equally steep everywhere.",
});

const blend = (real: Rows, fake: Rows, alpha: (row: number, column: number) => number): number[][] =>
  real.map((row, i) => row.map((value, j) => alpha(i, j) * value + (1 - alpha(i, j)) * fake[i]![j]!));

const betweenPairs = functionExercise<readonly [Rows, Rows, List]>("betweenPairs", {
  call: "betweenPairs(real, fake, alpha)",
  given: [
    [
      [
        [1, -1, 0],
        [2, 4, 6],
        [0, 3, 3],
      ],
      [
        [0, 1, 1],
        [-2, 0, 2],
        [5, 5, 0],
      ],
      [0.25, 1, 0.6],
    ],
  ],
  wanted: (real, fake, alpha) => blend(real, fake, (i) => alpha[i]!),
  mistakes: [
    {
      gives: (real, fake, alpha) => blend(real, fake, (i) => 1 - alpha[i]!),
      because: "real and fake are swapped: α = 1 must give the real picture",
    },
    {
      gives: (real, fake, alpha) => blend(real, fake, (_, j) => alpha[j]!),
      because: "you used one α for each pixel; it is one for each picture, so that x̂ lies on the line between the two",
    },
    {
      gives: (real, fake, alpha) => blend(real, fake, () => alpha[0]!),
      because: "you used the first α for all pictures; each pair has its own",
    },
    {
      gives: (real, fake, alpha) => real.map((row, i) => row.map((value, j) => value + alpha[i]! * fake[i]![j]!)),
      because: "that leaves the line between the two: the weights α and 1 − α add up to 1",
    },
    {
      gives: (real, fake) => blend(real, fake, () => 0.5),
      because: "that is always the middle; α is drawn, so that the whole line is visited",
    },
  ],
  praise: "On the line between a real and a fake picture an optimal critic climbs by exactly 1.",
});

const penaltyOfGradients = functionExercise<readonly [Rows]>("penaltyOfGradients", {
  call: "penaltyOfGradients(gradients)",
  given: [
    [
      [
        [3, 4],
        [0, 0.5],
        [1, 0],
      ],
    ],
    [
      [
        [1, -2, 2],
        [-0.1, 0.2, 0.2],
      ],
    ],
  ],
  wanted: (gradients) => mean(gradients.map((g) => (norm(g) - 1) ** 2)),
  mistakes: [
    {
      gives: (gradients) => mean(gradients.map((g) => (norm(g) ** 2 - 1) ** 2)),
      because: "the root is missing: ‖g‖ is the square root of the squares' sum",
    },
    {
      gives: (gradients) => mean(gradients.map((g) => norm(g) - 1)),
      because: "square the difference: too flat and too steep must not cancel",
    },
    {
      gives: (gradients) => mean(gradients.map((g) => Math.abs(norm(g) - 1))),
      because: "that is the absolute difference; the penalty squares it",
    },
    {
      gives: (gradients) => mean(gradients.map((g) => Math.max(0, norm(g) - 1) ** 2)),
      because: "that is the one-sided variant; Gulrajani's penalty also pushes slopes below 1 up",
    },
    {
      gives: (gradients) => mean(gradients.map((g) => norm(g) ** 2)),
      because: "subtract 1: the wanted slope is 1, not 0",
    },
    {
      gives: (gradients) => (mean(gradients.map(norm)) - 1) ** 2,
      because: "you averaged the norms first: each picture has its own difference, square that, then average",
    },
    {
      gives: (gradients) => (norm(gradients.flat()) - 1) ** 2,
      because: "that is one norm of all gradients together; take one norm a row",
    },
    { gives: (gradients) => sum(gradients.map((g) => (norm(g) - 1) ** 2)), because: "take the mean over the pictures" },
  ],
  praise: "0 exactly where every slope is 1.",
});

const entropy = (counts: List, log: (x: number) => number): number =>
  -sum(counts.filter((n) => n > 0).map((n) => (n / sum(counts)) * log(n / sum(counts))));

const evenness = functionExercise<readonly [List]>("evenness", {
  call: "evenness(counts)",
  given: [[[30, 10, 20, 5, 5, 10, 0, 10, 5, 5]], [[0, 0, 50, 0, 0, 0, 0, 50, 0, 0]]],
  wanted: (counts) => coverage(counts.flatMap((n, digit) => new Array<number>(n).fill(digit))).evenness,
  mistakes: [
    {
      gives: (counts) => entropy(counts, Math.log),
      because: "that is the entropy in nats; divide it by ln 10, its maximum",
    },
    {
      gives: (counts) => entropy(counts, Math.log2),
      because: "that is the entropy in bits; divide it by log₂ 10, its maximum",
    },
    {
      gives: (counts) => -entropy(counts, Math.log10),
      because: "the sign is flipped: shares are below 1, so their logarithms are negative",
    },
    {
      gives: (counts) => entropy(counts, Math.log) / Math.log(counts.filter((n) => n > 0).length),
      because: "divide by ln 10, not by the logarithm of the digits that occur: dropping digits would cost nothing",
    },
    {
      gives: (counts) => Math.min(...counts) / Math.max(...counts),
      because: "that looks at two digits only; use the entropy",
    },
  ],
  praise: "One number for mode collapse: 1 is even, 0 is a single digit.",
});

/** Turns a into b on the sphere: both keep their length on the way. */
function turned(a: List, b: List, t: number): number[] {
  const angle = Math.acos(sum(a.map((value, i) => value * b[i]!)) / (norm(a) * norm(b)));
  const [from, to] = [Math.sin((1 - t) * angle) / Math.sin(angle), Math.sin(t * angle) / Math.sin(angle)];
  return a.map((value, i) => from * value + to * b[i]!);
}

const straight = (a: List, b: List, t: number): number[] => a.map((value, i) => (1 - t) * value + t * b[i]!);

const slerp = functionExercise<readonly [List, List, number]>("slerp", {
  call: "slerp(a, b, t)",
  given: [
    [[3, 0], [0, 3], 0.5],
    [[1, 2, 2], [2, -1, 2], 0.25],
    [[2, 0, 1], [0, 1, 2], 0.9],
  ],
  wanted: turned,
  rtol: 1e-4,
  mistakes: [
    { gives: straight, because: "that is the straight line: halfway it is shorter than any noise the generator knows" },
    { gives: (a, b, t) => turned(b, a, t), because: "a and b are swapped: t = 0 must give a" },
    {
      gives: (a, b, t) => straight(a, b, t).map((value, _, all) => (value / norm(all)) * norm(a)),
      because: "that has the right length, but moves faster in the middle: weight with sines of the angle",
    },
    {
      gives: (a, b, t) => turned(a, b, t).map((value) => value / norm(a)),
      because: "right direction, but its length is 1: keep the length of the noise",
    },
    {
      gives: (a, b, t) => {
        const angle = Math.acos(Math.max(-1, Math.min(1, sum(a.map((value, i) => value * b[i]!)))));
        return a.map((value, i) => (Math.sin((1 - t) * angle) * value + Math.sin(t * angle) * b[i]!) / Math.sin(angle));
      },
      because: "divide a·b by both lengths before acos: a cosine lies in [−1, 1]",
    },
  ],
  praise: "In 100 dimensions noise has length 10, almost always: the path stays where the generator was trained.",
});

/** Notebook 08: the MNIST lab. */
export const mnistLabChecks = {
  earthMoved,
  wassersteinLosses,
  lastBatch,
  linearPenalty,
  betweenPairs,
  penaltyOfGradients,
  evenness,
  slerp,
  betterPictures,
} satisfies Record<string, Check>;
