// What a model's input must be. Shapes are known wherever the code runs. Numbers are looked at where they lie at hand: outside
// compiled functions at every call; inside, while the function is recorded with the first call's inputs. Later calls pay nothing.
import { currentRecorder } from "./recording";
import { tf } from "./tf";

/** What numbers must be, in words too. */
export interface WantedNumbers {
  is: (value: number) => boolean;
  words: string;
  /** What to do about it. */
  cure: string;
}

/** Black or white: only of such pictures is a product of chances a likelihood. */
export const BINARY: WantedNumbers = {
  is: (value) => value === 0 || value === 1,
  words: "0 or 1",
  cure: 'take images(indices, "[0,1]") and binarise them',
};

/** No NaN, no ∞. */
export const FINITE: WantedNumbers = {
  is: Number.isFinite,
  words: "a finite number",
  cure: "look for log(0), division by 0, or exp of a large number before it",
};

/** Rounding may leave a number this far outside its range. */
const SLACK = 1e-4;

/** Numbers between two others, both allowed. */
export function between(low: number, high: number, cure: string): WantedNumbers {
  return { is: (value) => value >= low - SLACK && value <= high + SLACK, words: `${low} to ${high}`, cure };
}

/** Whole numbers between two others, both allowed: labels, words, times. */
export function whole(low: number, high: number, cure: string): WantedNumbers {
  const words = `a whole number from ${low} to ${high}`;
  return { is: (value) => Number.isInteger(value) && value >= low && value <= high, words, cure };
}

/** Pixels as generators and denoisers take and make them. */
export const PIXELS = between(-1, 1, 'take images(indices), whose range is "[-1,1]"');

/** Numbers in a 28 × 28 picture. */
const PICTURE = 784;

/**
 * Rows of 784 numbers, or of several times as many, are pictures: their pixels are −1 to 1. Other rows may be points in a
 * plane, which lie where they like.
 * @throws RangeError as expectNumbers
 */
export function expectPixels(who: string, what: string, x: tf.Tensor): void {
  const width = x.shape.at(-1) ?? 0;
  if (width > 0 && width % PICTURE === 0) expectNumbers(who, what, x, PIXELS);
}

/**
 * @param wanted sizes; a letter stands for any size, "B" for a batch, which holds one row at least
 * @throws Error saying which tensor has which shape, the wanted one, and the cure
 */
export function expectShape(
  who: string,
  what: string,
  tensor: tf.Tensor,
  wanted: readonly (number | string)[],
  cure: string,
): void {
  const { shape } = tensor;
  const words = `${who}: ${what} is [${shape.join(", ")}], wanted [${wanted.join(", ")}]`;
  if (shape.length !== wanted.length || wanted.some((size, i) => typeof size === "number" && size !== shape[i])) {
    throw new Error(`${words}: ${cure}`);
  }
  if (wanted.some((size, i) => size === "B" && shape[i] === 0)) {
    throw new Error(`${words} with a B of 1 or more: an empty batch has no result`);
  }
}

/** @throws RangeError when a layer's width, or another count, is no whole number or too small */
export function expectSize(who: string, what: string, value: number, least = 1): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new RangeError(`${who}: ${what} is ${value}, wanted ${least} or more, a whole number`);
}

/**
 * @throws RangeError naming the first number that is none of the wanted, NaN included, and where it stands; not on a backend
 * that must be waited for, nor in a compiled function after its first call
 */
export function expectNumbers(who: string, what: string, tensor: tf.Tensor, { is, words, cure }: WantedNumbers): void {
  const values = valuesAtHand(tensor);
  const wrong = values?.findIndex((value) => !is(value)) ?? -1;
  if (wrong < 0) return;
  const place = tensor.rank > 0 ? `[${placeOf(wrong, tensor.shape).join(", ")}]` : "";
  throw new RangeError(`${who}: ${what}${place} is ${values![wrong]}, wanted ${words}: ${cure}`);
}

/** Backends whose numbers lie in this process's memory. */
const NEAR = ["tensorflow", "cpu", "wasm"];

function valuesAtHand(tensor: tf.Tensor): Float32Array | undefined {
  const recorder = currentRecorder();
  if (recorder !== undefined) return recorder.peek(tensor);
  return NEAR.includes(tf.getBackend()) ? tensor.dataSync<"float32">() : undefined;
}

/** The indices of a tensor's n-th number. */
function placeOf(n: number, shape: readonly number[]): number[] {
  let rest = n;
  return [...shape]
    .reverse()
    .map((size) => {
      const at = rest % size;
      rest = Math.floor(rest / size);
      return at;
    })
    .reverse();
}
