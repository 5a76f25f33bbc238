import { describe, expect, it } from "vitest";
import { kernelDistance, kid } from "../../../lib/evaluate/kid";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import golden from "../../golden/kid.json" with { type: "json" };
import { onEveryBackend } from "../backends";

const vectors = (start: number, count: number, factor = 1) => ({
  count,
  width: 6,
  features: Array.from({ length: count * 6 }, (_, n) => factor * (Math.sin(start + 0.7 * n) + 0.5)),
});
const sample = (seed: number, count: number, shift = 0) => ({
  count,
  width: 8,
  features: randomStream(seed)
    .normalArray(count * 8)
    .map((value) => value + shift),
});

onEveryBackend("the kernel distance", () => {
  it("is NumPy's, also where it is below 0", () => {
    const before = tf.memory().numTensors;
    const [x, y] = [vectors(0, 30), vectors(2, 20, 1.3)];
    expect(kernelDistance(x, y)).toBeCloseTo(golden.mmd, 5);
    const halves = [0, 15].map((from) => ({
      count: 15,
      width: 6,
      features: x.features.slice(6 * from, 6 * (from + 15)),
    }));
    expect(kernelDistance(halves[0]!, halves[1]!)).toBeCloseTo(golden.same, 5);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("KID", () => {
  it("is unbiased: about 0 for two samples of one distribution, however small", () => {
    for (const size of [5, 50]) {
      const { value, deviation } = kid(sample(1, 400), sample(2, 400), { size, subsets: 100 });
      expect(Math.abs(value)).toBeLessThan((4 * deviation) / 10 + 0.02);
    }
  });

  it("of other subsets has about the same mean, and the same of the same seed", () => {
    const [a, b] = [sample(1, 300), sample(2, 300, 0.3)];
    const [one, again, other] = [1, 1, 2].map((seed) => kid(a, b, { stream: randomStream(seed) }));
    expect(one).toEqual(again);
    expect(one!.value).not.toBe(other!.value);
    expect(one!.value).toBeCloseTo(kernelDistance(a, b), 0);
    expect(one!.value).toBeGreaterThan(3 * one!.deviation);
  });

  it("of one subset that holds all is the distance itself", () => {
    const [a, b] = [sample(1, 40), sample(2, 40, 0.3)];
    const whole = kid(a, b, { size: 40, subsets: 2 });
    expect(whole.value).toBeCloseTo(kernelDistance(a, b), 4);
    expect(whole.deviation).toBeLessThan(1e-5);
  });

  it("refuses what it cannot compare", () => {
    expect(() => kid(sample(1, 10), vectors(0, 10))).toThrow("8 and 6 features: compare like with like");
    const broken = { ...sample(1, 10), features: sample(1, 10).features.fill(NaN, 17, 18) };
    expect(() => kid(broken, sample(2, 10))).toThrow("kid: feature 1 of vector 2 is NaN");
    expect(() => kernelDistance(sample(1, 10), broken)).toThrow("kid: feature 1 of vector 2 is NaN");
    expect(() => kid({ ...sample(1, 10), count: 9 }, sample(2, 10))).toThrow("kid: 80 numbers for 9 vectors of 8");
    expect(() => kid(sample(1, 10), sample(2, 20), { size: 11 })).toThrow(
      "wanted 11 vectors or more in both sets, got 10",
    );
    expect(() => kid(sample(1, 3), sample(2, 3))).toThrow(
      "wanted whole numbers, 2 subsets of 2 vectors or more, got 50 of 1",
    );
    expect(() => kid(sample(1, 9), sample(2, 9), { subsets: 2.9 })).toThrow("wanted whole numbers, 2 subsets of 2");
    expect(() => kid(sample(1, 9), sample(2, 9), { size: 2.5 })).toThrow("got 50 of 2.5");
    expect(() => kernelDistance(sample(1, 1), sample(2, 5))).toThrow(
      "wanted 2 vectors or more in both sets, got 1 and 5",
    );
  });
});
