import {
  adam,
  alphaBarAt,
  batches,
  call,
  compile,
  ddimSample,
  denoiser,
  denoiserNoise,
  denoiserWeights,
  dataFile,
  DigitClassifier,
  fidYardstick,
  guide,
  labelTensor,
  loadMnist,
  loadWeights,
  mse,
  noiseSchedule,
  predictedNoise,
  qSample,
  randomStream,
  spreadLevels,
  tf,
  train,
  trainStep,
  velocity,
} from "genlab";
import type { DigitSet, RandomStream, UNetConfig } from "genlab";
import { warmUpCosine } from "../learning-rates";
import type { Recipe, Reproduced, Sitting } from "../recipe";

const CONFIG = {
  seed: 6,
  steps: 40_000,
  batch: 64,
  rate: 2e-3,
  warmup: 500,
  average: 0.9995,
  noLabel: 0.1,
  channels: [16, 32, 64],
  schedule: "cosine, 1,000 noise levels",
  optimizer: "adam, linear warm-up, cosine decay to 0",
  pictures: 10_000,
  samplingSteps: 25,
  guidance: 1.25,
};

const LEVELS = 1000;
const NONE = 10; // the label that says nothing
const PIXELS = 784;
const CHUNK = 250; // pictures drawn at once: bounds memory
const SCHEDULE = noiseSchedule("cosine", LEVELS);
const NET: UNetConfig = { channels: CONFIG.channels as [number, number, number], classes: 10 };

/** Notebook 06 at paper length: guided diffusion of digits. */
export const recipe: Recipe = {
  name: "diffusion",
  description: "Class-conditional diffusion of digits, the model of notebook 06 (lib/models/denoiser.ts)",
  kind: "run",
  config: CONFIG,
  async make(sitting) {
    const { train: digits } = loadMnist();
    const stream = randomStream(CONFIG.seed).split("main");
    const program = diffusion(stream);
    const data = batches(digits, { size: CONFIG.batch, stream: stream.split("data") });
    const draws = stream.split("draws");
    const options = sitting.options({ steps: CONFIG.steps, seed: CONFIG.seed, state: { program, data, draws } });
    await train(options, (i) => {
      const { images: x0, labels } = data.next();
      const noisy = tf.tidy(() => drawNoise(labels, draws));
      const { loss, epsMse } = program.step(
        { x0, ...noisy },
        { lr: warmUpCosine(i + 1, { ...CONFIG, steps: options.steps }) },
      );
      tf.dispose([x0, noisy]);
      return { loss, epsMse };
    });
    return measure(sitting, program, options.steps);
  },
};

/** A noise level for each digit, spread evenly over all; its noise; its label, which one in ten is not told. */
function drawNoise(labels: Int32Array, draws: RandomStream): { t: tf.Tensor1D; told: tf.Tensor1D; eps: tf.Tensor2D } {
  const B = labels.length;
  const t = spreadLevels(draws.uniform([B]), LEVELS);
  const hidden = draws.uniformArray(B);
  return {
    t,
    told: labelTensor(labels.map((label, k) => (hidden[k]! < CONFIG.noLabel ? NONE : label))),
    eps: draws.normal([B, PIXELS]),
  };
}

type Diffusion = ReturnType<typeof diffusion>;

function diffusion(stream: RandomStream) {
  const fresh = () => denoiserWeights(stream.split("weights"), NET); // the same numbers at each call
  const inputs = {
    x0: ["B", PIXELS] as ["B", 784],
    t: { shape: ["B"] as ["B"], dtype: "int32" as const },
    told: { shape: ["B"] as ["B"], dtype: "int32" as const },
    eps: ["B", PIXELS] as ["B", 784],
  };
  type Inputs = { x0: tf.Tensor2D; t: tf.Tensor1D; told: tf.Tensor1D; eps: tf.Tensor2D };
  const errors = (
    weights: ReturnType<typeof fresh>,
    { x0, t, told, eps }: Inputs,
  ): { loss: tf.Scalar; epsMse: tf.Scalar } => {
    const alphaBar = alphaBarAt(SCHEDULE, t);
    const x = qSample(x0, eps, alphaBar);
    const v = denoiser(x, t, told, weights, SCHEDULE, NET);
    return {
      loss: mse(v, velocity(x0, eps, alphaBar)),
      epsMse: mse(predictedNoise("v", v, x, alphaBar), eps),
    };
  };
  return compile(
    { net: fresh(), average: fresh() },
    {
      step: trainStep((state, given) => errors(state.net, given), {
        inputs,
        of: "net",
        by: adam({ lr: CONFIG.rate }),
        average: { into: "average", decay: CONFIG.average },
        shards: 2,
      }),
      errors: call((state, given) => errors(state.average, given), { inputs }),
      draw: call(
        (state, { noise, labels }) => {
          const none = tf.fill<tf.Rank.R1>(labels.shape, NONE, "int32");
          const x = ddimSample(
            (x, t) => {
              const eps = (label: tf.Tensor1D) => denoiserNoise(x, t, label, state.average, SCHEDULE, NET);
              return guide(eps(none), eps(labels), CONFIG.guidance);
            },
            noise,
            SCHEDULE,
            CONFIG.samplingSteps,
          );
          return { x };
        },
        { inputs: { noise: ["N", PIXELS], labels: { shape: ["N"], dtype: "int32" } } },
      ),
    },
  );
}

/** Test digits at all noise levels; pictures drawn by DDIM with guidance, as many of each digit. */
function measure({ trial }: Sitting, program: Diffusion, steps: number): Reproduced {
  const mnist = loadMnist();
  const count = trial ? 200 : CONFIG.pictures;
  const classifier = new DigitClassifier(loadWeights(dataFile("digit-classifier.safetensors")));
  const yard = fidYardstick(mnist, classifier, count);
  const wanted = Int32Array.from({ length: count }, (_, i) => i % 10);
  const pictures = draw(program, wanted, randomStream(CONFIG.seed).split("samples"));
  const { fid, judged } = yard.measure(pictures);
  const right = judged.digits.filter((digit, i) => digit === wanted[i]).length / count;
  const metrics = {
    "diffusion.fid": { value: fid, unit: `N = ${count.toLocaleString("en")}` },
    "fid.floor": { value: yard.floor, unit: `N = ${count.toLocaleString("en")}` },
    "diffusion.eps_mse": { value: epsMse(program, mnist.test.take(trial ? 500 : 10_000)), unit: "" },
    "diffusion.guided_accuracy": { value: right, unit: "" },
  };
  pictures.dispose();
  classifier.dispose();
  program.dispose();
  return { metrics, steps };
}

function draw(program: Diffusion, labels: Int32Array, stream: RandomStream): tf.Tensor2D {
  const parts: tf.Tensor2D[] = [];
  for (let from = 0; from < labels.length; from += CHUNK) {
    const some = labelTensor(labels.slice(from, from + CHUNK));
    const noise = stream.normal([some.shape[0], PIXELS]);
    parts.push(program.draw({ noise, labels: some }).x);
    tf.dispose([some, noise]);
  }
  const all = tf.concat(parts);
  tf.dispose(parts);
  return all;
}

function epsMse(program: Diffusion, test: DigitSet): number {
  const draws = randomStream(CONFIG.seed).split("test");
  let sum = 0;
  for (let from = 0; from < test.count; from += CHUNK) {
    sum += tf.tidy(() => {
      const indices = Int32Array.from({ length: Math.min(CHUNK, test.count - from) }, (_, i) => from + i);
      const B = indices.length;
      const given = {
        x0: test.images(indices),
        t: draws.integers([B], 0, LEVELS),
        told: labelTensor(test.labelsOf(indices)),
        eps: draws.normal([B, PIXELS]),
      };
      return program.errors(given).epsMse * B;
    });
  }
  return sum / test.count;
}
