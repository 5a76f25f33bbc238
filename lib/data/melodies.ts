/**
 * Tunes by known rules, of which every chance is known. A tune has eight bars of four quarters or of three, written in eighths: at
 * each eighth a note begins, or the one before is held. All its notes are of one major scale. Nobody announces key and metre.
 *
 *   bars 1–2   I V     ends on a note of the dominant: a question
 *   bars 3–4   I I     bar 3 is often bar 1 once more; ends on the tonic: an answer
 *   bars 5–6   IV V    something new; ends on a note of the dominant
 *   bars 7–8   I I     often bars 3–4 once more; ends on the tonic
 *
 * In an even bar, which closes a phrase, the last note begins on the middle beat and is held. Elsewhere an eighth begins a note with a
 * chance that depends on how strong its beat is. A new note is mostly near the last one, and on a strong beat mostly of the chord.
 */
import type { RandomStream } from "../tensor/random";

/** The symbol before and after a tune. */
export const TUNE_EDGE = 0;
/** The symbol of an eighth in which no note begins. */
export const HOLD = 1;
/** MIDI numbers of the lowest and highest note that any key can have; the notes are the symbols from 2 on. */
export const [LOWEST_NOTE, HIGHEST_NOTE] = [50, 78];
/** How many symbols there are. */
export const TUNE_SYMBOLS = 2 + HIGHEST_NOTE - LOWEST_NOTE + 1;
/** Symbols of the longest tune, its end included. */
export const LONGEST_TUNE = 8 * 8 + 1;

/** A note's symbol. @param midi 60 is middle C */
export const noteSymbol = (midi: number): number => midi - LOWEST_NOTE + 2;
/** A symbol's note; undefined where it is none. */
export const symbolNote = (symbol: number): number | undefined => (symbol < 2 ? undefined : symbol - 2 + LOWEST_NOTE);

/** What a listener has to find out. */
export interface TuneKind {
  /** Semitones of the tonic above C, 0 to 11. */
  key: number;
  /** Eighths in a bar. */
  metre: 6 | 8;
}

/** All kinds, equally likely. */
export const TUNE_KINDS: readonly TuneKind[] = Array.from({ length: 24 }, (_, i) => ({
  key: i % 12,
  metre: i < 12 ? 8 : 6,
}));

/** Semitones of the major scale. */
export const SCALE = [0, 2, 4, 5, 7, 9, 11];
/** Degrees of a tune: from the dominant below the tonic to the tonic above it. */
export const DEGREES = Array.from({ length: 11 }, (_, i) => i - 3);
/** Chance that bar 3 repeats bar 1, and that bars 7–8 repeat bars 3–4. */
export const REPEATED = 0.75;
/** The widest step from note to note, in degrees: a fifth. */
export const WIDEST = 4;

/** Chance that a note begins at each eighth. */
const ONSETS = { 8: [1, 0.25, 0.7, 0.25, 0.9, 0.25, 0.7, 0.25], 6: [1, 0.25, 0.75, 0.25, 0.75, 0.25] } as const;
/** Where the last note of a closing bar begins. */
export const CLOSE = { 8: 4, 6: 2 } as const;
/** How likely a step of so many degrees is, before the chord has its say. */
const STEPS = [0.5, 1, 0.45, 0.15, 0.1];
/** How many times likelier a note of the chord is on a strong beat. */
const PULL = 4;
/** Degrees of I, IV and V, up to octaves. */
const CHORDS = { I: [0, 2, 4], IV: [3, 5, 0], V: [4, 6, 1] } as const;
const PLAN = ["I", "V", "I", "I", "IV", "V", "I", "I"] as const;

/** A degree's note in a key: tonics lie from G3 to F♯4. */
export function degreeNote(degree: number, key: number): number {
  return 55 + ((key + 5) % 12) + 12 * Math.floor(degree / 7) + SCALE[mod7(degree)]!;
}

export const mod7 = (degree: number): number => ((degree % 7) + 7) % 7;

/** Whether a closing note may be of this degree: the tonic after an answer, the fifth or the second after a question. */
export function closes(degree: number, bar: number): boolean {
  return bar % 4 === 3 ? mod7(degree) === 0 : mod7(degree) === 4 || mod7(degree) === 1;
}

/**
 * What may come next in a tune of which nothing is repeated: the chance of each symbol.
 * @param before the tune's symbols so far, all of them possible in this key
 * @throws RangeError for a kind that there is not
 */
export function nextSymbol(before: ArrayLike<number>, { key, metre }: TuneKind): Float64Array {
  expectKind("nextSymbol", { key, metre });
  const p = new Float64Array(TUNE_SYMBOLS);
  const time = before.length;
  if (time >= 8 * metre) {
    p[TUNE_EDGE] = 1;
    return p;
  }
  const [bar, eighth] = [Math.floor(time / metre), time % metre];
  const closing = bar % 2 === 1;
  const close = CLOSE[metre];
  const onset = closing && eighth >= close ? Number(eighth === close) : ONSETS[metre][eighth]!;
  p[HOLD] = 1 - onset;
  if (onset === 0) return p;
  const last = lastDegree(before, key);
  const strong = eighth === 0 || (metre === 8 && eighth === 4);
  const chord: readonly number[] = CHORDS[PLAN[bar]!];
  const weights = DEGREES.map((degree) => {
    if (closing && eighth === close && !closes(degree, bar)) return 0;
    const pull = strong && chord.includes(mod7(degree)) ? PULL : 1;
    return pull * (last === undefined ? Number(degree >= 0 && degree <= 4) : (STEPS[Math.abs(degree - last)] ?? 0));
  });
  const sum = weights.reduce((a, b) => a + b, 0);
  DEGREES.forEach((degree, i) => (p[noteSymbol(degreeNote(degree, key))]! += (onset * weights[i]!) / sum));
  return p;
}

/** The degree of the note that sounds last; undefined before the first. */
function lastDegree(before: ArrayLike<number>, key: number): number | undefined {
  for (let i = before.length - 1; i >= 0; i--) {
    const note = symbolNote(before[i]!);
    if (note !== undefined) return DEGREES.find((degree) => degreeNote(degree, key) === note);
  }
  return undefined;
}

/** Where a repeat may begin, how long it is, and how far back its original lies; in bars. */
export const REPEATS = [
  { from: 2, bars: 1, back: 2 },
  { from: 6, bars: 2, back: 4 },
] as const;

function expectKind(who: string, { key, metre }: TuneKind): void {
  if (Number.isInteger(key) && key >= 0 && key <= 11 && metre in ONSETS) return;
  throw new RangeError(`${who}: key ${key} and metre ${metre}, wanted a key from 0 to 11 and a metre of 6 or 8`);
}

/**
 * Draws a tune: its symbols, the edge at the end included (65 of four quarters, 49 of three).
 * @throws RangeError for a kind that there is not
 */
export function drawTune(stream: RandomStream, kind = TUNE_KINDS[stream.below(TUNE_KINDS.length)]!): number[] {
  expectKind("drawTune", kind);
  const tune: number[] = [];
  const { metre } = kind;
  while (tune.length <= 8 * metre) {
    const repeat = REPEATS.find(({ from }) => tune.length === from * metre);
    if (repeat !== undefined && stream.number() < REPEATED) {
      const start = tune.length - repeat.back * metre;
      tune.push(...tune.slice(start, start + repeat.bars * metre));
    } else {
      tune.push(stream.categorical([...nextSymbol(tune, kind)], 1)[0]!);
    }
  }
  return tune;
}
