import { expect, it } from "vitest";
import { gaussianPixels, independentPixels, meanPlusNoise, trainingCopies } from "../../../lib/evaluate/baselines";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";

/** Two pixels that always agree, one that is constant: small enough that nothing is cut off. */
const IMAGES = tf.tensor2d([
  [0.2, 0.2, 0.5],
  [-0.2, -0.2, 0.5],
  [0.1, 0.1, 0.5],
  [-0.1, -0.1, 0.5],
]);

const moments = (x: tf.Tensor2D): { mean: number[]; product: number; variance: number } => ({
  mean: tf.mean(x, 0).arraySync() as number[],
  product: tf.mean(tf.mul(tf.slice(x, [0, 0], [-1, 1]), tf.slice(x, [0, 1], [-1, 1]))).dataSync()[0]!,
  variance: tf.mean(tf.square(tf.slice(x, [0, 0], [-1, 1]))).dataSync()[0]!,
});

onEveryBackend("baselines keep what they claim and nothing else", () => {
  const variance = (0.04 + 0.04 + 0.01 + 0.01) / 4;

  it.each([
    ["meanPlusNoise", meanPlusNoise, 0],
    ["independentPixels", independentPixels, 0],
    ["gaussianPixels", gaussianPixels, variance],
  ] as const)("%s", (_, make, covariance) => {
    const got = moments(make(IMAGES, randomStream(5), 20_000));
    [0, 0, 0.5].forEach((value, i) => expect(got.mean[i]).toBeCloseTo(value, 2));
    expect(got.variance).toBeCloseTo(variance, 3);
    expect(got.product).toBeCloseTo(covariance, 3);
  });

  it("copies are digits of the set, each as often as the others", () => {
    const made = trainingCopies(IMAGES, randomStream(1), 400).arraySync();
    const rows = IMAGES.arraySync().map((row) => row.join());
    const counts = rows.map((row) => made.filter((copy) => copy.join() === row).length);
    expect(counts.reduce((a, b) => a + b)).toBe(400);
    expect(Math.min(...counts)).toBeGreaterThan(70);
  });

  it("need pictures to learn from, and a number of new ones", () => {
    const none = tf.zeros<tf.Rank.R2>([0, 3]);
    for (const make of [meanPlusNoise, independentPixels, gaussianPixels, trainingCopies]) {
      expect(() => make(none, randomStream(1), 5)).toThrow(`${make.name}: no pictures: give at least one`);
      expect(() => make(IMAGES, randomStream(1), 0)).toThrow(`${make.name}: wanted 1 picture or more, got 0`);
    }
  });

  it("independent pixels are pixels of the set", () => {
    const allowed = new Set([...IMAGES.dataSync()]);
    const made = independentPixels(IMAGES, randomStream(1), 50).dataSync();
    expect([...made].every((value) => allowed.has(value))).toBe(true);
  });
});
