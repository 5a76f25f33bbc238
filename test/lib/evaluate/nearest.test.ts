import { expect, it } from "vitest";
import { DigitSet } from "../../../lib/data/mnist";
import { nearestDigits } from "../../../lib/evaluate/nearest";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";

onEveryBackend("nearestDigits", () => {
  const bytes = Uint8Array.from(randomStream(6).uniformArray(40 * 784), (u) => 256 * u);
  const set = new DigitSet(bytes, new Uint8Array(40));

  it("finds a copy at distance 0", () => {
    const { indices, distances } = nearestDigits(set.images([7, 31]), set);
    expect([...indices]).toEqual([7, 31]);
    expect(Math.max(...distances)).toBeLessThan(0.05);
  });

  it("refuses what it cannot compare, and an empty set", () => {
    expect(() => nearestDigits(tf.fill([1, 784], -1), new DigitSet(new Uint8Array(0), new Uint8Array(0)))).toThrow(
      "nearestDigits: the set is empty: give it at least one digit",
    );
    expect(() => nearestDigits(tf.zeros([2, 700]), set)).toThrow(
      "nearestDigits: wanted pictures [N, 784], got [2, 700]",
    );
    expect(() => nearestDigits(tf.fill([1, 784], NaN), set)).toThrow("got numbers from NaN");
  });

  it("agrees with the obvious double loop", () => {
    const pictures = randomStream(7).uniform([3, 784], -1, 1);
    const { indices, distances } = nearestDigits(pictures, set);
    const [x, y] = [pictures.arraySync(), set.images(Array.from({ length: 40 }, (_, i) => i)).arraySync()];
    x.forEach((picture, n) => {
      const all = y.map((other) => Math.hypot(...other.map((value, k) => value - picture[k]!)));
      expect(indices[n]).toBe(all.indexOf(Math.min(...all)));
      expect(distances[n]).toBeCloseTo(Math.min(...all), 3);
    });
    tf.dispose(pictures);
  });
});
