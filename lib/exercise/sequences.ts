import type { Check } from "./exercise";
import { functionExercise } from "./exercise";
import { sequencesSoundChecks } from "./sequences-sound";

type List = readonly number[];
type Table = readonly List[];

const sum = (list: List): number => list.reduce((total, value) => total + value, 0);
/** x·ln y, 0 where x is. */
const times = (x: number, y: number): number => (x > 0 ? x * Math.log(y) : 0);

const repeatCost = functionExercise<readonly [number, boolean, number]>("repeatCost", {
  call: "repeatCost(fresh, same, q)",
  given: [
    [0.001, true, 0.75],
    [0.02, false, 0.75],
    [0.3, true, 0.1],
  ],
  describe: (fresh, same, q) =>
    `for p(bar) = ${fresh} when it is new, ${same ? "the same bar" : "another bar"}, q = ${q},`,
  wanted: (fresh, same, q) => -Math.log(q * Number(same) + (1 - q) * fresh),
  mistakes: [
    {
      gives: (fresh, same, q) => (same ? -Math.log(q) : -Math.log(1 - q) - Math.log(fresh)),
      because: "a bar that is the same may have been drawn anew as well: both ways add up",
    },
    {
      gives: (fresh, same, q) => -(q * Math.log(Number(same)) + (1 - q) * Math.log(fresh)),
      because: "first add the chances, then take the logarithm: nobody knows which way it was",
    },
    {
      gives: (fresh, same, q) => -Math.log(Math.max(q * Number(same), (1 - q) * fresh)),
      because: "that is the likelier way alone: the bar may have come either way, so both chances add up",
    },
    {
      gives: (fresh, same, q) => -Math.log(same ? q + (1 - q) * fresh : fresh),
      because: "another bar too comes only when no repeat does: with chance 1 − q, then `fresh`",
    },
    {
      gives: (fresh, same, q) => -Math.log(same ? q : fresh),
      because: "another bar comes only when no repeat does, with chance 1 − q; and the same bar may come both ways",
    },
    {
      gives: (fresh, same, q) => -Math.log(q * Number(same) + fresh),
      because: "a new bar is drawn only with chance 1 − q",
    },
    {
      gives: (fresh, same, q) => -Math.log(Number(same) * (1 - q) + q * fresh),
      because: "q and 1 − q are swapped: q is the chance of a repeat",
    },
    {
      gives: (fresh, same, q) => Math.log(q * Number(same) + (1 - q) * fresh),
      because: "the sign is flipped: the cost is −ln p",
    },
    {
      gives: (fresh, same, q) => -Math.log2(q * Number(same) + (1 - q) * fresh),
      because: "those are bits; nats come from the natural logarithm",
    },
  ],
  praise: "A repeat costs a fraction of a nat, the same bar as news several: hearing repeats pays.",
});

const excessNats = functionExercise<readonly [List, List]>("excessNats", {
  call: "excessNats(truth, model)",
  given: [
    [
      [0.5, 0.25, 0.25],
      [0.25, 0.25, 0.5],
    ],
    [
      [0.7, 0.3, 0],
      [0.6, 0.2, 0.2],
    ],
    [
      [0.5, 0.5],
      [1, 0], // never, says the model of what comes every second time: ∞
    ],
  ],
  wanted: (p, q) => sum(p.map((chance, i) => times(chance, chance / q[i]!))),
  mistakes: [
    {
      gives: (p, q) => sum(q.map((chance, i) => times(chance, chance / p[i]!))),
      because: "truth and model are swapped: what comes is drawn from the truth",
    },
    {
      gives: (p, q) => -sum(p.map((chance, i) => times(chance, q[i]!))),
      because: "that is what the model pays; subtract what the truth itself costs",
    },
    {
      gives: (p) => -sum(p.map((chance) => times(chance, chance))),
      because: "that is the entropy of the truth; the excess is what the model pays beyond it",
    },
    {
      gives: (p, q) => sum(p.map((chance, i) => Math.log(chance / q[i]!))),
      because: "every symbol counts as often as it comes: weigh it by the truth",
    },
    {
      gives: (p, q) => sum(p.map((chance, i) => chance * Math.log(chance / q[i]!))),
      because: "0 · ln 0 is NaN for a computer: what never comes costs nothing",
    },
    {
      gives: (p, q) => sum(p.map((chance, i) => (q[i]! > 0 ? times(chance, chance / q[i]!) : 0))),
      because: "only what never comes, p = 0, costs nothing; what comes though the model says never costs ∞",
    },
    {
      gives: (p, q) => sum(p.map((chance, i) => times(chance, chance / q[i]!))) / Math.LN2,
      because: "those are bits; nats come from the natural logarithm",
    },
    {
      gives: (p, q) => -sum(p.map((chance, i) => times(chance, chance / q[i]!))),
      because: "the sign is flipped: nobody pays less than the truth",
    },
  ],
  praise: "Kullback and Leibler's divergence: 0 only for the truth itself.",
});

const entropy2 = (p: List): number => -sum(p.map((chance) => times(chance, chance))) / Math.LN2;

const logoHeight = functionExercise<readonly [List]>("logoHeight", {
  call: "logoHeight(p)",
  given: [
    [new Array<number>(20).fill(0.05)],
    [[1, ...new Array<number>(19).fill(0)]],
    [[0.5, 0.25, 0.25, ...new Array<number>(17).fill(0)]],
  ],
  describe: (p) =>
    `for the site ${p
      .filter((chance) => chance > 0)
      .slice(0, 3)
      .join(", ")}${p.filter((chance) => chance > 0).length > 3 ? ", …" : ""}`,
  wanted: (p) => Math.log2(20) - entropy2(p),
  mistakes: [
    {
      gives: (p) => entropy2(p),
      because: "that is the entropy: a certain site would be flat; subtract it from log₂ 20",
    },
    {
      gives: (p) => (Math.log2(20) - entropy2(p)) * Math.LN2,
      because: "those are nats: logos are drawn in bits",
    },
    {
      gives: (p) => Math.log2(20) + sum(p.map((chance) => chance * Math.log2(chance))),
      because: "0 · log 0 is NaN for a computer: what never stands there adds nothing",
    },
    {
      gives: (p) => Math.log2(20) + entropy2(p),
      because: "the sign of the entropy is flipped: the surer the site, the taller",
    },
    {
      gives: (p) => Math.log2(p.filter((chance) => chance > 0).length) - entropy2(p),
      because: "compare with all 20 amino acids, also those that never stand there",
    },
    { gives: (p) => 20 - entropy2(p), because: "20 even chances have log₂ 20 bits of entropy, not 20" },
  ],
  praise: "From 0 for anything goes to 4.32 bits for one alone.",
});

const rows = (joint: Table): number[] => joint.map(sum);
const columns = (joint: Table): number[] => joint[0]!.map((_, j) => sum(joint.map((row) => row[j]!)));
const sharedBy = (joint: Table, a: List, b: List): number =>
  sum(joint.flatMap((row, i) => row.map((p, j) => times(p, p / ((a[i] ?? NaN) * (b[j] ?? NaN))))));
const shared = (joint: Table): number => sharedBy(joint, rows(joint), columns(joint));

const sharedByPair = functionExercise<readonly [Table]>("sharedByPair", {
  call: "sharedByPair(joint)",
  given: [
    [
      [
        [0.5, 0],
        [0, 0.5],
      ],
    ],
    [
      [
        [0.2, 0.1, 0],
        [0.05, 0.25, 0.1],
        [0.15, 0, 0.15],
      ],
    ],
    [
      [
        [0.1, 0.04, 0.06],
        [0.4, 0.16, 0.24],
      ],
    ],
  ],
  describe: (joint) => `for the table ${joint.map((row) => row.join(" ")).join(" / ")}`,
  wanted: shared,
  mistakes: [
    {
      gives: (joint) => -sum(joint.flatMap((row) => row.map((p) => times(p, p)))),
      because: "that is the entropy of the pair; what the two share is H(a) + H(b) − H(a, b)",
    },
    {
      gives: (joint) => -sum([...rows(joint), ...columns(joint)].map((p) => times(p, p))),
      because: "those are the entropies of both sites: subtract that of the pair",
    },
    {
      gives: (joint) => {
        const [a, b] = [rows(joint), columns(joint)];
        return sum(joint.flatMap((row, i) => row.map((p, j) => p * Math.log(p / (a[i]! * b[j]!)))));
      },
      because: "0 · ln 0 is NaN for a computer: a pair that never comes adds nothing",
    },
    {
      gives: (joint) => shared(joint.slice(0, 2).map((row) => row.slice(0, 2))),
      because: "only two rows and two columns are counted: a table may have more, for proteins 20 of each",
    },
    {
      gives: (joint) => sharedBy(joint, rows(joint), rows(joint)),
      because: "the second site's own frequencies are the sums of the columns, not of the rows",
    },
    {
      gives: (joint) => sharedBy(joint, columns(joint), columns(joint)),
      because: "the first site's own frequencies are the sums of the rows, not of the columns",
    },
    { gives: (joint) => shared(joint) / Math.LN2, because: "those are bits; nats come from the natural logarithm" },
    { gives: (joint) => -shared(joint), because: "the sign is flipped: knowing one site never makes the other dearer" },
    {
      gives: (joint) => sum(joint.flatMap((row) => row.map((p) => times(p, p / (1 / (joint.length * row.length)))))),
      because: "compare with the product of the two sites' own frequencies, not with even chances",
    },
  ],
  praise: "Exactly what a profile pays too much for each pair.",
});

/** Notebook 07b: sound, music, proteins. */
export const sequencesChecks = {
  ...sequencesSoundChecks,
  repeatCost,
  excessNats,
  logoHeight,
  sharedByPair,
} satisfies Record<string, Check>;
