import type { Check } from "./exercise";
import { eightBitWeights, packedBytes } from "./eight-bits";
import { functionExercise } from "./exercise";

type List = readonly number[];
type Rows = readonly List[];
interface Square {
  x: number;
  y: number;
  size: number;
}

const sum = (list: List): number => list.reduce((total, value) => total + value, 0);
const mean = (list: List): number => sum(list) / list.length;

const combine = (none: List, a: List, b: List, f: (none: number, a: number, b: number) => number): number[] =>
  none.map((value, i) => f(value, a[i]!, b[i]!));

const twoWishes = functionExercise<readonly [List, List, List, number, number]>("twoWishes", {
  call: "twoWishes(none, a, b, s, t)",
  given: [
    [[0.5, -1, 2], [1, 0, 2.5], [0, -2, 1], 2, 3],
    [[0.1, 0.4], [-0.3, 0.2], [0.6, 1.4], 1.5, -1],
  ],
  wanted: (none, a, b, s, t) => combine(none, a, b, (n, x, y) => n + s * (x - n) + t * (y - n)),
  mistakes: [
    {
      gives: (none, a, b, s, t) => combine(none, a, b, (n, x, y) => s * (x - n) + t * (y - n)),
      because: "the two steps are right, but they start at ε without a text: add it",
    },
    {
      gives: (none, a, b, s, t) => combine(none, a, b, (n, x, y) => n + s * x + t * y),
      because: "a step is a difference: how the guess with a text differs from the one without",
    },
    {
      gives: (none, a, b, s, t) => combine(none, a, b, (_, x, y) => s * x + t * y),
      because: "the guess without a text is missing, from which both steps start",
    },
    {
      gives: (none, a, b, s, t) => combine(none, a, b, (n, x, y) => n + (s * (x - n) + t * (y - n)) / 2),
      because:
        "you averaged the two steps; add them: with t = 0 there must be left what guidance by the first text gives",
    },
    {
      gives: (none, a, b, s, t) => combine(none, a, b, (n, x, y) => n + s * (x - n) + t * (y - x)),
      because: "the second step starts at the first text's guess; both start at the one without a text",
    },
    {
      gives: (none, a, b, s, t) => combine(none, a, b, (n, x, y) => n + t * (x - n) + s * (y - n)),
      because: "the two weights are swapped: s belongs to a",
    },
  ],
  praise: "A negative weight is a wish that something not be there.",
});

const around = (list: List, centre: number): number => mean(list.map((value) => (value - centre) ** 2));

const twoErrors = functionExercise<readonly [List]>("twoErrors", {
  call: "twoErrors(futures)",
  given: [[[-1, 1]], [[0, 0, 0, 8]], [[3, 1, 2, 7, 2]]],
  wanted: (futures) => ({ mean: around(futures, mean(futures)), sample: 2 * around(futures, mean(futures)) }),
  mistakes: [
    {
      gives: (futures) => ({ mean: around(futures, mean(futures)), sample: around(futures, mean(futures)) }),
      because: "a sample errs by more than the mean: guess and truth are each drawn from the futures; take all pairs",
    },
    {
      gives: (futures) => ({ mean: 2 * around(futures, mean(futures)), sample: around(futures, mean(futures)) }),
      because: "the two are swapped: nothing has a smaller squared error than the mean",
    },
    {
      gives: (futures) => ({ mean: 0, sample: 2 * around(futures, mean(futures)) }),
      because: "the mean's error is not 0: the errors cancel only before they are squared",
    },
    {
      gives: (futures) => ({
        mean: mean(futures.map((f) => Math.abs(f - mean(futures)))),
        sample: mean(futures.flatMap((f) => futures.map((g) => Math.abs(f - g)))),
      }),
      because: "those are absolute differences: square them",
    },
    {
      gives: (futures) => {
        const n = futures.length;
        return { mean: around(futures, mean(futures)), sample: (2 * n * around(futures, mean(futures))) / (n - 1) };
      },
      because: "guess and truth are drawn independently: they may also be the same future",
    },
  ],
  praise: "A sample has exactly twice the error of the mean, and yet is the picture you want to see.",
});

const overlap = (a: Square, b: Square): [number, number] => [
  Math.min(a.x + a.size, b.x + b.size) - Math.max(a.x, b.x),
  Math.min(a.y + a.size, b.y + b.size) - Math.max(a.y, b.y),
];
const area = ({ size }: Square): number => size * size;

const boxOverlap = functionExercise<readonly [Square, Square]>("boxOverlap", {
  call: "boxOverlap(a, b)",
  given: [
    [
      { x: 0, y: 0, size: 4 },
      { x: 2, y: 1, size: 4 },
    ],
    [
      { x: 1, y: 1, size: 10 },
      { x: 3, y: 2, size: 5 },
    ],
    [
      { x: 0, y: 0, size: 5 },
      { x: 8, y: 9, size: 6 },
    ],
    [
      { x: 4, y: 0, size: 6 },
      { x: 0, y: 12, size: 8 },
    ],
    [
      { x: 0, y: 4, size: 6 },
      { x: 12, y: 0, size: 8 },
    ],
  ],
  wanted: (a, b) => {
    const both = overlap(a, b).reduce((product, side) => product * Math.max(0, side), 1);
    return both / (area(a) + area(b) - both);
  },
  mistakes: [
    {
      gives: (a, b) => {
        const [w, h] = overlap(a, b);
        return (w * h) / (area(a) + area(b) - w * h);
      },
      because: "boxes apart have a negative overlap, and two negative sides a positive area: cut each side off at 0",
    },
    {
      gives: (a, b) => {
        const [w, h] = overlap(a, b);
        return Math.max(0, w * h) / (area(a) + area(b) - Math.max(0, w * h));
      },
      because: "two negative sides have a positive product: cut each side off at 0, not their product",
    },
    {
      gives: (a, b) => {
        const [w, h] = overlap(a, b);
        return (w * Math.max(0, h)) / (area(a) + area(b) - w * Math.max(0, h));
      },
      because: "you cut off only the height: boxes may be apart sideways, too",
    },
    {
      gives: (a, b) => {
        const [w, h] = overlap(a, b);
        return (Math.max(0, w) * h) / (area(a) + area(b) - Math.max(0, w) * h);
      },
      because: "you cut off only the width: boxes may be apart one above the other, too",
    },
    {
      gives: (a, b) => {
        const both = overlap(a, b).reduce((product, side) => product * Math.max(0, side), 1);
        return both / (area(a) + area(b));
      },
      because: "the union counts what both have once: subtract the intersection",
    },
    {
      gives: (a, b) => overlap(a, b).reduce((product, side) => product * Math.max(0, side), 1),
      because: "that is the area of the intersection: divide it by the union's",
    },
    {
      gives: (a, b) => {
        const both = overlap(a, b).reduce((product, side) => product * Math.max(0, side), 1);
        return both / Math.min(area(a), area(b));
      },
      because: "you divided by the smaller box: a small box within a large one would count as equal",
    },
  ],
  praise: "1 for the same box, 0 for boxes apart.",
});

type Pixels = readonly (readonly [number, number])[];

const moments = (pixels: Pixels, cx: number, cy: number) => ({
  xx: sum(pixels.map(([x]) => (x - cx) ** 2)),
  yy: sum(pixels.map(([, y]) => (y - cy) ** 2)),
  xy: sum(pixels.map(([x, y]) => (x - cx) * (y - cy))),
});
const centred = (pixels: Pixels) => moments(pixels, mean(pixels.map(([x]) => x)), mean(pixels.map(([, y]) => y)));
const degrees = (slope: number): number => (Math.atan(slope) * 180) / Math.PI;

const slantOf = functionExercise<readonly [Rows]>("slantOf", {
  call: "slantOf(pixels)",
  given: [
    [
      [
        [6, 1],
        [5, 3],
        [4, 5],
        [3, 7],
      ],
    ],
    [
      [
        [10, 2],
        [12, 6],
        [11, 7],
        [13, 12],
        [14, 11],
      ],
    ],
  ],
  wanted: (pixels) => {
    const { xy, yy } = centred(pixels as unknown as Pixels);
    return degrees(-xy / yy);
  },
  mistakes: [
    {
      gives: (pixels) => {
        const { xy, yy } = centred(pixels as unknown as Pixels);
        return degrees(xy / yy);
      },
      because: "y counts downwards: a stroke that goes right as y grows leans left; change the sign",
    },
    {
      gives: (pixels) => {
        const { xy, xx } = centred(pixels as unknown as Pixels);
        return degrees(-xy / xx);
      },
      because: "divide by the variance of y: the question is how far x moves for one row",
    },
    {
      gives: (pixels) => {
        const { xy, yy } = moments(pixels as unknown as Pixels, 0, 0);
        return degrees(-xy / yy);
      },
      because: "subtract the means first: where the digit stands must not matter",
    },
    {
      gives: (pixels) => {
        const { xy, yy } = centred(pixels as unknown as Pixels);
        return -xy / yy;
      },
      because: "that is the slope: its arctangent, in degrees, is wanted",
    },
    {
      gives: (pixels) => {
        const { xy, yy } = centred(pixels as unknown as Pixels);
        return Math.atan(-xy / yy);
      },
      because: "that is in radians: times 180/π",
    },
  ],
  praise: "Positive leans right, like italics.",
});

/** Notebook 06b: what diffusion models are used for. */
export const diffusionApplicationsChecks = {
  slantOf,
  twoWishes,
  boxOverlap,
  twoErrors,
  eightBitWeights,
  packedBytes,
} satisfies Record<string, Check>;
