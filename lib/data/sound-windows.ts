import type { RandomState, RandomStream } from "../tensor/random";
import { tf } from "../tensor/tf";
import { MU_LAW_SILENCE } from "./mu-law";
import { SOUND_CONDITION, soundCondition } from "./sounds";
import type { Voice } from "./sounds";

/** A sound to learn from. */
export interface LearnedSound {
  voice: Voice;
  /** Hz */
  pitch: number;
  /** μ-law codes */
  codes: Uint8Array;
}

export interface WindowSizes {
  /** Samples to predict. */
  length: number;
  /** Samples before them that are only seen: a model's receptive field. */
  before: number;
}

export interface SoundWindowsState extends WindowSizes {
  random: RandomState;
  /** How many sounds, and how many samples they have together. */
  sounds: number;
  samples: number;
}

/** Batches of pieces out of sounds, for training: which sound and where in it is drawn each time. */
export class SoundWindows {
  constructor(
    private readonly sounds: readonly LearnedSound[],
    private readonly sizes: WindowSizes,
    private readonly stream: RandomStream,
  ) {
    expectSizes("SoundWindows", sizes);
    const short = sounds.find(({ codes }) => codes.length < sizes.length);
    if (sounds.length === 0) throw new RangeError("SoundWindows: no sounds: give at least one");
    if (short) throw new RangeError(`SoundWindows: a sound has ${short.codes.length} samples, wanted ${sizes.length}`);
  }

  /**
   * `size` pieces. Silence stands before a sound's beginning, so that beginnings are learned as well.
   * @returns tokens int32 [size, before + length], and what was asked [size, K]
   */
  next(size: number): { tokens: tf.Tensor2D; condition: tf.Tensor2D } {
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`SoundWindows.next: ${size} pieces, wanted a whole number of 1 or more`);
    }
    const { before, length } = this.sizes;
    const chosen = Array.from({ length: size }, () => {
      const sound = this.sounds[this.stream.below(this.sounds.length)]!;
      // One piece in eight or so begins with the sound: there a model has most to learn.
      const places = sound.codes.length - length + 1;
      const place = this.stream.below(places + Math.ceil(places / 8)) - Math.ceil(places / 8);
      return { sound, at: Math.max(0, place) };
    });
    return soundPieces(chosen, { before, length });
  }

  /** The position in the stream of places, as plain JSON. */
  save(): SoundWindowsState {
    const samples = this.sounds.reduce((sum, { codes }) => sum + codes.length, 0);
    const { length, before } = this.sizes;
    return { random: this.stream.save(), sounds: this.sounds.length, samples, length, before };
  }

  /** Goes on where `state` was saved. @throws Error when it belongs to other sounds or other sizes */
  restore(state: SoundWindowsState): void {
    const now = this.save();
    for (const name of ["sounds", "samples", "length", "before"] as const) {
      if (state[name] === now[name]) continue;
      throw new Error(`SoundWindows.restore: saved with ${name} ${state[name]}, now it is ${now[name]}: start again`);
    }
    this.stream.restore(state.random);
  }
}

/**
 * Pieces of sounds that begin at given places.
 * @returns as SoundWindows.next
 * @throws RangeError where a piece does not fit into its sound, and for sizes that are none
 */
export function soundPieces(
  chosen: readonly { sound: LearnedSound; at: number }[],
  { before, length }: WindowSizes,
): { tokens: tf.Tensor2D; condition: tf.Tensor2D } {
  expectSizes("soundPieces", { before, length });
  for (const { sound, at } of chosen) {
    if (Number.isInteger(at) && at >= 0 && at + length <= sound.codes.length) continue;
    throw new RangeError(`soundPieces: ${length} samples at ${at} do not fit into a sound of ${sound.codes.length}`);
  }
  const wide = before + length;
  const tokens = new Int32Array(chosen.length * wide).fill(MU_LAW_SILENCE);
  const conditions = new Float32Array(chosen.length * SOUND_CONDITION);
  chosen.forEach(({ sound, at }, row) => {
    const from = Math.max(0, at - before);
    tokens.set(sound.codes.subarray(from, at + length), row * wide + before - (at - from));
    conditions.set(soundCondition(sound.voice, sound.pitch), row * SOUND_CONDITION);
  });
  return {
    tokens: tf.tensor2d(tokens, [chosen.length, wide], "int32"),
    condition: tf.tensor2d(conditions, [chosen.length, SOUND_CONDITION]),
  };
}

function expectSizes(who: string, sizes: WindowSizes): void {
  for (const [name, least] of [
    ["length", 1],
    ["before", 0],
  ] as const) {
    if (Number.isInteger(sizes[name]) && sizes[name] >= least) continue;
    throw new RangeError(`${who}: wanted ${name}, a whole number of ${least} or more, got ${sizes[name]}`);
  }
}
