// Which rules of melodies.ts a tune keeps: none of them is ever told to a model.
import { CLOSE, closes, DEGREES, degreeNote, HOLD, symbolNote, TUNE_EDGE, WIDEST } from "./melodies";

/** The rules that the generator never breaks, and its two habits. */
export interface TuneReport {
  /** 8 bars of 8 or of 6 eighths, then the end. */
  length: boolean;
  /** A note begins in every bar's first eighth. */
  metre: boolean;
  /** All notes belong to one major scale, whose tonic is the last note. */
  key: boolean;
  /** Bars 2, 4, 6 and 8 end on a held note that begins on the middle beat. */
  closing: boolean;
  /** Bars 2 and 6 end on the fifth or the second, bars 4 and 8 on the tonic. */
  cadences: boolean;
  /** Within a phrase no step is wider than a fifth. */
  steps: boolean;
  /** A habit, three times in four: bar 3 is bar 1 once more. */
  firstRepeat: boolean;
  /** A habit, three times in four: bars 7–8 are bars 3–4 once more. */
  lastRepeat: boolean;
}

/**
 * Judges a tune. One whose length is no tune's is judged by the metre that is nearer; bars that it lacks
 * keep no rule.
 * @param tune symbols, up to the first edge
 */
export function tuneReport(tune: ArrayLike<number>): TuneReport {
  const all = Array.from(tune);
  const end = all.indexOf(TUNE_EDGE);
  const symbols = end < 0 ? all : all.slice(0, end);
  const metre = symbols.length > 56 ? 8 : 6;
  const bars = Array.from({ length: 8 }, (_, bar) => symbols.slice(bar * metre, (bar + 1) * metre));
  const notes = symbols.flatMap((symbol) => symbolNote(symbol) ?? []);
  const lastOf = (bar: number): number | undefined => bars[bar]!.flatMap((symbol) => symbolNote(symbol) ?? []).at(-1);
  const key = keyOf(notes);
  const degree = (note: number): number => DEGREES.find((d) => degreeNote(d, key!) === note)!;
  const close = CLOSE[metre];
  return {
    length: end >= 0 && symbols.length === 8 * metre,
    metre: bars.every((bar) => symbolNote(bar[0] ?? HOLD) !== undefined),
    key: key !== undefined,
    closing: [1, 3, 5, 7].every((bar) => {
      const end = bars[bar]!.slice(close);
      return end.length > 0 && end.every((s, i) => (i === 0 ? s !== HOLD : s === HOLD));
    }),
    cadences: key !== undefined && [1, 3, 5, 7].every((bar) => closes(degree(lastOf(bar) ?? NaN) ?? NaN, bar)),
    steps:
      key !== undefined &&
      [0, 2, 4, 6].every((bar) => {
        const phrase = [...bars[bar]!, ...bars[bar + 1]!].flatMap((symbol) => symbolNote(symbol) ?? []).map(degree);
        return phrase.length > 0 && phrase.every((d, i) => i === 0 || Math.abs(d - phrase[i - 1]!) <= WIDEST);
      }),
    firstRepeat: same(bars[2]!, bars[0]!),
    lastRepeat: same([...bars[6]!, ...bars[7]!], [...bars[2]!, ...bars[3]!]),
  };
}

/** The key whose tonic is the last note, if all notes are of its scale. */
function keyOf(notes: readonly number[]): number | undefined {
  const last = notes.at(-1);
  if (last === undefined) return undefined;
  const key = last % 12;
  const scale = new Set(DEGREES.map((degree) => degreeNote(degree, key)));
  return notes.every((note) => scale.has(note)) ? key : undefined;
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length > 0 && a.length === b.length && a.every((symbol, i) => symbol === b[i]);
}
