import {
  adam,
  alphaBarAt,
  compile,
  noiseLoss,
  noiseSchedule,
  randomStream,
  tf,
  trainStep,
  unet,
  unetWeights,
} from "genlab";
import type { UNetConfig } from "genlab";
import type { Training } from "../workload";

/** The class-conditional U-Net on noisy digits: mean (ε − ε̂)², by Adam. Width: channels at 14 × 14. */
export const training: Training = {
  sizes: [
    { batch: 16, width: 32 },
    { batch: 64, width: 32 },
    { batch: 64, width: 64 },
  ],
  title: ({ batch, width }) => `C${width} B${batch}`,
  build({ batch, width }) {
    const root = randomStream(6);
    const config: UNetConfig = { channels: [width / 2, width, 2 * width] };
    const net = unetWeights(root.split("weights"), config);
    // A fresh network guesses 0 whatever its other weights are: not the kernel to compare losses with.
    tf.dispose(net.noise.w);
    net.noise.w = root.split("noise").normal([1, 1, width / 2, 1], 0, 0.3);
    const schedule = noiseSchedule("cosine");
    const t = root.integers([batch], 0, schedule.betas.length);
    const taken = {
      x0: root.uniform([batch, 784], -1, 1),
      t,
      labels: root.integers([batch], 0, 11),
      eps: root.normal([batch, 784]),
    };
    const rates = { lr: 1e-3 };
    return {
      weights: net,
      inputs: { ...taken, alphaBar: alphaBarAt(schedule, t) },
      config: { ...rates, heads: 4, groups: 8 },
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
                  x0: ["B", 784],
                  t: { shape: ["B"], dtype: "int32" },
                  labels: { shape: ["B"], dtype: "int32" },
                  eps: ["B", 784],
                },
                of: "net",
                by: adam(rates),
              },
            ),
          },
          mode,
        );
        return { step: () => program.step(taken).loss };
      },
    };
  },
};
