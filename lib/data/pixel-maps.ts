/** Small operations on pictures as rows of numbers, 0 … 1: a digit fitted into a box, and the edges of what is drawn. */

/** A square in a picture. */
export interface Box {
  /** Column of its left and row of its upper side, in pixels. */
  x: number;
  y: number;
  /** Its side in pixels. */
  size: number;
}

/** Darker than this is background. */
const INK = 0.5;

/**
 * A digit cut out at its ink and scaled to fill a square, its longer side from edge to edge, the other centred.
 * @param picture size² grey levels, 0 … 1
 * @returns side² grey levels
 * @throws Error for a picture without ink
 */
export function fitted(picture: ArrayLike<number>, side: number, size = 28): Float32Array {
  let [left, right, top, bottom] = [size, -1, size, -1];
  for (let i = 0; i < size * size; i++) {
    if (picture[i]! < INK) continue;
    const [y, x] = [Math.floor(i / size), i % size];
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  }
  if (right < 0) throw new Error("fitted: the picture has no ink: leave it out");
  const [width, height] = [right + 1 - left, bottom + 1 - top];
  const scale = Math.max(width, height) / side; // pixels there for a pixel here
  const from = { x: left + width / 2 - (scale * side) / 2, y: top + height / 2 - (scale * side) / 2 };
  return resampled(picture, size, { ...from, size: scale * side }, side);
}

/** The square of a picture, scaled to side²: each new pixel is the mean of 4 × 4 points between the old ones. */
export function resampled(
  picture: ArrayLike<number>,
  size: number,
  { x: x0, y: y0, size: from }: Box,
  side: number,
): Float32Array {
  const scale = from / side;
  const at = (y: number, x: number): number => (x < 0 || y < 0 || x >= size || y >= size ? 0 : picture[y * size + x]!);
  const between = (y: number, x: number): number => {
    const [row, column] = [Math.floor(y), Math.floor(x)];
    const [down, along] = [y - row, x - column];
    const above = at(row, column) * (1 - along) + at(row, column + 1) * along;
    const below = at(row + 1, column) * (1 - along) + at(row + 1, column + 1) * along;
    return above * (1 - down) + below * down;
  };
  return Float32Array.from({ length: side * side }, (_, i) => {
    const [row, column] = [Math.floor(i / side), i % side];
    let sum = 0;
    for (let k = 0; k < 16; k++) {
      const [dy, dx] = [(Math.floor(k / 4) + 0.5) / 4, ((k % 4) + 0.5) / 4];
      sum += between(y0 + (row + dy) * scale - 0.5, x0 + (column + dx) * scale - 0.5);
    }
    return sum / 16;
  });
}

/** Lays a square picture over another, the brighter pixel wins; parts outside are cut off. Changes `canvas`. */
export function overlay(canvas: Float32Array, size: number, piece: Float32Array, { x, y, size: side }: Box): void {
  for (let i = 0; i < side * side; i++) {
    const [row, column] = [y + Math.floor(i / side), x + (i % side)];
    if (row < 0 || column < 0 || row >= size || column >= size) continue;
    canvas[row * size + column] = Math.max(canvas[row * size + column]!, piece[i]!);
  }
}

/** 1 where ink (over a half) meets background above, below, left or right, else 0: an outline one pixel wide. */
export function edgeMap(picture: ArrayLike<number>, size = 28): Float32Array {
  const inked = (y: number, x: number): boolean =>
    x >= 0 && y >= 0 && x < size && y < size && picture[y * size + x]! >= INK;
  return Float32Array.from({ length: size * size }, (_, i) => {
    const [y, x] = [Math.floor(i / size), i % size];
    const inner = inked(y - 1, x) && inked(y + 1, x) && inked(y, x - 1) && inked(y, x + 1);
    return inked(y, x) && !inner ? 1 : 0;
  });
}

/** Pixels in both maps over pixels in either; 1 for equal maps, also for two empty ones. */
export function intersectionOverUnion(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length)
    throw new Error(`intersectionOverUnion: ${a.length} and ${b.length} pixels: give maps of one size`);
  let [both, either] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    both += Number(a[i]! > 0 && b[i]! > 0);
    either += Number(a[i]! > 0 || b[i]! > 0);
  }
  return either === 0 ? 1 : both / either;
}
