import { adam, call, compile, decode, elbo, randomStream, tf, trainStep, vaeWeights } from "genlab";
import { SHARDS } from "../workload";
import type { Sampler, Training } from "../workload";

const LATENTS = 50;
const rates = { lr: 1e-3 };

/** One layer of latent variables, as the papers have it: minus the ELBO on binary digits. */
export const training: Training = {
  sizes: [
    { batch: 16, width: 200 },
    { batch: 100, width: 500 },
    { batch: 512, width: 500 },
  ],
  title: ({ batch, width }) => `H${width} Z${LATENTS} B${batch}`,
  build({ batch, width }) {
    const root = randomStream(3);
    const vae = vaeWeights(root.split("weights"), { hidden: [width], latents: LATENTS });
    const inputs = {
      x: tf.tidy(() =>
        tf.cast<tf.Tensor2D>(tf.greater<tf.Tensor2D>(root.split("x").uniform([batch, 784]), 0.87), "float32"),
      ), // about as much ink as digits have
      eps: root.split("eps").normal([batch, LATENTS]),
    };
    return {
      weights: vae,
      inputs,
      config: rates,
      start(mode) {
        const program = compile(
          { vae },
          {
            step: trainStep((state, { x, eps }) => ({ loss: tf.neg<tf.Scalar>(elbo(x, eps, state.vae)) }), {
              inputs: { x: ["B", 784], eps: ["B", LATENTS] },
              of: "vae",
              by: adam(rates),
              shards: mode.eager ? 1 : SHARDS,
            }),
          },
          mode,
        );
        return { step: () => program.step(inputs).loss };
      },
    };
  },
};

/** Pictures of noise: the chance of each pixel. */
export const sampler: Sampler = {
  sizes: [{ batch: 64, width: 500 }],
  title: training.title,
  build({ batch, width }) {
    const root = randomStream(3);
    const vae = vaeWeights(root, { hidden: [width], latents: LATENTS });
    const z = root.normal([batch, LATENTS]);
    return {
      start(mode) {
        const program = compile(
          { vae },
          {
            sample: call((state, { z }) => ({ pixels: tf.sigmoid(decode(z, state.vae)) }), {
              inputs: { z: ["B", LATENTS] },
            }),
          },
          mode,
        );
        return { sample: () => readRows(program.sample({ z }).pixels) };
      },
    };
  },
};

/** Reads and frees; the number of rows. */
function readRows(pixels: tf.Tensor): number {
  pixels.dataSync();
  pixels.dispose();
  return pixels.shape[0];
}
