import { expect, it } from "vitest";
import { groupNorm } from "../../../lib/nn/group-norm";
import { allClose } from "../../../lib/tensor/all-close";
import { checkGradients } from "../../../lib/tensor/gradients";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";

onEveryBackend("groupNorm", () => {
  it.each([1, 2, 6])("%i groups: mean 0 and variance 1 in each group of each image", (groups) => {
    tf.tidy(() => {
      const x = tf.add<tf.Tensor4D>(randomStream(1).normal([3, 4, 5, 6], 0, 2), 1.5);
      const y = groupNorm(x, groups, tf.ones<tf.Rank.R1>([6]), tf.zeros<tf.Rank.R1>([6]));
      const { mean, variance } = tf.moments(tf.reshape(y, [3, 20, groups, 6 / groups]), [1, 3]);
      expect(allClose(mean, tf.zeros([3, groups]), { atol: 1e-5 }).message).toMatch(/^all/);
      expect(allClose(variance, tf.ones([3, groups]), { rtol: 1e-3 }).message).toMatch(/^all/);
    });
  });

  it("scale and shift of each channel, or of each channel of each image", () => {
    tf.tidy(() => {
      const stream = randomStream(2);
      const x = stream.normal([2, 3, 3, 4]);
      const plain = groupNorm(x, 2, tf.ones<tf.Rank.R1>([4]), tf.zeros<tf.Rank.R1>([4]));
      const [scale, shift] = [stream.normal([2, 4]), stream.normal([2, 4])];
      const row = (t: tf.Tensor): tf.Tensor => tf.reshape(t, [-1, 1, 1, 4]);
      const wanted = tf.add(tf.mul(plain, row(scale)), row(shift));
      expect(allClose(groupNorm(x, 2, scale, shift), wanted, { atol: 1e-5 }).message).toMatch(/^all/);
      const [first, second] = [tf.slice(scale, 0, 1), tf.slice(shift, 0, 1)];
      const same = tf.add(tf.mul(plain, row(first)), row(second));
      const shared = groupNorm(x, 2, tf.reshape<tf.Rank.R1>(first, [4]), tf.reshape<tf.Rank.R1>(second, [4]));
      expect(allClose(shared, same, { atol: 1e-5 }).message).toMatch(/^all/);
    });
  });

  it.each([
    ["of each channel", [4]],
    ["of each image", [3, 4]],
  ] as const)("gradients equal differences, scale and shift %s", (_, shape) => {
    const stream = randomStream(3);
    const x = tf.add<tf.Tensor4D>(stream.normal([3, 2, 3, 4]), 0.5);
    const [scale, shift, c] = [stream.normal([...shape]), stream.normal([...shape]), stream.normal([3, 2, 3, 4])];
    const f = (...[x, scale, shift]: tf.Tensor[]): tf.Scalar =>
      tf.sum(tf.mul(groupNorm(x as tf.Tensor4D, 2, scale as tf.Tensor1D, shift as tf.Tensor1D), c));
    const report = checkGradients(f, { x, scale, shift });
    expect(report.ok, String(report)).toBe(true);
  });

  it("refuses groups that do not divide the channels", () => {
    const row = tf.ones<tf.Rank.R1>([4]);
    expect(() => groupNorm(tf.ones([1, 2, 2, 4]), 3, row, row)).toThrow("4 channels in 3 groups");
  });
});
