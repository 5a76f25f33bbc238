// Grey levels made black and white by chance: a pixel of grey v is white with chance v/255 [Salakhutdinov & Murray 2008].
// Only a binary picture has a likelihood under independent Bernoulli pixels, and whose bits are drawn, and when, changes
// that likelihood by 1–2 nats: the training digits are drawn afresh every epoch (`batches` with `binarise`), the test
// digits once and for all (`binaryTestDigits`).
import { philoxFill } from "../tensor/philox";
import { randomStream } from "../tensor/random";
import type { RandomStream } from "../tensor/random";
import { DigitSet } from "./mnist";

const SIZE = 784;
/** Blocks of four random words behind a digit: one word a pixel. */
const BLOCKS = SIZE / 4;
/** A pixel of grey v is white when its random word is below this: never for black, always for white. */
const THRESHOLDS = Float64Array.from({ length: 256 }, (_, grey) => (grey / 255) * 2 ** 32);

/**
 * The digits at `indices` (all, unless told) in black and white, bytes 0 and 255, each pixel drawn with its grey level as
 * chance. Pixel p of digit d depends on the stream's key, d and p alone: whichever digits are asked for, in whatever
 * order, they come out the same, and the stream is not moved.
 */
export function binarise(set: DigitSet, stream: RandomStream, indices?: ArrayLike<number>): DigitSet {
  const { pixels, labels } = indices === undefined ? set : set.pick(indices);
  const { key } = stream.save();
  const white = new Uint8Array(pixels.length);
  const word = new Uint32Array(4);
  const counter = [0, 0, 0, 0];
  for (let at = 0; at < white.length; at += 4) {
    if ((pixels[at]! | pixels[at + 1]! | pixels[at + 2]! | pixels[at + 3]!) === 0) continue; // background: most blocks
    const row = Math.floor(at / SIZE);
    counter[0] = (indices?.[row] ?? row) * BLOCKS + (at - row * SIZE) / 4;
    philoxFill(word, 0, 1, counter, key);
    for (let i = at; i < at + 4; i++) white[i] = word[i - at]! < THRESHOLDS[pixels[i]!]! ? 255 : 0;
  }
  return new DigitSet(white, labels);
}

let binaryTest: { of: DigitSet; digits: DigitSet } | undefined;

/**
 * The test digits in black and white, drawn once with a fixed seed: all notebooks and paper-length runs state their
 * likelihoods on these. `binaryTestDigits(mnist.test).images(indices, "[0,1]")` is 0 and 1, [B, 784].
 * @param test all 10,000 test digits, or the first of them: a digit's bits do not depend on how many there are
 */
export function binaryTestDigits(test: DigitSet): DigitSet {
  if (binaryTest?.of !== test) {
    binaryTest = { of: test, digits: binarise(test, randomStream(8).split("binary test digits")) };
  }
  return binaryTest.digits;
}
