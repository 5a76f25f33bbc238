import { expect, it } from "vitest";
import { leakyRelu } from "../../../lib/nn/activations";
import { glorotUniform, heNormal, normalInit, torchLinear } from "../../../lib/nn/initializers";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";

const variance = (t: tf.Tensor): number => tf.tidy(() => tf.moments(t).variance.dataSync()[0]!);

onEveryBackend("initializers", () => {
  it("have shape, bounds and variance as their papers say", () => {
    tf.tidy(() => {
      const stream = randomStream(1);
      const glorot = glorotUniform(stream, 200, 300);
      expect(glorot.shape).toEqual([200, 300]);
      expect(variance(glorot) / (2 / 500)).toBeCloseTo(1, 1);
      expect(tf.max(tf.abs(glorot)).dataSync()[0]).toBeLessThanOrEqual(Math.sqrt(6 / 500));
      expect(variance(heNormal(stream, 200, 300)) / (2 / 200)).toBeCloseTo(1, 1);
      expect(variance(heNormal(stream, 200, 300, 1)) / (1 / 200)).toBeCloseTo(1, 1);
      const { w, b } = torchLinear(stream, 100, 256);
      expect([w.shape, b.shape]).toEqual([[100, 256], [256]]);
      expect(tf.max(tf.abs(w)).dataSync()[0]).toBeCloseTo(0.1, 2);
      expect(tf.max(tf.abs(b)).dataSync()[0]).toBeCloseTo(0.1, 2);
      expect(Math.sqrt(variance(normalInit(stream, 200, 300)))).toBeCloseTo(0.02, 3);
    });
  });

  it("heNormal keeps the size of a signal through ten leaky layers", () => {
    tf.tidy(() => {
      const stream = randomStream(2);
      let x: tf.Tensor2D = stream.normal([64, 200]);
      for (let layer = 0; layer < 10; layer++) x = leakyRelu(tf.matMul(x, heNormal(stream, 200, 200, 0.2)), 0.2);
      const size = tf.mean(tf.square(x)).dataSync()[0]!;
      expect(size).toBeGreaterThan(0.4);
      expect(size).toBeLessThan(2.5);
    });
  });

  it("depend on the stream alone", () => {
    const draw = (seed: number): number[] => tf.tidy(() => [...heNormal(randomStream(seed), 3, 2).dataSync()]);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });
});
