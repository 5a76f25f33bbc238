import { expect, it } from "vitest";
import { bernoulliLogLikelihood, logMeanExp } from "../../../lib/nn/likelihood";
import { binaryCrossEntropyWithLogits } from "../../../lib/nn/losses";
import { allClose } from "../../../lib/tensor/all-close";
import { checkGradients } from "../../../lib/tensor/gradients";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";

const binary = (shape: [number, number]): tf.Tensor2D =>
  tf.cast(tf.greater(randomStream(1).uniform(shape), 0.6), "float32") as tf.Tensor2D;

onEveryBackend("likelihood", () => {
  it("bernoulliLogLikelihood is minus the summed cross-entropy, and −784·ln 2 for a coin at each pixel", () => {
    tf.tidy(() => {
      const [x, logits] = [binary([4, 10]), randomStream(2).normal([4, 10], 0, 3)];
      const mean = tf.mean(bernoulliLogLikelihood(x, logits)).dataSync()[0]!;
      expect(mean).toBeCloseTo(-binaryCrossEntropyWithLogits(logits, x).dataSync()[0]!, 4);
      const uniform = bernoulliLogLikelihood(binary([3, 784]), tf.zeros([3, 784]));
      expect(allClose(uniform, Array<number>(3).fill(-784 * Math.LN2), { rtol: 1e-6 }).message).toMatch(/^all/);
      const huge = bernoulliLogLikelihood(tf.tensor2d([[1, 0]]), tf.tensor2d([[1e4, 1e4]]));
      expect(huge.dataSync()[0]).toBeCloseTo(-1e4, 0);
      expect(() => bernoulliLogLikelihood(x, tf.zeros([4, 1]))).toThrow("logits are [4, 1], x is [4, 10]");
    });
  });

  it("logMeanExp: by hand, without overflow", () => {
    tf.tidy(() => {
      const values = tf.tensor2d([
        [0, 1e4, -1e4],
        [Math.log(3), 1e4, -1e4],
      ]);
      expect(allClose(logMeanExp(values), [Math.log(2), 1e4, -1e4], { rtol: 1e-6 }).message).toMatch(/^all/);
    });
  });

  it("logMeanExp of impossible draws: they add nothing, and of none but them it is −∞", () => {
    tf.tidy(() => {
      const [no, all] = [-Infinity, Infinity];
      const values = tf.tensor2d([
        [no, no, 1, NaN],
        [no, 0, all, 0],
      ]);
      expect([...logMeanExp(values).dataSync()]).toEqual([no, -Math.fround(Math.LN2), all, NaN]);
      const slope = tf.grad((x) => tf.sum(logMeanExp(x)))(tf.tensor1d([no, 0]));
      expect([...slope.dataSync()]).toEqual([0, 1]);
      expect([
        ...tf
          .grad((x) => logMeanExp(x))(tf.tensor1d([no, no]))
          .dataSync(),
      ]).toEqual([0, 0]);
    });
  });

  it("gradients equal differences", () => {
    const x = binary([4, 5]);
    const logits = randomStream(3).normal([4, 5]);
    const f = (l: tf.Tensor): tf.Scalar => tf.sum(tf.square(bernoulliLogLikelihood(x, l as tf.Tensor2D)));
    expect(checkGradients(f, { logits }).ok).toBe(true);
    expect(checkGradients((l) => tf.sum(tf.square(logMeanExp(l))), { logits }).ok).toBe(true);
    const inside = (l: tf.Tensor): tf.Scalar =>
      f(tf.mul(l, 1)).add(tf.mean(bernoulliLogLikelihood(tf.tile(x, [1, 1]), l as tf.Tensor2D)));
    expect(checkGradients(inside, { logits }).ok).toBe(true);
  });
});
