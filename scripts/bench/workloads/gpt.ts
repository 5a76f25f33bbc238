import {
  adamw,
  call,
  compile,
  decodeStep,
  emptyCache,
  gptLoss,
  gptWeights,
  randomStream,
  repeat,
  tf,
  trainStep,
} from "genlab";
import type { GptConfig } from "genlab";
import { SHARDS } from "../workload";
import type { Sampler, Size, Training } from "../workload";

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

/** Text from an empty cache to a full context, a symbol of each text at a time. */
export const sampler: Sampler = {
  unit: "symbols/s",
  sizes: [{ layers: 4, width: 128, context: 64, batch: 12 }],
  title: training.title,
  build(size) {
    const { batch, context } = size;
    const root = randomStream(2);
    const config = configOf(size);
    const gpt = gptWeights(root.split("weights"), config);
    const chances = root.split("chances").uniform([context!, batch, VOCAB], 1e-6, 1);
    const first = tf.zeros<tf.Rank.R1>([batch], "int32");
    return {
      start(mode) {
        const program = compile(
          { gpt },
          {
            sample: call(
              (state, { first, u }) => {
                const gumbel = tf.neg(tf.log(tf.neg(tf.log(u)))); // arg max (logits + gumbel) is a draw
                const empty = emptyCache(batch, config).flatMap(({ keys, values }) => [keys, values]);
                const text = tf.zeros([batch, context!]);
                const [, written] = repeat(
                  context!,
                  [first as tf.Tensor, text, ...empty],
                  (i, token, text, ...kept) => {
                    const cache = Array.from({ length: config.layers }, (_, l) => ({
                      keys: kept[2 * l] as tf.Tensor4D,
                      values: kept[2 * l + 1] as tf.Tensor4D,
                    }));
                    const next = decodeStep(token as tf.Tensor1D, i, state.gpt, cache, config);
                    const draw = tf.add(next.logits, tf.gather(gumbel, i));
                    const symbol = tf.cast(tf.argMax(draw, 1), "int32");
                    const here = tf.cast(tf.oneHot(tf.reshape(i, [1]), context!), "float32"); // [1, T]
                    const column = tf.reshape(tf.cast(symbol, "float32"), [batch, 1]);
                    const both = next.cache.flatMap(({ keys, values }) => [keys, values]);
                    return [symbol, tf.add(text, tf.mul(column, here)), ...both];
                  },
                );
                return { text: written };
              },
              { inputs: { first: { shape: [batch], dtype: "int32" }, u: [context!, batch, VOCAB] } },
            ),
          },
          mode,
        );
        return {
          sample() {
            const { text } = program.sample({ first, u: chances });
            text.dataSync();
            text.dispose();
            return batch * context!;
          },
        };
      },
    };
  },
};
