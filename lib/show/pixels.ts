import type { tf } from "../tensor/tf";
import { isTensor } from "./numbers";

/** How pixel values are meant: the lower end is black, the upper end white. */
export type PictureRange = "[-1,1]" | "[0,1]" | "[0,255]";

/** Images of one size: a tensor [N, width·height], [N, height, width] or [N, height, width, 1], or all pixels in a row. */
export type Pixels = tf.Tensor | Float32Array | Uint8Array | Uint8ClampedArray | readonly number[];

const ENDS: Readonly<Record<PictureRange, readonly [number, number]>> = {
  "[-1,1]": [-1, 1],
  "[0,1]": [0, 1],
  "[0,255]": [0, 255],
};
/** Rounding in float32 may leave a value this far outside, as a share of the range. */
const SLACK = 1e-3;

/** How pixels are to be read. */
export interface PixelOptions {
  /** What values mean; must be told, for a wrong guess shows a plausible wrong picture. */
  range: PictureRange;
  /** Columns of an image; 28 unless told. */
  width?: number;
  /** Rows of an image; 28 unless told. */
  height?: number;
  /** Values outside the range become black or white instead of an error. */
  clip?: boolean;
}

/** Images as bytes, one after another. */
export interface GreyImages {
  count: number;
  width: number;
  height: number;
  bytes: Uint8Array;
}

/** Reads images. @throws Error when shape or values do not fit, naming image, row and column */
export function readPixels(
  who: string,
  pixels: Pixels,
  { range, width = 28, height = 28, clip = false }: PixelOptions,
): GreyImages {
  const ends = ENDS[range];
  if (ends === undefined)
    throw new Error(`${who}: wanted range "[-1,1]", "[0,1]" or "[0,255]", got ${JSON.stringify(range)}`);
  for (const side of [width, height]) {
    if (!Number.isInteger(side) || side < 1)
      throw new Error(`${who}: wanted images of at least 1 × 1 pixels, got ${width} × ${height}`);
  }
  const size = width * height;
  if (isTensor(pixels)) checkShape(who, pixels.shape, width, height);
  const values = isTensor(pixels) ? pixels.dataSync() : pixels;
  if (values.length === 0 || values.length % size !== 0) {
    throw new Error(
      `${who}: ${values.length} values are no whole number of ${width} × ${height} images: give width and height`,
    );
  }
  const [low, high] = ends;
  const slack = (high - low) * SLACK;
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const outside = value < low - slack || value > high + slack;
    if (Number.isNaN(value) || (outside && !clip)) throw new Error(misfit(who, value, i, width, size, range));
    bytes[i] = Math.round((255 * (Math.min(high, Math.max(low, value)) - low)) / (high - low));
  }
  return { count: values.length / size, width, height, bytes };
}

function misfit(who: string, value: number, i: number, width: number, size: number, range: PictureRange): string {
  const at = i % size;
  const place = `image ${Math.floor(i / size)}, row ${Math.floor(at / width)}, column ${at % width} (index ${i})`;
  if (Number.isNaN(value)) return `${who}: ${place} is NaN: the model that made it has diverged`;
  return `${who}: ${place} is ${Number(value.toPrecision(4))}, outside ${range}: give the right range, or clip: true`;
}

function checkShape(who: string, shape: readonly number[], width: number, height: number): void {
  const rest = shape.slice(1).join();
  const fits = [`${width * height}`, `${height},${width}`, `${height},${width},1`].includes(rest);
  const single = shape.length === 2 && shape[0] === height && shape[1] === width;
  if (fits || single) return;
  throw new Error(
    `${who}: wanted a tensor [N, ${width * height}], [N, ${height}, ${width}] or [N, ${height}, ${width}, 1], got [${shape.join(", ")}]`,
  );
}
