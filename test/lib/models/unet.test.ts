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

const SMALL = {
  size: 8,
  channels: [4, 6, 8] as [number, number, number],
  embedding: 6,
  classes: 3,
  heads: 2,
  groups: 2,
};

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

  it("the default network has 258,513 numbers", () => {
    const weights = unetWeights(randomStream(4));
    expect(named(weights).reduce((sum, [, { size }]) => sum + size, 0)).toBe(258_513);
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
