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
  labelTensor,
  loadMnist,
  movedOn,
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
  frames: "2 before, 1 wanted, 1 from one to three frames later; the last one moved on as before",
  shown: 0.5,
  optimizer: "adam, linear warm-up, cosine decay",
  stored: "float16",
};
/**
 * One frame denoised, given the two before, what follows if all goes on as it did, and perhaps a later frame; the label says
 * how far ahead that one lies.
 */
const NET: UNetConfig = { classes: 3, pictures: 4 };
const P = 784;
/** Frames of a film; the last one is the later one. */
const FRAMES = 6;
/** The label where no later frame is given; else 0, 1 or 2 for one, two or three frames ahead. */
const NONE = 3;
const SCHEDULE = noiseSchedule("cosine");

/** A bouncing digit: the next frame, or one in a gap. A frame that is not given is grey, all 0. */
export const recipe: Recipe = {
  name: "diffusion-video",
  description: "Diffusion model of the next or a missing frame of a bouncing digit's film, for notebook 06b",
  kind: "weights",
  config: CONFIG,
  async make(sitting) {
    const stream = randomStream(CONFIG.seed);
    const data = new BouncingDigits(loadMnist().train, { frames: FRAMES, stream: stream.split("data") });
    const told = stream.split("told");
    const levels = stream.split("levels");
    const fresh = () => denoiserWeights(stream.split("weights"), NET);
    const program = compile(
      { net: fresh(), average: fresh() },
      {
        step: trainStep(
          (state, { x0, given, ahead, t }, _scalars, random) => {
            const pictures = tf.split<tf.Tensor2D>(given, 4, 1);
            const noisy = { x0, t, eps: random.normal([x0.shape[0], P]) };
            return { loss: denoiserLoss(noisy, { pictures, labels: ahead }, state.net, SCHEDULE, NET) };
          },
          {
            inputs: {
              x0: ["B", P],
              given: ["B", 4 * P],
              ahead: { shape: ["B"], dtype: "int32" },
              t: { shape: ["B"], dtype: "int32" },
            },
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
      const some = Array.from({ length: CONFIG.batch }, () => ({
        first: told.below(3),
        shown: told.number() < CONFIG.shown,
      }));
      const inputs = task(frames, some);
      const t = tf.tidy(() => spreadLevels(levels.uniform([CONFIG.batch]), 1000));
      const { loss } = program.step({ ...inputs, t });
      tf.dispose([frames, inputs, t]);
      return { loss };
    });
    exportWeights(sitting.out, program.read("average"), "float16");
    program.dispose();
    return measure(sitting, options.steps);
  },
};

/** Of each film the frame to draw, `first` + 2, the two before it, and the last frame, if it is shown. */
function task(frames: tf.Tensor2D, some: readonly { first: number; shown: boolean }[]) {
  return tf.tidy(() => {
    const single: tf.Tensor2D = tf.reshape(frames, [-1, P]);
    const frame = (which: (first: number) => number): tf.Tensor2D =>
      tf.gather(
        single,
        some.map(({ first }, b) => FRAMES * b + which(first)),
      );
    const shown = tf.tensor2d(some.map((one) => [Number(one.shown)]));
    const later = tf.mul<tf.Tensor2D>(
      frame(() => FRAMES - 1),
      shown,
    );
    const ahead = labelTensor(Int32Array.from(some, (one) => (one.shown ? 2 - one.first : NONE)));
    return {
      x0: frame((f) => f + 2),
      given: around(
        frame((f) => f),
        frame((f) => f + 1),
        later,
      ),
      ahead,
    };
  });
}

/** What is known of a frame: the two before, the second of them moved on, a later one. */
function around(before: tf.Tensor2D, now: tf.Tensor2D, later: tf.Tensor2D): tf.Tensor2D {
  return tf.concat([before, now, movedOn(before, now), later], 1);
}

/** Mean squared error a pixel on films of test digits, beside copying and interpolation; the file as written, 15 steps. */
function measure({ out, trial }: Sitting, steps: number): Reproduced {
  const stream = randomStream(CONFIG.seed).split("measure");
  const program = compile(
    { net: importWeights(out, denoiserWeights(stream, NET)) },
    {
      sample: call(
        (state, { noise, given, ahead }) => {
          const pictures = tf.split<tf.Tensor2D>(given, 4, 1);
          const model = (x: tf.Tensor2D, t: tf.Tensor1D) =>
            denoiserNoise(x, t, { pictures, labels: ahead }, state.net, SCHEDULE, NET);
          return { x: ddimSample(model, noise, SCHEDULE, 15) };
        },
        { inputs: { noise: ["B", P], given: ["B", 4 * P], ahead: { shape: ["B"], dtype: "int32" } } },
      ),
    },
  );
  const count = trial ? 8 : 256;
  const films = new BouncingDigits(loadMnist().test, { frames: FRAMES, stream: stream.split("films") });
  const { frames } = films.next(count);
  const frame = (f: number, many = 1): tf.Tensor2D => tf.slice(frames, [0, f * P], [-1, many * P]);
  const [last, after, wanted] = [frame(1), frame(5), frame(2, 3)];
  /** Frames 2, 3 and 4, one after another; frame 5 is known or not. */
  const drawn = (known: boolean): tf.Tensor2D => {
    const film = [frame(0), last];
    for (let k = 0; k < 3; k++) {
      const [before, now] = film.slice(-2) as [tf.Tensor2D, tf.Tensor2D];
      const given = around(before, now, known ? after : tf.zerosLike(after));
      const ahead = tf.fill<tf.Rank.R1>([count], known ? 2 - k : NONE, "int32");
      film.push(program.sample({ noise: stream.normal([count, P]), given, ahead }).x);
    }
    return tf.concat2d(film.slice(2), 1);
  };
  const error = (x: tf.Tensor2D): number => tf.tidy(() => tf.mean(tf.squaredDifference(x, wanted)).dataSync()[0]!);
  const blend = [0.25, 0.5, 0.75].map((a) => tf.add<tf.Tensor2D>(tf.mul(last, 1 - a), tf.mul(after, a)));
  const straight = [frame(0), last];
  for (let k = 0; k < 3; k++) straight.push(movedOn(straight.at(-2)!, straight.at(-1)!));
  const metrics = {
    "video.next_mse": { value: error(drawn(false)), unit: "" },
    "video.next_mse_copy": { value: error(tf.concat2d([last, last, last], 1)), unit: "" },
    "video.next_mse_moved_on": { value: error(tf.concat2d(straight.slice(2), 1)), unit: "" },
    "video.fill_mse": { value: error(drawn(true)), unit: "" },
    "video.fill_mse_interpolation": { value: error(tf.concat2d(blend, 1)), unit: "" },
  };
  return { metrics, steps };
}
