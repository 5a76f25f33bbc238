import { tf } from "../tensor/tf";

/** The numbers of black and white. */
export type Range = "[-1,1]" | "[0,1]";

/** Rounding may leave a number this far outside its range. */
const SLACK = 1e-4;

/**
 * Pictures to be measured, looked at before anything is computed of them: pictures in a wrong range have a FID, too.
 * @param pictures [N, 784] @param range of their numbers
 * @param options slack: how far a number may leave it; cure: what to do with pictures in [0, 1]
 * @throws Error for another shape; RangeError without a picture, for numbers outside the range, NaN included, and for pictures
 * that all seem to be in [0, 1]
 */
export function expectPictures(
  who: string,
  pictures: tf.Tensor2D,
  range: Range = "[-1,1]",
  { slack = SLACK, cure = 'need the option { range: "[0,1]" }' } = {},
): void {
  if (pictures.rank !== 2 || pictures.shape[1] !== 784) {
    throw new Error(`${who}: wanted pictures [N, 784], got [${pictures.shape.join(", ")}]: reshape them`);
  }
  expectRange(who, pictures, range, { slack, cure });
}

/** As expectPictures, for pictures of any size. */
export function expectRange(
  who: string,
  pictures: tf.Tensor2D,
  range: Range,
  { slack = SLACK, cure = 'need the option { range: "[0,1]" }' } = {},
): void {
  if (pictures.shape[0] === 0) throw new RangeError(`${who}: no pictures: give at least one`);
  const [least, most] = tf.tidy(() => [tf.min(pictures).dataSync()[0]!, tf.max(pictures).dataSync()[0]!]);
  const low = range === "[0,1]" ? 0 : -1;
  if (!(least >= low - slack && most <= 1 + slack)) {
    const got = `numbers from ${least} to ${most}`;
    throw new RangeError(`${who}: wanted numbers in [${low}, 1], got ${got}: clip them, or name their range`);
  }
  if (range === "[-1,1]" && least >= 0 && most > 0) {
    throw new RangeError(`${who}: no number is below 0: pictures in [0, 1] ${cure}`);
  }
}
