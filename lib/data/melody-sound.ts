// Tunes made audible and visible.
import { symbolNote, TUNE_EDGE } from "./melodies";

/** A note of a tune. */
export interface Note {
  /** When it begins and how long it sounds, in eighths. */
  start: number;
  length: number;
  /** MIDI number; 60 is middle C. */
  midi: number;
}

/** A tune's notes, up to its end. */
export function tuneNotes(tune: ArrayLike<number>): Note[] {
  const notes: Note[] = [];
  for (let time = 0; time < tune.length && tune[time] !== TUNE_EDGE; time++) {
    const midi = symbolNote(tune[time]!);
    if (midi !== undefined) notes.push({ start: time, length: 1, midi });
    else if (notes.length > 0) notes.at(-1)!.length++;
  }
  return notes;
}

/** Of a second: how long a tone takes to rise, and to fall after its note is over. */
const [RISE, FALL] = [0.005, 0.03];
/** Overtones: how loud each is, and how much faster than the one below it fades. */
const PARTIALS = [1, 0.5, 0.25, 0.12, 0.06];

/**
 * Plays a tune: each note as a few overtones that fade, the higher ones faster, like a plucked or struck instrument.
 * @param rate samples a second
 * @param eighth its length in seconds
 */
export function tuneSound(tune: ArrayLike<number>, rate: number, eighth = 0.16): Float32Array {
  const notes = tuneNotes(tune);
  const seconds = notes.reduce((end, { start, length }) => Math.max(end, (start + length) * eighth), 0) + FALL;
  const samples = new Float32Array(Math.ceil(seconds * rate));
  for (const { start, length, midi } of notes) {
    const frequency = 440 * 2 ** ((midi - 69) / 12);
    const [from, lasting] = [start * eighth, length * eighth];
    const count = Math.floor((lasting + FALL) * rate);
    for (let i = 0; i < count; i++) {
      const t = i / rate;
      const loud = Math.min(1, t / RISE) * Math.min(1, (lasting + FALL - t) / FALL);
      let value = 0;
      PARTIALS.forEach((share, h) => {
        const f = frequency * (h + 1);
        if (f < rate / 2) value += share * Math.exp(-2.2 * (h + 1) * t) * Math.sin(2 * Math.PI * f * t);
      });
      const at = Math.round(from * rate) + i;
      if (at < samples.length) samples[at]! += 0.45 * loud * value;
    }
  }
  return samples.map((x) => Math.max(-1, Math.min(1, x)));
}
