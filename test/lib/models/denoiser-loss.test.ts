import { expect, it } from "vitest";
import { denoiser, denoiserLoss, denoiserNoise, denoiserWeights, spreadLevels } from "../../../lib/models/denoiser";
import { alphaBarAt, noiseSchedule, qSample, velocity } from "../../../lib/models/diffusion";
import { allClose } from "../../../lib/tensor/all-close";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";
import { SMALL_UNET } from "./small-unet";

const SCHEDULE = noiseSchedule("cosine");
const CONFIG = { ...SMALL_UNET, classes: 0, outputs: 2, pictures: 1 };

onEveryBackend("denoiser of several pictures", () => {
  it("fresh weights guess v = 0, so the loss is the mean of v²; noise and loss belong together", () => {
    tf.tidy(() => {
      const stream = randomStream(1);
      const fresh = denoiserWeights(stream, CONFIG);
      expect(fresh.stem.w.shape[2]).toBe(7); // two pictures, each as it is, if black and if white; one beside
      expect(fresh.noise.w.shape[3]).toBe(6);
      const [x0, eps, beside] = [stream.uniform([3, 128], -1, 1), stream.normal([3, 128]), stream.normal([3, 64])];
      const t = tf.tensor1d([10, 500, 990], "int32");
      const given = { pictures: [beside] };
      const alphaBar = alphaBarAt(SCHEDULE, t);
      const wanted = tf.mean(tf.square(velocity(x0, eps, alphaBar))).dataSync()[0]!;
      expect(denoiserLoss({ x0, t, eps }, given, fresh, SCHEDULE, CONFIG).dataSync()[0]).toBeCloseTo(wanted, 4);
      const weights = { ...fresh, noise: { ...fresh.noise, w: stream.normal([1, 1, 4, 6]) } };
      const x = qSample(x0, eps, alphaBar);
      const v = denoiser(x, t, given, weights, SCHEDULE, CONFIG);
      expect(v.shape).toEqual([3, 128]);
      const noise = tf.add(tf.mul(x, tf.sqrt(tf.sub(1, alphaBar))), tf.mul(v, tf.sqrt(alphaBar)));
      expect(allClose(denoiserNoise(x, t, given, weights, SCHEDULE, CONFIG), noise, { atol: 1e-5 }).message).toMatch(
        /^all/,
      );
      const error = tf.mean(tf.square(tf.sub(v, velocity(x0, eps, alphaBar)))).dataSync()[0]!;
      expect(denoiserLoss({ x0, t, eps }, given, weights, SCHEDULE, CONFIG).dataSync()[0]! / error).toBeCloseTo(1, 4);
    });
  });

  it("levels are spread: one in each part, in order, up to T − 1", () => {
    const levels = spreadLevels(tf.tensor1d([0, 0.5, 0.25, 0.999999]), 1000);
    expect(levels.dtype).toBe("int32");
    expect([...levels.dataSync()]).toEqual([0, 375, 562, 999]);
    expect([...spreadLevels(tf.tensor1d([1 - 2 ** -24]), 10).dataSync()]).toEqual([9]);
  });
});
