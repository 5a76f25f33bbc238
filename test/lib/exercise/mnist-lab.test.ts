import { expect, it } from "vitest";
import { check } from "../../../lib/exercise/check";
import { mnistLabChecks } from "../../../lib/exercise/mnist-lab";
import { judgeCheckers } from "./judging";
import type { Case } from "./judging";

type Name = keyof typeof mnistLabChecks;
type List = readonly number[];
type Rows = readonly List[];
const sum = (v: List) => v.reduce((a, b) => a + b, 0);
const mean = (v: List) => sum(v) / v.length;
const length = (v: List) => Math.sqrt(sum(v.map((x) => x * x)));

const blend = (weight: (alpha: List, row: number, column: number) => number) => (real: Rows, fake: Rows, alpha: List) =>
  real.map((row, i) => row.map((x, j) => weight(alpha, i, j) * x + (1 - weight(alpha, i, j)) * fake[i]![j]!));

const penalty = (of: (slope: number) => number) => (gradients: Rows) => mean(gradients.map((g) => of(length(g))));

const entropy = (log: (x: number) => number, divide: (counts: List) => number) => (counts: List) =>
  -sum(counts.map((n) => (n === 0 ? 0 : (n / sum(counts)) * log(n / sum(counts))))) / divide(counts);

const straight = (a: List, b: List, t: number) => a.map((x, i) => (1 - t) * x + t * b[i]!);
function turned(a: List, b: List, t: number) {
  const angle = Math.acos(sum(a.map((x, i) => x * b[i]!)) / length(a) / length(b));
  return a.map((x, i) => (Math.sin((1 - t) * angle) * x + Math.sin(t * angle) * b[i]!) / Math.sin(angle));
}

const cases: Record<Name, Case> = {
  earthMoved: {
    right: 5 / 3,
    wrong: [
      [7 / 3, /sort both lists first/],
      [5, /sum of the three ways/],
      [-1 / 3, /difference of the means/],
      [3, /you squared the ways/],
      [10 / 3, /2 times too large/],
    ],
  },
  wassersteinLosses: {
    right: (real: List, fake: List) => ({ critic: -(mean(real) - mean(fake)), generator: -mean(fake) }),
    wrong: [
      [(r: List, f: List) => ({ critic: mean(r) - mean(f), generator: -mean(f) }), /critic's sign is flipped/],
      [(r: List, f: List) => ({ critic: mean(f) - mean(r), generator: mean(f) }), /generator's sign is flipped/],
      [(r: List, f: List) => ({ critic: mean(r) - mean(f), generator: mean(f) }), /both signs are flipped/],
      [(r: List, f: List) => ({ critic: mean(f) - mean(r), generator: mean(r) - mean(f) }), /fake ones only/],
      [(r: List, f: List) => ({ critic: sum(f) - sum(r), generator: -sum(f) }), /take means/],
      [(_: List, f: List) => ({ generator: -mean(f) }), /critic missing/],
    ],
  },
  lastBatch: {
    right: { batches: 938, last: 32, surplus: 3200 },
    wrong: [
      [{ batches: 937, last: 32, surplus: 3200 }, /batch of their own/],
      [{ batches: 937.5, last: 32, surplus: 3200 }, /no half batch/],
      [{ batches: 938, last: 64, surplus: 0 }, /60,032/],
      [{ batches: 938, last: 32, surplus: 32 }, /100 epochs/],
      [{ batches: 938, last: 32, surplus: 6400 }, /only the difference/],
    ],
  },
  linearPenalty: {
    right: 160,
    wrong: [
      [16, /λ = 10 multiplies/],
      [40, /did not square/],
      [5760, /squared norm 25/],
      [360, /\|3\| \+ \|−4\| = 7/],
      [250, /the 1 is missing/],
      [1600, /λ belongs outside/],
    ],
  },
  betweenPairs: {
    right: blend((alpha, i) => alpha[i]!),
    wrong: [
      [blend((alpha, i) => 1 - alpha[i]!), /swapped/],
      [blend((alpha, _, j) => alpha[j]!), /one α for each pixel/],
      [blend((alpha) => alpha[0]!), /each pair has its own/],
      [blend(() => 0.5), /always the middle/],
      [(r: Rows, f: Rows, a: List) => r.map((row, i) => row.map((x, j) => x + a[i]! * f[i]![j]!)), /add up to 1/],
    ],
  },
  penaltyOfGradients: {
    right: penalty((slope) => (slope - 1) ** 2),
    wrong: [
      [penalty((slope) => (slope ** 2 - 1) ** 2), /root is missing/],
      [penalty((slope) => slope - 1), /must not cancel/],
      [penalty((slope) => Math.abs(slope - 1)), /absolute difference/],
      [penalty((slope) => Math.max(0, slope - 1) ** 2), /one-sided/],
      [penalty((slope) => slope ** 2), /wanted slope is 1/],
      [(g: Rows) => (mean(g.map(length)) - 1) ** 2, /averaged the norms first/],
      [(g: Rows) => (length(g.flat()) - 1) ** 2, /one norm a row/],
      [(g: Rows) => sum(g.map((row) => (length(row) - 1) ** 2)), /mean over the pictures/],
    ],
  },
  evenness: {
    right: entropy(Math.log, () => Math.log(10)),
    wrong: [
      [entropy(Math.log, () => 1), /entropy in nats/],
      [entropy(Math.log2, () => 1), /entropy in bits/],
      [entropy(Math.log, () => -Math.log(10)), /sign is flipped/],
      [
        entropy(Math.log, (counts) => Math.log(counts.filter((n) => n > 0).length)),
        /dropping digits would cost nothing/,
      ],
      [(counts: List) => -mean(counts.map((n) => n * Math.log(n))), /NaN: something was undefined, 0\/0/],
      [(counts: List) => Math.min(...counts) / Math.max(...counts), /two digits only/],
    ],
  },
  slerp: {
    right: turned,
    wrong: [
      [straight, /straight line/],
      [(a: List, b: List, t: number) => turned(b, a, t), /t = 0 must give a/],
      [
        (a: List, b: List, t: number) => straight(a, b, t).map((x, _, all) => (x / length(all)) * length(a)),
        /faster in the middle/,
      ],
      [(a: List, b: List, t: number) => turned(a, b, t).map((x) => x / length(a)), /its length is 1/],
    ],
  },
  betterPictures: {
    right: { before: 40, after: 36, samples: 2000 },
    wrong: [
      [{ before: 40, after: 44, samples: 2000 }, /rose from 40 to 44, by 10 %/],
      [{ before: 40, after: 0, samples: 2000 }, /compared with itself/],
      [{ before: 40, after: NaN, samples: 2000 }, /after is NaN/],
      [{ before: 40, after: 30, samples: 20 }, /mostly noise/],
      [{ after: 30, samples: 2000 }, /before is missing/],
    ],
  },
};

const printed = judgeCheckers(cases, mnistLabChecks);

it("leaving the pictures as they are is no failure", () => {
  check.betterPictures({ before: 40, after: 40, samples: 2000 });
  expect(printed()[0]).toMatch(/as good as before/);
});
