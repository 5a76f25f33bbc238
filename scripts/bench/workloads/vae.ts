import { adam, compile, elbo, randomStream, tf, trainStep, vaeWeights } from "genlab";
import type { Training } from "../workload";

const LATENTS = 50;

/** A VAE of binarised MNIST with one hidden layer each way: minus the ELBO, by Adam. */
export const training: Training = {
  sizes: [
    { batch: 16, width: 200 },
    { batch: 100, width: 500 },
    { batch: 512, width: 500 },
  ],
  title: ({ batch, width }) => `C${width} Z${LATENTS} B${batch}`,
  build({ batch, width }) {
    const root = randomStream(5);
    const vae = vaeWeights(root.split("weights"), { hidden: [width], latents: LATENTS });
    const x = tf.tidy(() => tf.cast<tf.Tensor2D>(tf.greater<tf.Tensor2D>(root.uniform([batch, 784]), 0.87), "float32"));
    const inputs = { x, eps: root.normal([batch, LATENTS]) };
    const rates = { lr: 1e-3 };
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
            }),
          },
          mode,
        );
        return { step: () => program.step(inputs).loss };
      },
    };
  },
};
