import type { Check } from "./exercise";
import { functionExercise, valueExercise } from "./exercise";
import { ganLossChecks } from "./gan-losses";

type List = readonly number[];
type Rows = readonly List[];

const sum = (list: List): number => list.reduce((total, value) => total + value, 0);
const mean = (list: List): number => sum(list) / list.length;
const dot = (a: List, b: List): number => sum(a.map((value, i) => value * b[i]!));

const ORDERS: Rows = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];
/** Those that shift all three round, and those that swap two. */
const TURNS = [0, 3, 4].map((k) => ORDERS[k]!);
const SWAPS = [1, 2, 5].map((k) => ORDERS[k]!);
const work = (ways: Rows, to: List): number => mean(to.map((j, i) => ways[i]![j]!));

/** The nearest pair first, then the nearest of what is left. */
function greedy(ways: Rows): number {
  const fields = ways.flatMap((row, i) => row.map((way, j) => ({ way, i, j }))).sort((a, b) => a.way - b.way);
  const [rows, columns] = [new Set<number>(), new Set<number>()];
  let total = 0;
  for (const { way, i, j } of fields) {
    if (rows.has(i) || columns.has(j)) continue;
    rows.add(i);
    columns.add(j);
    total += way;
  }
  return total / ways.length;
}

/** Row by row, each real point takes the nearest fake one that is left. */
function rowByRow(ways: Rows): number {
  const free = new Set(ways.map((_, j) => j));
  const each = ways.map((row) => {
    const nearest = [...free].reduce((a, b) => (row[b]! < row[a]! ? b : a));
    free.delete(nearest);
    return row[nearest]!;
  });
  return mean(each);
}

const cheapestCoupling = functionExercise<readonly [Rows]>("cheapestCoupling", {
  call: "cheapestCoupling(ways)",
  given: [
    [
      [
        [1, 5, 6],
        [2, 8, 7.5],
        [3.5, 6.25, 5],
      ],
    ],
    [
      [
        [9, 4, 1],
        [3, 7, 2],
        [8, 5, 6],
      ],
    ],
    [
      [
        [4, 1, 7],
        [2, 6, 3],
        [5, 9, 8],
      ],
    ],
  ],
  wanted: (ways) => Math.min(...ORDERS.map((to) => work(ways, to))),
  mistakes: [
    {
      gives: (ways) => 3 * Math.min(...ORDERS.map((to) => work(ways, to))),
      because: "that is the sum of three ways; each point carries a third of the earth",
    },
    {
      gives: rowByRow,
      because:
        "you served the real points one after the other; the last may be left with a long way: try all six pairings",
    },
    { gives: greedy, because: "you took the nearest two first; that can force long ways later: try all six pairings" },
    ...[TURNS, SWAPS].map((tried) => ({
      gives: (ways: Rows) => Math.min(...tried.map((to) => work(ways, to))),
      because: `you tried three of the six pairings: ${tried === TURNS ? "to swap two fake points and leave the third" : "to turn all three round, or none"} is allowed too`,
    })),
    {
      gives: (ways) => mean(ways.map((row) => Math.min(...row))),
      because: "each real point went to its nearest fake one; but every fake point wants exactly a third",
    },
    {
      gives: (ways) => mean(ways.map((_, j) => Math.min(...ways.map((row) => row[j]!)))),
      because: "each fake point came from its nearest real one; but every real point gives exactly a third",
    },
    {
      gives: (ways) => work(ways, [0, 1, 2]),
      because: "you paired the points as they are listed; try all six pairings",
    },
    {
      gives: (ways) => mean(ORDERS.map((to) => work(ways, to))),
      because: "that is the mean over all pairings: W is the cheapest",
    },
    { gives: (ways) => Math.max(...ORDERS.map((to) => work(ways, to))), because: "that is the dearest pairing" },
  ],
  praise: "With n points n! pairings: hence the critic.",
});

/** Three wide, two apart, four stamps. */
const stampCounts = valueExercise("stampCounts", {
  wanted: [1, 1, 2, 1, 2, 1, 2, 1, 1],
  mistakes: [
    { gives: [1, 1, 2, 2, 2, 2, 2, 2, 1, 1], because: "those are patterns of four; three have nine places" },
    {
      gives: [1, 2, 3, 3, 2, 1],
      because: "those stamps are one place apart: the stride is two, that is what doubles the size",
    },
    { gives: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], because: "those stamps are three places apart and do not overlap" },
    { gives: [1, 1, 2, 1, 2, 1, 2, 1, 2], because: "the last place is touched by the last stamp alone" },
    { gives: [1, 2, 1, 2, 1, 2, 1, 2, 1], because: "each stamp overlaps the next with its ends, not its middle" },
  ],
  praise: "2, 1, 2, 1: a chessboard in two dimensions. A pattern of four touches all inner places twice.",
});

/** a ← old·a + fresh·value, from `start`. */
function averages(values: List, start: number, old: number, fresh: number): number[] {
  let a = start;
  return values.map((value) => (a = old * a + fresh * value));
}

const runningAverage = functionExercise<readonly [List, number]>("runningAverage", {
  call: "runningAverage(values, decay)",
  given: [
    [[4, 0, 8, 2], 0.75],
    [[-1, 3, 3], 0.9],
  ],
  wanted: (values, decay) => averages(values, values[0]!, decay, 1 - decay),
  mistakes: [
    {
      gives: (values, decay) => averages(values, values[0]!, 1 - decay, decay),
      because: "decay and 1 − decay are swapped: the larger part stays",
    },
    {
      gives: (values, decay) => averages(values, 0, decay, 1 - decay),
      because: "you started at 0: the first average is the first value",
    },
    {
      gives: (values) => values.map((_, i) => mean(values.slice(0, i + 1))),
      because: "that is the mean of all so far: it never forgets the beginning",
    },
    {
      gives: (values, decay) => values.map((v, i) => (i === 0 ? v : decay * values[i - 1]! + (1 - decay) * v)),
      because: "you mixed in the value before, not the average before",
    },
    {
      gives: (values, decay) => averages(values.slice(1), values[0]!, decay, 1 - decay),
      because: "the first value's own entry is missing: one average for each value",
    },
  ],
  praise: "With decay 0.995 it remembers about the last 200 steps.",
});

const projectedScore = functionExercise<readonly [List, List, number, Rows, number]>("projectedScore", {
  call: "projectedScore(h, w, b, e, y)",
  given: [
    [
      [1, 2, -1],
      [0.5, -1, 2],
      0.25,
      [
        [1, 0, 0],
        [2, 1, -1],
        [0, 3, 1],
      ],
      1,
    ],
    [
      [3, -1],
      [1, 1],
      -2,
      [
        [0.5, 2],
        [4, 1],
      ],
      0,
    ],
  ],
  wanted: (h, w, b, e, y) => dot(w, h) + b + dot(e[y]!, h),
  mistakes: [
    { gives: (h, w, b) => dot(w, h) + b, because: "that asks only whether it is real: e_y · h is missing" },
    { gives: (h, _w, _b, e, y) => dot(e[y]!, h), because: "what any digit must have is missing: w · h + b" },
    {
      gives: (h, w, b, e) => dot(w, h) + b + sum(e.map((row) => dot(row, h))),
      because: "you added all digits' vectors: take the wanted one's only",
    },
    {
      gives: (h, w, b, e, y) => dot(w, h) + b + sum(e[y]!),
      because: "you added up e_y; it must meet the picture: e_y · h",
    },
    { gives: (h, w, b, e, y) => dot(w, h) + b + dot(e[y]!, h) + b, because: "the bias counts once" },
    { gives: (h, w, _b, e, y) => dot(w, h) + dot(e[y]!, h), because: "the bias b is missing" },
    {
      gives: (h, w, b, e, y) => (dot(w, h) + b) * dot(e[y]!, h),
      because: "the two parts are added, as logarithms of probabilities are",
    },
  ],
  praise: "Any digit's demands plus this digit's.",
});

/** ∇D = (3, −1, 2), γ = 0.3. */
const paperFlatness = valueExercise("paperFlatness", {
  wanted: 2.1,
  mistakes: [
    { gives: 4.2, because: "γ/2, not γ" },
    { gives: 14, because: "that is ‖∇D‖²; γ/2 multiplies it" },
    { gives: 0.15 * Math.sqrt(14), because: "you took the norm √14; it is squared" },
    { gives: 0.15 * (Math.sqrt(14) - 1) ** 2, because: "that is (‖∇D‖ − 1)²: R₁ wants slope 0, not 1" },
    {
      gives: 0.15 * 16,
      because: "you added the slopes before you squared: (3 − 1 + 2)² is 16; square each, then add: 9 + 1 + 4",
    },
    { gives: 0.15 * 36, because: "you added |3| + |−1| + |2| = 6; the squares are 9 + 1 + 4" },
    { gives: 0.15 * 12, because: "the square of −1 is +1: 9 + 1 + 4" },
  ],
  praise: "At the goal real and fake agree: a flat score pushes nobody away from it.",
});

/** Notebook 04: GAN. */
export const ganChecks = {
  ...ganLossChecks,
  cheapestCoupling,
  stampCounts,
  runningAverage,
  projectedScore,
  paperFlatness,
} satisfies Record<string, Check>;
