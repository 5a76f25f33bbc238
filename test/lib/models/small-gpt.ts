// A small GPT with loud weights, compiled, and the same sampled the obvious way: what the tests of its samplers share.
import { gptLogits, gptWeights } from "../../../lib/models/gpt";
import type { GptConfig, GptWeights } from "../../../lib/models/gpt";
import { gptBeam, gptContinue } from "../../../lib/models/gpt-sampling";
import { compile } from "../../../lib/tensor/compile";
import { call } from "../../../lib/tensor/program-functions";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { assemble, flatten } from "../../../lib/tensor/tree";

export const CONFIG: GptConfig = { vocab: 11, context: 12, layers: 2, heads: 2, width: 12 };
export const V = CONFIG.vocab;
export const VARIANTS: GptConfig[] = [CONFIG, { ...CONFIG, canon: 4 }];

/** Weights that are not small: attention is not uniform, and the distribution not flat. */
export function lively(config = CONFIG): GptWeights {
  const { leaves, skeleton } = flatten(gptWeights(randomStream(5), config));
  const noise = randomStream(6);
  const louder = new Map(leaves.map(({ path, tensor }) => [path, tf.add(tensor, noise.normal(tensor.shape, 0, 0.5))]));
  return assemble(skeleton, (path) => louder.get(path)) as GptWeights;
}

export function program(weights: GptWeights, eager = false, config = CONFIG) {
  return compile(
    { gpt: weights },
    {
      generate: call((state, inputs, scalars) => ({ tokens: gptContinue(inputs, scalars, state.gpt, config) }), {
        inputs: { prompt: { shape: ["B", CONFIG.context], dtype: "int32" }, u: ["B", "n"] },
        scalars: { length: 1, temperature: 1, topK: V, topP: 1 },
      }),
      beam: call(
        (state, { prompt }, { length }) => gptBeam(prompt, length, state.gpt, config, { beams: 3, count: 5 }),
        { inputs: { prompt: { shape: [1, CONFIG.context], dtype: "int32" } }, scalars: { length: 1 } },
      ),
    },
    { eager },
  );
}

/** The distribution of the next token by the whole network. */
export function nextLogits(weights: GptWeights, text: number[], config = CONFIG): number[] {
  return tf.tidy(() => {
    const tokens = tf.tensor2d(text, [1, text.length], "int32");
    return gptLogits(tokens, weights, config).arraySync()[0]!.at(-1)!;
  });
}

/** drawToken's definition in plain numbers. */
export function slowDraw(logits: number[], u: number, { temperature = 1, topK = V, topP = 1 } = {}): number {
  const order = logits.map((_, i) => i).sort((a, b) => logits[b]! - logits[a]!);
  if (temperature === 0) return order[0]!;
  let chances = order.slice(0, topK).map((i) => Math.exp((logits[i]! - logits[order[0]!]!) / temperature));
  const sum = chances.reduce((a, b) => a + b, 0);
  chances = chances.map((c) => c / sum);
  let mass = 0;
  chances = chances.filter((c) => (mass += c) - c < topP);
  const total = chances.reduce((a, b) => a + b, 0);
  let passed = 0;
  return order[chances.findIndex((c) => (passed += c) > u * total)]!;
}

export function slowText(weights: GptWeights, prompt: number[], u: number[], choice = {}, config = CONFIG): number[] {
  const text = [...prompt];
  for (const each of u) text.push(slowDraw(nextLogits(weights, text, config), each, choice));
  return text.slice(prompt.length);
}
