import { expect, it } from "vitest";
import { dropped } from "../../../lib/nn/dropout";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";

onEveryBackend("dropout", () => {
  it("makes its share of numbers 0, enlarges the others, and keeps the mean", () => {
    tf.tidy(() => {
      const y = dropped(tf.ones([100_000]), { rate: 0.3, random: randomStream(1) }).dataSync<"float32">();
      const zeros = y.filter((value) => value === 0).length;
      expect(Math.abs(zeros / y.length - 0.3)).toBeLessThan(0.01);
      expect(y.every((value) => value === 0 || Math.abs(value - 1 / 0.7) < 1e-6)).toBe(true);
      expect(Math.abs(y.reduce((sum, value) => sum + value, 0) / y.length - 1)).toBeLessThan(0.01);
    });
  });

  it("gives the same zeros for the same draws, and the gradient of what is kept", () => {
    tf.tidy(() => {
      const x = randomStream(2).normal([50]);
      const once = (seed: number): Float32Array =>
        dropped(x, { rate: 0.5, random: randomStream(seed) }).dataSync<"float32">();
      expect(once(1)).toEqual(once(1));
      expect(once(1)).not.toEqual(once(2));
      const slope = tf
        .grad((v) => tf.sum(dropped(v, { rate: 0.5, random: randomStream(1) })))(x)
        .dataSync();
      expect([...slope]).toEqual([...once(1)].map((value) => (value === 0 ? 0 : 2)));
    });
  });

  it("changes nothing without options or at rate 0, and refuses other rates", () => {
    tf.tidy(() => {
      const x = tf.ones([3]);
      const random = randomStream(1);
      expect(dropped(x, undefined)).toBe(x);
      expect(dropped(x, { rate: 0, random })).toBe(x);
      for (const rate of [1, 1.5, -0.1, NaN]) {
        expect(() => dropped(x, { rate, random })).toThrow(
          `dropout: the rate is ${rate}, wanted 0 or more and below 1`,
        );
      }
    });
  });
});
