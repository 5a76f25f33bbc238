/**
 * A digit that flies through a room with rough walls: a little film whose laws are known. Between walls it moves by the same
 * number of whole pixels in every frame. Where its ink would cross a wall it turns back, and how fast it goes on, and how far
 * sideways, is drawn anew: what comes after a wall nobody can know.
 */
import type { RandomState, RandomStream } from "../tensor/random";
import { expectNumbers, expectShape, expectSize, PIXELS } from "../tensor/expect";
import { tf } from "../tensor/tf";
import type { DigitSet } from "./mnist";
import { fitted, overlay } from "./pixel-maps";

/** Clips drawn at random; the caller disposes `frames`. */
export interface ClipBatch {
  /** [B, frames·784] in [−1, 1], frame after frame */
  frames: tf.Tensor2D;
  /** Per clip: the frames before which a wall was hit. */
  bounces: number[][];
}

/** Where the box's corner is in a frame, how it came there, and whether a wall was hit on the way. */
interface Moment {
  x: number;
  y: number;
  right: number;
  down: number;
  hit: boolean;
}

/** Least and largest column and row of the corner, so that all ink stays in the room. */
interface Limits {
  x: readonly [number, number];
  y: readonly [number, number];
}

/** A digit of SIDE² pixels, and its flight. */
interface Clip {
  piece: Float32Array;
  limits: Limits;
  flight: Moment[];
}

const SIZE = 28;
/** Side of the digit's box. */
const SIDE = 12;
/** Pixels a frame, in each direction, at least 1. */
const FASTEST = 2;
/** Grey levels below this are no ink: a film has none. */
const FAINT = 0.1;

/** A source of films. */
export class BouncingDigits {
  constructor(
    private readonly set: DigitSet,
    private readonly options: { frames: number; stream: RandomStream },
  ) {
    if (set.count === 0) throw new Error("BouncingDigits: the set is empty: give it at least one digit");
    const { frames } = options;
    if (!Number.isInteger(frames) || frames < 1)
      throw new RangeError(`BouncingDigits: wanted frames, 1 or more, got ${frames}`);
  }

  /** So many clips, all of the same length. */
  next(size: number): ClipBatch {
    expectSize("BouncingDigits.next", "size", size);
    return this.filmed(this.draw(size));
  }

  /**
   * Twins: clips that share their first `known` frames, and whose futures are drawn apart. The second ones are what a
   * perfect model of these films would say after the first ones' beginning.
   */
  twins(size: number, known: number): [ClipBatch, ClipBatch] {
    const { frames } = this.options;
    expectSize("BouncingDigits.twins", "size", size);
    if (!Number.isInteger(known) || known < 1 || known > frames)
      throw new RangeError(`BouncingDigits.twins: wanted known, 1 … ${frames} frames, got ${known}`);
    const clips = this.draw(size);
    const others = clips.map((clip) => ({ ...clip, flight: this.flight(clip.flight.slice(0, known), clip.limits) }));
    return [this.filmed(clips), this.filmed(others)];
  }

  private draw(size: number): Clip[] {
    return Array.from({ length: size }, () => {
      const digit = fitted(this.set.grey(this.options.stream.below(this.set.count)), SIDE);
      const piece = digit.map((grey) => (grey < FAINT ? 0 : grey)); // its edge is to be seen
      const limits = limitsOf(piece);
      return { piece, limits, flight: this.flight([this.start(limits)], limits) };
    });
  }

  private filmed(clips: readonly Clip[]): ClipBatch {
    const { frames } = this.options;
    const values = new Float32Array(clips.length * frames * SIZE * SIZE);
    clips.forEach(({ piece, flight }, b) => {
      flight.forEach(({ x, y }, f) => {
        const from = (b * frames + f) * SIZE * SIZE;
        overlay(values.subarray(from, from + SIZE * SIZE), SIZE, piece, { x, y, size: SIDE });
      });
    });
    for (let i = 0; i < values.length; i++) values[i] = 2 * values[i]! - 1;
    const bounces = clips.map(({ flight }) => flight.flatMap(({ hit }, f) => (hit ? [f] : [])));
    return { frames: tf.tensor2d(values, [clips.length, frames * SIZE * SIZE]), bounces };
  }

  save(): RandomState {
    return this.options.stream.save();
  }

  restore(state: RandomState): void {
    this.options.stream.restore(state);
  }

  private start({ x, y }: Limits): Moment {
    const within = ([least, most]: readonly [number, number]): number =>
      least + this.options.stream.below(most - least + 1);
    return { x: within(x), y: within(y), right: this.speed(), down: this.speed(), hit: false };
  }

  /** A flight that has begun, to its end. */
  private flight(begun: readonly Moment[], limits: Limits): Moment[] {
    const moments = [...begun];
    while (moments.length < this.options.frames) moments.push(this.after(moments.at(-1)!, limits));
    return moments;
  }

  private after({ x, y, right, down }: Moment, limits: Limits): Moment {
    const sides = [!isWithin(x + right, limits.x), !isWithin(y + down, limits.y)];
    const hit = sides.includes(true);
    if (hit) {
      const away = (speed: number): number => -Math.sign(speed) * Math.abs(this.speed());
      [right, down] = [sides[0] ? away(right) : this.speed(), sides[1] ? away(down) : this.speed()];
    }
    return { x: clamped(x + right, limits.x), y: clamped(y + down, limits.y), right, down, hit };
  }

  /** ±1 … ±FASTEST */
  private speed(): number {
    return (1 + this.options.stream.below(FASTEST)) * (this.options.stream.below(2) === 0 ? -1 : 1);
  }
}

/**
 * The frame that follows if everything goes on as before: `now`, moved once more as the middle of its ink has moved since
 * `before`, by whole pixels. Video codecs call it motion compensation. Both [B, 784] in [−1, 1] → [B, 784]
 * @throws Error for other shapes; RangeError for a pixel outside [−1, 1]
 */
export function movedOn(before: tf.Tensor2D, now: tf.Tensor2D): tf.Tensor2D {
  expectShape("movedOn", "before", before, ["B", SIZE * SIZE], "28 × 28 pixels, each frame as one row");
  expectShape("movedOn", "now", now, before.shape, "a frame for each one before");
  expectNumbers("movedOn", "before", before, PIXELS);
  expectNumbers("movedOn", "now", now, PIXELS);
  const [from, to] = [before.dataSync(), now.dataSync()];
  const values = new Float32Array(to.length).fill(-1);
  for (let at = 0; at < to.length; at += SIZE * SIZE) {
    const frame = to.subarray(at, at + SIZE * SIZE);
    const [start, end] = [middle(from.subarray(at, at + SIZE * SIZE)), middle(frame)];
    const [right, down] = [0, 1].map((k) => Math.round(end[k]! - start[k]!)) as [number, number];
    for (let i = 0; i < frame.length; i++) {
      const [x, y] = [(i % SIZE) + right, Math.floor(i / SIZE) + down];
      if (x >= 0 && x < SIZE && y >= 0 && y < SIZE) values[at + y * SIZE + x] = frame[i]!;
    }
  }
  return tf.tensor2d(values, now.shape);
}

/** Column and row of the middle of a frame's ink; specks paler than a tenth do not count. The centre without any. */
function middle(frame: ArrayLike<number>): [number, number] {
  let [ink, x, y] = [0, 0, 0];
  for (let i = 0; i < frame.length; i++) {
    const grey = (frame[i]! + 1) / 2;
    if (grey < FAINT) continue;
    ink += grey;
    x += grey * (i % SIZE);
    y += grey * Math.floor(i / SIZE);
  }
  return ink === 0 ? [SIZE / 2, SIZE / 2] : [x / ink, y / ink];
}

function limitsOf(piece: Float32Array): Limits {
  const [columns, rows] = [new Set<number>(), new Set<number>()];
  piece.forEach((grey, i) => {
    if (grey === 0) return;
    columns.add(i % SIDE);
    rows.add(Math.floor(i / SIDE));
  });
  const limits = (inked: Set<number>): [number, number] => [-Math.min(...inked), SIZE - 1 - Math.max(...inked)];
  return { x: limits(columns), y: limits(rows) };
}

function isWithin(place: number, [least, most]: readonly [number, number]): boolean {
  return place >= least && place <= most;
}

function clamped(place: number, [least, most]: readonly [number, number]): number {
  return Math.max(least, Math.min(most, place));
}
