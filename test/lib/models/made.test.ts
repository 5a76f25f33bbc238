import { expect, it } from "vitest";
import { madeDegrees, madeLogits, madeMasks, madeNll, madeWeights } from "../../../lib/models/made";
import { allClose } from "../../../lib/tensor/all-close";
import { compile } from "../../../lib/tensor/compile";
import { trainStep } from "../../../lib/tensor/program-functions";
import { adam } from "../../../lib/nn/optimizers";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import golden from "../../golden/made.json" with { type: "json" };
import { onEveryBackend } from "../backends";
import { binaryWave, expectGolden, sineWeights } from "./golden";

/** Every binary picture of n pixels. */
const pictures = (n: number): tf.Tensor2D =>
  tf.tensor2d(Array.from({ length: 2 ** n }, (_, i) => Array.from({ length: n }, (_, bit) => (i >> bit) & 1)));

onEveryBackend("made", () => {
  it.each(["oneLayer", "twoLayersOtherOrder", "direct"] as const)(
    "%s: likelihood and its gradients equal PyTorch's",
    (name) => {
      const { order, connections, ...case_ } = golden[name];
      const hidden = name === "twoLayersOtherOrder" ? [5, 8] : [5];
      const weights = sineWeights(
        madeWeights(randomStream(1), { pixels: 6, hidden, direct: name === "direct" }),
        case_,
      );
      expectGolden(case_, weights, (w) => tf.mean(madeNll(binaryWave([4, 6], 1), w, order)));
      const masks = madeMasks(madeDegrees([6, ...hidden], order));
      expect(masks.map((mask) => tf.sum(mask).dataSync()[0])).toEqual(connections);
    },
  );

  it.each([
    ["reading order", undefined, false],
    ["another order", [3, 0, 5, 2, 6, 1, 4], false],
    ["another order, direct connections", [3, 0, 5, 2, 6, 1, 4], true],
  ])("%s: a logit depends on what comes before it, and on nothing else", (_, order, direct) => {
    const D = 7;
    const weights = madeWeights(randomStream(2), { pixels: D, hidden: [40, 40], direct });
    if (weights.direct) weights.direct = { w: randomStream(3).normal([D, D]) };
    const x = binaryWave([5, D], 2);
    const places = order ?? Array.from({ length: D }, (_, i) => i);
    for (let i = 0; i < D; i++) {
      const slopes = tf.tidy(() => {
        const oneLogit = (x: tf.Tensor): tf.Scalar =>
          tf.sum(tf.slice(madeLogits(x as tf.Tensor2D, weights, order), [0, i], [-1, 1]));
        return tf.sum(tf.abs(tf.grad(oneLogit)(x)), 0).dataSync();
      });
      slopes.forEach((slope, j) => {
        const earlier = places.indexOf(j) < places.indexOf(i);
        if (earlier) expect(slope, `pixel ${j} must act on ${i}`).toBeGreaterThan(0);
        else expect(slope, `pixel ${j} must not act on ${i}`).toBe(0);
      });
    }
  });

  it.each([undefined, [2, 0, 3, 1]])("order %s: the chances of all 16 pictures add up to 1", (order) => {
    const weights = madeWeights(randomStream(3), { pixels: 4, hidden: [6] });
    const chances = tf.exp(tf.neg(madeNll(pictures(4), weights, order)));
    expect(tf.sum(chances).dataSync()[0]).toBeCloseTo(1, 5);
  });

  it("starts at 784·ln 2, or at what independent pixels cost", () => {
    const x = binaryWave([2, 784], 1);
    const start = (means?: Float32Array): number =>
      tf.mean(madeNll(x, madeWeights(randomStream(4), { hidden: [20], pixelMeans: means }))).dataSync()[0]!;
    expect(Math.abs(start() - 784 * Math.LN2)).toBeLessThan(20);
    const mean = tf.mean(x).dataSync()[0]!;
    const entropy = -(mean * Math.log(mean) + (1 - mean) * Math.log(1 - mean));
    expect(Math.abs(start(new Float32Array(784).fill(mean)) - 784 * entropy)).toBeLessThan(20);
  });

  it("learns a distribution whose pixels depend on each other", () => {
    const net = madeWeights(randomStream(5), { pixels: 4, hidden: [16] });
    const program = compile(
      { net },
      {
        step: trainStep((state, { x }) => ({ loss: tf.mean<tf.Scalar>(madeNll(x, state.net)) }), {
          inputs: { x: ["B", 4] },
          of: "net",
          by: adam({ lr: 0.03 }),
        }),
      },
    );
    const x = tf.tensor2d([
      [0, 1, 1, 0],
      [1, 0, 0, 1],
    ]);
    let loss = NaN;
    for (let i = 0; i < 200; i++) ({ loss } = program.step({ x }));
    expect(loss).toBeGreaterThan(Math.LN2); // no model can do better than the entropy of two equally likely pictures
    expect(loss).toBeLessThan(Math.LN2 + 0.05);
    program.dispose();
  });

  it("a batch of one gives what the same picture gives in a batch", () => {
    const weights = madeWeights(randomStream(6), { pixels: 9, hidden: [8] });
    const x = binaryWave([3, 9], 1);
    const { ok, message } = allClose(
      madeLogits(tf.slice(x, [1, 0], [1, 9]), weights),
      tf.slice(madeLogits(x, weights), [1, 0], [1, 9]),
    );
    expect(ok, message).toBe(true);
  });

  it("refuses what cannot be right", () => {
    const weights = madeWeights(randomStream(7), { pixels: 4, hidden: [3] });
    expect(() => madeLogits(tf.zeros([1, 5]), weights)).toThrow("madeLogits: x is [1, 5], wanted [B, 4]: ");
    expect(() => madeDegrees([1, 5])).toThrow("the first, of pixels, ≥ 2");
    expect(() => madeDegrees([4, 0])).toThrow("sizes are 4, 0");
    expect(() => madeDegrees([3, 5], [0, 2, 2])).toThrow("name each of the 3 pixels once; its place 2 says 2");
    expect(() => madeDegrees([3, 5], [0, 1])).toThrow("place 2 says undefined");
    expect(() => madeDegrees([3, 5], [0, 1, 7])).toThrow("place 2 says 7");
    expect(() => madeWeights(randomStream(8), { pixels: 4, pixelMeans: [0, 1] })).toThrow("2 pixelMeans for 4 pixels");
    expect(() => madeNll(tf.fill([2, 4], 0.3), weights)).toThrow(/madeLogits: x\[0, 0\] is 0\.3.*, wanted 0 or 1: /);
    expect(() => madeNll(tf.tensor2d([[1, 0, 1, -1]]), weights)).toThrow("x[0, 3] is -1, wanted 0 or 1");
    expect(() => madeNll(tf.tensor2d([[1, NaN, 1, 0]]), weights)).toThrow("x[0, 1] is NaN");
    expect(() => madeLogits(tf.zeros([4]) as unknown as tf.Tensor2D, weights)).toThrow("x is [4], wanted [B, 4]");
    expect(() => madeLogits(tf.zeros([2, 2, 2]) as unknown as tf.Tensor2D, weights)).toThrow("x is [2, 2, 2]");
  });
});
