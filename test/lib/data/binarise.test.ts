import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { binarise, binarised, binaryTestDigits } from "../../../lib/data/binarise";
import { DigitSet, loadMnist } from "../../../lib/data/mnist";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";

onEveryBackend("binarise", () => {
  it("draws 1 with the chance that the grey level says, and 0 and 1 where there is no doubt", () => {
    const grey = tf.tensor2d([new Array<number>(20_000).fill(0.3)]);
    const bits = binarise(grey, randomStream(1));
    expect([bits.dtype, bits.shape]).toEqual(["float32", [1, 20_000]]);
    expect(new Set(bits.dataSync())).toEqual(new Set([0, 1]));
    expect(Math.abs(tf.mean(bits).dataSync()[0]! - 0.3)).toBeLessThan(0.015); // 4.6 standard deviations
    expect([...binarise(tf.tensor1d([0, 1]), randomStream(2)).dataSync()]).toEqual([0, 1]);
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
