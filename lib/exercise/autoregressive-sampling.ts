// The exercises of notebook 07 on drawing pictures; the others stand in autoregressive.ts.
import type { Check } from "./exercise";
import { functionExercise } from "./exercise";

type List = readonly number[];

type Chance = (before: number[]) => number;

const drawn = (
  chance: Chance,
  u: List,
  take: (p: number, u: number) => number,
  before: (x: number[]) => number[] = (x) => x,
): number[] => {
  const x: number[] = [];
  for (const noise of u) x.push(take(chance(before([...x])), noise));
  return x;
};

/** A chance that depends on every pixel before, on the first most. */
const sticky: Chance = (before) => before.reduce((p, bit, i) => p + (0.8 * bit) / 2 ** (i + 1), 0.1);
/** A chance that depends on the number of pixels, and on the first. */
const alternating: Chance = (before) => (before.length % 2 === 0 ? 0.75 : 0.35 - 0.2 * before[0]!);

const bit = (p: number, u: number): number => (u < p ? 1 : 0);

const ancestral = functionExercise<readonly [Chance, List]>("ancestral", {
  call: "ancestral(chance, u)",
  given: [
    [sticky, [0.37, 0.08, 0.24, 0.41, 0.76, 0.42]],
    [alternating, [0.74, 0.3, 0.2, 0.5, 0.8]],
  ],
  describe: (_, u) => `for the noise ${u.join(", ")}`,
  wanted: (chance, u) => drawn(chance, u, bit),
  mistakes: [
    {
      gives: (chance, u) => drawn(chance, u, (p, noise) => (noise > p ? 1 : 0)),
      because: "the sign is flipped: u < p happens with chance p",
    },
    {
      gives: (chance, u) => drawn(chance, u, (p, noise) => (1 - noise <= p ? 1 : 0)),
      because: "that turns the noise round; 1 − u is as uniform as u, but here a pixel is 1 where u < p",
    },
    {
      gives: (chance, u) => drawn(chance, u, (p) => (p > 0.5 ? 1 : 0)),
      because: "that takes the likelier value each time and ignores the noise: it is always the same picture",
    },
    {
      gives: (chance, u) => drawn(chance, u, (p) => p),
      because: "you keep the chance itself; a pixel is 0 or 1, and the next chances need to know which",
    },
    {
      gives: (chance, u) => drawn(chance, u, bit, () => []),
      because: "every pixel got the chance of the first: hand over what is already drawn",
    },
    {
      gives: (chance, u) => drawn(chance, u, bit, (x) => x.reverse()),
      because: "the pixels before are handed over in reverse",
    },
    {
      gives: (chance, u) => drawn(chance, u, bit, (x) => x.slice(-1)),
      because: "only the last pixel is handed over: the chain rule wants all of them",
    },
    {
      gives: (chance, u) => u.map((noise, i) => bit(chance(new Array<number>(i).fill(0)), noise)),
      because: "the pixels before stay black for the model: push each bit before the next is drawn",
    },
  ],
  praise: "The loop cannot be avoided: each chance needs the bits before it.",
});

const logit = (p: number): number => Math.log(p / (1 - p));
const sigmoid = (l: number): number => 1 / (1 + Math.exp(-l));

const tempered = functionExercise<readonly [number, number]>("tempered", {
  call: "tempered(p, T)",
  given: [
    [0.8, 0.5],
    [0.3, 2],
    [0.9, 4],
  ],
  wanted: (p, T) => sigmoid(logit(p) / T),
  mistakes: [
    { gives: (p, T) => p / T, because: "that is no chance any more; divide the logit, ln(p / (1 − p)), then go back" },
    { gives: (p, T) => sigmoid(logit(p) * T), because: "you multiplied: a low temperature makes chances extreme" },
    {
      gives: (p, T) => p ** (1 / T),
      because: "both outcomes are raised to 1/T, then they are made to add up to 1 again",
    },
    {
      gives: (p, T) => sigmoid(p / T),
      because: "you divided the chance; first go back to the logit, ln(p / (1 − p))",
    },
    { gives: (p, T) => logit(p) / T, because: "that is the new logit; sigmoid makes it a chance" },
    { gives: (p) => p, because: "the temperature does nothing: only T = 1 may leave p as it is" },
  ],
  praise: "T → 0 takes the likelier value, T → ∞ tosses a coin.",
});

const gated = functionExercise<readonly [List]>("gated", {
  call: "gated(channels)",
  given: [[[0.5, -1, 2, 0.3]], [[-0.2, 3, 1, -2, 0.1, 0.7]]],
  wanted: (channels) => gate(channels, Math.tanh, sigmoid),
  mistakes: [
    {
      gives: (channels) => gate(channels, sigmoid, Math.tanh),
      because: "the halves are swapped: the first half carries the signal (tanh), the second opens the gate (sigmoid)",
    },
    {
      gives: (channels) => channels.map((value) => Math.tanh(value) * sigmoid(value)),
      because: "signal and gate are two halves of the channels, not the same number twice",
    },
    {
      gives: (channels) =>
        Array.from(
          { length: channels.length / 2 },
          (_, i) => Math.tanh(channels[2 * i]!) * sigmoid(channels[2 * i + 1]!),
        ),
      because: "you paired neighbours; the first half of the channels goes with the second half",
    },
    {
      gives: (channels) => gate(channels, Math.tanh, (v) => v),
      because: "the gate is not bounded: sigmoid keeps it between shut (0) and open (1)",
    },
    {
      gives: (channels) => gate(channels, (u) => u, sigmoid),
      because: "the signal is not bounded: tanh keeps it between −1 and 1",
    },
    {
      gives: (channels) => {
        const n = channels.length / 2;
        return channels.slice(0, n).map((u, i) => Math.tanh(u) + sigmoid(channels[n + i]!));
      },
      because: "multiply: an added gate cannot shut anything",
    },
  ],
  praise: "Half as many channels come out as go in: so a gated block needs twice the kernels.",
});

function gate(channels: List, signal: (u: number) => number, open: (v: number) => number): number[] {
  const n = channels.length / 2;
  return channels.slice(0, n).map((u, i) => signal(u) * open(channels[n + i]!));
}

/** A stack of two left layers with kernels of two, one column at a time. */
interface Kept {
  input: number;
  hidden: number;
}

const columnStep = functionExercise<
  readonly [List, readonly [number, number], readonly [number, number]],
  (
    value: number,
    kept: Kept,
    first: readonly [number, number],
    second: readonly [number, number],
  ) => { out: number; kept: Kept }
>("columnStep", {
  call: "columnStep(value, kept, first, second)",
  given: [
    [
      [1, -2, 3, 0.5],
      [0.5, 1],
      [2, -1],
    ],
    [
      [0.3, 0.2, -1, 4, 1],
      [1, -0.5],
      [0.25, 3],
    ],
  ],
  describe: (row) => `over the row ${row.join(", ")}`,
  run: (step, row, first, second) => {
    let kept: Kept = { input: 0, hidden: 0 };
    return row.map((value) => {
      const result: unknown = step(value, { ...kept }, first, second);
      if (!isColumn(result)) throw new Error(`wanted { out, kept }, got ${article(typeof result)}`);
      kept = result.kept;
      return result.out;
    });
  },
  wanted: (value, kept, first, second) => {
    const hidden = twoTaps(kept.input, value, first);
    return { out: twoTaps(kept.hidden, hidden, second), kept: { input: value, hidden } };
  },
  mistakes: [
    {
      gives: (value, kept, first, second) => ({
        out: twoTaps(kept.hidden, twoTaps(kept.input, value, first), second),
        kept,
      }),
      because: "nothing is remembered: hand back this column's input and hidden value, for the next one",
    },
    {
      gives: (value, kept, first, second) => {
        const hidden = twoTaps(value, kept.input, first);
        return { out: twoTaps(hidden, kept.hidden, second), kept: { input: value, hidden } };
      },
      because: "the taps are swapped: the first weight belongs to the left neighbour, the second to the column itself",
    },
    {
      gives: (value, kept, first, second) => {
        const hidden = twoTaps(kept.input, value, first);
        return { out: twoTaps(kept.input, hidden, second), kept: { input: value, hidden } };
      },
      because: "the second layer looks at the first layer's left neighbour, kept.hidden, not at the picture's",
    },
    {
      gives: (value, kept, first, second) => {
        const hidden = twoTaps(kept.input, value, first);
        const out = twoTaps(kept.hidden, hidden, second);
        return { out, kept: { input: value, hidden: out } };
      },
      because: "you kept the output; the next column needs the second layer's input, hidden",
    },
    {
      gives: (value, kept, first, second) => {
        const hidden = Math.max(0, twoTaps(kept.input, value, first));
        return { out: twoTaps(kept.hidden, hidden, second), kept: { input: value, hidden } };
      },
      because: "these two layers have no relu between them",
    },
  ],
  praise: "Two numbers kept instead of a whole row computed again.",
});

function isColumn(result: unknown): result is { out: number; kept: Kept } {
  return typeof result === "object" && result !== null && "out" in result && "kept" in result;
}

function article(type: string): string {
  return `${/^[aeiou]/.test(type) && type !== "undefined" ? "an" : "a"} ${type}`;
}

function twoTaps(before: number, here: number, [w0, w1]: readonly [number, number]): number {
  return w0 * before + w1 * here;
}

export const autoregressiveSamplingChecks = { ancestral, tempered, gated, columnStep } satisfies Record<string, Check>;
