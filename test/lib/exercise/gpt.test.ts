import { expect, it } from "vitest";
import { check } from "../../../lib/exercise/check";
import { gptChecks } from "../../../lib/exercise/gpt";
import { judgeCheckers } from "./judging";
import type { Case } from "./judging";

type Name = keyof typeof gptChecks;
type List = readonly number[];
type Matrix = readonly List[];
const sum = (v: List) => v.reduce((a, b) => a + b, 0);
const scaled = (v: List) => v.map((x) => x / sum(v));
const soft = (v: List) => scaled(v.map(Math.exp));
const mask = (sees: (t: number, s: number, w: number) => boolean) => (T: number, w: number) =>
  Array.from({ length: T }, (_, t) => Array.from({ length: T }, (_, s) => Number(sees(t, s, w))));

/** One head, written for this test. */
const head =
  (divide: (d: number) => number, sees: (t: number, s: number) => boolean, swap = false) =>
  (q: Matrix, k: Matrix, v: Matrix) =>
    (swap ? k : q).map((a, t) => {
      const scores = (swap ? q : k).map((b) => sum(a.map((x, i) => x * b[i]!)) / divide(a.length));
      const weights = soft(scores.map((score, s) => (sees(t, s) ? score : -1e9)));
      return v[0]!.map((_, d) => sum(weights.map((w, s) => w * v[s]![d]!)));
    });
const past = (t: number, s: number) => s <= t;

/** The likeliest symbols until their sum reaches P; `behind`: how many more. */
const likeliest = (p: List, P: number, behind = 0) => {
  const sorted = [...p.entries()].sort((a, b) => b[1] - a[1]);
  let n = 1;
  while (sum(sorted.slice(0, n).map(([, x]) => x)) < P) n++;
  const kept = sorted.slice(0, n + behind).map(([i]) => i);
  return p.map((x, i) => (kept.includes(i) ? x : 0));
};

/** By the whole numbers of the list's text. */
const join = (tokens: List, [a, b]: List, made: number) =>
  JSON.parse(`[${tokens.join(",")}]`.replaceAll(new RegExp(`\\b${a},${b}\\b`, "g"), String(made))) as number[];

const cases: Record<Name, Case> = {
  characterCost: {
    right: { nats: 4.174387, bits: 6.022368, perplexity: 65 },
    wrong: [
      [{ nats: 6.022368, bits: 4.174387, perplexity: 65 }, /swapped/],
      [{ nats: -4.174387, bits: -6.022368, perplexity: 1 / 65 }, /sign is flipped/],
      [{ nats: 4.174387, bits: 4.174387 * Math.LN2, perplexity: 65 }, /divides by ln 2/],
      [{ nats: 4.174387, bits: 6.022368, perplexity: 4.174387 }, /e to the nats/],
      [{ nats: 4.174387, bits: 6.022368 }, /perplexity missing/],
    ],
  },
  smoothedChances: {
    right: (counts: List, k: number) => counts.map((c) => (c + k) / (sum(counts) + k * counts.length)),
    wrong: [
      [scaled, /k is missing/],
      [(counts: List, k: number) => counts.map((c) => (c + k) / sum(counts)), /more than 1/],
      [(counts: List, k: number) => counts.map((c) => (c + k) / (sum(counts) + k)), /once for each symbol/],
      [(counts: List, k: number) => scaled(counts.map((c) => c || k)), /to every count/],
      [(counts: List, k: number) => counts.map((c) => c + k), /divide by their sum/],
    ],
  },
  whoSeesWhom: {
    right: mask((t, s, w) => s <= t && t - s < w),
    wrong: [
      [mask((t, s, w) => s < t && t - s <= w), /sees itself/],
      [mask((t, s) => s <= t), /window is missing/],
      [mask((t, s, w) => s <= t && t - s <= w), /one too many/],
      [mask((t, s, w) => s >= t && s - t < w), /future/],
      [mask((t, s, w) => Math.abs(s - t) < w), /looks ahead/],
      [mask((t, s, w) => s > t || t - s >= w), /inverted/],
      ...[-Infinity, -1e9].map((hidden): [unknown, RegExp] => [
        (T: number, w: number) =>
          mask((t, s) => s <= t && t - s < w)(T, w).map((row) => row.map((x) => (x ? 0 : hidden))),
        /added to the scores/,
      ]),
    ],
  },
  attend: {
    right: head(Math.sqrt, past),
    wrong: [
      [head(() => 1, past), /not divided by √D/],
      [head((d) => d, past), /divided by D/],
      [head(() => Math.SQRT2, past), /√2 whatever D is/],
      [head(Math.sqrt, () => true), /mask is missing/],
      [head(Math.sqrt, (t, s) => s <= t + 1), /off by one/],
      [head(Math.sqrt, past, true), /queries and keys are swapped/],
      [(q: Matrix, k: Matrix) => head(Math.sqrt, past)(q, k, k), /over keys/],
      [(q: Matrix, k: Matrix, v: Matrix) => head(Math.sqrt, past)(q, k, v)[0], /shape/],
    ],
  },
  gptSize: {
    right: 50257 * 768 + 1024 * 768 + 12 * (12 * 768 * 768 + 13 * 768) + 2 * 768,
    wrong: [
      [124439808 + 50257 * 768, /used twice/],
      [124439808 - 1024 * 768, /position table/],
      [124439808 - 1536, /last norm/],
      [124439808 - 12 * 13 * 768, /biases and norms/],
      [124439808 - 12 * 4 * 768, /two norms/],
      [124439808 - 12 * 9 * 768, /linear layers/],
      [124439808 - 12 * 768 * 768, /matrix of C²/],
      [124439809, /wanted 124439808, got 124439809: not near it/],
    ],
  },
  sharpened: {
    right: (p: List, T: number) => soft(p.map((x) => Math.log(x) / T)),
    wrong: [
      [(p: List, T: number) => soft(p.map((x) => Math.log(x) * T)), /wrong way round/],
      [(p: List, T: number) => p.map((x) => Math.exp(Math.log(x) / T)), /add up to 1/],
      [(p: List, T: number) => soft(p.map((x) => x / T)), /wants logits/],
      [(p: List, T: number) => scaled(p.map((x) => x / T)), /changes nothing/],
      [(p: List, T: number) => scaled(p.map((x) => Math.log(x) / T)), /those are logarithms/],
    ],
  },
  nucleus: {
    right: (p: List, P: number) => scaled(likeliest(p, P)),
    wrong: [
      [(p: List, P: number) => likeliest(p, P), /add up to 1 again/],
      [
        (p: List, P: number) => {
          const kept = likeliest(p, P, -1);
          return sum(kept) > 0 ? scaled(kept) : kept;
        },
        /one too few/,
      ],
      [(p: List, P: number) => scaled(likeliest(p, P, 1)), /one too many/],
      [(p: List, P: number) => scaled(likeliest(p, P + 1e-9)), /reaches top-p exactly/],
      [(p: List, P: number) => scaled(p.map((x) => (x >= 1 - P ? x : 0))), /limit on each chance/],
      [(p: List, P: number) => scaled(p.map((x) => (1 - x <= P ? x : 0))), /limit on each chance/],
      [
        (p: List, P: number) => {
          const order = [...p.keys()].sort((a, b) => p[b]! - p[a]!);
          const kept = order.filter((_, i) => i === 0 || sum(order.slice(0, i + 1).map((k) => p[k]!)) <= P);
          return scaled(p.map((x, i) => (kept.includes(i) ? x : 0)));
        },
        /one too few/,
      ],
      [
        (p: List, P: number) => {
          const order = [...p.keys()].sort((a, b) => p[b]! - p[a]!);
          let m = 0;
          const kept = order.filter((i) => (m += p[i]!) <= P);
          return scaled(p.map((x, i) => (kept.includes(i) ? x : 0)));
        },
        /one too few/,
      ],
      [
        (p: List, P: number) => {
          const least = Math.min(...likeliest(p, P).filter((x) => x > 0));
          return scaled(p.map((x) => (x >= least ? x : 0)));
        },
        /of equal chances only/,
      ],
      ...[true, false].map((left): [unknown, RegExp] => [
        (p: List, P: number) => {
          const out = p.map(() => 0);
          const kept = likeliest(p, P).filter((x) => x > 0);
          for (const x of kept) out[p.indexOf(x)] = x;
          return left ? scaled(out) : out.map((x) => x / sum(kept));
        },
        /equal chances.*indexOf/,
      ]),
      [(p: List, P: number) => scaled(p.map((x, i) => (sum(p.slice(0, i)) < P ? x : 0))), /sort by chance/],
    ],
  },
  mergePair: {
    right: join,
    wrong: [
      [
        (tokens: List, [a, b]: List, made: number) =>
          JSON.parse(`[${tokens.join(",")}]`.replace(new RegExp(`\\b${a},${b}\\b`), String(made))) as number[],
        /only the first/,
      ],
      [
        (tokens: List, [a, b]: List, made: number) =>
          tokens.flatMap((t, i) => {
            if (t === a && tokens[i + 1] === b) return [made];
            return i > 0 && tokens[i - 1] === a && t === b ? [] : [t];
          }),
        /used twice/,
      ],
      [
        (tokens: List, [a, b]: List, made: number) => tokens.map((t, i) => (t === a && tokens[i + 1] === b ? made : t)),
        /right half/,
      ],
      [
        (tokens: List, [a, b]: List, made: number) =>
          join(join([...tokens].reverse(), [b!, a!], made).reverse(), [a!, b!], made),
        /from left to right/,
      ],
      [
        (tokens: List, pair: List, made: number) =>
          tokens.join(" ").split(pair.join(" ")).join(String(made)).split(" ").map(Number),
        /numbers, not digits/,
      ],
      [
        (tokens: List, pair: List, made: number) =>
          JSON.parse(JSON.stringify(tokens).replaceAll(pair.join(","), String(made))) as number[],
        /numbers, not digits/,
      ],
      [
        (tokens: List, pair: List, made: number) =>
          `,${tokens.join(",")},`
            .replaceAll(`,${pair.join(",")},`, `,${made},`)
            .split(",")
            .filter(Boolean)
            .map(Number),
        /directly after a pair/,
      ],
    ],
  },
  bitsPerCharacter: {
    right: (nats: number, tokens: number, characters: number) => ((nats / Math.LN2) * tokens) / characters,
    wrong: [
      [(nats: number, tokens: number, characters: number) => (nats * tokens) / characters, /those are nats/],
      [(n: number, t: number, c: number) => ((n * t) / c) * Math.LN2, /divides by ln 2/],
      [(nats: number) => nats / Math.LN2, /bits a token/],
      [(n: number, t: number, c: number) => (n * c) / t / Math.LN2, /upside down/],
    ],
  },
  cacheSize: {
    right: 75_497_472,
    wrong: [
      [75_497_472 / 2, /both kept.*4 bytes, not 2/],
      [1.5 * 75_497_472, /only the newest token asks/],
      [75_497_472 / 4, /4 bytes/],
      [75_497_472 / 12, /12 times/],
      [75_497_472 * 12, /share the width/],
      [75_497_472 / 1024, /one token/],
    ],
  },
  betterText: {
    right: { before: 1.5, after: 1.44, characters: 18_000 },
    wrong: [
      [{ before: 1.44, after: 1.5, characters: 18_000 }, /1\.44 → 1\.5 nats per character: it rose/],
      [{ before: 26651, after: 25900, characters: 18_000 }, /before is 26651.*sum.*[Dd]ivide/],
      [{ before: 1.5, after: 0.1, characters: 18_000 }, /less than English holds/],
      [{ before: -1.5, after: 1.44, characters: 18_000 }, /before is −1\.5: that is ln p/],
      [{ before: 1.5, after: Infinity, characters: 18_000 }, /after is Infinity: a chance of 0/],
      [{ before: 1.5, after: 1.44, characters: 100 }, /mostly chance/],
      [{ before: 1.5, characters: 18_000 }, /after is missing/],
      [{ before: 1.5, after: 1.5, characters: 18_000 }, /1\.5 → 1\.5 nats per character: no lower/],
      [{ before: 1.5, after: 1.4999999, characters: 18_000 }, /no lower/],
      [{ before: 1.5, after: 1.1, characters: 18_000 }, /26\.667 % lower, more than .*22 %.*learned from/],
    ],
  },
};

judgeCheckers(cases, gptChecks);

it("finds the two wrong orders of a pair", () => {
  const both = (tokens: List, pair: List, made: number) => join(join(tokens, pair, made), [pair[1]!, pair[0]!], made);
  expect(() => check.mergePair(both)).toThrow(/order counts/);
});

it("finds a softmax down the columns", () => {
  const columns = (q: Matrix, k: Matrix, v: Matrix) => {
    const e = q.map((a, t) =>
      k.map((b, s) => (s <= t ? Math.exp(sum(a.map((x, i) => x * b[i]!)) / Math.sqrt(a.length)) : 0)),
    );
    const w = e.map((row) => row.map((x, s) => x / sum(e.map((other) => other[s]!))));
    return w.map((row) => v[0]!.map((_, d) => sum(row.map((x, s) => x * v[s]![d]!))));
  };
  expect(() => check.attend(columns)).toThrow(/down the columns/);
});

it("lets the nucleus take either of two equal chances", () => {
  const last = (p: List, P: number) => scaled(likeliest([...p].reverse(), P)).reverse();
  expect(() => check.nucleus(last)).not.toThrow();
});
