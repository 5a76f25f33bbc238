import { DISPLAY } from "./mime";
import type { MimeBundle } from "./mime";
import { drawLine, LINE_HEIGHT, lineWidth } from "./pixel-font";
import { readPixels } from "./pixels";
import type { GreyImages, PixelOptions, Pixels } from "./pixels";
import { encodePng } from "./png";

/** A PNG picture that shows itself. */
export class Picture {
  constructor(
    /** The PNG file. */
    readonly png: Buffer,
    /** Pixels. */
    readonly width: number,
    readonly height: number,
    /** One line for those who see text only. */
    readonly summary: string,
  ) {}

  toString(): string {
    return this.summary;
  }

  [DISPLAY](): MimeBundle {
    return { "image/png": this.png.toString("base64"), "text/plain": this.summary };
  }
}

/** How a grid of images is laid out. */
export interface GridOptions extends PixelOptions {
  /** Images in a row; 10, or all if they are fewer, unless told. */
  columns?: number;
  /** Screen pixels per pixel, a whole number; 2 unless told. */
  scale?: number;
  /** Screen pixels between images; 4 unless told. */
  gap?: number;
  /** A name left of each row. */
  rowLabels?: readonly string[];
  /** A name above each column. */
  columnLabels?: readonly string[];
}

/** A mid-grey that shows on white and on black. */
const INK = 121;
/** Between names and images. */
const AIR = 8;

/**
 * Images in an even grid on black, crisp: every pixel becomes a square of `scale` × `scale`, nothing is smoothed. The
 * last row is filled up with black.
 * @param pixels a tensor [N, 784], [N, 28, 28] or [N, 28, 28, 1] (or another width and height), or all pixels in a row
 * @throws Error when shape or values do not fit, naming image, row and column
 */
export function imageGrid(pixels: Pixels, options: GridOptions): Picture {
  const images = readPixels("imageGrid", pixels, options);
  const columns = options.columns ?? Math.min(10, images.count);
  return drawGrid("imageGrid", images, columns, options);
}

/** Draws images that are read already. */
export function drawGrid(who: string, images: GreyImages, columns: number, options: GridOptions): Picture {
  const { scale = 2, gap = 4, rowLabels = [], columnLabels = [] } = options;
  for (const [name, value, least] of [
    ["columns", columns, 1],
    ["scale", scale, 1],
    ["gap", gap, 0],
  ] as const) {
    if (!Number.isInteger(value) || value < least)
      throw new Error(`${who}: wanted ${name} to be a whole number from ${least} on, got ${value}`);
  }
  const rows = Math.ceil(images.count / columns);
  checkLabels(who, "rowLabels", rowLabels, rows);
  checkLabels(who, "columnLabels", columnLabels, columns);
  const [cellWidth, cellHeight] = [images.width * scale, images.height * scale];
  // A long name breaks at its spaces; where a word is wider than its column, the columns move apart.
  const headings = columnLabels.map((label) => wrap(label, cellWidth + gap));
  const widest = Math.max(0, ...headings.flat().map((line) => lineWidth(line) + 6));
  const pitchX = Math.max(cellWidth + gap, widest);
  const pitchY = cellHeight + gap;
  const lines = Math.max(0, ...headings.map((heading) => heading.length));
  const left = rowLabels.length === 0 ? 0 : Math.max(...rowLabels.map(lineWidth)) + AIR;
  const top = lines === 0 ? 0 : lines * LINE_HEIGHT + AIR / 2;
  const [boxWidth, boxHeight] = [columns * pitchX + gap, rows * pitchY + gap];
  const [width, height] = [left + boxWidth, top + boxHeight];
  const labelled = left > 0 || top > 0;
  const channels = labelled ? 2 : 1;
  const data = new Uint8Array(width * height * channels);
  if (labelled) {
    for (let y = top; y < height; y++) for (let x = left; x < width; x++) data[2 * (y * width + x) + 1] = 255;
  }
  const inset = gap + Math.floor((pitchX - cellWidth - gap) / 2);
  for (let image = 0; image < images.count; image++) {
    const x0 = left + inset + (image % columns) * pitchX;
    const y0 = top + gap + Math.floor(image / columns) * pitchY;
    for (let y = 0; y < cellHeight; y++) {
      const row = image * images.width * images.height + Math.floor(y / scale) * images.width;
      for (let x = 0; x < cellWidth; x++) {
        data[((y0 + y) * width + x0 + x) * channels] = images.bytes[row + Math.floor(x / scale)]!;
      }
    }
  }
  const dot = (x: number, y: number, opacity: number): void => {
    const at = 2 * (y * width + x);
    data[at] = INK;
    data[at + 1] = Math.max(data[at + 1]!, opacity);
  };
  headings.forEach((heading, c) =>
    heading.forEach((line, i) => {
      const x = left + inset + c * pitchX + Math.round((cellWidth - lineWidth(line)) / 2);
      drawLine(
        line,
        Math.max(0, Math.min(width - lineWidth(line), x)),
        (lines - heading.length + i) * LINE_HEIGHT,
        dot,
      );
    }),
  );
  rowLabels.forEach((label, r) => {
    const y = top + gap + r * pitchY + Math.round((cellHeight - LINE_HEIGHT) / 2);
    drawLine(label, left - AIR - lineWidth(label), Math.max(0, Math.min(height - LINE_HEIGHT, y)), dot);
  });
  return new Picture(
    encodePng({ width, height, channels, data }),
    width,
    height,
    describe(images, rows, columns, options),
  );
}

function describe(
  images: GreyImages,
  rows: number,
  columns: number,
  { rowLabels = [], columnLabels = [] }: GridOptions,
): string {
  const named = (what: string, labels: readonly string[]): string =>
    labels.length === 0 ? "" : `; ${what}: ${labels.join(", ")}`;
  const many = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
  const size = `${many(images.count, "image")} of ${images.width} × ${images.height} pixels`;
  return `${size} in ${many(rows, "row")} of ${columns}${named("columns", columnLabels)}${named("rows", rowLabels)}`;
}

function checkLabels(who: string, name: string, labels: readonly string[], count: number): void {
  if (labels.length !== 0 && labels.length !== count)
    throw new Error(`${who}: ${labels.length} ${name} for ${count}: give one for each`);
}

/** Lines no wider than `room`, as far as words allow. */
function wrap(label: string, room: number): string[] {
  const lines: string[] = [];
  for (const word of label.split(/\s+/)) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && lineWidth(longer) <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
