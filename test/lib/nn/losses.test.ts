import { describe, expect, it } from "vitest";
import { accuracy, binaryCrossEntropyWithLogits, crossEntropy, mse } from "../../../lib/nn/losses";
import { allClose } from "../../../lib/tensor/all-close";
import { checkGradients } from "../../../lib/tensor/gradients";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import golden from "../../golden/optimizers.json" with { type: "json" };
import { onEveryBackend } from "../backends";

onEveryBackend("losses equal PyTorch's, with their gradients", () => {
  const targets = () => tf.tensor2d(golden.targets);
  it.each([
    ["crossEntropy", (x: tf.Tensor) => crossEntropy(x as tf.Tensor2D, golden.labels)],
    ["bceSum", (x: tf.Tensor) => binaryCrossEntropyWithLogits(x, targets())],
    ["bceMean", (x: tf.Tensor) => binaryCrossEntropyWithLogits(x, targets(), "mean")],
    ["mse", (x: tf.Tensor) => mse(x, targets())],
  ] as const)("%s", (name, f) => {
    tf.tidy(() => {
      const { value, grad } = tf.valueAndGrad((x) => f(x))(tf.tensor2d(golden.logits));
      const { message, ok } = allClose(value.dataSync()[0]!, golden.losses[name].value);
      expect(ok, message).toBe(true);
      const gradient = allClose(grad, golden.losses[name].gradient);
      expect(gradient.ok, gradient.message).toBe(true);
    });
  });

  it("have gradients that agree with differences", () => {
    const logits = randomStream(1).normal([4, 3]);
    expect(checkGradients((x) => crossEntropy(x as tf.Tensor2D, [0, 2, 1, 1]), [logits]).ok).toBe(true);
    logits.dispose();
  });

  it("stay finite for huge logits, and a uniform model pays ln K", () => {
    tf.tidy(() => {
      const huge = tf.tensor2d([
        [1e4, -1e4],
        [-1e4, 1e4],
      ]);
      expect(crossEntropy(huge, [0, 0]).dataSync()[0]).toBeCloseTo(1e4, 0);
      expect(binaryCrossEntropyWithLogits(huge, tf.ones([2, 2]), "mean").dataSync()[0]).toBeCloseTo(5e3, 0);
      expect(crossEntropy(tf.zeros([3, 65]), [0, 1, 64]).dataSync()[0]).toBeCloseTo(Math.log(65), 5);
      const zeros = tf.zeros([2, 784]);
      expect(binaryCrossEntropyWithLogits(zeros, zeros).dataSync()[0]).toBeCloseTo(784 * Math.LN2, 2);
    });
  });

  it("accept labels as a tensor, and refuse shapes that would broadcast", () => {
    tf.tidy(() => {
      const logits = tf.tensor2d(golden.logits);
      const labels = tf.tensor1d(golden.labels, "int32");
      expect(crossEntropy(logits, labels).dataSync()).toEqual(crossEntropy(logits, golden.labels).dataSync());
      expect(() => mse(tf.zeros([3, 1]), tf.zeros([3]))).toThrow("mse: shapes [3, 1] and [3] differ");
      expect(() => crossEntropy(logits, [1])).toThrow("4 rows of logits, 1 labels");
    });
  });
});

describe("accuracy", () => {
  it("is the share of right guesses", () => {
    const logits = tf.tensor2d([
      [1, 0],
      [0, 1],
      [3, 2],
      [0, 9],
    ]);
    expect(accuracy(logits, [0, 1, 1, 1])).toBe(0.75);
    expect(() => accuracy(logits, [0])).toThrow("4 rows of logits, 1 labels");
    logits.dispose();
  });
});
