// The exercises of notebook 04 on densities and losses; the others stand in gan.ts.
import type { Check } from "./exercise";
import { functionExercise } from "./exercise";

type List = readonly number[];

const sum = (list: List): number => list.reduce((total, value) => total + value, 0);
const sigmoid = (s: number): number => 1 / (1 + Math.exp(-s));

/** Box by box; ½ where nobody is. */
const beliefs = (real: List, fake: List, of: (p: number, q: number) => number): number[] =>
  real.map((p, i) => (p + fake[i]! === 0 ? 0.5 : of(p, fake[i]!)));

const perfectDetective = functionExercise<readonly [List, List]>("perfectDetective", {
  call: "perfectDetective(real, fake)",
  given: [
    [
      [0.5, 0.2, 0.3, 0],
      [0.1, 0.6, 0.3, 0],
    ],
    [
      [0.25, 0.75, 0],
      [0, 0.25, 0.75],
    ],
  ],
  wanted: (real, fake) => beliefs(real, fake, (p, q) => p / (p + q)),
  mistakes: [
    {
      gives: (real, fake) => beliefs(real, fake, (p, q) => q / (p + q)),
      because: "that is the belief that it is forged: D is large where real things are",
    },
    {
      gives: (real, fake) => real.map((p, i) => p / (p + fake[i]!)),
      because: "a box that nobody uses gives 0/0: say ½ there",
    },
    {
      gives: (real, fake) => real.map((p, i) => (p === 0 ? 0 : p / (p + fake[i]!))),
      because: "a box that nobody uses has p = 0, but nothing there is forged either: say ½",
    },
    {
      gives: (real, fake) => beliefs(real, fake, (p, q) => (p > q ? 1 : p < q ? 0 : 0.5)),
      because: "that is a decision; where both occur a belief between 0 and 1 costs less",
    },
    {
      gives: (real, fake) => beliefs(real, fake, (p, q) => p / q),
      because: "that is the ratio p/q, which may be any size; a belief is p/(p + q)",
    },
    {
      gives: (real, fake) => beliefs(real, fake, (p) => p),
      because: "that is p itself: where nobody forges, the belief is 1 however rare the box is",
    },
  ],
  praise: "p/(p + q): a classifier that is perfect knows the ratio of two densities.",
});

/** Σ p·log(p/q), with 0·log 0 = 0. */
const kl = (p: List, q: List, log = Math.log): number =>
  sum(p.map((value, i) => (value === 0 ? 0 : value * log(value / q[i]!))));
const total = (p: List, q: List): number[] => p.map((value, i) => value + q[i]!);
const middle = (p: List, q: List): number[] => total(p, q).map((value) => value / 2);

const jensenShannon = functionExercise<readonly [List, List]>("jensenShannon", {
  call: "jensenShannon(p, q)",
  given: [
    [
      [0.5, 0.3, 0.2],
      [0.1, 0.3, 0.6],
    ],
    [
      [0.5, 0.5, 0],
      [0, 0.25, 0.75],
    ],
  ],
  wanted: (p, q) => (kl(p, middle(p, q)) + kl(q, middle(p, q))) / 2,
  mistakes: [
    {
      gives: (p, q) => kl(p, middle(p, q)) + kl(q, middle(p, q)),
      because: "each half counts ½: your value would be 2·log 2 for things that never meet",
    },
    {
      gives: (p, q) => (kl(p, total(p, q)) + kl(q, total(p, q))) / 2,
      because: "m is half of the sum, (p + q)/2: your value is log 2 too low",
    },
    {
      gives: (p, q) => (kl(p, middle(p, q), Math.log2) + kl(q, middle(p, q), Math.log2)) / 2,
      because: "that is in bits: nats have the natural logarithm",
    },
    {
      gives: (p, q) => kl(p, middle(p, q)) / 2,
      because: "that is one half only: q's way to the middle is missing",
    },
    {
      gives: (p, q) => -(kl(p, middle(p, q)) + kl(q, middle(p, q))) / 2,
      because: "the sign is flipped: it is log(p/m), not log(m/p)",
    },
    {
      gives: (p, q) =>
        (sum(p.map((v, i) => v * Math.log(v / q[i]!))) + sum(q.map((v, i) => v * Math.log(v / p[i]!)))) / 2,
      because: "that compares p with q; compare both with their middle m, else one zero makes it infinite",
    },
    {
      gives: (p, q) => {
        const m = middle(p, q);
        return (sum(p.map((v, i) => v * Math.log(v / m[i]!))) + sum(q.map((v, i) => v * Math.log(v / m[i]!)))) / 2;
      },
      because: "0 · log 0 is NaN for a computer: a share of 0 adds nothing",
    },
  ],
  praise: "0 for equal shares, log 2 = 0.693 for things that never meet.",
});

const forgersSlopes = functionExercise<readonly [number]>("forgersSlopes", {
  call: "forgersSlopes(s)",
  given: [[-6], [0.5], [3]],
  wanted: (s) => ({ classic: -sigmoid(s), modern: sigmoid(s) - 1 }),
  mistakes: [
    {
      gives: (s) => ({ classic: sigmoid(s), modern: 1 - sigmoid(s) }),
      because: "both signs are flipped: a higher score lowers either loss",
    },
    {
      gives: (s) => ({ classic: sigmoid(s) - 1, modern: -sigmoid(s) }),
      because: "the two are swapped: the classic one is nearly 0 where s is very negative",
    },
    {
      gives: (s) => ({ classic: -1 / (1 - sigmoid(s)), modern: -1 / sigmoid(s) }),
      because: "those are slopes by D; by the score each gets the factor dD/ds = D(1 − D) as well",
    },
    {
      gives: (s) => ({ classic: -sigmoid(s) * (1 - sigmoid(s)), modern: sigmoid(s) - 1 }),
      because: "dD/ds is D(1 − D), and log(1 − D) has the slope −1/(1 − D) by D: the factor 1 − D cancels",
    },
    {
      gives: (s) => ({ classic: Math.log(1 - sigmoid(s)), modern: -Math.log(sigmoid(s)) }),
      because: "those are the losses themselves; their slopes are wanted",
    },
    {
      gives: (s) => ({ classic: -sigmoid(s), modern: 1 - sigmoid(s) }),
      because: "the modern one has the wrong sign: −log σ(s) falls as s grows",
    },
  ],
  praise: "At s = −6 the modern loss pulls four hundred times harder.",
});

export const ganLossChecks = { perfectDetective, jensenShannon, forgersSlopes } satisfies Record<string, Check>;
