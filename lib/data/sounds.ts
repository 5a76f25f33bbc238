/**
 * Sounds of which everything is known: spoken vowels and plucked strings, 8,000 samples a second.
 *
 *   vowel   source and filter [Fant 1960]: a train of glottal pulses [Rosenberg 1971] and a little breath, through three
 *           resonances in a row [Klatt 1980]. The resonances, the formants, make the vowel; the pulses make the pitch.
 *   string  a burst of noise that runs round a loop and is smoothed at every turn [Karplus & Strong 1983].
 *
 * Both are a sum of earlier samples, something known, and a little fresh noise: x = Σ aₖ·x₋ₖ + m + s·n. So the chance of every
 * sample given all before it is known too, and with it how many bits its μ-law code is worth: no model can pay less.
 */
import { normalMass } from "../evaluate/normal";
import type { RandomStream } from "../tensor/random";
import { muLawEdge, muLawEncode } from "./mu-law";

/** Samples a second. */
export const SOUND_RATE = 8000;

/** Formants of American men in Hz [Peterson & Barney 1952, table II]: heed, head, hod, hawed, who'd. */
export const FORMANTS = {
  i: [270, 2290, 3010],
  e: [530, 1840, 2480],
  a: [730, 1090, 2440],
  o: [570, 840, 2410],
  u: [300, 870, 2240],
} as const;

/** Who sounds. */
export type Voice = keyof typeof FORMANTS | "string";
export const VOICES: readonly Voice[] = ["i", "e", "a", "o", "u", "string"];

/** The pitches that there are, in Hz: an octave. */
export const PITCHES = { lowest: 100, highest: 200 } as const;

/** Widths of the three resonances in Hz. */
const WIDTHS = [60, 90, 140];
/** Of a vowel's breath to its pulses' steepest slope. */
const BREATH = 0.04;
/** Of a string's fresh noise to its burst. */
const SCRATCH = 0.005;
/** What is left of a string's sound after each turn, before smoothing. */
const KEPT = 0.996;
/** The loudest sample of every sound. */
const LOUDEST = 0.8;

/** What is asked for. */
export interface SoundRequest {
  voice: Voice;
  /** Hz */
  pitch: number;
  /** How many samples. */
  length: number;
}

/** One sound with its truth. */
export interface Sound {
  voice: Voice;
  /** Hz. A string's loop is a whole number of samples and a half: its pitch is the nearest that can be had. */
  pitch: number;
  /** −0.8 to 0.8 */
  samples: Float32Array;
  /** Their μ-law codes. */
  codes: Uint8Array;
  /** −log₂ of each code's chance for one who knows the filter, the pulses and the unrounded samples before it. */
  bits: () => Float32Array;
  /** Another future: the same samples up to `from`, then those that other noise would have made. */
  again: (from: number, stream: RandomStream) => Float32Array;
}

/** x = Σ aₖ·x₋ₖ + m + s·n at every time, up to the loudness. */
interface Process {
  /** k and aₖ */
  echoes: readonly (readonly [number, number])[];
  /** m */
  push: (time: number) => number;
  /** s */
  deviation: (time: number) => number;
}

/**
 * One sound, from its very beginning.
 * @throws RangeError for another voice, a pitch outside 50 … 1,000 Hz, or a length below 1
 */
export function makeSound({ voice, pitch, length }: SoundRequest, stream: RandomStream): Sound {
  if (!VOICES.includes(voice)) {
    throw new RangeError(`makeSound: no voice ${JSON.stringify(voice)}: there are ${VOICES.join(", ")}`);
  }
  if (!(pitch >= 50 && pitch <= 1000)) throw new RangeError(`makeSound: pitch ${pitch}, wanted 50 to 1,000 Hz`);
  if (!Number.isInteger(length) || length < 1) throw new RangeError(`makeSound: length ${length}, wanted 1 or more`);
  const turn = Math.round(SOUND_RATE / pitch - 0.5); // a string's whole samples
  const process = voice === "string" ? stringProcess(turn) : vowelProcess(voice, pitch, stream.number());
  const { x, means } = run(process, stream.normalArray(length));
  const gain = LOUDEST / x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const samples = Float32Array.from(x, (value) => gain * value);
  const codes = muLawEncode(samples);
  const bits = (): Float32Array =>
    Float32Array.from(codes, (code, t) => {
      const [low, high] = [muLawEdge(code), muLawEdge(code + 1)];
      return -Math.log2(normalMass(low, high, gain * means[t]!, gain * process.deviation(t)));
    });
  const again = (from: number, other: RandomStream): Float32Array => {
    const future = run(process, other.normalArray(length), x.subarray(0, from)).x;
    return Float32Array.from(future, (value) => Math.max(-1, Math.min(1, gain * value)));
  };
  const truePitch = voice === "string" ? SOUND_RATE / (turn + 0.5) : pitch;
  return { voice, pitch: truePitch, samples, codes, bits, again };
}

/** x and what each was expected to be. @param past samples that are there already */
function run(
  process: Process,
  noise: Float32Array,
  past: Float64Array = new Float64Array(0),
): { x: Float64Array; means: Float64Array } {
  const x = new Float64Array(noise.length);
  const means = new Float64Array(noise.length);
  x.set(past);
  for (let t = 0; t < x.length; t++) {
    let mean = process.push(t);
    for (const [k, a] of process.echoes) if (k <= t) mean += a * x[t - k]!;
    means[t] = mean;
    if (t >= past.length) x[t] = mean + process.deviation(t) * noise[t]!;
  }
  return { x, means };
}

/** @param turn whole samples of the loop @returns a loop of turn + ½ samples: half of each of two neighbours comes back */
function stringProcess(turn: number): Process {
  return {
    echoes: [
      [turn, KEPT / 2],
      [turn + 1, KEPT / 2],
    ],
    push: () => 0,
    deviation: (t) => (t <= turn ? 1 : SCRATCH),
  };
}

/** @param phase where in its period the source begins, 0 to 1 */
function vowelProcess(vowel: keyof typeof FORMANTS, pitch: number, phase: number): Process {
  // Each resonance is 1 − 2r·cos θ·z⁻¹ + r²·z⁻²; in a row they multiply.
  const polynomial = FORMANTS[vowel].reduce<number[]>(
    (product, formant, i) => {
      const r = Math.exp((-Math.PI * WIDTHS[i]!) / SOUND_RATE);
      const factor = [1, -2 * r * Math.cos((2 * Math.PI * formant) / SOUND_RATE), r * r];
      const next = new Array<number>(product.length + 2).fill(0);
      product.forEach((p, k) => factor.forEach((f, j) => (next[k + j]! += p * f)));
      return next;
    },
    [1],
  );
  return {
    echoes: polynomial.slice(1).map((a, k) => [k + 1, -a] as const),
    push: (t) => glottalSlope((phase + (t * pitch) / SOUND_RATE) % 1),
    deviation: () => BREATH,
  };
}

/** Parts of a period in which the glottis opens, and closes. */
const [OPENING, CLOSING] = [0.4, 0.16];

/** The slope of the air flow at a place of the period, at most 1 in size: what leaves the lips is a slope [Rosenberg 1971, C]. */
function glottalSlope(phase: number): number {
  if (phase < OPENING) return (CLOSING / OPENING) * Math.sin((Math.PI * phase) / OPENING);
  if (phase < OPENING + CLOSING) return -Math.sin((0.5 * Math.PI * (phase - OPENING)) / CLOSING);
  return 0;
}

/** Bumps along the octave by which a pitch is told, half of them a semitone apart. */
const BUMPS = 25;
const SEMITONE = 2 ** (1 / 12);
/** How many numbers tell a network what is asked: six voices, and the bumps. */
export const SOUND_CONDITION = VOICES.length + BUMPS;

/**
 * Voice and pitch as numbers for a network: 1 for the voice, and how near the pitch is to each of 25 places along the octave.
 * Neighbouring pitches have nearly the same numbers, so what is learned of one helps the next.
 * @throws RangeError for another voice, and for a pitch more than a semitone outside the octave, where no bump would tell it
 */
export function soundCondition(voice: Voice, pitch: number): Float32Array {
  if (!VOICES.includes(voice)) {
    throw new RangeError(`soundCondition: no voice ${JSON.stringify(voice)}: there are ${VOICES.join(", ")}`);
  }
  if (!(pitch >= PITCHES.lowest / SEMITONE && pitch <= PITCHES.highest * SEMITONE)) {
    throw new RangeError(
      `soundCondition: pitch ${pitch}, wanted ${PITCHES.lowest} to ${PITCHES.highest} Hz: no network here knows others`,
    );
  }
  const place = Math.log2(pitch / PITCHES.lowest) * (BUMPS - 1);
  return Float32Array.from({ length: SOUND_CONDITION }, (_, i) =>
    i < VOICES.length ? Number(VOICES[i] === voice) : Math.exp(-0.5 * (place - (i - VOICES.length)) ** 2),
  );
}
