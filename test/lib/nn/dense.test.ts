import { expect, it } from "vitest";
import { addBias, relu } from "../../../lib/nn/bias";
import type { Activation } from "../../../lib/nn/bias";
import { dense } from "../../../lib/nn/dense";
import { linear } from "../../../lib/nn/linear";
import { allClose } from "../../../lib/tensor/all-close";
import { checkGradients } from "../../../lib/tensor/gradients";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";

const PLAIN: Record<Activation, (x: tf.Tensor) => tf.Tensor> = {
  none: (x) => tf.clone(x),
  relu: (x) => tf.relu(x),
  elu: (x) => tf.elu(x),
  tanh: (x) => tf.tanh(x),
};

onEveryBackend("dense", () => {
  it.each(Object.keys(PLAIN) as Activation[])(
    "%s: value and gradients equal those of the plain formula",
    (activation) => {
      tf.tidy(() => {
        const stream = randomStream(2);
        const [x, w, b, c] = [stream.normal([5, 3]), stream.normal([3, 4]), stream.normal([4]), stream.normal([5, 4])];
        const loss = (layer: (x: tf.Tensor2D, w: tf.Tensor2D, b: tf.Tensor1D) => tf.Tensor) =>
          tf.valueAndGrads((...t: tf.Tensor[]) =>
            tf.sum(tf.mul(layer(t[0] as tf.Tensor2D, t[1] as tf.Tensor2D, t[2] as tf.Tensor1D), c)),
          )([x, w, b]);
        const got = loss((x, w, b) => dense(x, { w, b }, activation));
        const wanted = loss((x, w, b) => PLAIN[activation](linear(x, { w, b })));
        [got.value, ...got.grads].forEach((tensor, i) => {
          const { ok, message } = allClose(tensor, [wanted.value, ...wanted.grads][i]!);
          expect(ok, message).toBe(true);
        });
      });
    },
  );

  it("gradients equal differences", () => {
    const stream = randomStream(3);
    const [x, w, b] = [stream.normal([5, 3]), stream.normal([3, 4]), stream.normal([4])];
    const f = (...[x, w, b]: tf.Tensor[]): tf.Scalar =>
      tf.sum(tf.square(dense(x as tf.Tensor2D, { w: w as tf.Tensor2D, b: b as tf.Tensor1D }, "tanh")));
    const report = checkGradients(f, { x, w, b });
    expect(report.ok, String(report)).toBe(true);
  });

  it("relu stops what is negative, both ways", () => {
    tf.tidy(() => {
      const x = tf.tensor2d([[-2, -0.5, 0.5, 3]]);
      const { value, grad } = tf.valueAndGrad((t) => tf.sum(tf.mul(relu(t), [1, 2, 3, 4])))(x);
      expect(value.dataSync()[0]).toBe(13.5);
      expect([...grad.dataSync()]).toEqual([0, 0, 3, 4]);
      expect([...addBias(x, tf.tensor1d([3, 0, 0, -4]), "relu").dataSync()]).toEqual([1, 0, 0.5, 0]);
    });
  });

  it("refuses what does not fit", () => {
    expect(() => dense(tf.ones([2, 3]), { w: tf.ones([4, 2]) })).toThrow("x must be [N, 4]");
    expect(() => dense(tf.ones([2, 3]), { w: tf.ones([3, 2]) }, "relu")).toThrow("relu needs a bias");
  });
});
