import { expect, it } from "vitest";
import { loadMnist } from "../../../lib/data/mnist";
import { sharpness } from "../../../lib/evaluate/sharpness";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import golden from "../../golden/sharpness.json" with { type: "json" };
import { onEveryBackend } from "../backends";

/** Black on the left, white on the right up to the border, climbing within `width` pixels; long enough that corners hardly count. */
const edge = (width: number, size = 200): tf.Tensor2D => {
  const row = Array.from({ length: size }, (_, x) => Math.min(1, Math.max(0, (x - 90) / width)));
  return tf.tensor2d([Array.from({ length: size }, () => row).flat()]);
};
const blurred = (x: tf.Tensor2D): tf.Tensor2D =>
  tf.reshape(tf.avgPool(tf.reshape<tf.Rank.R4>(x, [-1, 28, 28, 1]), 3, 1, "same"), [-1, 784]);

onEveryBackend("sharpness", () => {
  it("is NumPy's", () => {
    const x = tf.tensor2d(
      Float32Array.from({ length: 72 }, (_, n) => Math.sin(1 + 0.7 * n) / 2 + 0.5),
      [2, 36],
    );
    expect(sharpness(x, { range: "[0,1]" })).toBeCloseTo((golden.each[0]! + golden.each[1]!) / 2, 5);
    expect(sharpness(tf.sub(tf.mul(x, 2), 1))).toBeCloseTo(sharpness(x, { range: "[0,1]" }), 5);
  });

  it("is 1/w of an edge that climbs within w pixels", () => {
    for (const width of [1, 2, 4]) {
      // 200 pixels of edge with 1/w; where white meets the border, 200 + 2·(110 − w/2) more with 1: the weighted mean.
      const rest = 200 + 2 * (110 - width / 2);
      const wanted = (200 / width + rest) / (200 + rest);
      expect(Math.abs(sharpness(edge(width), { range: "[0,1]" }) - wanted)).toBeLessThan(0.01);
    }
  });

  it("falls with blur, half with half the contrast, and does not see how much ink there is", () => {
    const digits = loadMnist().test.images([0, 1, 2, 3, 4, 5, 6, 7], "[0,1]");
    const sharp = sharpness(digits, { range: "[0,1]" });
    expect(sharpness(blurred(digits), { range: "[0,1]" })).toBeLessThan(0.7 * sharp);
    expect(sharpness(tf.mul(digits, 0.5), { range: "[0,1]" })).toBeCloseTo(sharp / 2, 5);
    const noise = randomStream(1).uniform([8, 784]);
    expect(sharpness(noise, { range: "[0,1]" })).toBeGreaterThan(0.3);
  });

  it("leaves pictures without an edge out, and refuses what is no square", () => {
    const before = tf.memory().numTensors;
    const both = tf.concat([tf.fill<tf.Rank.R2>([1, 784], -1), loadMnist().test.images([0])]);
    expect(sharpness(both)).toBeCloseTo(sharpness(tf.slice(both, 1)), 6);
    expect(sharpness(tf.fill([3, 784], -1))).toBeNaN();
    expect(sharpness(tf.ones([3, 784]), { range: "[0,1]" })).toBeGreaterThan(0.9); // the black frame around counts, and white ends there
    expect(() => sharpness(tf.fill([2, 784], 255))).toThrow(
      "sharpness: wanted numbers in [-1, 1], got numbers from 255",
    );
    expect(() => sharpness(tf.fill([2, 784], NaN))).toThrow("got numbers from NaN");
    expect(() => sharpness(loadMnist().test.images([0], "[0,1]"))).toThrow('need the option { range: "[0,1]" }');
    expect(() => sharpness(tf.zeros([0, 784]))).toThrow("sharpness: no pictures: give at least one");
    expect(() => sharpness(tf.zeros([2, 783]))).toThrow("wanted square pictures [N, size²], got [2, 783]");
    expect(tf.memory().numTensors).toBeGreaterThanOrEqual(before);
  });
});
