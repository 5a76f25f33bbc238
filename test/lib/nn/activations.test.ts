import { expect, it } from "vitest";
import { leakyRelu, sigmoid, softplus, tanh } from "../../../lib/nn/activations";
import { allClose } from "../../../lib/tensor/all-close";
import { checkGradients } from "../../../lib/tensor/gradients";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";

const X = [-3, -1.2, -0.4, 0.3, 0.9, 2.5];

onEveryBackend("activations", () => {
  it.each([
    [
      "leakyRelu",
      (x: tf.Tensor) => leakyRelu(x, 0.2),
      (x: number) => (x > 0 ? x : 0.2 * x),
      (x: number) => (x > 0 ? 1 : 0.2),
      () => 0,
    ],
    [
      "sigmoid",
      (x: tf.Tensor) => sigmoid(x),
      s,
      (x: number) => s(x) * (1 - s(x)),
      (x: number) => s(x) * (1 - s(x)) * (1 - 2 * s(x)),
    ],
    [
      "tanh",
      (x: tf.Tensor) => tanh(x),
      Math.tanh,
      (x: number) => 1 - Math.tanh(x) ** 2,
      (x: number) => -2 * Math.tanh(x) * (1 - Math.tanh(x) ** 2),
    ],
    [
      "softplus",
      (x: tf.Tensor) => softplus(x),
      (x: number) => Math.log1p(Math.exp(x)),
      s,
      (x: number) => s(x) * (1 - s(x)),
    ],
  ] as const)("%s: value, first and second derivative", (_, f, value, first, second) => {
    tf.tidy(() => {
      const x = tf.tensor1d(X);
      const df = tf.grad((t) => tf.sum(f(t)));
      // Of t·f(t), 2f′ + t·f″: a derivative that is constant in t, as leakyRelu's, has no path for TensorFlow.js.
      const product = tf.grad((t) => tf.sum(tf.mul(t, f(t))));
      const ddp = tf.grad((t) => tf.sum(product(t)));
      for (const [got, wanted] of [
        [f(x), value],
        [df(x), first],
        [ddp(x), (v: number) => 2 * first(v) + v * second(v)],
      ] as const) {
        const { ok, message } = allClose(
          got,
          X.map((v) => wanted(v)),
          { atol: 1e-5, rtol: 1e-4 },
        );
        expect(ok, message).toBe(true);
      }
    });
  });

  it("a gradient penalty through a LeakyReLU network can be differentiated", () => {
    // ‖∂/∂x Σ v·leakyRelu(x·w)‖²: a function of w whose gradient is a second derivative of the network.
    const [x, w, v] = [
      tf.tensor2d([
        [0.5, -1],
        [1.5, 0.7],
      ]),
      tf.tensor2d([
        [0.3, -0.8, 1.1],
        [0.9, 0.4, -0.5],
      ]),
      tf.tensor2d([[1], [-2], [0.5]]),
    ];
    const penalty = (weights: tf.Tensor): tf.Scalar => {
      const critic = (t: tf.Tensor) =>
        tf.sum(tf.matMul(leakyRelu(tf.matMul(t as tf.Tensor2D, weights as tf.Tensor2D)), v));
      return tf.sum(tf.square(tf.sub(tf.sqrt(tf.sum(tf.square(tf.grad(critic)(x)), 1)), 1)));
    };
    const report = checkGradients(penalty, { w });
    expect(report.ok, String(report)).toBe(true);
    tf.dispose([x, w, v]);
  });
});

function s(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
