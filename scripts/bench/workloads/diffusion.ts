import {
  adam,
  alphaBarAt,
  call,
  compile,
  ddimStep,
  noiseLoss,
  noiseSchedule,
  randomStream,
  repeat,
  samplingTimes,
  tf,
  trainStep,
  unet,
  unetWeights,
} from "genlab";
import type { UNetConfig } from "genlab";
import { SHARDS } from "../workload";
import type { Sampler, Size, Training } from "../workload";

const PIXELS = 784;
const STEPS = 1000;
const CLASSES = 10;
const rates = { lr: 1e-3 };

function configOf({ width }: Size): UNetConfig {
  return { size: 28, channels: [width / 2, width, 2 * width], classes: CLASSES, heads: 4, groups: 8 };
}

/** The mean square error of the guessed noise, with labels. */
export const training: Training = {
  sizes: [
    { batch: 16, width: 32 },
    { batch: 64, width: 32 },
    { batch: 64, width: 64 },
  ],
  title: ({ batch, width }) => `C${width} B${batch}`,
  build(size) {
    const { batch } = size;
    const root = randomStream(6);
    const config = configOf(size);
    const fresh = unetWeights(root.split("weights"), config);
    // It starts at 0, and so would every guess: a wrong network would compute the right loss.
    const w = root.split("last").normal(fresh.noise.w.shape, 0, 0.3);
    const net = { ...fresh, noise: { ...fresh.noise, w } };
    const schedule = noiseSchedule("cosine", STEPS);
    const t = root.split("t").integers([batch], 0, STEPS);
    const ours = {
      x0: root.split("x0").uniform([batch, PIXELS], -1, 1),
      t,
      labels: root.split("labels").integers([batch], 0, CLASSES + 1),
      eps: root.split("eps").normal([batch, PIXELS]),
    };
    return {
      weights: net,
      inputs: { ...ours, alphaBar: alphaBarAt(schedule, t) }, // which the peers do not look up
      config: { ...rates, ...config },
      start(mode) {
        const program = compile(
          { net },
          {
            step: trainStep(
              (state, { x0, t, labels, eps }) => ({
                loss: noiseLoss((x, t) => unet(x, t, labels, state.net, config), x0, t, eps, schedule),
              }),
              {
                inputs: {
                  x0: ["B", PIXELS],
                  t: { shape: ["B"], dtype: "int32" },
                  labels: { shape: ["B"], dtype: "int32" },
                  eps: ["B", PIXELS],
                },
                of: "net",
                by: adam(rates),
                shards: mode.eager ? 1 : SHARDS,
              },
            ),
          },
          mode,
        );
        return { step: () => program.step(ours).loss };
      },
    };
  },
};

/** DDIM in 20 steps. */
export const sampler: Sampler = {
  sizes: [{ batch: 16, width: 32, steps: 20 }],
  title: ({ batch, width, steps }) => `C${width} B${batch}, ${steps} DDIM steps`,
  build(size) {
    const { batch } = size;
    const root = randomStream(6);
    const config = configOf(size);
    const net = unetWeights(root.split("weights"), config);
    const times = samplingTimes(STEPS, size.steps!);
    const { alphaBars } = noiseSchedule("cosine", STEPS);
    const levels = [...times.map((t) => alphaBars[t]!), 1]; // ᾱ along the way back, 1 at its end
    const noise = root.split("noise").normal([batch, PIXELS]);
    const labels = root.split("labels").integers([batch], 0, CLASSES);
    return {
      start(mode) {
        const program = compile(
          { net },
          {
            sample: call(
              (state, { noise, labels }) => {
                const [x] = repeat(times.length, [noise], (i, x) => {
                  const at = (list: readonly number[], place: tf.Tensor): tf.Tensor =>
                    tf.gather(tf.tensor1d([...list]), place);
                  const t = tf.mul(tf.ones([batch]), at(times, i)).toInt() as tf.Tensor1D;
                  const eps = unet(x, t, labels, state.net, config);
                  const alphaBar = at(levels, i);
                  return [ddimStep({ x, eps, alphaBar, alphaBarNext: at(levels, tf.add(i, tf.scalar(1, "int32"))) })];
                });
                return { x };
              },
              { inputs: { noise: [batch, PIXELS], labels: { shape: [batch], dtype: "int32" } } },
            ),
          },
          mode,
        );
        return {
          sample() {
            const { x } = program.sample({ noise, labels });
            x.dataSync();
            x.dispose();
            return batch;
          },
        };
      },
    };
  },
};
