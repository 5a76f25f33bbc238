// Notebook 06b's exercises on weights in eight bits.
import type { Mistake } from "./diagnosis";
import { functionExercise } from "./exercise";

type List = readonly number[];
type Rows = readonly List[];

const sum = (list: List): number => list.reduce((total, value) => total + value, 0);
const columns = (w: Rows): number[][] => w[0]!.map((_, c) => w.map((row) => row[c]!));
const largest = (list: List): number => Math.max(...list.map(Math.abs));

/** round(w/scale), the scale of each column from its numbers. */
const eightBits = (w: Rows, scale: (column: List) => number, round = Math.round): number[][] => {
  const scales = columns(w).map(scale);
  return w.map((row) => row.map((value, c) => round(value / scales[c]!)));
};

/** 0/0 is 0 here: what the rule gives when a column of zeros has a scale of its own, of 1. */
const zerosStay =
  (rule: (w: Rows) => number[][]) =>
  (w: Rows): number[][] =>
    rule(w).map((row) => row.map((value) => (Number.isNaN(value) ? 0 : value)));

/** Each may come with the scale of zeros minded or not. */
const otherMistakes: readonly Mistake<(w: Rows) => number[][]>[] = [
  {
    gives: (w) => eightBits(w, () => largest(w.flat()) / 127),
    because: "that is one scale for all: the small channel keeps only a few steps; each column has its own",
  },
  {
    gives: (w) => w.map((row) => row.map((value) => Math.round(value / (largest(row) / 127)))),
    because: "you took a scale for each row; a channel is a column here",
  },
  {
    gives: (w) => eightBits(w, (column) => largest(column) / 128),
    because: "128 does not fit into a signed byte: the largest is 127",
  },
  {
    gives: (w) => eightBits(w, (column) => largest(column) / 255),
    because: "255 steps are there in all, from −127 to 127: a side has 127",
  },
  {
    gives: (w) => eightBits(w, (column) => Math.max(...column) / 127),
    because: "take the largest size |w|: a channel's extreme may be negative",
  },
  {
    gives: (w) => eightBits(w, (column) => largest(column) / 127, Math.trunc),
    because: "you cut the fraction off, and err by up to a whole step: round to the nearest",
  },
  {
    gives: (w) => eightBits(w, (column) => largest(column) / 127, Math.floor),
    because: "you rounded down, and err by up to a whole step: round to the nearest",
  },
  {
    gives: (w) =>
      eightBits(
        w,
        (column) => largest(column) / 127,
        (x) => x,
      ),
    because: "those are not yet whole numbers: round",
  },
];

export const eightBitWeights = functionExercise<readonly [Rows]>("eightBitWeights", {
  call: "eightBitWeights(w)",
  given: [
    [
      [
        [0.5, -20],
        [-1, 6.3],
        [0.26, 3.15],
      ],
    ],
    [
      [
        [-3, 0.01, 2.2],
        [1.7, 0.004, -0.9],
      ],
    ],
    [
      [
        [0, 1],
        [0, 2],
      ],
    ],
  ],
  wanted: zerosStay((w) => eightBits(w, (column) => largest(column) / 127)),
  mistakes: [
    {
      gives: (w) => eightBits(w, (column) => largest(column) / 127),
      because: "a column of zeros has nothing to scale, and 0/0 is no number: let its scale be 1",
    },
    ...otherMistakes.flatMap(({ gives, because }) => [
      { gives, because },
      { gives: zerosStay(gives), because },
    ]),
  ],
  praise: "No weight moves by more than half a step of its own channel.",
});

const sizeOf = (shape: List): number => shape.reduce((product, side) => product * side, 1);
const bytesOf = (shapes: Rows, matrix: (shape: List) => number, vector = 4): number =>
  sum(shapes.map((shape) => (shape.length < 2 ? vector * sizeOf(shape) : matrix(shape))));

export const packedBytes = functionExercise<readonly [Rows]>("packedBytes", {
  call: "packedBytes(shapes)",
  rtol: 1e-6, // bytes are counted
  given: [[[[3, 3, 16, 32], [32]]], [[[64, 192], [192], [5, 48]]]],
  wanted: (shapes) => bytesOf(shapes, (shape) => sizeOf(shape) + 4 * shape.at(-1)!),
  mistakes: [
    {
      gives: (shapes) => bytesOf(shapes, sizeOf),
      because: "the scales are missing: four bytes for each channel, the last axis",
    },
    {
      gives: (shapes) => bytesOf(shapes, (shape) => sizeOf(shape) + 4 * shape.at(-1)!, 1),
      because: "vectors stay float32: four bytes a number",
    },
    {
      gives: (shapes) => bytesOf(shapes, sizeOf, 1),
      because: "that is one byte for everything: scales and vectors take four bytes a number",
    },
    {
      gives: (shapes) => bytesOf(shapes, (shape) => sizeOf(shape) + 4),
      because: "that is one scale for a whole tensor; each channel has its own",
    },
    {
      gives: (shapes) => bytesOf(shapes, (shape) => sizeOf(shape) + shape.at(-1)!),
      because: "a scale is a float32: four bytes",
    },
    {
      gives: (shapes) => bytesOf(shapes, (shape) => sizeOf(shape) + 4 * shape[0]!),
      because: "the channel is the last axis, not the first",
    },
    {
      gives: (shapes) => bytesOf(shapes, (shape) => 4 * sizeOf(shape)),
      because: "that is the file in float32",
    },
  ],
  praise: "Scales weigh little where a channel has many weights.",
});
