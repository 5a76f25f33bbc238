import { describe, expect, it } from "vitest";
import { binaryTestDigits } from "../../../lib/data/binarise";
import { fitBernoulliMixture, fitIndependentBernoulli } from "../../../lib/evaluate/bernoulli-mixture";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import golden from "../../golden/likelihood.json" with { type: "json" };
import { native, onEveryBackend } from "../backends";

/** Two patterns, 60 : 40, each pixel flipped with chance 0.1. */
function patterns(count: number, seed = 1, pixels = 4): tf.Tensor2D {
  const stream = randomStream(seed);
  const [kind, flip] = [stream.uniformArray(count), stream.uniformArray(count * pixels)];
  return tf.tensor2d(
    Float32Array.from(
      flip,
      (u, k) => Number(k % 4 < 2) ^ Number(kind[Math.floor(k / pixels)]! < 0.4) ^ Number(u < 0.1),
    ),
    [count, pixels],
  );
}

onEveryBackend("a mixture of Bernoullis", () => {
  it("finds the patterns that made the data", () => {
    const x = patterns(4000, 1, 16);
    const mixture = fitBernoulliMixture(x, { components: 2, stream: randomStream(2), tolerance: 1e-6, steps: 100 });
    const means = mixture.means.arraySync();
    const first = means[0]![0]! > 0.5 ? 0 : 1;
    [0.9, 0.9, 0.1, 0.1].forEach((wanted, p) => {
      expect(means[first]![p]).toBeCloseTo(wanted, 1);
      expect(means[1 - first]![p]).toBeCloseTo(1 - wanted, 1);
    });
    expect(mixture.shares[first]).toBeCloseTo(0.6, 1);
  });

  it("has likelihoods that add up to 1 over all pictures", () => {
    const mixture = fitBernoulliMixture(patterns(100), { components: 3, stream: randomStream(2) });
    const all = tf.tensor2d(Array.from({ length: 16 }, (_, n) => [8, 4, 2, 1].map((bit) => Number((n & bit) > 0))));
    const total = mixture.nll(all).each.reduce((sum, nats) => sum + Math.exp(-nats), 0);
    expect(total).toBeCloseTo(1, 5);
  });

  it("of one component is the pixels' frequencies", () => {
    const x = patterns(500);
    const independent = fitIndependentBernoulli(x, randomStream(1));
    const frequency = (tf.mean(x, 0).arraySync() as number[]).map((f) => (f * 500 + (f * 500 + 0.5) / 501) / 501);
    independent.means.arraySync()[0]!.forEach((value, p) => expect(value).toBeCloseTo(frequency[p]!, 5));
    const entropy = frequency.reduce((sum, f, p) => {
      const seen = (tf.mean(x, 0).arraySync() as number[])[p]!;
      return sum - seen * Math.log(f) - (1 - seen) * Math.log(1 - f);
    }, 0);
    expect(independent.nll(x).nats).toBeCloseTo(entropy, 5);
  });

  it("makes pictures like those it has seen, or their chances, and leaves no tensors", () => {
    const x = patterns(3000);
    const before = tf.memory().numTensors;
    const mixture = fitBernoulliMixture(x, { components: 2, stream: randomStream(2) });
    mixture.nll(x);
    const made = mixture.sample(randomStream(3), 3000);
    expect(new Set(made.dataSync())).toEqual(new Set([0, 1]));
    const [of, like] = [x, made].map((y) => tf.tidy(() => tf.div(tf.matMul(y, y, true), 3000).dataSync()));
    of!.forEach((value, k) => expect(like![k]).toBeCloseTo(value, 1));
    const grey = mixture.sample(randomStream(3), 5, { grey: true });
    expect([...grey.dataSync()].every((value) => value > 0 && value < 1)).toBe(true);
    tf.dispose([made, grey]);
    mixture.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("takes whole numbers as it takes floats", () => {
    const x = patterns(20);
    const fit = (each: tf.Tensor2D) => fitBernoulliMixture(each, { components: 2, stream: randomStream(1) });
    const [floats, ints] = [fit(x), fit(tf.cast(x, "int32"))];
    expect(ints.history).toEqual(floats.history);
    expect(ints.nll(tf.cast(x, "int32")).nats).toBe(floats.nll(x).nats);
  });

  it("refuses grey pixels, and more components than pictures", () => {
    const options = { components: 2, stream: randomStream(1) };
    expect(() => fitBernoulliMixture(tf.fill([5, 4], 0.5), options)).toThrow("wanted pixels 0 or 1: binarise");
    expect(() => fitBernoulliMixture(tf.fill([5, 4], NaN), options)).toThrow("wanted pixels 0 or 1");
    expect(() => fitBernoulliMixture(patterns(5), { ...options, components: 6 })).toThrow("1 to 5 components");
    expect(() => fitBernoulliMixture(tf.zeros([0, 4]), options)).toThrow("no pictures: give at least one");
    for (const steps of [-1, 1.5, NaN]) {
      expect(() => fitBernoulliMixture(patterns(5), { ...options, steps })).toThrow(
        `steps is ${steps}, wanted 0 or more`,
      );
    }
    const mixture = fitBernoulliMixture(patterns(5), options);
    expect(() => mixture.nll(tf.fill([5, 4], 0.5))).toThrow("nll: x[0, 0] is 0.5, wanted 0 or 1");
    expect(() => mixture.nll(tf.zeros([5, 3]))).toThrow("nll: x is [5, 3], wanted [N, 4]");
  });
});

describe("one step of EM", () => {
  it("is NumPy's", () => {
    const x = tf.tensor2d(
      Float32Array.from({ length: 60 }, (_, n) => (Math.sin(4 + 0.7 * n) > 0.2 ? 1 : 0)),
      [12, 5],
    );
    // The stream that starts at pictures 0, 5 and 7 in this order.
    const start = [0, 5, 7];
    const stream = { categorical: () => [start.shift()] } as unknown as ReturnType<typeof randomStream>;
    const mixture = fitBernoulliMixture(x, { components: 3, steps: 1, stream });
    mixture.means.arraySync().forEach((row, k) => {
      row.forEach((value, p) => expect(value).toBeCloseTo(golden.mixture.means[k]![p]!, 5));
    });
    golden.mixture.shares.forEach((share, k) => expect(mixture.shares[k]).toBeCloseTo(share, 5));
    golden.mixture.each.forEach((value, i) => expect(mixture.nll(x).each[i]).toBeCloseTo(-value, 4));
  });
});

it.skipIf(native.backend !== "tensorflow")(
  "on digits every step raises what EM raises, and no component runs empty",
  () => {
    const digits = binaryTestDigits().images(
      Array.from({ length: 4000 }, (_, i) => i),
      "[0,1]",
    );
    const [seen, kept] = tf.split(digits, 2) as [tf.Tensor2D, tf.Tensor2D];
    const mixture = fitBernoulliMixture(seen, { components: 20, steps: 25, stream: randomStream(1) });
    mixture.history.slice(1).forEach((now, i) => expect(now).toBeGreaterThan(mixture.history[i]! - 1e-3));
    expect(Math.min(...mixture.shares)).toBeGreaterThan(0.005);
    const independent = fitIndependentBernoulli(seen, randomStream(1)).nll(kept).nats;
    expect(independent).toBeGreaterThan(195);
    expect(independent).toBeLessThan(215);
    expect(mixture.nll(kept).nats).toBeLessThan(independent - 35);
  },
);
