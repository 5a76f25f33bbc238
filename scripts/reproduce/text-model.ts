import {
  adamw,
  call,
  CharVocabulary,
  compile,
  fitNgram,
  gptLoss,
  gptNats,
  gptParameters,
  gptWeights,
  meanNats,
  randomStream,
  readText,
  splitText,
  textNats,
  train,
  trainStep,
  windows,
} from "genlab";
import type { GptConfig, GptWeights } from "genlab";
import { warmUpThenCosine } from "./learning-rates";
import type { Reproduced, Sitting } from "./recipe";

/** A GPT over the characters of a text, and how it is trained. */
export interface TextTraining {
  seed: number;
  layers: number;
  heads: number;
  width: number;
  context: number;
  batch: number;
  steps: number;
  rate: number;
  warmup: number;
  beta2: number;
  weightDecay: number;
  clipNorm: number;
  dropout: number;
  /** Of the running average of the weights, which is measured. */
  averageDecay: number;
  /** Longest n-grams of the baseline. */
  ngram: number;
}

/**
 * Trains on the first nine tenths of the text and measures on the last: −ln p of every character but the first, in windows side by
 * side, as nanoGPT estimates it from random windows; and by windows that move half their length, where each character has
 * at least half a context.
 */
export async function trainOnText(sitting: Sitting, name: string, config: TextTraining): Promise<Reproduced> {
  const text = readText(sitting.data);
  const vocabulary = CharVocabulary.of(text);
  const parts = splitText(text);
  const [seen, unseen] = [vocabulary.encode(parts.train), vocabulary.encode(parts.validation)];
  const { layers, heads, width, context } = config;
  const sizes: GptConfig = { vocab: vocabulary.size, context, layers, heads, width };
  const root = randomStream(config.seed);
  const fresh = (): GptWeights => gptWeights(root.split("weights"), sizes);
  const data = windows(seen, { batch: config.batch, length: context, stream: root.split("windows") });
  const passages = { shape: ["B", context] as [string, number], dtype: "int32" as const };
  const inputs = { tokens: passages, targets: passages };
  const { dropout: rate } = config;
  const program = compile(
    { gpt: fresh(), average: fresh() },
    {
      step: trainStep(
        (state, { tokens, targets }, _scalars, random) => {
          const extras = rate > 0 ? { dropout: { rate, random } } : {};
          return { loss: gptLoss(tokens, targets, state.gpt, sizes, extras) };
        },
        {
          inputs,
          of: "gpt",
          by: adamw({
            lr: (t) => warmUpThenCosine(t, config),
            beta2: config.beta2,
            weightDecay: config.weightDecay,
            decays: ({ shape }) => shape.length > 1,
          }),
          clipNorm: config.clipNorm,
          average: { into: "average", decay: config.averageDecay },
          shards: 2,
        },
      ),
      nats: call(({ average }, { tokens, targets }) => ({ nats: gptNats(tokens, targets, average, sizes) }), {
        inputs,
      }),
    },
    { random: root.split("dropout") },
  );
  const options = sitting.options({ steps: config.steps, seed: config.seed, state: { program, data } });
  const started = performance.now();
  await train(options, () => {
    const batch = data.next();
    const { loss } = program.step(batch);
    batch.tokens.dispose();
    batch.targets.dispose();
    return { loss };
  });
  const trained = (performance.now() - started) / 1000; // of the last sitting

  const test = sitting.trial ? unseen.subarray(0, 20 * context) : unseen;
  const measured = (stride: number) =>
    meanNats(textNats(test, (window) => program.nats(window).nats, { length: context, stride }));
  const [side, half] = [measured(context), measured(Math.ceil(context / 2))];
  program.dispose();
  const counts = meanNats(fitNgram(seen, config.ngram, vocabulary.size).nats(test));
  const unit = "nats per character";
  return {
    metrics: {
      [`gpt.${name}`]: { value: side.nats, unit: `${unit}, whole validation part, windows of ${context} side by side` },
      [`gpt.${name}_half_stride`]: { value: half.nats, unit: `${unit}, windows that move by half` },
      [`gpt.${name}_error`]: { value: side.standardError, unit: `${unit}, standard error` },
      [`gpt.${name}_train_seconds`]: { value: trained, unit: "s, training alone, last sitting" },
      "gpt.parameters": { value: gptParameters(sizes), unit: "numbers" },
      "ngram.val_loss": { value: counts.nats, unit: `${unit}, ${config.ngram}-grams on the same characters` },
    },
    steps: options.steps,
  };
}
