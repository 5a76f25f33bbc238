import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { binarise, binarised, binaryTestDigits } from "../../../lib/data/binarise";
import { madeNll, madeWeights } from "../../../lib/models/made";
import { adam } from "../../../lib/nn/optimizers";
import { compile } from "../../../lib/tensor/compile";
import { call, trainStep } from "../../../lib/tensor/program-functions";
import { DigitSet, loadMnist } from "../../../lib/data/mnist";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";

/** A model of four pixels, trained on fresh bits. */
const learner = () =>
  compile(
    { net: madeWeights(randomStream(1), { pixels: 4, hidden: [3] }) },
    {
      step: trainStep(
        (state, { grey }, _, random) => ({ loss: tf.mean<tf.Scalar>(madeNll(binarise(grey, random), state.net)) }),
        { inputs: { grey: ["B", 4] }, of: "net", by: adam({ lr: 0.01 }) },
      ),
      nll: call((state, { x }) => ({ nll: madeNll(x, state.net) }), { inputs: { x: ["B", 4] } }),
    },
  );

onEveryBackend("binarise", () => {
  it("draws 1 with the chance that the grey level says, and 0 and 1 where there is no doubt", () => {
    const grey = tf.tensor2d([new Array<number>(20_000).fill(0.3)]);
    const bits = binarise(grey, randomStream(1));
    expect([bits.dtype, bits.shape]).toEqual(["float32", [1, 20_000]]);
    expect(new Set(bits.dataSync())).toEqual(new Set([0, 1]));
    expect(Math.abs(tf.mean(bits).dataSync()[0]! - 0.3)).toBeLessThan(0.015); // 4.6 standard deviations
    expect([...binarise(tf.tensor1d([0, 1]), randomStream(2)).dataSync()]).toEqual([0, 1]);
  });

  it("refuses what is no grey level: pictures in [−1, 1], bytes, NaN", () => {
    const binarised = (value: number) => () => binarise(tf.tensor2d([[0.5, value]]), randomStream(1));
    expect(binarised(-1)).toThrow(
      'binarise: grey[0, 1] is -1, wanted 0 to 1: take the pictures with range "[0,1]", or divide bytes by 255',
    );
    expect(binarised(255)).toThrow("grey[0, 1] is 255");
    expect(binarised(NaN)).toThrow("grey[0, 1] is NaN");
  });

  it("refuses them in a compiled step too, at its first batch", () => {
    const program = learner();
    expect(() => program.step({ grey: tf.fill([2, 4], -1) })).toThrow("binarise: grey[0, 0] is -1");
    expect(() => program.nll({ x: tf.fill([2, 4], 0.5) })).toThrow("madeLogits: x[0, 0] is 0.5, wanted 0 or 1");
    expect(program.step({ grey: tf.fill([2, 4], 0.5) }).loss).toBeGreaterThan(0);
    expect(program.nll({ x: tf.ones([2, 4]) }).nll.shape).toEqual([2]);
    program.dispose();
  });

  it("shows them as NaN in later batches of a compiled step, which looks at none, and leaves good bits as they are", () => {
    const program = compile(
      { w: tf.zeros([1]) },
      { bits: call((_, { grey }, __, random) => ({ x: binarise(grey, random) }), { inputs: { grey: ["B", 4] } }) },
      { random: randomStream(5) },
    );
    const grey = tf.tensor2d([[0, 1, 0.5, 0.2]]);
    const stream = randomStream(5);
    expect([...program.bits({ grey }).x.dataSync()]).toEqual([...binarise(grey, stream).dataSync()]);
    const strange = tf.tensor2d([[NaN, -1, 255, 1.00005]]);
    if (tf.getBackend() === "tensorflow") {
      expect([...program.bits({ grey: strange }).x.dataSync()]).toEqual([NaN, NaN, NaN, 1]);
    } else expect(() => program.bits({ grey: strange })).toThrow("grey[0, 0] is NaN");
    program.dispose();
  });

  it("and so they reach the loss", () => {
    const program = learner();
    program.step({ grey: tf.fill([2, 4], 0.5) });
    for (const value of [NaN, -1, 255]) {
      expect(() => program.step({ grey: tf.fill([2, 4], value) })).toThrow(/loss of step 2 is NaN|grey\[0, 0\] is/);
    }
    program.dispose();
  });

  it("the same stream gives the same bits, a later draw others", () => {
    const grey = tf.fill([1, 100], 0.5);
    const stream = randomStream(3);
    const [first, second] = [binarise(grey, stream).dataSync().join(), binarise(grey, stream).dataSync().join()];
    expect(binarise(grey, randomStream(3)).dataSync().join()).toBe(first);
    expect(second).not.toBe(first);
  });
});

describe("binaryTestDigits", () => {
  it("is fixed: the same bits everywhere and for ever", () => {
    const digits = binaryTestDigits();
    expect(digits.count).toBe(10_000);
    expect(binaryTestDigits()).toBe(digits);
    expect(new Set(digits.pixels)).toEqual(new Set([0, 255]));
    const sha256 = createHash("sha256").update(digits.pixels).digest("hex").slice(0, 16);
    expect(sha256).toMatchInlineSnapshot(`"92493a5900a65fa5"`);
  });

  it("keeps the mean of the grey digits, their labels, and gives exact zeros and ones", () => {
    const [digits, { test }] = [binaryTestDigits(), loadMnist()];
    const mean = (pixels: Uint8Array): number => pixels.reduce((sum, value) => sum + value, 0) / pixels.length / 255;
    expect(mean(digits.pixels)).toBeCloseTo(mean(test.pixels), 3);
    expect(digits.labels).toBe(test.labels);
    const images = digits.images([0, 1], "[0,1]");
    expect(new Set(images.dataSync())).toEqual(new Set([0, 1]));
    images.dispose();
  });

  it("takes an empty set", () => {
    expect(binarised(new DigitSet(new Uint8Array(0), new Uint8Array(0)), randomStream(0)).count).toBe(0);
  });
});
