import { expect, it } from "vitest";
import { muLawEncode } from "../../../lib/data/mu-law";
import { check } from "../../../lib/exercise/check";
import { sequencesChecks } from "../../../lib/exercise/sequences";
import { judgeCheckers } from "./judging";
import type { Case } from "./judging";

type Name = keyof typeof sequencesChecks;
type List = readonly number[];
interface Ring {
  kept: number[];
  next: number;
}
const sum = (v: List) => v.reduce((a, b) => a + b, 0);
const log = (x: number) => (x > 0 ? Math.log(x) : 0);
const entropy = (p: List) => -sum(p.map((x) => x * log(x)));

const F = (x: number) => (Math.sign(x) * Math.log(1 + 255 * Math.abs(x))) / Math.log(256);
const layer = (past: (x: List, t: number, d: number) => number | undefined) => (x: List, w: List, d: number) =>
  x.map((now, t) => w[0]! * (past(x, t, d) ?? 0) + w[1]! * now);

const ring =
  (how: { write?: "first" | "never" | "output"; move?: boolean; swap?: boolean }) =>
  (value: number, { kept, next }: Ring, w: List) => {
    const list = [...kept];
    if (how.write === "first") list[next] = value;
    const taps = how.swap ? [value, list[next]!] : [list[next]!, value];
    const out = w[0]! * taps[0]! + w[1]! * taps[1]!;
    if (how.write !== "never") list[next] = how.write === "output" ? out : value;
    return { out, ring: { kept: list, next: how.move === false ? next : (next + 1) % list.length } };
  };

const marginals = (t: readonly List[]) => [t.map(sum), t[0]!.map((_, j) => sum(t.map((row) => row[j]!)))] as const;
const mutual = (t: readonly List[]) => {
  const [a, b] = marginals(t);
  return entropy(a) + entropy(b) - entropy(t.flat());
};

const cases: Record<Name, Case> = {
  seenSamples: {
    right: { samples: 1 + 3 * 1023, milliseconds: 3070 / 16 },
    wrong: [
      [{ samples: 3069, milliseconds: 3069 / 16 }, /newest sample is seen/],
      [{ samples: 3072, milliseconds: 192 }, /1,023, not 1,024/],
      [{ samples: 1024, milliseconds: 64 }, /that is one stack/],
      [{ samples: 3070, milliseconds: 3070 / 8 }, /not 8,000/],
      [{ samples: 31, milliseconds: 31 / 16 }, /without dilation/],
      [{ samples: 3070, milliseconds: 3.07 / 16 }, /those are seconds/],
      [{ samples: 3070 }, /milliseconds missing/],
      [{ samples: 3069, milliseconds: 191.9 }, /newest sample is seen/],
      [{ samples: 3070, milliseconds: 191.5 }, /the first is milliseconds/],
      [{ samples: 3100, milliseconds: 191.9 }, /the first is samples/],
    ],
  },
  muLawCode: {
    right: (x: number) => muLawEncode([x])[0],
    wrong: [
      [(x: number) => Math.round((x + 1) * 127.5), /first squeeze it/],
      [(x: number) => Math.floor((F(x) + 1) * 127.5), /\+ ½ before the floor/],
      [(x: number) => Math.floor((F(Math.abs(x)) + 1) * 127.5 + 0.5), /sign is lost/],
      [(x: number) => Math.floor(F(x) * 255 + 0.5), /bring it to 0 … 1/],
      [(x: number) => Math.floor((F(x) + 1) * 128 + 0.5), /255 steps between/],
      [(x: number) => (F(x) + 1) * 127.5, /whole number/],
      [(x: number) => Math.floor(((F(x) * Math.log(256)) / Math.log(255) + 1) * 127.5 + 0.5), /ln\(1 \+ μ\) is ln 256/],
      [
        (x: number) => Math.floor(((Math.sign(x) * Math.log(1 + 256 * Math.abs(x))) / Math.log(257) + 1) * 127.5 + 0.5),
        /μ is 255/,
      ],
      [(x: number) => Math.min(255, Math.floor((F(x) + 1) * 128)), /256 even bins/],
      [(x: number) => Math.round(128 + 127 * F(x)), /from 1 to 255/],
    ],
  },
  dilatedLayer: {
    right: layer((x, t, d) => (t >= d ? x[t - d] : 0)),
    wrong: [
      [layer((x, t, d) => x[t + d]), /looks d steps ahead/],
      [
        (x: List, w: List, d: number) =>
          layer((y, t) => y[t - d])(x, [0, 0], d).map((_, t) => w[0]! * x[t]! + w[1]! * (x[t - d] ?? 0)),
        /taps are swapped/,
      ],
      [layer((x, t) => x[t - 1]), /d = 1 whatever/],
      [layer((x, t, d) => x[t - d - 1]), /not how many lie between/],
      [layer((x, t, d) => x.at(t - d)), /is the last sample/],
      [(x: List, w: List, d: number) => layer((y, t) => y[t - d])(x, w, d).slice(d), /first d outputs are missing/],
    ],
  },
  ringLayer: {
    right: ring({}),
    wrong: [
      [ring({ write: "first" }), /wrote before you read/],
      [ring({ move: false }), /never moves on/],
      [ring({ write: "never" }), /nothing is remembered/],
      [ring({ swap: true }), /taps are swapped/],
      [ring({ write: "output" }), /you kept the output/],
      [
        (value: number, { kept, next }: Ring, w: List) => ({
          out: w[0]! * kept[next]! + w[1]! * value,
          ring: { kept: [...kept, value], next: next + 1 },
        }),
        /kept holds 3 numbers after sample 1, wanted d = 2/,
      ],
      [
        (value: number, { kept, next }: Ring, w: List) => {
          const d = kept.length;
          const out = w[0]! * kept[(next - 1 + d) % d]! + w[1]! * value;
          return { out, ring: ring({})(value, { kept, next }, w).ring };
        },
        /you read the newest/,
      ],
      [
        (value: number, { kept, next }: Ring, w: List) => {
          const after = (next + 1) % kept.length;
          const out = w[0]! * kept[next]! + w[1]! * value;
          return { out, ring: { kept: kept.map((old, i) => (i === after ? value : old)), next: after } };
        },
        /you write at next \+ 1/,
      ],
      [(value: number, r: Ring, w: List) => ring({})(value, r, w).out, /got 1: hand back the ring as well/],
      [
        (value: number, r: Ring, w: List) => ({ out: ring({})(value, r, w).out }),
        /no ring: hand back the ring as well/,
      ],
      [
        (value: number, r: Ring, w: List) => ({ ...ring({})(value, r, w), ring: { kept: r.kept } }),
        /got \{ out, ring: \{ kept \} \}/,
      ],
    ],
  },
  repeatCost: {
    right: (fresh: number, same: boolean, q: number) => -Math.log((same ? q : 0) + (1 - q) * fresh),
    wrong: [
      [(fresh: number, same: boolean, q: number) => -Math.log(same ? q : (1 - q) * fresh), /both ways add up/],
      [
        (fresh: number, same: boolean, q: number) => -q * Math.log(+same) - (1 - q) * Math.log(fresh),
        /first add the chances/,
      ],
      [
        (fresh: number, same: boolean, q: number) => -Math.log(Math.max(same ? q : 0, (1 - q) * fresh)),
        /the likelier way alone/,
      ],
      [
        (fresh: number, same: boolean, q: number) => -Math.log(same ? q + (1 - q) * fresh : fresh),
        /another bar too comes only when no repeat does/,
      ],
      [
        (fresh: number, same: boolean, q: number) => -Math.log(same ? q : fresh),
        /another bar .* 1 − q.*the same bar .* both ways/,
      ],
      [(fresh: number, same: boolean, q: number) => -Math.log((same ? q : 0) + fresh), /only with chance 1 − q/],
      [(fresh: number, same: boolean, q: number) => -Math.log((same ? 1 - q : 0) + q * fresh), /swapped/],
      [(fresh: number, same: boolean, q: number) => Math.log((same ? q : 0) + (1 - q) * fresh), /sign is flipped/],
      [(fresh: number, same: boolean, q: number) => -Math.log2((same ? q : 0) + (1 - q) * fresh), /those are bits/],
    ],
  },
  excessNats: {
    right: (p: List, q: List) => sum(p.map((x, i) => x * log(x) - x * Math.log(q[i]!))),
    wrong: [
      [
        (p: List, q: List) => sum(p.map((x, i) => (x > 0 && q[i]! > 0 ? x * Math.log(x / q[i]!) : 0))),
        /wanted Infinity, got −0.34657.*only what never comes/,
      ],
      [(p: List, q: List) => sum(q.map((x, i) => (x > 0 ? x * Math.log(x / p[i]!) : 0))), /swapped/],
      [(p: List, q: List) => -sum(p.map((x, i) => x * Math.log(q[i]!))), /what the model pays/],
      [(p: List) => entropy(p), /entropy of the truth/],
      [(p: List, q: List) => sum(p.map((x, i) => Math.log(x / q[i]!))), /weigh it by the truth/],
      [(p: List, q: List) => sum(p.map((x, i) => x * Math.log(x / q[i]!))), /NaN for a computer/],
      [(p: List, q: List) => sum(p.map((x, i) => (x * (log(x) - Math.log(q[i]!))) / Math.LN2)), /those are bits/],
      [(p: List, q: List) => -sum(p.map((x, i) => x * (log(x) - Math.log(q[i]!)))), /sign is flipped/],
    ],
  },
  logoHeight: {
    right: (p: List) => (Math.log(20) - entropy(p)) / Math.LN2,
    wrong: [
      [(p: List) => entropy(p) / Math.LN2, /certain site would be flat/],
      [(p: List) => Math.log(20) - entropy(p), /those are nats/],
      [(p: List) => Math.log2(20) + sum(p.map((x) => x * Math.log2(x))), /NaN for a computer/],
      [(p: List) => (Math.log(20) + entropy(p)) / Math.LN2, /surer the site, the taller/],
      [(p: List) => Math.log2(p.filter((x) => x > 0).length) - entropy(p) / Math.LN2, /compare with all 20/],
      [(p: List) => 20 - entropy(p) / Math.LN2, /not 20/],
    ],
  },
  sharedByPair: {
    right: mutual,
    wrong: [
      [(t: readonly List[]) => entropy(t.flat()), /entropy of the pair/],
      [(t: readonly List[]) => entropy(marginals(t).flat()), /entropies of both sites/],
      [
        (t: readonly List[]) => {
          const [a, b] = marginals(t);
          return sum(t.flatMap((row, i) => row.map((p, j) => p * (Math.log(p) - Math.log(a[i]!) - Math.log(b[j]!)))));
        },
        /NaN for a computer/,
      ],
      [(t: readonly List[]) => mutual(t) / Math.LN2, /those are bits/],
      [(t: readonly List[]) => mutual(t.slice(0, 2).map((row) => row.slice(0, 2))), /two rows and two columns/],
      [
        (t: readonly List[]) => {
          const a = t.map(sum);
          return sum(t.flatMap((row, i) => row.map((p, j) => (p > 0 ? p * Math.log(p / (a[i]! * a[j]!)) : 0))));
        },
        /sums of the columns/,
      ],
      [
        (t: readonly List[]) => {
          const b = t[0]!.map((_, j) => sum(t.map((row) => row[j]!)));
          return sum(t.flatMap((row, i) => row.map((p, j) => p * log(p / (b[i]! * b[j]!)))));
        },
        /sums of the rows/,
      ],
      [(t: readonly List[]) => -mutual(t), /sign is flipped/],
      [(t: readonly List[]) => Math.log(t.flat().length) - entropy(t.flat()), /not with even chances/],
    ],
  },
};

const printed = judgeCheckers(cases, sequencesChecks);

it("praises with what the answer means", () => {
  check.seenSamples({ samples: 3070, milliseconds: 191.875 });
  expect(printed()[0]).toContain("A fifth of a second for 30 layers");
});

it.each([191.875, 191.88, 191.9, 192])("takes %d ms for 191.875, rounded as it may be", (milliseconds) => {
  check.seenSamples({ samples: 3070, milliseconds });
  expect(printed()).toHaveLength(1);
});
