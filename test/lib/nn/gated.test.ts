import { expect, it } from "vitest";
import { gatedUnit } from "../../../lib/nn/gated";
import { allClose } from "../../../lib/tensor/all-close";
import { checkGradients } from "../../../lib/tensor/gradients";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";

onEveryBackend("gatedUnit", () => {
  it("is tanh of the first half times sigmoid of the second", () => {
    const x = tf.tensor2d([[0.5, -1, 2, 0.3]]);
    const wanted = [Math.tanh(0.5) / (1 + Math.exp(-2)), Math.tanh(-1) / (1 + Math.exp(-0.3))];
    const { ok, message } = allClose(gatedUnit(x), [wanted]);
    expect(ok, message).toBe(true);
  });

  it("has the right gradient", () => {
    const loss = (x: tf.Tensor): tf.Scalar => tf.sum(tf.mul(gatedUnit(x as tf.Tensor2D), tf.tensor2d([[1, -2, 0.5]])));
    expect(checkGradients(loss, { x: randomStream(1).normal([4, 6]) }).ok).toBe(true);
  });

  it("wants an even number of channels", () => {
    expect(() => gatedUnit(tf.zeros([2, 3]))).toThrow("x is [2, 3], wanted [N, 2C]");
  });
});
