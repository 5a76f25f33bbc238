import { expect, it } from "vitest";
import { alphaBarAt, noiseLoss, noiseSchedule } from "../../../lib/models/diffusion";
import { sinusoids, unet, unetWeights } from "../../../lib/models/unet";
import { groupNorm } from "../../../lib/nn/group-norm";
import { allClose } from "../../../lib/tensor/all-close";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import golden from "../../golden/images.json" with { type: "json" };
import { onEveryBackend } from "../backends";
import { expectGolden, named, sineWeights, wave } from "./golden";
import { SMALL_UNET } from "./small-unet";

const SMALL = { ...SMALL_UNET, classes: 3 };

onEveryBackend("unet", () => {
  it("noise loss and its gradients equal PyTorch's", () => {
    const schedule = noiseSchedule("linear");
    const t = tf.tensor1d([3, 500, 999], "int32");
    const labels = tf.tensor1d([2, 0, 3], "int32");
    expect(allClose(tf.reshape(alphaBarAt(schedule, t), [-1]), golden.unet.alphaBars).message).toMatch(/^all/);
    const [x0, eps] = [wave([3, 64], 1), wave([3, 64], 5)] as [tf.Tensor2D, tf.Tensor2D];
    expectGolden(golden.unet, sineWeights(unetWeights(randomStream(1), SMALL), golden.unet), (w) =>
      noiseLoss((x, t) => unet(x, t, labels, w, SMALL), x0, t, eps, schedule),
    );
  });

  it("groupNorm equals PyTorch's", () => {
    const x = wave([2, 3, 4, 6], 1) as tf.Tensor4D;
    const y = groupNorm(x, 3, tf.ones<tf.Rank.R1>([6]), tf.zeros<tf.Rank.R1>([6]));
    expect(allClose(tf.reshape(y, [-1]), golden.groupNorm, { atol: 1e-4 }).message).toMatch(/^all/);
  });

  it("fresh weights guess no noise, whatever comes in; time and label have an effect once they are trained", () => {
    tf.tidy(() => {
      const stream = randomStream(2);
      const fresh = unetWeights(stream, SMALL);
      const x = stream.normal([2, 64]);
      const [t, labels] = [tf.tensor1d([1, 9], "int32"), tf.tensor1d([0, 1], "int32")];
      expect(tf.max(tf.abs(unet(x, t, labels, fresh, SMALL))).dataSync()[0]).toBe(0);
      const trained = sineWeights(fresh, golden.unet);
      const base = unet(x, t, labels, trained, SMALL);
      const differs = (other: tf.Tensor): number[] => [...tf.max(tf.abs(tf.sub(base, other)), 1).dataSync()];
      const [first, second] = differs(unet(x, tf.tensor1d([1, 700], "int32"), labels, trained, SMALL));
      expect(first).toBeLessThan(1e-5); // a picture's time acts on itself alone
      expect(second).toBeGreaterThan(1e-3);
      const [third, fourth] = differs(unet(x, t, tf.tensor1d([2, 1], "int32"), trained, SMALL));
      expect(third).toBeGreaterThan(1e-3);
      expect(fourth).toBeLessThan(1e-5);
    });
  });

  it("works without labels and without attention, and says when labels do not fit", () => {
    const config = { ...SMALL, classes: 0, heads: 0 };
    const weights = unetWeights(randomStream(3), config);
    const [x, t] = [tf.zeros<tf.Rank.R2>([2, 64]), tf.tensor1d([0, 1], "int32")];
    expect(unet(x, t, undefined, weights, config).shape).toEqual([2, 64]);
    expect(() => unet(x, t, t, weights, config)).toThrow("labels for a network without");
    expect(() => unet(x, t, undefined, unetWeights(randomStream(3), SMALL), SMALL)).toThrow("no labels for a network");
  });

  it("takes a vector, pictures beside the noisy one and several noisy ones; each example by itself", () => {
    tf.tidy(() => {
      const config = { ...SMALL, classes: 0, condition: 5, pictures: 2, outputs: 3 };
      const stream = randomStream(6);
      const fresh = unetWeights(stream, config);
      expect(fresh.stem.w.shape).toEqual([3, 3, 5, 4]);
      expect(fresh.noise.w.shape).toEqual([1, 1, 4, 3]);
      const [down, middle, middleToo, up] = fresh.blocks;
      const film = { w: stream.normal([6, 12], 0, 0.3), b: tf.ones<tf.Rank.R1>([12]) };
      const noise = { ...fresh.noise, w: stream.normal([1, 1, 4, 3]) };
      const weights = { ...fresh, blocks: [down, middle, middleToo, { ...up, film }], noise } as typeof fresh;
      const x = stream.normal([2, 192]);
      const t = tf.tensor1d([1, 9], "int32");
      const condition = stream.normal([2, 5]);
      const pictures = [stream.normal([2, 64]), stream.normal([2, 64])];
      const base = unet(x, t, { condition, pictures }, weights, config);
      expect(base.shape).toEqual([2, 192]);
      const changed = (t: tf.Tensor2D): tf.Tensor2D => tf.add(t, [[0], [1]]); // the second example alone
      const differs = (other: tf.Tensor): number[] => [...tf.max(tf.abs(tf.sub(base, other)), 1).dataSync()];
      const apart = (other: tf.Tensor): void => {
        const [first, second] = differs(other) as [number, number];
        expect(first).toBeLessThan(1e-5);
        expect(second).toBeGreaterThan(1e-4);
      };
      apart(unet(x, t, { condition: changed(condition), pictures }, weights, config));
      apart(unet(x, t, { condition, pictures: [pictures[0]!, changed(pictures[1]!)] }, weights, config));
    });
  });

  it("several outputs: picture after picture, each in its own channel", () => {
    tf.tidy(() => {
      const config = { ...SMALL, classes: 0, outputs: 2 };
      const stream = randomStream(7);
      const fresh = unetWeights(stream, config);
      const one = {
        ...fresh,
        noise: { ...fresh.noise, w: tf.concat([stream.normal([1, 1, 4, 1]), tf.zeros([1, 1, 4, 1])], 3) },
      };
      const y = unet(stream.normal([2, 128]), tf.tensor1d([1, 9], "int32"), undefined, one as typeof fresh, config);
      const [first, second] = tf.split(y, 2, 1) as [tf.Tensor, tf.Tensor];
      expect(tf.max(tf.abs(second)).dataSync()[0]).toBe(0);
      expect(tf.min(tf.max(tf.abs(first), 1)).dataSync()[0]).toBeGreaterThan(0.1);
      // The same channels as pictures beside it: the first output is that of a network with one.
      const [a, b] = [stream.normal([2, 64]), stream.normal([2, 64])];
      const t = tf.tensor1d([5, 700], "int32");
      const single = { ...one, noise: { w: tf.slice(one.noise.w, 0, [1, 1, 4, 1]), b: tf.zeros([1]) } } as typeof fresh;
      const beside = unet(a, t, { pictures: [b] }, single, { ...SMALL, classes: 0, pictures: 1 });
      const both = unet(tf.concat([a, b], 1), t, undefined, one as typeof fresh, config);
      expect(allClose(tf.slice(both, [0, 0], [-1, 64]), beside).message).toMatch(/^all/);
    });
  });

  it("says what is given and not taken, and the other way round", () => {
    const x = tf.zeros<tf.Rank.R2>([1, 64]);
    const t = tf.tensor1d([1], "int32");
    const config = { ...SMALL, classes: 0, heads: 0 };
    const plain = unetWeights(randomStream(8), config);
    expect(() => unet(x, t, { condition: x }, plain, config)).toThrow(
      "condition for a network without condition weights",
    );
    expect(() => unet(x, t, { pictures: [x] }, plain, config)).toThrow("got 2 pictures");
    const taking = unetWeights(randomStream(8), { ...config, condition: 4, pictures: 1 });
    expect(() => unet(x, t, undefined, taking, config)).toThrow("no condition for a network with");
    expect(() => unet(x, t, { condition: tf.zeros([1, 4]) }, taking, config)).toThrow("the stem takes 2");
  });

  it("the default network has 258,385 numbers", () => {
    const weights = unetWeights(randomStream(4));
    expect(named(weights).reduce((sum, [, { size }]) => sum + size, 0)).toBe(258_385);
  });

  it("sinusoids tell times apart: first frequency 1, each row of length √(E/2)", () => {
    tf.tidy(() => {
      const e = sinusoids(tf.tensor1d([0, 1, 999], "int32"), 8);
      expect(e.shape).toEqual([3, 8]);
      const rows = e.arraySync();
      expect(rows[0]).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
      expect(rows[1]![0]).toBeCloseTo(Math.sin(1), 5);
      expect(rows[2]![3]).toBeCloseTo(Math.sin(0.999), 4);
      expect(allClose(tf.sum(tf.square(e), 1), [4, 4, 4]).message).toMatch(/^all/);
    });
  });
});
