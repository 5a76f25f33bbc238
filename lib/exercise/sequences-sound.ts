// The exercises of notebook 07b on sound; the others stand in sequences.ts.
import type { Check } from "./exercise";
import { functionExercise, valueExercise } from "./exercise";
import { ExerciseError } from "./exercise-error";
import { readNumbers, showNumbers } from "./numbers";

type List = readonly number[];

/** 1, 2, 4, … 512, three times over, at 16,000 samples a second. */
const seenSamples = valueExercise("seenSamples", {
  rtol: 0,
  atol: 0.2, // milliseconds may be rounded, as they are shown; a count is a whole number, so this leaves it exact
  wanted: { samples: 3070, milliseconds: 191.875 },
  mistakes: [
    {
      gives: { samples: 3069, milliseconds: 191.8125 },
      because: "the newest sample is seen as well: 1 + Σ d",
    },
    {
      gives: { samples: 3072, milliseconds: 192 },
      because: "1 + 2 + … + 512 is 1,023, not 1,024; and the newest sample counts once, not for every stack",
    },
    {
      gives: { samples: 1024, milliseconds: 64 },
      because: "that is one stack; the second begins where the first one ends, so the stacks add up",
    },
    {
      gives: { samples: 3070, milliseconds: 383.75 },
      because: "the samples are right; the rate is 16,000 a second, not 8,000",
    },
    {
      gives: { samples: 31, milliseconds: 1.9375 },
      because: "that is 30 layers without dilation: each reaches d further back, not 1",
    },
    {
      gives: { samples: 3070, milliseconds: 0.191875 },
      because: "those are seconds: a thousand milliseconds each",
    },
  ],
  praise: "A fifth of a second for 30 layers; without dilation it would take 3,069 of them.",
});

const mu = 255;
const squeeze = (x: number, by = mu): number => (Math.sign(x) * Math.log1p(by * Math.abs(x))) / Math.log1p(by);

const muLawCode = functionExercise<readonly [number]>("muLawCode", {
  call: "muLawCode(x)",
  given: [[0], [0.5], [-0.5], [0.01], [-1], [1], [-0.978], [-0.554]], // the last two tell ln 255 and μ = 256
  wanted: (x) => Math.floor(((squeeze(x) + 1) / 2) * mu + 0.5),
  mistakes: [
    {
      gives: (x) => Math.floor(((x + 1) / 2) * mu + 0.5),
      because: "those are even steps of x itself; first squeeze it: F(x) = sign(x)·ln(1 + μ|x|)/ln(1 + μ)",
    },
    {
      gives: (x) => Math.floor(((squeeze(x) + 1) / 2) * mu),
      because: "round to the nearest step: + ½ before the floor",
    },
    {
      gives: (x) => Math.floor(((squeeze(Math.abs(x)) + 1) / 2) * mu + 0.5),
      because: "the sign is lost: negative samples lie below 128",
    },
    {
      gives: (x) => Math.floor(squeeze(x) * mu + 0.5),
      because: "F goes from −1 to 1: bring it to 0 … 1 first, (F + 1)/2",
    },
    {
      gives: (x) => Math.floor(((squeeze(x) + 1) / 2) * (mu + 1) + 0.5),
      because: "the codes go from 0 to 255: 256 of them, but 255 steps between the first and the last",
    },
    {
      gives: (x) => Math.floor((((squeeze(x) * Math.log(256)) / Math.log(255) + 1) / 2) * mu + 0.5),
      because: "ln(1 + μ) is ln 256, not ln 255: F(1) must be 1",
    },
    {
      gives: (x) => Math.floor(((squeeze(x, 256) + 1) / 2) * mu + 0.5),
      because: "μ is 255: 256 is the number of codes, 1 + μ",
    },
    {
      gives: (x) => Math.min(255, Math.floor(((squeeze(x) + 1) / 2) * 256)),
      because:
        "those are 256 even bins; the codes are 256 points, from −1 to 1, and x goes to the nearest: (F + 1)/2 · 255, rounded",
    },
    {
      gives: (x) => Math.round(128 + 127 * squeeze(x)),
      because: "that runs from 1 to 255: code 0 is never used; (F + 1)/2 · 255 reaches both ends",
    },
    {
      gives: (x) => ((squeeze(x) + 1) / 2) * mu,
      because: "a code is a whole number: round it",
    },
  ],
  praise: "0.01 is already 28 steps from silence: quiet sounds get most of the codes.",
});

const layer = (x: List, w: List, at: (t: number) => number): number[] => x.map((_, t) => w[0]! * at(t) + w[1]! * x[t]!);

const dilatedLayer = functionExercise<readonly [List, List, number]>("dilatedLayer", {
  call: "dilatedLayer(x, w, d)",
  given: [
    [[1, 2, 3, 4, 5], [10, 1], 2],
    [[0.5, -1, 2, 0, 3, 1, -2], [0.5, -1], 3],
    [[3, 1], [2, 1], 4],
  ],
  wanted: (x, w, d) => layer(x, w, (t) => x[t - d] ?? 0),
  mistakes: [
    {
      gives: (x, w, d) => layer(x, w, (t) => x[t + d] ?? 0),
      because: "that looks d steps ahead: the past is x[t − d]",
    },
    {
      gives: (x, w, d) => x.map((value, t) => w[0]! * value + w[1]! * (x[t - d] ?? 0)),
      because: "the taps are swapped: w[0] belongs to the past, w[1] to now",
    },
    {
      gives: (x, w) => layer(x, w, (t) => x[t - 1] ?? 0),
      because: "that is d = 1 whatever d says",
    },
    {
      gives: (x, w, d) => layer(x, w, (t) => x[t - d - 1] ?? 0),
      because: "d is the distance to the past sample itself, not how many lie between",
    },
    {
      gives: (x, w, d) => layer(x, w, (t) => x.at(t - d) ?? 0),
      because: "before the beginning there is silence: x.at(−1) is the last sample, the future",
    },
    {
      gives: (x, w, d) => x.slice(d).map((value, i) => w[0]! * x[i]! + w[1]! * value),
      because: "the first d outputs are missing: what lies before the beginning counts as 0",
    },
  ],
  praise: "A stack of these with d = 1, 2, 4, … is all that WaveNet adds to a convolution.",
});

interface Ring {
  kept: number[];
  next: number;
}

/** One layer over a whole sequence, one sample at a time. */
const ringLayer = functionExercise<
  readonly [List, List, number],
  (value: number, ring: Ring, w: List) => { out: number; ring: Ring }
>("ringLayer", {
  call: "ringLayer(value, ring, w)",
  given: [
    [[1, 2, 3, 4, 5, 6], [10, 1], 2],
    [[0.5, -1, 2, 0, 3, 1, -2, 4], [0.5, -1], 3],
  ],
  describe: (x, _, d) => `for the samples ${x.join(", ")} and d = ${d}`,
  run: (step, x, w, d) => {
    let ring: Ring = { kept: new Array<number>(d).fill(0), next: 0 };
    return x.map((value, t) => {
      const result = step(value, { kept: [...ring.kept], next: ring.next }, w);
      expectStep(result, d, t + 1);
      ring = result.ring;
      return result.out;
    });
  },
  wanted: (value, ring, w) => ringStep(value, ring, w, "right"),
  lookCloser: mistakenPlace,
  mistakes: [
    {
      gives: (value, ring, w) => ringStep(value, ring, w, "write first"),
      because: "you wrote before you read: the oldest sample is gone, and now is taken for the past",
    },
    {
      gives: (value, ring, w) => ringStep(value, ring, w, "forget"),
      because: "nothing is remembered: put the new sample where the oldest was",
    },
    {
      gives: (value, ring, w) => ringStep(value, ring, w, "swap"),
      because: "the taps are swapped: w[0] belongs to the past, w[1] to now",
    },
    {
      gives: (value, ring, w) => {
        const { out } = ringStep(value, ring, w, "right");
        const kept = ring.kept.map((old, i) => (i === ring.next ? out : old));
        return { out, ring: { kept, next: (ring.next + 1) % ring.kept.length } };
      },
      because: "you kept the output: the layer needs its own input again, d steps later",
    },
  ],
  praise: "One read and one write a layer, however large d is.",
});

/** @throws ExerciseError where a step's result has no output and ring, or a ring of another size */
function expectStep(result: unknown, d: number, sample: number): void {
  const wrong = (diagnosis: string): ExerciseError => new ExerciseError("ringLayer", diagnosis);
  const wanted = "wanted { out, ring: { kept, next } }";
  if (result === null || typeof result !== "object" || !("out" in result)) {
    const got = readNumbers(result);
    if (typeof got === "string") throw wrong(`${got} (${wanted})`);
    throw wrong(`${wanted}, got ${showNumbers(got)}: hand back the ring as well, the next sample needs it`);
  }
  const { ring } = result as { ring?: Partial<Ring> | null };
  if (ring === undefined || ring === null || typeof ring !== "object") {
    throw wrong(`${wanted}, got no ring: hand back the ring as well, the next sample needs it`);
  }
  const { kept, next } = ring;
  if (!(Array.isArray(kept) || ArrayBuffer.isView(kept)) || typeof next !== "number") {
    throw wrong(`${wanted}, got { out, ring: { ${Object.keys(ring).join(", ")} } }`);
  }
  if (kept.length !== d) {
    const holds = `kept holds ${kept.length} number${kept.length === 1 ? "" : "s"} after sample ${sample}, wanted d = ${d}`;
    throw wrong(`${holds}: the new sample takes the place of the oldest, and next is (next + 1) mod d`);
  }
}

/** A wrong place to read, to write or to go on from: each makes a layer of d = 1, so the outputs alone cannot tell them apart. */
function mistakenPlace(step: (value: number, ring: Ring, w: List) => { out: number; ring: Ring }): string | undefined {
  const { out, ring } = step(9, { kept: [1, 2, 3], next: 1 }, [10, 1]);
  if (out === 10 * 1 + 9) return "you read the newest of the kept samples: the oldest lies at next";
  const [, second, third] = ring.kept;
  if (second === 2 && third === 9) return "you write at next + 1: the new sample takes the oldest one's place, at next";
  return second === 9 && ring.next === 1 ? "the place never moves on: next time it is (next + 1) mod d" : undefined;
}

function ringStep(
  value: number,
  ring: Ring,
  w: List,
  how: "right" | "write first" | "forget" | "swap",
): { out: number; ring: Ring } {
  const kept = [...ring.kept];
  if (how === "write first") kept[ring.next] = value;
  const past = kept[ring.next]!;
  const out = how === "swap" ? w[0]! * value + w[1]! * past : w[0]! * past + w[1]! * value;
  if (how !== "forget") kept[ring.next] = value;
  return { out, ring: { kept, next: (ring.next + 1) % kept.length } };
}

export const sequencesSoundChecks = {
  seenSamples,
  muLawCode,
  dilatedLayer,
  ringLayer,
} satisfies Record<string, Check>;
