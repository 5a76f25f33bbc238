import {
  adam,
  BouncingDigits,
  call,
  compile,
  ddimSample,
  errorOfNearestMove,
  exportWeights,
  filmLoss,
  filmNoise,
  filmWeights,
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
import { warmUpCosineWithRest } from "../learning-rates";
import type { Recipe, Reproduced, Sitting } from "../recipe";

const CONFIG = {
  seed: 63,
  steps: 3200,
  batch: 64,
  rate: 4e-3,
  warmup: 100,
  average: 0.998,
  schedule: "cosine, 1,000 levels spread evenly over a batch",
  frames: "2 before, 1 wanted, 1 from one to three frames later",
  candidates: "the last frame moved on as before, and by −2 … 2 pixels in each direction",
  walls: 0.5,
  weight: "min(1/(1 − ᾱ), 10)",
  shown: 0.5,
  optimizer: "adam, linear warm-up, cosine decay",
  stored: "float16",
};
const P = 784;
/** Frames of a film; the last one is the later one. */
const FRAMES = 6;
/** The label where no later frame is given; else 0, 1 or 2 for one, two or three frames ahead. */
const NONE = 3;
const SCHEDULE = noiseSchedule("cosine");
/** Four pixels of 784, black for white. */
const WHOLE = (4 * 4) / P;

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
    const fresh = () => filmWeights(stream.split("weights"));
    const program = compile(
      { net: fresh(), average: fresh() },
      {
        step: trainStep(
          (state, { x0, around, ahead, t }, _scalars, random) => {
            const noisy = { x0, t, eps: random.normal([x0.shape[0], P]) };
            return { loss: filmLoss(noisy, { around, ahead }, state.net, SCHEDULE) };
          },
          {
            inputs: {
              x0: ["B", P],
              around: ["B", 4 * P],
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
      const { frames, bounces } = data.next(CONFIG.batch);
      // In every other film the first frame after a wall is asked for, if there is one. Whether a wall is hit follows from
      // the two frames before: to ask more often there leaves the law as it is. Not always: before a wall there is no hit.
      const some = bounces.map((hits) => {
        const wall = told.number() < CONFIG.walls ? hits.find((f) => f >= 2 && f < FRAMES - 1) : undefined;
        return { first: wall === undefined ? told.below(3) : wall - 2, shown: told.number() < CONFIG.shown };
      });
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
      around: surroundings(
        frame((f) => f),
        frame((f) => f + 1),
        later,
      ),
      ahead,
    };
  });
}

/** What is known of a frame: the two before, the second of them moved on, a later one. */
function surroundings(before: tf.Tensor2D, now: tf.Tensor2D, later: tf.Tensor2D): tf.Tensor2D {
  return tf.concat([before, now, movedOn(before, now), later], 1);
}

/**
 * On films of test digits; the file as written, 15 steps. Mean squared error a pixel beside copying, moving on, interpolation,
 * and another film with the same beginning: what a perfect model would come to. And how many frames right after a wall are
 * whole: no further from the nearest place than four wrong pixels.
 */
function measure({ out, trial }: Sitting, steps: number): Reproduced {
  const stream = randomStream(CONFIG.seed).split("measure");
  const program = compile(
    { net: importWeights(out, filmWeights(stream)) },
    {
      sample: call(
        (state, { noise, around, ahead }) => {
          const model = (x: tf.Tensor2D, t: tf.Tensor1D) => filmNoise(x, t, { around, ahead }, state.net, SCHEDULE);
          return { x: ddimSample(model, noise, SCHEDULE, 15) };
        },
        { inputs: { noise: ["B", P], around: ["B", 4 * P], ahead: { shape: ["B"], dtype: "int32" } } },
      ),
    },
  );
  const count = trial ? 8 : 256;
  const films = new BouncingDigits(loadMnist().test, { frames: FRAMES, stream: stream.split("films") });
  const [{ frames, bounces }, twin] = films.twins(count, 2);
  const frame = (f: number, many = 1): tf.Tensor2D => tf.slice(frames, [0, f * P], [-1, many * P]);
  const [last, after, wanted] = [frame(1), frame(5), frame(2, 3)];
  /** Frames 2, 3 and 4, one after another; frame 5 is known or not. */
  const drawn = (known: boolean): tf.Tensor2D => {
    const film = [frame(0), last];
    for (let k = 0; k < 3; k++) {
      const [before, now] = film.slice(-2) as [tf.Tensor2D, tf.Tensor2D];
      const around = surroundings(before, now, known ? after : tf.zerosLike(after));
      const ahead = tf.fill<tf.Rank.R1>([count], known ? 2 - k : NONE, "int32");
      film.push(program.sample({ noise: stream.normal([count, P]), around, ahead }).x);
    }
    return tf.concat2d(film.slice(2), 1);
  };
  const error = (x: tf.Tensor2D): number => tf.tidy(() => tf.mean(tf.squaredDifference(x, wanted)).dataSync()[0]!);
  const blend = [0.25, 0.5, 0.75].map((a) => tf.add<tf.Tensor2D>(tf.mul(last, 1 - a), tf.mul(after, a)));
  const straight = [frame(0), last];
  for (let k = 0; k < 3; k++) straight.push(movedOn(straight.at(-2)!, straight.at(-1)!));
  const next = drawn(false);
  const gaps = errorOfNearestMove(tf.slice(next, [0, 0], [-1, P]), last).dataSync();
  const afterWall = bounces.flatMap((hits, i) => (hits.includes(2) ? [gaps[i]!] : []));
  const metrics = {
    "video.next_mse": { value: error(next), unit: "" },
    "video.next_mse_copy": { value: error(tf.concat2d([last, last, last], 1)), unit: "" },
    "video.next_mse_moved_on": { value: error(tf.concat2d(straight.slice(2), 1)), unit: "" },
    "video.next_mse_law": { value: error(tf.slice(twin.frames, [0, 2 * P], [-1, 3 * P])), unit: "" },
    "video.after_wall_whole": {
      value: afterWall.filter((gap) => gap < WHOLE).length / (afterWall.length || 1),
      unit: "share",
    },
    "video.fill_mse": { value: error(drawn(true)), unit: "" },
    "video.fill_mse_interpolation": { value: error(tf.concat2d(blend, 1)), unit: "" },
  };
  return { metrics, steps };
}
