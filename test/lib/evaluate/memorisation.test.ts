import { expect, it } from "vitest";
import { DigitSet } from "../../../lib/data/mnist";
import { memorisation } from "../../../lib/evaluate/memorisation";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";

onEveryBackend("memorisation", () => {
  const noise = (seed: number, count: number): DigitSet =>
    new DigitSet(
      Uint8Array.from(randomStream(seed).uniformArray(count * 784), (u) => 256 * u),
      new Uint8Array(count),
    );
  const set = noise(1, 200);
  const all = (digits: DigitSet) => digits.images(Array.from({ length: digits.count }, (_, i) => i));
  const fresh = all(noise(2, 300));

  it("finds no copies among other fresh pictures, and nothing else among copies", () => {
    const others = memorisation(all(noise(3, 300)), fresh, set);
    expect(others.copies).toBeLessThan(0.04);
    expect(others.distance).toBeCloseTo(others.usual, 0);
    const copies = memorisation(set.images([5, 5, 7, 9]), fresh, set);
    expect(copies.copies).toBe(1);
    expect(copies.distance).toBeLessThan(0.1);
    expect(copies.usual).toBe(others.usual);
  });

  it("refuses pictures in another range than the set's, of another size, and none", () => {
    const grey = set.images([1, 2], "[0,1]");
    expect(() => memorisation(grey, fresh, set)).toThrow("memorisation: no number is below 0: pictures in [0, 1]");
    expect(() => memorisation(fresh, grey, set)).toThrow("memorisation: no number is below 0");
    expect(() => memorisation(tf.zeros([0, 784]), fresh, set)).toThrow("memorisation: no pictures: give at least one");
    expect(() => memorisation(tf.zeros([2, 783]), fresh, set)).toThrow(
      "memorisation: wanted pictures [N, 784], got [2, 783]",
    );
  });

  it("counts a part, and copies with a little noise", () => {
    const mixed = tf.concat([tf.mul(set.images([1, 2, 3]), 0.9), tf.slice(fresh, 0, 9)]) as tf.Tensor2D;
    expect(memorisation(mixed, fresh, set).copies).toBeCloseTo(3 / 12, 1);
  });
});
