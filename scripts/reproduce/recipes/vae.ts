import {
  adam,
  batches,
  binarise,
  binaryTestDigits,
  call,
  compile,
  decode,
  DigitClassifier,
  dataFile,
  elboTerms,
  fidYardstick,
  importanceWeightedBound,
  loadMnist,
  loadWeights,
  randomStream,
  tf,
  train,
  trainStep,
  vaeWeights,
} from "genlab";
import type { VaeConfig } from "genlab";
import type { Recipe, Reproduced } from "../recipe";

const CONFIG = {
  seed: 5,
  hidden: [200, 200],
  latents: 50,
  epochs: 600,
  batch: 100,
  rate: 2e-3,
  warmup: 1000,
  optimizer: "adam, linear warm-up, cosine decay to 0",
  binarisation: "training digits anew in every step, test digits once",
  draws: 5000,
};

/** Draws that are decoded at once for one picture; bounds the memory. */
const CHUNK = 100;
/** Test digits measured at once. */
const MEASURED = 50;

/** The paper's one-stochastic-layer model [Burda 2016, table 1: 86.76 nats with k = 1], trained on the ELBO. */
export const recipe: Recipe = {
  name: "vae",
  description: "VAE 784-200-200-50, binarised MNIST, trained on the ELBO (notebook 05's model at paper length)",
  kind: "run",
  config: CONFIG,
  async make(sitting) {
    const mnist = loadMnist();
    const stream = randomStream(CONFIG.seed);
    const config: VaeConfig = { hidden: CONFIG.hidden, latents: CONFIG.latents, pixelMeans: mnist.train.pixelMeans() };
    const data = batches(mnist.train, { size: CONFIG.batch, stream: stream.split("data"), range: "[0,1]" });
    const steps = CONFIG.epochs * data.batchesPerEpoch;
    const program = compile(
      { vae: vaeWeights(stream.split("weights"), config) },
      {
        step: trainStep(
          ({ vae }, { grey }, _scalars, random) => {
            const x = binarise(grey, random);
            const { logLikelihood, kl } = elboTerms(x, random.normal([grey.shape[0], CONFIG.latents]), vae);
            return { loss: tf.mean<tf.Scalar>(tf.sub(kl, logLikelihood)), kl: tf.mean<tf.Scalar>(kl) };
          },
          {
            inputs: { grey: ["B", 784] },
            of: "vae",
            by: adam({ lr: (t) => rateAt(t, steps) }),
            shards: 2,
          },
        ),
        bounds: call(
          ({ vae }, { x }, _scalars, random) => {
            const { logLikelihood, kl } = elboTerms(x, random.normal([x.shape[0], CONFIG.latents]), vae);
            // Two halves side by side, one on each core.
            const weighted = tf.split<tf.Tensor2D>(x, 2).map((half) => {
              return importanceWeightedBound(half, random.normal([CHUNK, half.shape[0], CONFIG.latents]), vae);
            });
            return { elbo: tf.sub(logLikelihood, kl), weighted: tf.concat(weighted) };
          },
          { inputs: { x: ["B", 784] } },
        ),
        draw: call(({ vae }, { z }) => ({ chances: tf.sigmoid(decode(z, vae)) }), {
          inputs: { z: ["B", CONFIG.latents] },
        }),
      },
      { random: stream.split("noise") },
    );
    const options = sitting.options({ steps, seed: CONFIG.seed, state: { program, data } });
    await train(options, () => {
      const { images: grey } = data.next();
      const report = program.step({ grey });
      grey.dispose();
      return report;
    });

    const binary = binaryTestDigits();
    const [test, draws] = sitting.trial ? [binary.take(100), 2 * CHUNK] : [binary, CONFIG.draws];
    const sums = { nll: 0, elbo: 0 };
    for (let from = 0; from < test.count; from += MEASURED) {
      const indices = Array.from({ length: Math.min(MEASURED, test.count - from) }, (_, i) => from + i);
      const x = test.images(indices, "[0,1]");
      const bounds: Float32Array[] = []; // of CHUNK draws each
      for (let k = 0; k < draws; k += CHUNK) {
        const { elbo, weighted } = program.bounds({ x });
        sums.elbo += (tf.sum(elbo).dataSync()[0]! * CHUNK) / draws / test.count;
        bounds.push(weighted.dataSync<"float32">());
        tf.dispose([elbo, weighted]);
      }
      for (let i = 0; i < x.shape[0]; i++) sums.nll -= logMeanExp(bounds.map((bound) => bound[i]!)) / test.count;
      x.dispose();
      if (from % 1000 === 0) sitting.log(`measured ${from + MEASURED} of ${test.count} test digits`);
    }
    const N = sitting.trial ? 100 : 10_000;
    const z = randomStream(CONFIG.seed).split("samples").normal([N, CONFIG.latents]);
    const { chances } = program.draw({ z });
    const classifier = new DigitClassifier(loadWeights(dataFile("digit-classifier.safetensors")));
    const yardstick = fidYardstick(mnist, classifier, N);
    const { fid } = yardstick.measure(chances, { range: "[0,1]" });
    tf.dispose([z, chances]);
    program.dispose();
    const metrics: Reproduced["metrics"] = {
      "vae.test_nll_nats": { value: sums.nll, unit: "nats" },
      "vae.test_elbo_nats": { value: sums.elbo, unit: "nats" },
      "vae.fid": { value: fid, unit: "" },
      "fid.floor": { value: yardstick.floor, unit: "" },
    };
    return { metrics, steps: options.steps };
  },
};

function logMeanExp(values: number[]): number {
  const largest = Math.max(...values);
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0) / values.length);
}

/** Up in a straight line, down along a cosine. t = 1, 2, … */
function rateAt(t: number, steps: number): number {
  return CONFIG.rate * Math.min(1, t / CONFIG.warmup) * 0.5 * (1 + Math.cos((Math.PI * (t - 1)) / steps));
}
