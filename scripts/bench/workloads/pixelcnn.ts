import { adam, compile, pixelCnnNll, pixelCnnWeights, randomStream, tf, trainStep } from "genlab";
import type { Training } from "../workload";

/** A PixelCNN of binarised MNIST, 6 residual blocks: −ln p(x), by Adam. */
export const training: Training = {
  sizes: [
    { batch: 16, width: 32 },
    { batch: 64, width: 32 },
    { batch: 64, width: 64 },
  ],
  title: ({ batch, width }) => `C${width} B${batch}`,
  build({ batch, width }) {
    const root = randomStream(7);
    const net = pixelCnnWeights(root.split("weights"), { channels: width });
    const x = tf.tidy(() => tf.cast<tf.Tensor2D>(tf.greater<tf.Tensor2D>(root.uniform([batch, 784]), 0.87), "float32"));
    const inputs = { x };
    const rates = { lr: 1e-3 };
    return {
      weights: net,
      inputs,
      config: rates,
      start(mode) {
        const program = compile(
          { net },
          {
            step: trainStep((state, { x }) => ({ loss: tf.mean<tf.Scalar>(pixelCnnNll(x, state.net)) }), {
              inputs: { x: ["B", 784] },
              of: "net",
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
