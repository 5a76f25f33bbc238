import { expect, it } from "vitest";
import { autoregressiveChecks } from "../../../lib/exercise/autoregressive";
import { check } from "../../../lib/exercise/check";
import { judgeCheckers } from "./judging";
import type { Case } from "./judging";

type Name = keyof typeof autoregressiveChecks;
type List = readonly number[];
type Pair = readonly [number, number];
interface Kept {
  input: number;
  hidden: number;
}
const sum = (v: List) => v.reduce((a, b) => a + b, 0);
const sigmoid = (l: number) => 1 / (1 + Math.exp(-l));
const logit = (p: number) => Math.log(p) - Math.log(1 - p);

const each = (of: (p: number, x: number) => number, finish: (costs: List) => number) => (p: List, x: List) =>
  finish(p.map((chance, i) => of(chance, x[i]!)));
const price = (p: number, x: number) => -(x * Math.log(p) + (1 - x) * Math.log(1 - p));

const table = (sees: (from: number, to: number, last: boolean) => boolean) => (from: List, to: List, last: boolean) =>
  from.map((d) => to.map((m) => Number(sees(d, m, last))));

/** k × k; `at` counts places in reading order from the middle: negative ones are earlier. */
const window = (keep: (at: number, own: boolean, dx: number, dy: number) => boolean) => (k: number, own: boolean) =>
  Array.from({ length: k }, (_, r) =>
    Array.from({ length: k }, (_, c) => {
      const m = (k - 1) / 2;
      return Number(keep((r - m) * k + c - m, own, c - m, r - m));
    }),
  );

const halves = (of: (u: number, v: number) => number) => (channels: List) =>
  channels.slice(0, channels.length / 2).map((u, i) => of(u, channels[i + channels.length / 2]!));

type Chance = (before: number[]) => number;
const loop =
  (bit: (p: number, u: number) => number, handed: (x: number[]) => number[]) => (chance: Chance, u: List) => {
    const x: number[] = [];
    for (const noise of u) x.push(bit(chance(handed([...x])), noise));
    return x;
  };
const toss = (p: number, u: number) => Number(u < p);

const tap = (before: number, here: number, w: Pair) => w[0] * before + w[1] * here;

const cases: Record<Name, Case> = {
  uniformCost: {
    right: { nats: 543.427, bits: 784, bitsPerPixel: 1 },
    wrong: [
      [{ nats: 784, bits: 543.427, bitsPerPixel: Math.LN2 }, /swapped/],
      [{ nats: 543.427, bits: 543.427 * Math.LN2, bitsPerPixel: Math.LN2 ** 2 }, /divides by ln 2/],
      [{ nats: 543.427, bits: 784, bitsPerPixel: 784 }, /784 pixels/],
      [{ nats: -543.427, bits: -784, bitsPerPixel: -1 }, /sign is flipped/],
      [{ nats: Math.LN2, bits: 1, bitsPerPixel: 1 / 784 }, /costs add up/],
      [{ nats: 543.427, bits: 784 }, /bitsPerPixel missing/],
    ],
  },
  chainRule: {
    right: each(price, sum),
    wrong: [
      [(p: List) => -sum(p.map(Math.log)), /1 − p/],
      [each((p, x) => price(1 - p, x), sum), /swapped/],
      [each(price, (costs) => -sum(costs)), /negative/],
      [each((p, x) => price(p, x) / Math.LN2, sum), /those are bits/],
      [each(price, (costs) => sum(costs) / costs.length), /mean over pixels/],
      [each(price, (costs) => Math.exp(-sum(costs))), /add logarithms/],
      [each((p, x) => -x * Math.log(p), sum), /only white pixels/],
    ],
  },
  madeMask: {
    right: table((d, m, last) => (last ? m > d : m >= d)),
    wrong: [
      [table((d, m) => m >= d), /sees its own pixel/],
      [table((d, m) => m > d), /only the last layer is strict/],
      [table((d, m, last) => (last ? m >= d : m > d)), /swapped/],
      [table((d, m, last) => (last ? d > m : d >= m)), /later pixels/],
      [
        (from: List, to: List, last: boolean) => to.map((m) => from.map((d) => Number(last ? m > d : m >= d))),
        /transposed/,
      ],
    ],
  },
  kernelMask: {
    right: window((at, own) => at < 0 || (own && at === 0)),
    wrong: [
      [window((at, own) => at < 0 || (!own && at === 0)), /A and B are swapped/],
      [window((at) => at < 0), /mask B keeps the middle/],
      [window((at) => at <= 0), /mask A must drop the middle/],
      [window((_, own, dx, dy) => dx < 0 || (dx === 0 && (dy < 0 || (own && dy === 0)))), /column by column/],
      [window((at, own, _, dy) => dy < 0 || (own && at === 0)), /left part of the own row/],
      [
        window((at, own, dx, dy) => (dy < 0 && dx <= 0) || (dy === 0 && (at < 0 || (own && at === 0)))),
        /to the right is missing/,
      ],
      [window((at, own) => at > 0 || (own && at === 0)), /the future/],
    ],
  },
  seenPixels: {
    right: 312,
    wrong: [
      [300, /own row is missing/],
      [156, /both sides/],
      [625, /not drawn yet/],
      [313, /does not see itself/],
      [84, /first layer alone/],
    ],
  },
  ancestral: {
    right: loop(toss, (x) => x),
    wrong: [
      [
        loop(
          (p, u) => Number(u > p),
          (x) => x,
        ),
        /sign is flipped/,
      ],
      [
        loop(
          (p) => Math.round(p),
          (x) => x,
        ),
        /ignores the noise/,
      ],
      [
        loop(
          (p, u) => Number(1 - u <= p),
          (x) => x,
        ),
        /turns the noise round/,
      ],
      [
        loop(
          (p) => p,
          (x) => x,
        ),
        /keep the chance/,
      ],
      [loop(toss, () => []), /chance of the first/],
      [loop(toss, (x) => x.reverse()), /in reverse/],
      [loop(toss, (x) => x.slice(-1)), /only the last pixel/],
      [
        (chance: Chance, u: List) => u.map((noise, i) => toss(chance(new Array<number>(i).fill(0)), noise)),
        /stay black/,
      ],
    ],
  },
  tempered: {
    right: (p: number, T: number) => p ** (1 / T) / (p ** (1 / T) + (1 - p) ** (1 / T)),
    wrong: [
      [(p: number, T: number) => p / T, /divide the logit/],
      [(p: number, T: number) => sigmoid(logit(p) * T), /you multiplied/],
      [(p: number, T: number) => p ** (1 / T), /add up to 1/],
      [(p: number, T: number) => sigmoid(p / T), /divided the chance/],
      [(p: number, T: number) => logit(p) / T, /new logit/],
      [(p: number) => p, /does nothing/],
    ],
  },
  gated: {
    right: halves((u, v) => Math.tanh(u) / (1 + Math.exp(-v))),
    wrong: [
      [halves((u, v) => sigmoid(u) * Math.tanh(v)), /halves are swapped/],
      [(c: List) => c.map((x) => Math.tanh(x) * sigmoid(x)), /two halves/],
      [halves((u, v) => Math.tanh(u) * v), /gate is not bounded/],
      [halves((u, v) => u * sigmoid(v)), /signal is not bounded/],
      [halves((u, v) => Math.tanh(u) + sigmoid(v)), /multiply/],
      [
        (c: List) => [0, 1, 2].slice(0, c.length / 2).map((i) => Math.tanh(c[2 * i]!) * sigmoid(c[2 * i + 1]!)),
        /paired neighbours/,
      ],
    ],
  },
  columnStep: {
    right: (value: number, kept: Kept, w: Pair, v: Pair) => {
      const hidden = tap(kept.input, value, w);
      return { out: tap(kept.hidden, hidden, v), kept: { input: value, hidden } };
    },
    wrong: [
      [(value: number, kept: Kept, w: Pair) => tap(kept.input, value, w), /wanted \{ out, kept \}, got a number/],
      [
        (value: number, kept: Kept, w: Pair, v: Pair) => ({
          out: tap(kept.hidden, tap(kept.input, value, w), v),
          kept,
        }),
        /nothing is remembered/,
      ],
      [
        (value: number, kept: Kept, w: Pair, v: Pair) => {
          const hidden = tap(value, kept.input, w);
          return { out: tap(hidden, kept.hidden, v), kept: { input: value, hidden } };
        },
        /taps are swapped/,
      ],
      [
        (value: number, kept: Kept, w: Pair, v: Pair) => {
          const hidden = tap(kept.input, value, w);
          return { out: tap(kept.input, hidden, v), kept: { input: value, hidden } };
        },
        /not at the picture's/,
      ],
      [
        (value: number, kept: Kept, w: Pair, v: Pair) => {
          const hidden = tap(kept.input, value, w);
          const out = tap(kept.hidden, hidden, v);
          return { out, kept: { input: value, hidden: out } };
        },
        /you kept the output/,
      ],
      [
        (value: number, kept: Kept, w: Pair, v: Pair) => {
          const hidden = Math.max(0, tap(kept.input, value, w));
          return { out: tap(kept.hidden, hidden, v), kept: { input: value, hidden } };
        },
        /no relu/,
      ],
    ],
  },
};

const printed = judgeCheckers(cases, autoregressiveChecks);

it("praises with what the answer means", () => {
  check.seenPixels(312);
  expect(printed()[0]).toContain("312, wanted 312. 312 of up to 783");
});
