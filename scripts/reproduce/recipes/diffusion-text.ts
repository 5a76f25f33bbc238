import {
  adam,
  ALL_STYLES,
  call,
  caption,
  CAPTION_LENGTH,
  CAPTION_WORDS,
  captionBatch,
  compile,
  ddimSample,
  denoiserLoss,
  denoiserNoise,
  denoiserWeights,
  dataFile,
  DigitClassifier,
  exportWeights,
  guide,
  HELD_OUT_STYLES,
  importWeights,
  loadMnist,
  loadWeights,
  noiseSchedule,
  randomStream,
  spreadLevels,
  sameStyle,
  strokeStyles,
  StyledDigits,
  styleNames,
  textEncoder,
  textEncoderWeights,
  tf,
  train,
  trainStep,
} from "genlab";
import type { FullStyle, RandomStream, UNetConfig } from "genlab";
import { warmUpCosineWithRest } from "../learning-rates";
import type { Recipe, Reproduced, Sitting } from "../recipe";

const CONFIG = {
  seed: 61,
  steps: 6000,
  batch: 64,
  rate: 4e-3,
  warmup: 100,
  average: 0.998,
  channels: [16, 32, 56],
  width: 48,
  schedule: "cosine, 1,000 levels spread evenly over a batch",
  styles: "weights at least 0.15 pixels from a limit, leans of StyledDigits",
  unsaid: 0.15,
  empty: 0.1,
  optimizer: "adam, linear warm-up, cosine decay",
  /** Of the measured samples; at 2.5 four in a hundred fewer unseen ones were right, at 6 no more (weights of 4,000 steps). */
  guidance: 4,
  samplingSteps: 25,
};
const NET: UNetConfig = { channels: [16, 32, 56], classes: 0, condition: CONFIG.width };
const TEXT = { words: CAPTION_WORDS.length, length: CAPTION_LENGTH, width: CONFIG.width };
const SCHEDULE = noiseSchedule("cosine");

const fresh = (stream: RandomStream) => ({
  net: denoiserWeights(stream.split("net"), NET),
  text: textEncoderWeights(stream.split("text"), TEXT),
});

/** Digits from captions; 18 of the 90 combinations of digit and style are never seen. */
export const recipe: Recipe = {
  name: "diffusion-text",
  description: 'Diffusion model of digits that follows a caption such as "a thick 3 leaning left", for notebook 06b',
  kind: "weights",
  config: CONFIG,
  async make(sitting) {
    const stream = randomStream(CONFIG.seed);
    const data = new StyledDigits(loadMnist().train, { stream: stream.split("data"), heldOut: HELD_OUT_STYLES });
    const words = stream.split("words");
    const draws = stream.split("draws");
    const levels = stream.split("levels");
    const model = fresh(stream.split("weights"));
    const average = fresh(stream.split("weights")); // the same numbers
    const program = compile(
      { model, average },
      {
        step: trainStep(
          (state, { x0, tokens, t }, _scalars, random) => {
            const B = x0.shape[0];
            const condition = textEncoder(tokens, state.model.text);
            const noisy = { x0, t, eps: random.normal([B, 784]) };
            return { loss: denoiserLoss(noisy, { condition }, state.model.net, SCHEDULE, NET) };
          },
          {
            inputs: {
              x0: ["B", 784],
              tokens: { shape: ["B", CAPTION_LENGTH], dtype: "int32" },
              t: { shape: ["B"], dtype: "int32" },
            },
            of: "model",
            by: adam({ lr: (t) => warmUpCosineWithRest(t, { ...CONFIG, ...(sitting.trial && { steps: 1e9 }) }) }),
            average: { into: "average", decay: CONFIG.average },
            shards: 2,
          },
        ),
      },
      { random: draws },
    );
    const options = sitting.options({
      steps: CONFIG.steps,
      seed: CONFIG.seed,
      state: { program, data, words, levels },
    });
    await train(options, () => {
      const { images, styles } = data.next(CONFIG.batch);
      const tokens = captionBatch(styles.map((style) => spoken(style, words)));
      const t = tf.tidy(() => spreadLevels(levels.uniform([CONFIG.batch]), 1000));
      const { loss } = program.step({ x0: images, tokens, t });
      tf.dispose([images, tokens, t]);
      return { loss };
    });
    const averaged = program.read("average");
    exportWeights(sitting.out, averaged, "float32");
    program.dispose();
    return measure(sitting, options.steps);
  },
};

/** A caption of a style; now and then it says nothing of the weight, or of the lean, or nothing at all. */
function spoken({ digit, weight, lean }: FullStyle, stream: RandomStream): string {
  if (stream.number() < CONFIG.empty) return "";
  const says = () => stream.number() >= CONFIG.unsaid;
  const choose = (n: number) => stream.below(n);
  return caption({ digit, ...(says() && { weight }), ...(says() && { lean }) }, choose);
}

/** How many samples of each combination come out as told, of the file as written: the digit, the weight, the lean, and all three. */
function measure({ out, trial }: Sitting, steps: number): Reproduced {
  const stream = randomStream(CONFIG.seed).split("measure");
  const program = compile(
    { model: importWeights(out, fresh(stream)) },
    {
      sample: call(
        (state, { noise, tokens }) => {
          const [condition, none] = [tokens, tf.zerosLike(tokens)].map((t) => textEncoder(t, state.model.text));
          const x = ddimSample(
            (x, t) => {
              const eps = (condition: tf.Tensor2D | undefined) =>
                denoiserNoise(x, t, { condition: condition! }, state.model.net, SCHEDULE, NET);
              return guide(eps(none), eps(condition), CONFIG.guidance);
            },
            noise,
            SCHEDULE,
            CONFIG.samplingSteps,
          );
          return { x };
        },
        { inputs: { noise: ["B", 784], tokens: { shape: ["B", CAPTION_LENGTH], dtype: "int32" } } },
      ),
    },
  );
  const classifier = new DigitClassifier(loadWeights(dataFile("digit-classifier.safetensors")));
  const words = stream.split("words");
  const choose = (n: number) => words.below(n);
  const each = trial ? 2 : 16;
  const count = { seen: [0, 0, 0, 0], unseen: [0, 0, 0, 0] };
  const total = { seen: 0, unseen: 0 };
  for (const style of ALL_STYLES) {
    const noise = stream.normal([each, 784]);
    const tokens = captionBatch(Array.from({ length: each }, () => caption(style, choose)));
    const { x } = program.sample({ noise, tokens });
    const { digits } = classifier.judge(x);
    const kind = HELD_OUT_STYLES.some((held) => sameStyle(held, style)) ? "unseen" : "seen";
    strokeStyles(x).forEach((stroke, i) => {
      const got = Number.isNaN(stroke.thickness) ? undefined : styleNames(stroke);
      const right = [digits[i] === style.digit, got?.weight === style.weight, got?.lean === style.lean];
      total[kind] += 1;
      [...right, right.every(Boolean)].forEach((ok, k) => (count[kind][k]! += Number(ok)));
    });
    tf.dispose([noise, tokens, x]);
  }
  const metrics: Reproduced["metrics"] = {};
  for (const kind of ["seen", "unseen"] as const) {
    ["digit", "weight", "lean", "all"].forEach((what, k) => {
      metrics[`text.${kind}_${what}`] = { value: count[kind][k]! / total[kind], unit: "share" };
    });
  }
  return { metrics, steps };
}
