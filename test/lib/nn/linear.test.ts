import { expect, it } from "vitest";
import { linear } from "../../../lib/nn/linear";
import { checkGradients } from "../../../lib/tensor/gradients";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";

onEveryBackend("linear", () => {
  it("is x·w + b, worked by hand", () => {
    tf.tidy(() => {
      const x = tf.tensor2d([[1, 2, 3]]);
      const w = tf.tensor2d([
        [1, 0],
        [10, 1],
        [100, 2],
      ]);
      expect([...linear(x, { w, b: tf.tensor1d([0.5, -1]) }).dataSync()]).toEqual([321.5, 7]);
      expect([...linear(x, { w }).dataSync()]).toEqual([321, 8]);
      expect(() => linear(tf.zeros([2, 2]), { w })).toThrow("linear: x is [2, 2], w is [3, 2]: x must be [B, 3]");
    });
  });

  it("has right gradients", () => {
    const stream = randomStream(1);
    const p = { x: stream.normal([4, 3]), w: stream.normal([3, 2]), b: stream.normal([2]) };
    const f = (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor): tf.Scalar =>
      tf.mean(tf.square(linear(x as tf.Tensor2D, { w: w as tf.Tensor2D, b: b as tf.Tensor1D })));
    const report = checkGradients(f, p);
    expect(report.ok, String(report)).toBe(true);
    tf.dispose(Object.values(p));
  });
});
