import {
  adam,
  call,
  chain,
  compile,
  convCriticLayers,
  critic,
  criticLayers,
  criticObjective,
  generator,
  generatorLayers,
  generatorLoss,
  randomStream,
  trainStep,
} from "genlab";
import type { tf } from "genlab";
import { SHARDS } from "../workload";
import type { Sampler, Size, Training } from "../workload";

const NOISE = 100;
const rates = { lr: 2e-4, beta1: 0.5, beta2: 0.9 };
const LAMBDA = 10;

/** A round of WGAN-GP: one step of the critic with gradient penalty, one of the generator. */
export const training: Training = {
  sizes: [
    { batch: 16, width: 256 },
    { batch: 64, width: 256 },
    { batch: 512, width: 512 },
    { batch: 128, width: 256, convolutions: 2 }, // the main run of notebook 08
  ],
  title: ({ batch, width, convolutions }) => `${convolutions ? "conv " : ""}H${width} B${batch}`,
  build(size) {
    const { batch } = size;
    const root = randomStream(4);
    const { gen, crit } = networks(size);
    const inputs = {
      real: root.split("real").uniform([batch, 784], -1, 1),
      z: root.split("z").normal([batch, NOISE]),
      alpha: root.split("alpha").uniform([batch, 1]),
      zGenerator: root.split("z of the generator").normal([batch, NOISE]),
    };
    return {
      weights: { generator: gen, critic: crit },
      inputs,
      config: { ...rates, lambda: LAMBDA, slope: 0.2 },
      start(mode) {
        const program = compile(
          { gen, crit },
          {
            criticStep: trainStep(
              (state, { real, z, alpha }) =>
                criticObjective((x) => critic(x, state.crit), real, generator(z, state.gen), {
                  weight: LAMBDA,
                  alpha,
                }),
              {
                inputs: { real: ["B", 784], z: ["B", NOISE], alpha: ["B", 1] },
                of: "crit",
                by: adam(rates),
                shards: mode.eager ? 1 : SHARDS,
              },
            ),
            generatorStep: trainStep(
              (state, { z }) => ({ loss: generatorLoss(critic(generator(z, state.gen), state.crit)) }),
              { inputs: { z: ["B", NOISE] }, of: "gen", by: adam(rates), shards: mode.eager ? 1 : SHARDS },
            ),
            round: chain(["criticStep", "generatorStep"]),
          },
          mode,
        );
        const { real, z, alpha, zGenerator } = inputs;
        const given = { criticStep: { real, z, alpha }, generatorStep: { z: zGenerator } };
        return { step: () => program.round(given).criticStep.loss };
      },
    };
  },
};

/** Pictures of noise. */
export const sampler: Sampler = {
  sizes: [{ batch: 64, width: 256 }],
  title: training.title,
  build(size) {
    const { gen } = networks(size);
    const z = randomStream(4).normal([size.batch, NOISE]);
    return {
      start(mode) {
        const program = compile(
          { gen },
          { sample: call((state, { z }) => ({ images: generator(z, state.gen) }), { inputs: { z: ["B", NOISE] } }) },
          mode,
        );
        return {
          sample() {
            const images: tf.Tensor2D = program.sample({ z }).images;
            images.dataSync();
            images.dispose();
            return size.batch;
          },
        };
      },
    };
  },
};

function networks({ width, convolutions }: Size) {
  const root = randomStream(4);
  const config = { noise: NOISE, hidden: [width, 2 * width] };
  const crit = convolutions ? convCriticLayers(root.split("critic")) : criticLayers(root.split("critic"), config);
  return { gen: generatorLayers(root.split("generator"), config), crit };
}
