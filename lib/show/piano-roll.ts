import type { Note } from "../data/melody-sound";
import type { Figure } from "./figure";
import { lineFigure } from "./line-figure";
import type { Color } from "./style";

/** A tune by its notes. */
export interface Roll {
  name: string;
  notes: readonly Note[];
  color?: Color;
}

export interface PianoRollOptions {
  title?: string;
  /** Eighths in a bar. */
  metre: number;
  width?: number;
  /** Enough for the names of all notes unless given. */
  height?: number;
}

/** Pixels of a semitone: two names one apart must not touch. */
const ROW = 13;
const SHARPS = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"];
const FLATS = ["C", "D♭", "D", "E♭", "E", "F", "G♭", "G", "A♭", "A", "B♭", "B"];

/** A note's name: 60 is C4, 61 C♯4 or D♭4. */
export function noteName(midi: number, signs: "♯" | "♭" = "♯"): string {
  return `${(signs === "♯" ? SHARPS : FLATS)[midi % 12]}${Math.floor(midi / 12) - 1}`;
}

/**
 * Tunes as a piano roll: a bar for each note, as long as it sounds, at its height. Dashed lines are the bar lines; every height that
 * sounds is named.
 * @throws Error without a note
 */
export function pianoRoll(rolls: readonly Roll[], { title, metre, width, height }: PianoRollOptions): Figure {
  const notes = rolls.flatMap((roll) => roll.notes);
  if (notes.length === 0)
    throw new Error("pianoRoll: no notes: give at least one { name, notes: [{ start, length, midi }] }");
  const [low, high] = [Math.min(...notes.map(({ midi }) => midi)), Math.max(...notes.map(({ midi }) => midi))];
  const room = height ?? Math.max(260, 102 + ROW * (high - low + 2));
  const end = Math.max(...notes.map(({ start, length }) => start + length));
  const bars = Math.ceil(end / metre);
  // The major scales with F are written with flats, those with sharps have F♯ (or E♯) instead.
  const signs = notes.some(({ midi }) => midi % 12 === 5) ? "♭" : "♯";
  const heights = [...new Set(notes.map(({ midi }) => midi))].sort((a, b) => a - b);
  return lineFigure({
    ...(title !== undefined && { title }),
    x: {
      title: "bar",
      range: [-0.3, bars * metre + 0.3],
      ticks: {
        values: Array.from({ length: bars }, (_, bar) => bar * metre),
        labels: Array.from({ length: bars }, (_, bar) => String(bar + 1)),
      },
    },
    y: {
      title: "note",
      range: [low - 1, high + 1],
      ticks: { values: heights, labels: heights.map((midi) => noteName(midi, signs)) },
    },
    lines: rolls.map(({ name, notes: own, color }) => ({
      name,
      // A gap after each note: begun a little late and ended a little early, so that repeated notes stay two.
      x: own.flatMap(({ start, length }) => [start + 0.08, start + length - 0.08, start + length - 0.04]),
      y: own.flatMap(({ midi }) => [midi, midi, NaN]),
      width: 7,
      ...(color !== undefined && { color }),
    })),
    rules: Array.from({ length: bars - 1 }, (_, bar) => ({ x: (bar + 1) * metre })),
    ...(width !== undefined && { width }),
    height: room,
  });
}
