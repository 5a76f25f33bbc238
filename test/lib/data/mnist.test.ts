import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { DigitSet, loadMnist, readMnist } from "../../../lib/data/mnist";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex").slice(0, 16);

describe("loadMnist", () => {
  const { train, test } = loadMnist();

  it("has all digits, once", () => {
    expect([train.count, test.count]).toEqual([60_000, 10_000]);
    expect(loadMnist().train).toBe(train);
  });

  it("is MNIST: published counts a class, mean and deviation", () => {
    const counts = (labels: Uint8Array): number[] => {
      const out = new Array<number>(10).fill(0);
      labels.forEach((label) => out[label]!++);
      return out;
    };
    expect(counts(train.labels)).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    expect(counts(test.labels)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    let [sum, squares] = [0, 0];
    for (const value of train.pixels) {
      sum += value;
      squares += value * value;
    }
    const mean = sum / train.pixels.length / 255;
    expect(mean).toBeCloseTo(0.1307, 4); // the pair that every PyTorch example normalises with
    expect(Math.sqrt(squares / train.pixels.length / 255 ** 2 - mean ** 2)).toBeCloseTo(0.3081, 4);
    expect([...train.labels.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
    expect(sha256(test.labels)).toMatchInlineSnapshot(`"ddeff807876a9661"`);
  });

  it("knows each pixel's mean", () => {
    const means = train.pixelMeans();
    expect(means).toHaveLength(784);
    expect(means.reduce((sum, mean) => sum + mean, 0) / 784).toBeCloseTo(0.1307, 4);
    expect([means[0], Math.max(...means) < 1]).toEqual([0, true]);
    const two = new DigitSet(
      Uint8Array.from([...Array<number>(784).fill(255), ...Array<number>(784).fill(51)]),
      Uint8Array.of(1, 2),
    );
    expect(two.pixelMeans()[5]).toBeCloseTo(0.6, 6);
    expect(() => two.take(0).pixelMeans()).toThrow("the set is empty");
  });

  it("refuses a folder with other data", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "genlab-mnist-"));
    afterAll(() => fs.rmSync(folder, { recursive: true }));
    const header = (...words: number[]): Buffer =>
      Buffer.concat(words.map((w) => Buffer.from([w >>> 24, w >>> 16, w >>> 8, w])));
    expect(() => readMnist(folder)).toThrow("readIdx: cannot read train-images-idx3-ubyte (ENOENT): reinstall");
    fs.writeFileSync(
      path.join(folder, "train-images-idx3-ubyte"),
      Buffer.concat([header(0x803, 1, 2, 2), Buffer.alloc(4)]),
    );
    fs.writeFileSync(path.join(folder, "train-labels-idx1-ubyte"), Buffer.concat([header(0x801, 1), Buffer.alloc(1)]));
    expect(() => readMnist(folder)).toThrow("readMnist: train has 4 pixels a picture, expected 784: reinstall");
  });
});

onEveryBackend("digits", () => {
  const { train } = loadMnist();

  it("become tensors in the wanted range", () => {
    tf.tidy(() => {
      const wide = train.images([0, 7]);
      expect([wide.shape, wide.dtype]).toEqual([[2, 784], "float32"]);
      expect([tf.min(wide).dataSync()[0], tf.max(wide).dataSync()[0]]).toEqual([-1, 1]);
      const unit = train.images(Int32Array.of(0, 7), "[0,1]");
      expect([tf.min(unit).dataSync()[0], tf.max(unit).dataSync()[0]]).toEqual([0, 1]);
      const back = Uint8Array.from(unit.dataSync().subarray(784), (v) => Math.round(v * 255));
      expect(back).toEqual(train.pixels.slice(7 * 784, 8 * 784));
      const middle = Math.max(...tf.abs(tf.sub(tf.mul(tf.add(wide, 1), 0.5), unit)).dataSync());
      expect(middle).toBeLessThan(1e-6);
      expect(train.images([]).shape).toEqual([0, 784]);
    });
  });

  it("refuse an index or a range that does not exist", () => {
    expect(() => train.images([60_000])).toThrow("index 60000 does not exist: there are 60000 digits, 0 is the first");
    expect(() => train.images([-1])).toThrow("index -1 does not exist");
    expect(() => train.images([0.5])).toThrow("index 0.5 does not exist");
    expect(() => train.images([0], "[0,255]" as "[0,1]")).toThrow('wanted range "[-1,1]" or "[0,1]", got "[0,255]"');
  });

  it("can be taken and picked", () => {
    const few = train.take(3);
    expect([few.count, [...few.labels]]).toEqual([3, [5, 0, 4]]);
    expect(train.take(10 ** 6).count).toBe(60_000);
    const picked = train.pick([4, 0]);
    expect([...picked.labels]).toEqual([9, 5]);
    expect(picked.pixels.subarray(784)).toEqual(train.pixels.subarray(0, 784));
    expect([...train.labelsOf([1, 1, 2])]).toEqual([0, 0, 4]);
    expect(() => train.take(-1)).toThrow("wanted a whole number ≥ 0, got -1");
    expect(() => new DigitSet(new Uint8Array(784), new Uint8Array(2))).toThrow("784 bytes of pixels for 2 labels");
    expect(() => new DigitSet(new Uint8Array(784), Uint8Array.of(10))).toThrow("label 0 is 10, wanted digits 0 to 9");
  });
});

onEveryBackend("a set of one's own pictures", () => {
  const mine = (images: tf.Tensor2D, labels: number[], range?: "[0,1]") => () => DigitSet.from(images, labels, range);

  it("keeps them, in both ranges", () => {
    const some = loadMnist().train.take(3);
    for (const range of ["[-1,1]", "[0,1]"] as const) {
      const copy = DigitSet.from(some.images([0, 1, 2], range), some.labels, range);
      expect([...copy.pixels]).toEqual([...some.pixels]);
      expect([...copy.labels]).toEqual([...some.labels]);
    }
  });

  it("refuses other sizes, numbers out of range, and labels that are no digits", () => {
    expect(mine(tf.zeros([2, 1024]), [1, 2])).toThrow(
      "wanted images [N, 784] and N labels, got [2, 1024] and 2 labels",
    );
    expect(mine(tf.zeros([2, 784]), [1])).toThrow("got [2, 784] and 1 labels");
    const pixels = new Float32Array(2 * 784);
    pixels[784 + 5] = 255;
    expect(mine(tf.tensor2d(pixels, [2, 784]), [1, 2])).toThrow("pixel 5 of picture 1 is 255, wanted -1 to 1: clip it");
    expect(mine(tf.fill([1, 784], NaN), [1])).toThrow("pixel 0 of picture 0 is NaN");
    expect(mine(tf.fill([1, 784], -1), [1], "[0,1]")).toThrow("is -1, wanted 0 to 1");
    expect(mine(tf.zeros([1, 784]), [10])).toThrow("label 0 is 10, wanted digits 0 to 9");
  });
});
