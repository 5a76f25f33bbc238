import { expect, it } from "vitest";
import { pixelCnnLogits, pixelCnnNll, pixelCnnWeights } from "../../../lib/models/pixelcnn";
import { allClose } from "../../../lib/tensor/all-close";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import golden from "../../golden/images.json" with { type: "json" };
import { onEveryBackend } from "../backends";
import { binaryWave, expectGolden, named, sineWeights } from "./golden";

onEveryBackend("pixelcnn", () => {
  it("likelihood and its gradients equal PyTorch's", () => {
    const weights = sineWeights(pixelCnnWeights(randomStream(1), { blocks: 2, channels: 4, head: 5 }), golden.pixelcnn);
    expectGolden(golden.pixelcnn, weights, (w) => tf.mean(pixelCnnNll(binaryWave([3, 49], 1), w, 7)));
  });

  it.each([
    [0, 3, false],
    [2, 3, false],
    [1, 5, true],
  ])(
    "%i blocks, reach %i, places %s: a logit depends on all earlier pixels that it can see, and on no other",
    (blocks, reach, places) => {
      const size = 13;
      const weights = pixelCnnWeights(randomStream(2), { size, reach, blocks, places, channels: 8, head: 8 });
      const x = binaryWave([6, size * size], 2); // several pictures: a gradient that one picture's ReLUs stop, another has
      const [rows, columns] = [reach + blocks, reach + blocks];
      let reached = 0;
      for (const i of [0, 5, 6 * size + 6, 7 * size + 12]) {
        const gradient = tf.tidy(() => {
          const oneLogit = (pictures: tf.Tensor): tf.Scalar =>
            tf.sum(tf.slice(pixelCnnLogits(pictures as tf.Tensor2D, weights, size), [0, i], [-1, 1]));
          return tf.sum(tf.abs(tf.grad(oneLogit)(x)), 0).dataSync();
        });
        const [r, c] = [Math.floor(i / size), i % size];
        gradient.forEach((slope, j) => {
          const [up, left] = [r - Math.floor(j / size), c - (j % size)];
          if (j >= i) expect(slope, `pixel ${j} must not act on ${i}`).toBe(0);
          const seen = up === 0 ? left > 0 && left <= columns : up > 0 && up <= rows && Math.abs(left) <= columns;
          if (!seen) return;
          reached++;
          expect(slope, `pixel ${j}, ${up} up and ${left} left, must act on ${i}: a blind spot`).toBeGreaterThan(0);
        });
      }
      expect(reached).toBeGreaterThan(40);
    },
  );

  it("biases of each place act there and nowhere else at first, and must fit the picture", () => {
    const weights = pixelCnnWeights(randomStream(6), { size: 5, reach: 1, blocks: 0, places: true, channels: 4 });
    const x = binaryWave([1, 25], 1);
    const before = pixelCnnLogits(x, weights, 5).dataSync();
    const there = tf.tensor3d(
      Array.from({ length: 100 }, (_, i) => (Math.floor(i / 4) === 12 ? 1 : 0)),
      [5, 5, 4],
    );
    const after = pixelCnnLogits(x, { ...weights, places: { above: there, left: there } }, 5).dataSync();
    expect(Array.from(after.keys()).filter((i) => after[i] !== before[i])).toEqual([12]);
    expect(() => pixelCnnLogits(tf.zeros([1, 9]), weights, 3)).toThrow("places of 5 rows, the picture has 3");
  });

  it("all chances of the pictures of 2 × 2 pixels add up to 1", () => {
    const weights = pixelCnnWeights(randomStream(3), { blocks: 1, channels: 4, head: 4 });
    const pictures = tf.tensor2d(
      Array.from({ length: 16 }, (_, n) => [8, 4, 2, 1].map((bit) => ((n & bit) > 0 ? 1 : 0))),
    );
    const total = tf.sum(tf.exp(tf.neg(pixelCnnNll(pictures, weights, 2))));
    expect(total.dataSync()[0]).toBeCloseTo(1, 5);
  });

  it("starts near 784·ln 2 and has 66,049 numbers", () => {
    const weights = pixelCnnWeights(randomStream(4));
    expect(named(weights).reduce((sum, [, { size }]) => sum + size, 0)).toBe(66_049);
    const nll = tf.mean(pixelCnnNll(binaryWave([2, 784], 1), weights)).dataSync()[0]!;
    expect(Math.abs(nll - 784 * Math.LN2)).toBeLessThan(20);
    expect(() => pixelCnnLogits(tf.zeros([1, 783]), weights)).toThrow("x is [1, 783], wanted [B, 784]: ");
    expect(() => pixelCnnLogits(tf.zeros([1, 28, 28]) as unknown as tf.Tensor2D, weights)).toThrow("x is [1, 28, 28]");
  });

  it("refuses pixels that are not 0 or 1, and sizes of a network that cannot be", () => {
    const weights = pixelCnnWeights(randomStream(7), { blocks: 1, channels: 2, head: 2 });
    expect(() => pixelCnnNll(tf.fill([2, 9], 0.3), weights, 3)).toThrow(
      /pixelCnnLogits: x\[0, 0\] is 0\.3.*, wanted 0 or 1/,
    );
    expect(() => pixelCnnNll(tf.fill([1, 9], -1), weights, 3)).toThrow("x[0, 0] is -1");
    expect(() => pixelCnnNll(tf.tensor2d([[0, 0, 0, 0, 1, NaN, 0, 0, 0]]), weights, 3)).toThrow("x[0, 5] is NaN");
    expect(() => pixelCnnWeights(randomStream(7), { reach: 0 })).toThrow(
      "pixelCnnWeights: reach is 0, wanted 1 or more",
    );
    expect(() => pixelCnnWeights(randomStream(7), { blocks: -1 })).toThrow("blocks is -1, wanted 0 or more");
    expect(() => pixelCnnWeights(randomStream(7), { channels: 2.5 })).toThrow("channels is 2.5, wanted 1 or more");
  });

  it("a batch of one gives what the same picture gives in a batch", () => {
    const weights = pixelCnnWeights(randomStream(5), { blocks: 1, channels: 4 });
    const x = binaryWave([3, 784], 1);
    const { ok, message } = allClose(
      pixelCnnLogits(tf.slice(x, [1, 0], [1, 784]), weights),
      tf.slice(pixelCnnLogits(x, weights), [1, 0], [1, 784]),
    );
    expect(ok, message).toBe(true);
  });
});
