import { expect, it } from "vitest";
import { coarsened, restyle, restyleWeights, sharpen, sharpenWeights } from "../../../lib/models/translator";
import { adam } from "../../../lib/nn/optimizers";
import { mse } from "../../../lib/nn/losses";
import { allClose } from "../../../lib/tensor/all-close";
import { compile } from "../../../lib/tensor/compile";
import { checkGradients } from "../../../lib/tensor/gradients";
import { trainStep } from "../../../lib/tensor/program-functions";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";

const pictures = (n: number): tf.Tensor2D => randomStream(1).uniform([n, 784], -1, 1);

onEveryBackend("translator", () => {
  it("coarsened pixels are means of 4 × 4", () => {
    const x = tf.tensor2d(
      Float32Array.from({ length: 784 }, (_, i) => Math.floor(i / 28)),
      [1, 784],
    );
    const small = coarsened(x);
    expect(small.shape).toEqual([1, 7, 7, 1]);
    const wanted = Array.from({ length: 49 }, (_, i) => 4 * Math.floor(i / 7) + 1.5); // of rows 0 to 3: 1.5
    expect(allClose([...small.dataSync()], wanted, { rtol: 1e-5, atol: 1e-5 }).ok).toBe(true);
  });

  it("at first restyle hardly changes a digit, and no picture sees another", () => {
    const net = restyleWeights(randomStream(2), 4);
    const x = tf.tidy(() => tf.sign(pictures(3)));
    const made = restyle(x, net);
    expect(made.shape).toEqual([3, 784]);
    expect(tf.mean(tf.abs(tf.sub(made, x))).dataSync()[0]).toBeLessThan(0.15);
    const alone = restyle(tf.slice(x, 1, 1), net);
    expect(allClose([...alone.dataSync()], [...tf.slice(made, 1, 1).dataSync()], { rtol: 1e-4, atol: 1e-5 }).ok).toBe(
      true,
    );
  });

  it("sharpen makes 28 × 28 of 7 × 7", () => {
    const made = sharpen(coarsened(pictures(2)), sharpenWeights(randomStream(3), 4));
    expect(made.shape).toEqual([2, 784]);
    expect(tf.max(tf.abs(made)).dataSync()[0]).toBeLessThan(1);
  });

  it("sizes that do not fit are refused with what to change", () => {
    const net = restyleWeights(randomStream(2), 4);
    expect(() => restyle(tf.zeros([2, 783]), net)).toThrow("restyle: x is [2, 783], wanted [B, 784]: ");
    expect(() => coarsened(tf.zeros([2, 28, 28]) as unknown as tf.Tensor2D)).toThrow("coarsened: x is [2, 28, 28]");
    const small = sharpenWeights(randomStream(3), 4);
    expect(() => sharpen(tf.zeros([2, 14, 14, 1]), small)).toThrow(
      "sharpen: small is [2, 14, 14, 1], wanted [B, 7, 7, 1]: coarsened makes it",
    );
    expect(() => restyleWeights(randomStream(1), 0)).toThrow("restyleWeights: channels is 0, wanted 1 or more");
    expect(() => sharpenWeights(randomStream(1), 1.5)).toThrow("sharpenWeights: channels is 1.5");
  });

  it("gradients agree with central differences", () => {
    const x = pictures(1);
    const net = sharpenWeights(randomStream(4), 2);
    const loss = (first: tf.Tensor, to14: tf.Tensor, to28: tf.Tensor): tf.Scalar => {
      const part = { ...net, coarse: [{ ...net.coarse[0], w: first }, net.coarse[1]] } as typeof net;
      const weights = { ...part, to14: { ...net.to14, w: to14 }, to28: { ...net.to28, w: to28 } } as typeof net;
      return mse(sharpen(coarsened(x), weights), x);
    };
    const report = checkGradients(loss, { first: net.coarse[0].w, to14: net.to14.w, to28: net.to28.w }, { step: 0.01 });
    expect(report).toBeDefined(); // it throws where they differ
  });

  it("learns by squared error", () => {
    const program = compile(
      { net: sharpenWeights(randomStream(5), 4) },
      {
        step: trainStep(({ net }, { x }) => ({ loss: mse(sharpen(coarsened(x), net), x) }), {
          inputs: { x: ["B", 784] },
          of: "net",
          by: adam({ lr: 0.01 }),
        }),
      },
    );
    const x = tf.fill<tf.Rank.R2>([2, 784], -0.9);
    const losses = Array.from({ length: 6 }, () => program.step({ x }).loss);
    program.dispose();
    expect(losses[5]).toBeLessThan(losses[0]!);
  });
});
