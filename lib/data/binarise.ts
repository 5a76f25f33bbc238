/**
 * Grey digits as binary ones [Salakhutdinov & Murray 2008]: a pixel of grey g ∈ [0, 1] is 1 with chance g, else 0. Likelihoods of
 * binary digits can be compared between models; those of grey levels, taken for chances, cannot.
 *
 * For training the bits are drawn anew each time a digit is seen; a fixed draw would be learned by heart, and measures 1–2
 * nats worse. For testing they are drawn once and for all, so that each model is asked about the same pictures.
 */
import type { RandomStream } from "../tensor/random";
import { randomStream } from "../tensor/random";
import { between, expectNumbers } from "../tensor/expect";
import { currentRecorder } from "../tensor/recording";
import { tf } from "../tensor/tf";
import { DigitSet, loadMnist } from "./mnist";

const GREY = between(0, 1, 'take the pictures with range "[0,1]", or divide bytes by 255');

/** The seed of the fixed test set. */
const TEST_SEED = 2008;

/**
 * Fresh bits: 1 with chance `grey`; any shape. Inside a compiled function give its fourth argument: then the draws belong to the
 * program, are kept in its checkpoints, and cost next to nothing.
 * @param grey in [0, 1], as `images(indices, "[0,1]")` gives; any shape → same shape, 0 or 1
 * @throws RangeError for a number outside [0, 1], NaN included (compiled: in the first call; later it becomes NaN, and so does a
 * loss of it, which a train step refuses)
 */
export function binarise<T extends tf.Tensor>(grey: T, random: Pick<RandomStream, "uniform">): T {
  expectNumbers("binarise", "grey", grey, GREY);
  return tf.tidy(() => {
    const bits = tf.cast(tf.less(random.uniform(grey.shape), grey), "float32") as T;
    if (currentRecorder() === undefined) return bits; // each number was looked at
    const isGrey = tf.less(tf.abs(tf.sub(grey, 0.5)), 0.5 + 2e-4); // not of NaN; a little more than what rounding may leave
    return tf.where(isGrey, bits, NaN);
  });
}

/** The set with each pixel drawn once: black (0) or white (255). The labels are shared. */
export function binarised(set: DigitSet, stream: RandomStream): DigitSet {
  const bits = stream.uniformArray(set.pixels.length);
  return new DigitSet(
    set.pixels.map((grey, i) => (bits[i]! * 255 < grey ? 255 : 0)),
    set.labels,
  );
}

let testDigits: DigitSet | undefined;

/** The 10,000 test digits, binarised once and for all: every likelihood in this project is measured on them, or the first N. */
export function binaryTestDigits(): DigitSet {
  testDigits ??= binarised(loadMnist().test, randomStream(TEST_SEED));
  return testDigits;
}
