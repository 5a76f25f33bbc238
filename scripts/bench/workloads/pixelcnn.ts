import {
  adam,
  call,
  compile,
  pixelCnnLogits,
  pixelCnnNll,
  pixelCnnWeights,
  randomStream,
  repeat,
  tf,
  trainStep,
} from "genlab";
import { SHARDS } from "../workload";
import type { Sampler, Training } from "../workload";

const PIXELS = 784;
const rates = { lr: 1e-3 };

/** −ln p(x) of binary digits. */
export const training: Training = {
  sizes: [
    { batch: 16, width: 32 },
    { batch: 64, width: 32 },
    { batch: 64, width: 64 },
  ],
  title: ({ batch, width }) => `C${width} B${batch}`,
  build({ batch, width }) {
    const root = randomStream(5);
    const net = pixelCnnWeights(root.split("weights"), { channels: width });
    const inputs = {
      x: tf.tidy(() =>
        tf.cast<tf.Tensor2D>(tf.greater<tf.Tensor2D>(root.split("x").uniform([batch, PIXELS]), 0.87), "float32"),
      ),
    };
    return {
      weights: net,
      inputs,
      config: { ...rates, size: 28 },
      start(mode) {
        const program = compile(
          { net },
          {
            step: trainStep((state, { x }) => ({ loss: tf.mean<tf.Scalar>(pixelCnnNll(x, state.net)) }), {
              inputs: { x: ["B", PIXELS] },
              of: "net",
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

/** Pixel by pixel, each after a pass of the whole network. */
export const sampler: Sampler = {
  sizes: [{ batch: 4, width: 32 }],
  title: training.title,
  build({ batch, width }) {
    const root = randomStream(5);
    const net = pixelCnnWeights(root.split("weights"), { channels: width });
    const chances = root.split("chances").uniform([batch, PIXELS]);
    return {
      start(mode) {
        const program = compile(
          { net },
          {
            sample: call(
              (state, { u }) => {
                const [x] = repeat(PIXELS, [tf.zeros([batch, PIXELS])], (i, x) => {
                  const p = tf.sigmoid(pixelCnnLogits(x as tf.Tensor2D, state.net));
                  const here = tf.oneHot(tf.reshape(i, [1]), PIXELS); // [1, 784]
                  const drawn = tf.cast(tf.less(u, p), "float32");
                  return [tf.add(x, tf.mul(drawn, tf.cast(here, "float32")))];
                });
                return { x };
              },
              { inputs: { u: [batch, PIXELS] } },
            ),
          },
          mode,
        );
        return {
          sample() {
            const { x } = program.sample({ u: chances });
            x.dataSync();
            x.dispose();
            return batch;
          },
        };
      },
    };
  },
};
