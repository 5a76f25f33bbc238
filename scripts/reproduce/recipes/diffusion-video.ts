import {
  adam,
  BouncingDigits,
  call,
  compile,
  ddimSample,
  denoiserLoss,
  denoiserNoise,
  denoiserWeights,
  exportWeights,
  importWeights,
  loadMnist,
  noiseSchedule,
  randomStream,
  spreadLevels,
  tf,
  train,
  trainStep,
} from "genlab";
import type { UNetConfig } from "genlab";
import { warmUpCosineWithRest } from "../learning-rates";
import type { Recipe, Reproduced, Sitting } from "../recipe";

const CONFIG = {
  seed: 63,
  steps: 3500,
  batch: 64,
  rate: 4e-3,
  warmup: 100,
  average: 0.998,
  schedule: "cosine, 1,000 levels spread evenly over a batch",
  frames: "2 before, 3 wanted, 1 after",
  predict: 0.5,
  fill: 0.4,
  optimizer: "adam, linear warm-up, cosine decay",
  stored: "float16",
};
/** Three frames denoised together, given two before and one after. */
const NET: UNetConfig = { classes: 0, outputs: 3, pictures: 3 };
const P = 784;
const SCHEDULE = noiseSchedule("cosine");

/** A bouncing digit: the next three frames, or three missing ones. A frame that is not given is grey, all 0. */
export const recipe: Recipe = {
  name: "diffusion-video",
  description: "Diffusion model of the next or the missing frames of a bouncing digit's film, for notebook 06b",
  kind: "weights",
  config: CONFIG,
  async make(sitting) {
    const stream = randomStream(CONFIG.seed);
    const data = new BouncingDigits(loadMnist().train, { frames: 6, stream: stream.split("data") });
    const told = stream.split("told");
    const levels = stream.split("levels");
    const fresh = () => denoiserWeights(stream.split("weights"), NET);
    const program = compile(
      { net: fresh(), average: fresh() },
      {
        step: trainStep(
          (state, { x0, given, t }, _scalars, random) => {
            const B = x0.shape[0];
            const pictures = tf.split<tf.Tensor2D>(given, 3, 1);
            const noisy = { x0, t, eps: random.normal([B, 3 * P]) };
            return { loss: denoiserLoss(noisy, { pictures }, state.net, SCHEDULE, NET) };
          },
          {
            inputs: { x0: ["B", 3 * P], given: ["B", 3 * P], t: { shape: ["B"], dtype: "int32" } },
            of: "net",
            by: adam({ lr: (t) => warmUpCosineWithRest(t, CONFIG) }),
            average: { into: "average", decay: CONFIG.average },
            shards: 2,
          },
        ),
      },
      { random: stream.split("draws") },
    );
    const options = sitting.options({ steps: CONFIG.steps, seed: CONFIG.seed, state: { program, data, told, levels } });
    await train(options, () => {
      const { frames } = data.next(CONFIG.batch);
      const { x0, given } = tf.tidy(() => {
        const u = Array.from({ length: CONFIG.batch }, () => told.number());
        const before = u.map((v) => [Number(v < CONFIG.predict + CONFIG.fill)]);
        const after = u.map((v) => [Number(v >= CONFIG.predict && v < CONFIG.predict + CONFIG.fill)]);
        return taken(frames, before, after);
      });
      const t = tf.tidy(() => spreadLevels(levels.uniform([CONFIG.batch]), 1000));
      const { loss } = program.step({ x0, given, t });
      tf.dispose([frames, x0, given, t]);
      return { loss };
    });
    exportWeights(sitting.out, program.read("average"), "float16");
    program.dispose();
    return measure(sitting, options.steps);
  },
};

/** Six frames taken apart: the three wanted, and those around them as far as they are given (1) or not (0). */
function taken(frames: tf.Tensor2D, before: number[][] | number, after: number[][] | number) {
  const part = (from: number, count: number): tf.Tensor2D => tf.slice(frames, [0, from * P], [-1, count * P]);
  const [first, last] = [tf.mul<tf.Tensor2D>(part(0, 2), before), tf.mul<tf.Tensor2D>(part(5, 1), after)];
  return { x0: part(2, 3), given: tf.concat2d([first, last], 1) };
}

/** Mean squared error a pixel on films of test digits, beside copying and interpolation; the file as written, 25 steps. */
function measure({ out, trial }: Sitting, steps: number): Reproduced {
  const stream = randomStream(CONFIG.seed).split("measure");
  const program = compile(
    { net: importWeights(out, denoiserWeights(stream, NET)) },
    {
      sample: call(
        (state, { noise, given }) => {
          const pictures = tf.split<tf.Tensor2D>(given, 3, 1);
          return {
            x: ddimSample((x, t) => denoiserNoise(x, t, { pictures }, state.net, SCHEDULE, NET), noise, SCHEDULE, 25),
          };
        },
        { inputs: { noise: ["B", 3 * P], given: ["B", 3 * P] } },
      ),
    },
  );
  const count = trial ? 8 : 256;
  const films = new BouncingDigits(loadMnist().test, { frames: 6, stream: stream.split("films") });
  const { frames } = films.next(count);
  const noise = stream.normal([count, 3 * P]);
  const error = (a: tf.Tensor2D, b: tf.Tensor2D): number =>
    tf.tidy(() => tf.mean(tf.squaredDifference(a, b)).dataSync()[0]!);
  const [next, missing] = [taken(frames, 1, 0), taken(frames, 1, 1)];
  const [last, after] = [1, 5].map((f) => tf.slice2d(frames, [0, f * P], [-1, P])) as [tf.Tensor2D, tf.Tensor2D];
  const blend = [0.25, 0.5, 0.75].map((a) => tf.add<tf.Tensor2D>(tf.mul(last, 1 - a), tf.mul(after, a)));
  const metrics = {
    "video.next_mse": { value: error(program.sample({ noise, given: next.given }).x, next.x0), unit: "" },
    "video.next_mse_copy": { value: error(tf.concat2d([last, last, last], 1), next.x0), unit: "" },
    "video.fill_mse": { value: error(program.sample({ noise, given: missing.given }).x, missing.x0), unit: "" },
    "video.fill_mse_interpolation": { value: error(tf.concat2d(blend, 1), missing.x0), unit: "" },
  };
  return { metrics, steps };
}
