import { adamw, compile, gptLoss, gptWeights, randomStream, trainStep } from "genlab";
import type { GptConfig } from "genlab";
import type { Size, Training } from "../workload";

const VOCAB = 65;

function configOf({ layers, width, context }: Size): GptConfig {
  return { vocab: VOCAB, context: context!, layers: layers!, heads: width / 32, width };
}

/** nanoGPT's configuration for a CPU, and a wider one: AdamW with weight decay on the matrices. */
export const training: Training = {
  sizes: [
    { layers: 4, width: 128, context: 64, batch: 12 },
    { layers: 4, width: 128, context: 64, batch: 64 },
    { layers: 4, width: 256, context: 64, batch: 16 },
  ],
  title: ({ layers, width, context, batch }) => `L${layers} C${width} T${context} B${batch}`,
  build(size) {
    const { batch, context } = size;
    const root = randomStream(2);
    const config = configOf(size);
    const gpt = gptWeights(root.split("weights"), config);
    const symbols = root.split("text").integers([2 * batch, context!], 0, VOCAB);
    const [tokens, targets] = symbols.split(2) as [typeof symbols, typeof symbols];
    const inputs = { tokens, targets };
    const rates = { lr: 1e-3, beta1: 0.9, beta2: 0.99, weightDecay: 0.1 };
    return {
      weights: gpt,
      inputs,
      config: { ...config, ...rates },
      start(mode) {
        const program = compile(
          { gpt },
          {
            step: trainStep((state, { tokens, targets }) => ({ loss: gptLoss(tokens, targets, state.gpt, config) }), {
              inputs: {
                tokens: { shape: ["B", context!], dtype: "int32" },
                targets: { shape: ["B", context!], dtype: "int32" },
              },
              of: "gpt",
              by: adamw({ ...rates, decays: ({ shape }) => shape.length > 1 }),
            }),
          },
          mode,
        );
        return { step: () => program.step(inputs).loss };
      },
    };
  },
};
