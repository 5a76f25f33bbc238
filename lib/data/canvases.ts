/**
 * Canvases with one to four digits, each in a box of its own: pictures with a layout, for a model that draws what is
 * wanted where it is wanted.
 */
import type { RandomState, RandomStream } from "../tensor/random";
import { expectNumbers, expectShape, expectSize, PIXELS } from "../tensor/expect";
import { tf } from "../tensor/tf";
import type { DigitSet } from "./mnist";
import { edgeMap, fitted, overlay, resampled } from "./pixel-maps";
import type { Box } from "./pixel-maps";

/** A box and the digit that stands in it. */
export interface DigitBox extends Box {
  digit: number;
}

/** Canvases drawn at random; the caller disposes the tensors. */
export interface CanvasBatch {
  /** [B, 784] in [−1, 1] */
  images: tf.Tensor2D;
  layouts: DigitBox[][];
}

const SIZE = 28;
/** Side of a box by number of digits, from … to. */
const SIDES: readonly (readonly [number, number])[] = [
  [12, 24],
  [11, 13],
  [10, 12],
  [10, 12],
];

/** A source of canvases. */
export class Canvases {
  constructor(
    private readonly set: DigitSet,
    private readonly stream: RandomStream,
  ) {
    if (set.count === 0) throw new Error("Canvases: the set is empty: give it at least one digit");
  }

  /** So many canvases; digits, boxes and their number at random. */
  next(size: number): CanvasBatch {
    expectSize("Canvases.next", "size", size);
    const values = new Float32Array(size * SIZE * SIZE);
    const layouts = Array.from({ length: size }, (_, b) => {
      const canvas = values.subarray(b * SIZE * SIZE, (b + 1) * SIZE * SIZE);
      return this.boxes(1 + this.stream.below(4)).map((box) => {
        const index = this.stream.below(this.set.count);
        overlay(canvas, SIZE, fitted(this.set.grey(index), box.size), box);
        return { ...box, digit: this.set.labels[index]! };
      });
    });
    for (let i = 0; i < values.length; i++) values[i] = 2 * values[i]! - 1;
    return { images: tf.tensor2d(values, [size, SIZE * SIZE]), layouts };
  }

  save(): RandomState {
    return this.stream.save();
  }

  restore(state: RandomState): void {
    this.stream.restore(state);
  }

  /** n boxes that do not overlap. */
  private boxes(n: number): Box[] {
    const [from, to] = SIDES[n - 1]!;
    const boxes: Box[] = [];
    for (let tries = 0; boxes.length < n; tries++) {
      if (tries % 40 === 39) boxes.length = 0; // stuck: begin again
      const size = from + this.stream.below(to - from + 1);
      const box = { x: this.stream.below(SIZE - size + 1), y: this.stream.below(SIZE - size + 1), size };
      if (boxes.every((other) => apart(box, other))) boxes.push(box);
    }
    return boxes;
  }
}

/**
 * Layouts as pictures: ten planes side by side, plane d is 1 within the boxes that must hold digit d, 0 elsewhere.
 * @returns [B, 10·784]
 * @throws RangeError naming a box that leaves the canvas, or whose digit is none
 */
export function layoutPlanes(layouts: readonly (readonly DigitBox[])[]): tf.Tensor2D {
  const values = new Float32Array(layouts.length * 10 * SIZE * SIZE);
  expectBoxes("layoutPlanes", layouts);
  layouts.forEach((boxes, b) => {
    for (const { digit, x, y, size } of boxes) {
      if (!Number.isInteger(digit) || digit < 0 || digit > 9) {
        throw new RangeError(`layoutPlanes: digit ${digit} in a box of ${size} at (${x}, ${y}): wanted 0 to 9`);
      }
      for (let row = y; row < y + size; row++)
        values.fill(1, ((b * 10 + digit) * SIZE + row) * SIZE + x, ((b * 10 + digit) * SIZE + row) * SIZE + x + size);
    }
  });
  return tf.tensor2d(values, [layouts.length, 10 * SIZE * SIZE]);
}

/**
 * The outline of each picture: x [B, 784] in [−1, 1] → [B, 784], 1 on edges and 0 elsewhere.
 * @throws Error for another shape; RangeError for a pixel outside [−1, 1], and for pictures that seem to be in [0, 1]
 */
export function edgeMaps(x: tf.Tensor2D): tf.Tensor2D {
  expectPictures("edgeMaps", x);
  const values = x.dataSync<"float32">();
  if (values.every((value) => value >= 0) && values.some((value) => value > 0)) {
    throw new RangeError("edgeMaps: no number of x is below 0: pictures in [0, 1] have to become 2x − 1");
  }
  const maps = new Float32Array(values.length);
  for (let from = 0; from < values.length; from += SIZE * SIZE) {
    maps.set(edgeMap(values.subarray(from, from + SIZE * SIZE).map((v) => (v + 1) / 2)), from);
  }
  return tf.tensor2d(maps, x.shape);
}

/**
 * Each box of each canvas, in order, as a picture of its own for the digit classifier: scaled to 20 pixels, amid 28.
 * x [B, 784] in [−1, 1] → [boxes, 784]
 * @throws Error for another shape, and unless there is one layout for each picture; RangeError for a pixel outside [−1, 1], and for a
 * box that leaves the canvas
 */
export function cutOut(x: tf.Tensor2D, layouts: readonly (readonly DigitBox[])[]): tf.Tensor2D {
  expectLayouts("cutOut", x, layouts);
  const values = x.dataSync();
  const pieces = layouts.flatMap((boxes, b) => {
    const grey = values.subarray(b * SIZE * SIZE, (b + 1) * SIZE * SIZE).map((v) => (v + 1) / 2);
    return boxes.map((box) => {
      const piece = new Float32Array(SIZE * SIZE);
      overlay(piece, SIZE, resampled(grey, SIZE, box, 20), { x: 4, y: 4, size: 20 });
      return piece.map((v) => 2 * v - 1);
    });
  });
  const all = new Float32Array(pieces.length * SIZE * SIZE);
  pieces.forEach((piece, i) => all.set(piece, i * SIZE * SIZE));
  return tf.tensor2d(all, [pieces.length, SIZE * SIZE]);
}

/**
 * The share of each canvas's ink that lies within its boxes, 0 … 1. x [B, 784] in [−1, 1]
 * @throws Error and RangeError as cutOut
 */
export function inkInside(x: tf.Tensor2D, layouts: readonly (readonly Box[])[]): number[] {
  expectLayouts("inkInside", x, layouts);
  const values = x.dataSync();
  return layouts.map((boxes, b) => {
    let [inside, all] = [0, 0];
    for (let i = 0; i < SIZE * SIZE; i++) {
      const ink = (values[b * SIZE * SIZE + i]! + 1) / 2;
      const [row, column] = [Math.floor(i / SIZE), i % SIZE];
      all += ink;
      if (boxes.some(({ x, y, size }) => column >= x && column < x + size && row >= y && row < y + size)) inside += ink;
    }
    return all > 0 ? inside / all : 0;
  });
}

function expectPictures(who: string, x: tf.Tensor2D): void {
  expectShape(who, "x", x, ["B", SIZE * SIZE], "28 × 28 pixels, each picture as one row");
  expectNumbers(who, "x", x, PIXELS);
}

/** One layout for each picture, in the same order. */
function expectLayouts(who: string, x: tf.Tensor2D, layouts: readonly (readonly Box[])[]): void {
  expectPictures(who, x);
  if (layouts.length !== x.shape[0])
    throw new Error(`${who}: ${layouts.length} layouts for ${x.shape[0]} pictures: give one for each`);
  expectBoxes(who, layouts);
}

function expectBoxes(who: string, layouts: readonly (readonly Box[])[]): void {
  for (const { x, y, size } of layouts.flat()) {
    const within = size > 0 && Math.min(x, y) >= 0 && Math.max(x, y) + size <= SIZE;
    if (within && [x, y, size].every(Number.isInteger)) continue;
    throw new RangeError(`${who}: a box of ${size} at (${x}, ${y}): wanted whole pixels within ${SIZE} × ${SIZE}`);
  }
}

function apart(a: Box, b: Box): boolean {
  return a.x >= b.x + b.size || b.x >= a.x + a.size || a.y >= b.y + b.size || b.y >= a.y + a.size;
}
