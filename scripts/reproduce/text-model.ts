import path from "node:path";
import {
  adamw,
  call,
  CharVocabulary,
  compile,
  exportWeights,
  fitNgram,
  gptLoss,
  gptNats,
  gptParameters,
  gptWeights,
  importWeights,
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
import { CliError, ExitCode } from "../cli-error";
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
  /** Taps of the Canon layers; none without it, as in nanoGPT. */
  canon?: number;
  /** Of the running average of the weights, which is measured. */
  averageDecay: number;
}

/** The same, measured beside a baseline. */
export interface MeasuredTraining extends TextTraining {
  /** Longest n-grams of the baseline. */
  ngram: number;
}

/** What all these recipes share: nanoGPT's model for a CPU, and its optimizer. */
export const NANO = {
  seed: 3,
  layers: 4,
  heads: 4,
  width: 128,
  batch: 12,
  beta2: 0.99,
  weightDecay: 0.1,
  clipNorm: 1,
  optimizer: "adamw, decay on matrices, linear warm-up, cosine decay to 0",
};

/** A text as numbers. */
export interface TokenisedText {
  vocab: number;
  seen: Int32Array;
  unseen: Int32Array;
}

/** A GPT of these sizes. */
export function sizesOf(config: TextTraining, vocab: number): GptConfig {
  const { context, layers, heads, width, canon = 0 } = config;
  return { vocab, context, layers, heads, width, ...(canon > 0 && { canon }) };
}

/** Trains on `seen`. @returns the program, whose part "average" is what is measured and kept, and the training's time */
export async function trainGpt(sitting: Sitting, { vocab, seen }: TokenisedText, config: TextTraining) {
  const { context, dropout: rate } = config;
  const sizes = sizesOf(config, vocab);
  const root = randomStream(config.seed);
  const fresh = (): GptWeights => gptWeights(root.split("weights"), sizes);
  const data = windows(seen, { batch: config.batch, length: context, stream: root.split("windows") });
  const passages = { shape: ["B", context] as [string, number], dtype: "int32" as const };
  const inputs = { tokens: passages, targets: passages };
  const program = compile(
    { gpt: fresh(), average: fresh() },
    {
      step: trainStep(
        (state, { tokens, targets }, _scalars, random) => {
          return { loss: gptLoss(tokens, targets, state.gpt, sizes, rate > 0 ? { rate, random } : undefined) };
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
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  await train(options, () => {
    const batch = data.next();
    const { loss } = program.step(batch);
    batch.tokens.dispose();
    batch.targets.dispose();
    return { loss };
  });
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - started) / 1000;
  return { program, steps: options.steps, seconds, cpuSeconds: (user + system) / 1e6 };
}

/**
 * Trains on the characters of the first nine tenths of the sitting's text and measures on the last: −ln p of every character but the
 * first, in windows side by side, as nanoGPT estimates it from random windows; and by windows that move half their length, where
 * each character has at least half a context.
 */
export async function trainOnText(sitting: Sitting, name: string, config: MeasuredTraining): Promise<Reproduced> {
  const { context } = config;
  const { vocabulary, seen, unseen } = charactersOf(sitting.data, context);
  const { program, steps, seconds, cpuSeconds } = await trainGpt(
    sitting,
    { vocab: vocabulary.size, seen, unseen },
    config,
  );
  const test = measuredPart(sitting, unseen, context);
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
      [`gpt.${name}_train_seconds`]: { value: seconds, unit: "s, training alone, last sitting" },
      // Where the machine is shared, this tells more: two free cores take about half of it.
      [`gpt.${name}_train_cpu_seconds`]: { value: cpuSeconds, unit: "s of processor time, all cores, last sitting" },
      "gpt.parameters": { value: gptParameters(sizesOf(config, vocabulary.size)), unit: "numbers" },
      "ngram.val_loss": { value: counts.nats, unit: `${unit}, ${config.ngram}-grams on the same characters` },
    },
    steps,
  };
}

/** What meanNats needs for a standard error: two blocks of 100 tokens, and the token before them. */
const LEAST_MEASURED = 201;

/** @throws CliError for a user's file that cannot be read as text, or is too short to measure on: better now than after training */
function charactersOf(file: string, context: number) {
  try {
    const text = readText(file);
    const { train, validation } = splitText(text);
    const vocabulary = CharVocabulary.of(text);
    const [seen, unseen] = [vocabulary.encode(train), vocabulary.encode(validation)];
    const [count, wanted] = [unseen.length, Math.max(context + 1, LEAST_MEASURED)];
    if (count < wanted) {
      const has = `${path.basename(file)} has ${count} character${count === 1 ? "" : "s"}`;
      throw new RangeError(`${has} to validate on, its last tenth, wanted ${wanted} or more: give a longer text`);
    }
    return { vocabulary, seen, unseen };
  } catch (error) {
    throw new CliError(`reproduce: ${(error as Error).message}`, ExitCode.usage);
  }
}

/**
 * Trains a GPT for a notebook and writes its average weights in eight bits; measured is the file as written.
 * @param characters in the validation part, where tokens are longer
 */
export async function trainWeights(
  sitting: Sitting,
  name: string,
  { vocab, seen, unseen }: TokenisedText,
  characters: number,
  config: TextTraining,
): Promise<Reproduced> {
  const { program, steps } = await trainGpt(sitting, { vocab, seen, unseen }, config);
  const average = program.read("average");
  exportWeights(sitting.out, average, "int8", { recipe: path.basename(sitting.out) });
  program.write({ average: importWeights(sitting.out, average) });
  const { context } = config;
  const test = measuredPart(sitting, unseen, context);
  const each = textNats(test, (window) => program.nats(window).nats, { length: context, stride: context >> 1 });
  program.dispose();
  const nats = (meanNats(each).nats * each.length * (unseen.length / test.length)) / characters;
  return {
    metrics: {
      [`${name}.val_loss`]: {
        value: nats,
        unit: "nats per character, validation part, windows that move by half, 8-bit weights",
      },
      [`${name}.parameters`]: { value: gptParameters(sizesOf(config, vocab)), unit: "numbers" },
    },
    steps,
  };
}

/** A try measures on twenty windows. */
function measuredPart({ trial }: Sitting, unseen: Int32Array, context: number): Int32Array {
  return trial ? unseen.subarray(0, 20 * context) : unseen;
}
