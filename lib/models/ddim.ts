/** From noise to pictures in one go: DDIM's steps as one loop, for use inside a compiled function. */
import { expectNumbers, expectShape, FINITE } from "../tensor/expect";
import { repeat } from "../tensor/repeat";
import { tf } from "../tensor/tf";
import { ddimStep, samplingTimes } from "./diffusion";
import type { NoiseModel, NoiseSchedule } from "./diffusion";

/**
 * DDIM with η = 0 [Song et al. 2021]: the same noise gives the same picture.
 * @param model ε̂(x, t); whatever else it looks at (labels, a text) it brings along
 * @param noise standard normal [B, 784]
 * @param steps how many times the model is asked
 * @returns [B, 784] in [−1, 1]
 * @throws RangeError for steps outside 1 … T, or when a number of the noise is not finite (compiled: in the first call); Error without
 * a row of noise, and when the model's answer has another shape than its input
 * @example call((state, { noise }) => ({ x: ddimSample((x, t) => unet(x, t, undefined, state.net), noise, schedule, 25) }), …)
 */
export function ddimSample(model: NoiseModel, noise: tf.Tensor2D, schedule: NoiseSchedule, steps: number): tf.Tensor2D {
  const times = samplingTimes(schedule.alphaBars.length, steps);
  expectShape("ddimSample", "noise", noise, ["B", "pixels"], "one row of noise for each picture");
  expectNumbers("ddimSample", "noise", noise, FINITE);
  const levels = [...times.map((t) => schedule.alphaBars[t]!), 1]; // ᾱ along the way back, 1 at its end
  const [B] = noise.shape;
  const at = (list: readonly number[], i: tf.Tensor): tf.Tensor => tf.gather(tf.tensor1d([...list]), i);
  const [x] = repeat(times.length, [noise], (i, x) => {
    const t = tf.cast(tf.mul<tf.Tensor1D>(tf.ones([B]), at(times, i)), "int32");
    const next = at(levels, tf.add(i, tf.scalar(1, "int32")));
    return [ddimStep({ x, eps: model(x, t), alphaBar: at(levels, i), alphaBarNext: next })];
  });
  return x;
}
