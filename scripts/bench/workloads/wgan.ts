import {
  adam,
  compile,
  convCriticLayers,
  critic,
  criticLayers,
  criticObjective,
  generator,
  generatorLayers,
  generatorLoss,
  chain,
  randomStream,
  trainStep,
} from "genlab";
import type { Training } from "../workload";

/** A round of WGAN-GP: a step of the critic with gradient penalty, then one of the generator. Width 0: the MLP critic. */
export const training: Training = {
  sizes: [
    { batch: 16, width: 0 },
    { batch: 64, width: 0 },
    { batch: 64, width: 16 },
  ],
  title: ({ batch, width }) => `${width === 0 ? "MLP" : `conv C${width}`} B${batch}`,
  build({ batch, width }) {
    const root = randomStream(8);
    const weights = {
      generator: generatorLayers(root.split("generator")),
      critic:
        width === 0 ? criticLayers(root.split("critic")) : convCriticLayers(root.split("critic"), [width, 2 * width]),
    };
    const inputs = {
      real: root.uniform([batch, 784], -1, 1),
      z: root.normal([batch, 100]),
      alpha: root.uniform([batch, 1]),
      zGenerator: root.normal([batch, 100]),
    };
    const rates = { lr: 2e-4, beta1: 0.5, beta2: 0.9 };
    return {
      weights,
      inputs,
      config: { ...rates, lambda: 10, slope: 0.2 },
      start(mode) {
        const program = compile(
          weights,
          {
            criticStep: trainStep(
              (state, { real, z, alpha }) => {
                const { loss } = criticObjective((x) => critic(x, state.critic), real, generator(z, state.generator), {
                  weight: 10,
                  alpha,
                });
                return { loss };
              },
              {
                inputs: { real: ["B", 784], z: ["B", 100], alpha: ["B", 1] },
                of: "critic",
                by: adam(rates),
              },
            ),
            generatorStep: trainStep(
              (state, { z }) => ({ loss: generatorLoss(critic(generator(z, state.generator), state.critic)) }),
              { inputs: { z: ["B", 100] }, of: "generator", by: adam(rates) },
            ),
            round: chain(["criticStep", "generatorStep"]),
          },
          mode,
        );
        const { zGenerator, ...ofCritic } = inputs;
        return {
          step: () => program.round({ criticStep: ofCritic, generatorStep: { z: zGenerator } }).criticStep.loss,
        };
      },
    };
  },
};
