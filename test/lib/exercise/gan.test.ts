import { check } from "../../../lib/exercise/check";
import { ganChecks } from "../../../lib/exercise/gan";
import { expect, it } from "vitest";
import { judgeCheckers } from "./judging";
import type { Case } from "./judging";

type Name = keyof typeof ganChecks;
type List = readonly number[];
type Rows = readonly List[];
const sum = (v: List) => v.reduce((a, b) => a + b, 0);
const mean = (v: List) => sum(v) / v.length;
const dot = (a: List, b: List) => sum(a.map((x, i) => x * b[i]!));
const half = (of: (p: number, q: number) => number) => (real: List, fake: List) =>
  real.map((p, i) => (p === 0 && fake[i] === 0 ? 0.5 : of(p, fake[i]!)));
const sigma = (s: number) => 1 / (1 + Math.exp(-s));

const js = (log: (x: number) => number, scale: number) => (p: List, q: List) =>
  scale *
  sum(
    p.map((a, i) => {
      const [b, m] = [q[i]!, (a + q[i]!) / 2];
      return (a === 0 ? 0 : a * log(a / m)) + (b === 0 ? 0 : b * log(b / m));
    }),
  );

const orders = [0, 1, 2].flatMap((a) => [0, 1, 2].flatMap((b) => (a === b ? [] : [[a, b, 3 - a - b]])));
const works = (ways: Rows) => orders.map((to) => mean(to.map((j, i) => ways[i]![j]!)));

const moving = (values: List, start: number, keep: number) => {
  let a = start;
  return values.map((v) => (a = keep * a + (1 - keep) * v));
};

const cases: Record<Name, Case> = {
  perfectDetective: {
    right: half((p, q) => p / (p + q)),
    wrong: [
      [half((p, q) => q / (p + q)), /belief that it is forged/],
      [(r: List, f: List) => r.map((p, i) => p / (p + f[i]!)), /0\/0/],
      [half((p, q) => Number(p > q) + 0.5 * Number(p === q)), /that is a decision/],
      [half((p, q) => p / q), /ratio p\/q/],
      [half((p) => p), /p itself/],
      [(r: List, f: List) => r.map((p, i) => (p === 0 ? 0 : p / (p + f[i]!))), /that nobody uses/],
    ],
  },
  jensenShannon: {
    right: js(Math.log, 0.5),
    wrong: [
      [js(Math.log, 1), /each half counts/],
      [
        (p: List, q: List) => {
          const to = (d: List) => sum(d.map((a, i) => (a === 0 ? 0 : a * Math.log(a / (p[i]! + q[i]!)))));
          return (to(p) + to(q)) / 2;
        },
        /half of the sum/,
      ],
      [js(Math.log2, 0.5), /in bits/],
      [js(Math.log, -0.5), /sign is flipped/],
      [
        (p: List, q: List) => sum(p.map((a, i) => (a === 0 ? 0 : a * Math.log((2 * a) / (a + q[i]!))))) / 2,
        /one half only/,
      ],
      [
        (p: List, q: List) => {
          const to = (d: List) => sum(d.map((a, i) => a * Math.log((2 * a) / (p[i]! + q[i]!))));
          return (to(p) + to(q)) / 2;
        },
        /0 · log 0|NaN/,
      ],
    ],
  },
  forgersSlopes: {
    right: (s: number) => ({ classic: -sigma(s), modern: -sigma(-s) }),
    wrong: [
      [(s: number) => ({ classic: sigma(s), modern: sigma(-s) }), /both signs/],
      [(s: number) => ({ classic: -sigma(-s), modern: -sigma(s) }), /swapped/],
      [(s: number) => ({ classic: -1 / sigma(-s), modern: -1 / sigma(s) }), /slopes by D/],
      [(s: number) => ({ classic: Math.log(sigma(-s)), modern: -Math.log(sigma(s)) }), /losses themselves/],
      [(s: number) => ({ classic: -sigma(s), modern: sigma(-s) }), /wrong sign/],
      [(s: number) => ({ classic: -sigma(s) * sigma(-s), modern: -sigma(-s) }), /factor 1 − D cancels/],
      [(s: number) => ({ classic: -sigma(s) }), /modern missing/],
    ],
  },
  cheapestCoupling: {
    right: (ways: Rows) => Math.min(...works(ways)),
    wrong: [
      [(ways: Rows) => 3 * Math.min(...works(ways)), /sum of three ways/],
      [(ways: Rows) => mean(ways.map((row) => Math.min(...row))), /nearest fake one/],
      [(ways: Rows) => mean([0, 1, 2].map((j) => Math.min(...ways.map((row) => row[j]!)))), /nearest real one/],
      [(ways: Rows) => mean([0, 1, 2].map((i) => ways[i]![i]!)), /as they are listed/],
      [(ways: Rows) => mean(works(ways)), /mean over all pairings/],
      [(ways: Rows) => Math.min(...[0, 3, 4].map((k) => works(ways)[k]!)), /tried three of the six/],
      [(ways: Rows) => Math.min(...[1, 2, 5].map((k) => works(ways)[k]!)), /tried three of the six/],
      [(ways: Rows) => Math.max(...works(ways)), /dearest/],
      [
        (ways: Rows) => {
          const free = new Set([0, 1, 2]);
          const each = ways.map((row) => {
            const nearest = [...free].reduce((a, b) => (row[b]! < row[a]! ? b : a));
            free.delete(nearest);
            return row[nearest]!;
          });
          return mean(each);
        },
        /one after the other/,
      ],
      [
        (ways: Rows) => {
          const left = ways.flatMap((row, i) => row.map((way, j) => [way, i, j] as const));
          let [total, fields] = [0, left];
          while (fields.length > 0) {
            const [way, i, j] = fields.reduce((a, b) => (b[0] < a[0] ? b : a));
            total += way;
            fields = fields.filter(([, k, l]) => k !== i && l !== j);
          }
          return total / 3;
        },
        /nearest two first/,
      ],
    ],
  },
  stampCounts: {
    right: [1, 1, 2, 1, 2, 1, 2, 1, 1],
    wrong: [
      [[1, 1, 2, 2, 2, 2, 2, 2, 1, 1], /patterns of four/],
      [[1, 2, 3, 3, 2, 1], /one place apart/],
      [new Array(12).fill(1), /three places apart/],
      [[1, 2, 1, 2, 1, 2, 1, 2, 1], /its ends/],
    ],
  },
  runningAverage: {
    right: (v: List, decay: number) => moving(v, v[0]!, decay),
    wrong: [
      [(v: List, decay: number) => moving(v, v[0]!, 1 - decay), /swapped/],
      [(v: List, decay: number) => moving(v, 0, decay), /started at 0/],
      [(v: List) => v.map((_, i) => mean(v.slice(0, i + 1))), /never forgets/],
      [(v: List, d: number) => v.map((x, i) => (i === 0 ? x : d * v[i - 1]! + (1 - d) * x)), /the value before/],
      [(v: List, decay: number) => moving(v.slice(1), v[0]!, decay), /own entry/],
    ],
  },
  projectedScore: {
    right: (h: List, w: List, b: number, e: Rows, y: number) => dot(h, w) + b + dot(h, e[y]!),
    wrong: [
      [(h: List, w: List, b: number) => dot(h, w) + b, /only whether it is real/],
      [(h: List, _w: List, _b: number, e: Rows, y: number) => dot(h, e[y]!), /any digit must have/],
      [
        (h: List, w: List, b: number, e: Rows) => dot(h, w) + b + sum(e.map((row) => dot(row, h))),
        /all digits' vectors/,
      ],
      [(h: List, w: List, b: number, e: Rows, y: number) => dot(h, w) + b + sum(e[y]!), /added up e_y/],
      [(h: List, w: List, _b: number, e: Rows, y: number) => dot(h, w) + dot(h, e[y]!), /bias b is missing/],
    ],
  },
  paperFlatness: {
    right: 2.1,
    wrong: [
      [4.2, /γ\/2/],
      [14, /multiplies it/],
      [0.15 * Math.sqrt(14), /it is squared/],
      [0.15 * (Math.sqrt(14) - 1) ** 2, /slope 0, not 1/],
      [0.15 * (3 - 1 + 2) ** 2, /added the slopes before you squared/],
      [0.15 * 36, /9 \+ 1 \+ 4/],
      [0.15 * (9 - 1 + 4), /square of −1 is \+1/],
    ],
  },
};

const printed = judgeCheckers(cases, ganChecks);

it("says what a right answer means", () => {
  check.paperFlatness(2.1);
  expect(printed()[0]).toContain("flat score");
});
