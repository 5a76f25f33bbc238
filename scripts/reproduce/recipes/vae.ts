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
  importanceWeightedNll,
  loadMnist,
  loadWeights,
  randomStream,
  tf,
  train,
  trainStep,
  vaeWeights,
} from "genlab";
import type { NegativeLogLikelihood, VaeConfig } from "genlab";
import { warmUpCosine } from "../learning-rates";
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
            by: adam({ lr: (t) => warmUpCosine(t, { ...CONFIG, steps }) }),
            shards: 2,
          },
        ),
        bound: call(({ vae }, { x, eps }) => ({ bound: importanceWeightedBound(x, eps, vae) }), {
          inputs: { x: ["B", 784], eps: ["k", "B", CONFIG.latents] },
        }),
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

    const [count, draws] = sitting.trial ? [100, 200] : [10_000, CONFIG.draws];
    const test = binaryTestDigits().images(
      Array.from({ length: count }, (_, i) => i),
      "[0,1]",
    );
    const nll = (k: number): NegativeLogLikelihood =>
      importanceWeightedNll(test, (x, eps) => program.bound({ x, eps }).bound, {
        ...{ draws: k, latents: CONFIG.latents, stream: stream.split("importance") },
        onProgress: (done, of) => void (done % 1000 === 0 && sitting.log(`measured ${done} of ${of} test digits`)),
      });
    const [one, many] = [nll(1), nll(draws)]; // one draw: the ELBO, its KL estimated too
    test.dispose();
    const N = sitting.trial ? 100 : 10_000;
    const z = randomStream(CONFIG.seed).split("samples").normal([N, CONFIG.latents]);
    const { chances } = program.draw({ z });
    const classifier = new DigitClassifier(loadWeights(dataFile("digit-classifier.safetensors")));
    const yardstick = fidYardstick(mnist, classifier, N);
    const { fid } = yardstick.measure(chances, { range: "[0,1]" });
    tf.dispose([z, chances]);
    program.dispose();
    const metrics: Reproduced["metrics"] = {
      "vae.test_nll_nats": { value: many.nats, unit: "nats" },
      "vae.test_nll_standard_error": { value: many.standardError, unit: "nats" },
      "vae.test_elbo_nats": { value: -one.nats, unit: "nats" },
      "vae.fid": { value: fid, unit: "" },
      "fid.floor": { value: yardstick.floor, unit: "" },
    };
    return { metrics, steps: options.steps };
  },
};
