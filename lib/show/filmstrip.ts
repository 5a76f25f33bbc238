import { isEmptyList } from "./numbers";
import { drawGrid } from "./image";
import type { GridOptions, Picture } from "./image";
import { readPixels } from "./pixels";
import type { Pixels } from "./pixels";

/** A moment of a filmstrip: the same items as in every other moment, in the same order. */
export interface Frame {
  /** What stands above it: "step 400", "t = 0.5". */
  label: string;
  pixels: Pixels;
}

/**
 * How pictures change: a column for every moment, a row for every item (the same noise throughout training, say).
 * @param frames moments with equally many images each
 * @throws Error when the moments differ in number of images, or shape or values do not fit
 */
export function filmstrip(frames: readonly Frame[], options: Omit<GridOptions, "columns" | "columnLabels">): Picture {
  const who = "filmstrip";
  if (isEmptyList(frames)) throw new Error(`${who}: no frames: give at least one`);
  const read = frames.map((frame) => readPixels(`${who}: ${frame.label}`, frame.pixels, options));
  const [first] = read as [(typeof read)[number]];
  read.forEach((images, i) => {
    if (images.count === first.count) return;
    throw new Error(
      `${who}: ${frames[i]!.label} has ${images.count} images, ${frames[0]!.label} has ${first.count}: every row needs all moments`,
    );
  });
  const size = first.width * first.height;
  const bytes = new Uint8Array(read.length * first.count * size);
  read.forEach((images, column) => {
    for (let row = 0; row < first.count; row++) {
      bytes.set(images.bytes.subarray(row * size, (row + 1) * size), (row * read.length + column) * size);
    }
  });
  const all = { ...first, count: read.length * first.count, bytes };
  return drawGrid(who, all, read.length, { ...options, columnLabels: frames.map((frame) => frame.label) });
}
