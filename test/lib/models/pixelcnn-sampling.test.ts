import { expect, it } from "vitest";
import { pixelCnnLogits, pixelCnnWeights } from "../../../lib/models/pixelcnn";
import type { PixelCnnWeights } from "../../../lib/models/pixelcnn";
import { pixelCnnSample } from "../../../lib/models/pixelcnn-sampling";
import { allClose } from "../../../lib/tensor/all-close";
import { compile } from "../../../lib/tensor/compile";
import { call } from "../../../lib/tensor/program-functions";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";
import { binaryWave } from "./golden";

/** The obvious way: a pass of the whole network for every pixel. */
function slowly(u: tf.Tensor2D, weights: PixelCnnWeights, size: number): number[][] {
  const [B, n] = u.shape;
  const noise = u.arraySync();
  const x = Array.from({ length: B }, () => new Array<number>(n).fill(0));
  for (let i = 0; i < n; i++) {
    const p = tf.tidy(() => tf.sigmoid<tf.Tensor2D>(pixelCnnLogits(tf.tensor2d(x), weights, size)).arraySync());
    for (let b = 0; b < B; b++) x[b]![i] = noise[b]![i]! < p[b]![i]! ? 1 : 0;
  }
  return x;
}

/** Weights that make up their minds: fresh ones give chances near one half everywhere. */
function decided(seed: number, config: Parameters<typeof pixelCnnWeights>[1]): PixelCnnWeights {
  const weights = pixelCnnWeights(randomStream(seed), config);
  const { places } = weights;
  const noise = (like: tf.Tensor3D): tf.Tensor3D => randomStream(seed).split("places").normal(like.shape);
  if (places) weights.places = { above: noise(places.above), left: tf.neg(noise(places.left)) };
  return { ...weights, logit: { w: tf.mul(weights.logit.w, 40), b: weights.logit.b! } };
}

onEveryBackend("pixelcnn sampling", () => {
  it.each([
    { size: 6, reach: 3, blocks: 2 },
    { size: 7, reach: 2, blocks: 0 },
    { size: 5, reach: 6, blocks: 3, places: true },
  ])("$size × $size, reach $reach, $blocks blocks: the pictures of the obvious way, bit by bit", (config) => {
    const { size } = config;
    const weights = decided(1, { ...config, channels: 4, head: 5 });
    const u = randomStream(2).uniform([3, size * size]);
    const { x, logits } = pixelCnnSample(u, weights, { size });
    expect(x.arraySync()).toEqual(slowly(u, weights, size));
    expect(new Set(x.dataSync()).size).toBe(2);
    const { ok, message } = allClose(logits, pixelCnnLogits(x, weights, size), { rtol: 1e-4, atol: 1e-4 });
    expect(ok, message).toBe(true);
  });

  it("compiled gives the same as operation by operation", () => {
    const size = 5;
    const net = decided(3, { reach: 2, blocks: 2, channels: 4, head: 4 });
    const program = compile(
      { net },
      { sample: call((state, { u }) => ({ ...pixelCnnSample(u, state.net, { size }) }), { inputs: { u: ["B", 25] } }) },
    );
    for (const B of [1, 4]) {
      const u = randomStream(B).uniform([B, 25]);
      expect(program.sample({ u }).x.arraySync()).toEqual(pixelCnnSample(u, net, { size }).x.arraySync());
    }
    program.dispose();
  });

  it("keeps given pixels; later ones do not act on what is drawn before", () => {
    const size = 5;
    const weights = decided(4, { reach: 3, blocks: 1, channels: 4, head: 4 });
    const u = randomStream(5).uniform([2, 25]);
    const pixels = binaryWave([2, 25], 3);
    const known = tf.tensor2d(
      [0, 1].flatMap(() => Array.from({ length: 25 }, (_, i) => (i >= 7 && i < 18 ? 1 : 0))),
      [2, 25],
    );
    const free = pixelCnnSample(u, weights, { size }).x.arraySync();
    const given = pixelCnnSample(u, weights, { size, given: { pixels, known } });
    const [got, wanted] = [given.x.arraySync(), pixels.arraySync()];
    for (const b of [0, 1]) {
      expect(got[b]!.slice(7, 18)).toEqual(wanted[b]!.slice(7, 18));
      expect(got[b]!.slice(0, 7)).toEqual(free[b]!.slice(0, 7));
    }
    const { ok, message } = allClose(given.logits, pixelCnnLogits(given.x, weights, size), { rtol: 1e-4, atol: 1e-4 });
    expect(ok, message).toBe(true);
  });

  it("says which tensor has the wrong size", () => {
    const weights = decided(6, { reach: 1, blocks: 0, channels: 2, head: 2 });
    expect(() => pixelCnnSample(tf.zeros([2, 783]), weights)).toThrow("u is [2, 783], wanted [B, 784]");
    const given = { pixels: tf.zeros<tf.Rank.R2>([1, 784]), known: tf.zeros<tf.Rank.R2>([2, 784]) };
    expect(() => pixelCnnSample(tf.zeros([2, 784]), weights, { given })).toThrow("pixels is [1, 784]");
    expect(() => pixelCnnSample(tf.zeros([0, 784]), weights)).toThrow("u is [0, 784], wanted [B, 784]");
  });

  it("refuses weights of another picture size, and given pixels without their places", () => {
    const small = decided(6, { size: 3, places: true, reach: 1, blocks: 0, channels: 2, head: 2 });
    expect(() => pixelCnnSample(tf.zeros([1, 16]), small, { size: 4 })).toThrow(
      "pixelCnnSample: the weights know places of 3 rows, the picture has 4",
    );
    const pixels = tf.zeros<tf.Rank.R2>([1, 9]);
    const sample = (given: object) => () =>
      pixelCnnSample(tf.zeros([1, 9]), small, { size: 3, given: given as { pixels: tf.Tensor2D; known: tf.Tensor2D } });
    expect(sample({ pixels })).toThrow("pixelCnnSample: given.known is missing: give { pixels, known }");
    expect(sample({ known: pixels })).toThrow("pixelCnnSample: given.pixels is missing: give { pixels, known }");
    expect(sample({ pixels, known: pixels })).not.toThrow();
  });

  it("refuses noise that is not uniform, and given pixels that are neither 0 nor 1", () => {
    const weights = decided(6, { reach: 1, blocks: 0, channels: 2, head: 2 });
    const sample = (u: tf.Tensor2D, pixels: number[], known: number[]) => () =>
      pixelCnnSample(u, weights, {
        size: 2,
        given: { pixels: tf.tensor2d([pixels]), known: tf.tensor2d([known]) },
      });
    const u = tf.fill<tf.Rank.R2>([1, 4], 0.5);
    expect(sample(tf.tensor2d([[0.5, -1.2, 0, 0]]), [0, 0, 0, 0], [0, 0, 0, 0])).toThrow(
      /u\[0, 1\] is -1\.2.*, wanted 0 to 1: draw it with stream\.uniform/,
    );
    expect(sample(u, [0, 0.5, 0, 0], [1, 1, 0, 0])).toThrow("pixels[0, 1] is 0.5, wanted 0 or 1");
    expect(sample(u, [0, 0, 0, 0], [1, 2, 0, 0])).toThrow("known[0, 1] is 2, wanted 0 or 1");
    expect(sample(u, [1, -1, 0.3, 0], [1, 0, 0, 0])).not.toThrow(); // what is not given does not matter
  });
});
