import {
  adam,
  batches,
  call,
  compile,
  convCriticLayers,
  convGenerator,
  convGeneratorLayers,
  copyLayers,
  critic,
  dataFile,
  DigitClassifier,
  fidYardstick,
  flatnessPenalty,
  loadMnist,
  loadWeights,
  logisticCriticLoss,
  nonSaturatingLoss,
  randomStream,
  tf,
  train,
  trainStep,
} from "genlab";
import type { GanLayer } from "genlab";
import type { Recipe } from "../recipe";

const CONFIG = {
  seed: 4,
  noise: 64,
  batch: 64,
  steps: 30_000,
  rate: 3e-3,
  gamma: 0.3,
  lazy: 4,
  average: 0.9995,
  optimizer: "adam, β₁ = 0, β₂ = 0.9; constant rate, falling to 0 in the second half",
};

/** Notebook 04's GAN at paper length: logistic losses, R₁ in every fourth step, the generator's weights averaged. */
export const recipe: Recipe = {
  name: "gan",
  description: "Convolutional GAN, non-saturating loss, R₁ (notebook 04's model at paper length)",
  kind: "run",
  config: CONFIG,
  async make(sitting) {
    const { noise, batch, gamma, lazy, rate } = CONFIG;
    const mnist = loadMnist();
    const stream = randomStream(CONFIG.seed).split("paper");
    const [G, D] = [convGeneratorLayers(stream.split("G"), { noise }), convCriticLayers(stream.split("D"))];
    const by = (): ReturnType<typeof adam> => adam({ lr: rate, beta1: 0, beta2: 0.9 });
    const criticBy = by(); // one optimizer for both kinds of the critic's steps
    const told = (g: GanLayer[], d: GanLayer[], real: tf.Tensor2D, z: tf.Tensor2D): tf.Scalar => {
      const scores = critic(tf.concat([real, convGenerator(z, g)]), d);
      return logisticCriticLoss(tf.slice(scores, 0, real.shape[0]), tf.slice(scores, real.shape[0]));
    };
    const program = compile(
      { G, D, average: copyLayers(G) },
      {
        criticStep: trainStep(
          (state, { real }, _scalars, random) => {
            return { loss: told(state.G, state.D, real, random.normal([real.shape[0], noise])) };
          },
          { inputs: { real: ["B", 784] }, of: "D", by: criticBy, shards: 2 },
        ),
        calmCriticStep: trainStep(
          (state, { real }, _scalars, random) => {
            const flatness = flatnessPenalty((x) => critic(x, state.D), real);
            const plain = told(state.G, state.D, real, random.normal([real.shape[0], noise]));
            return { loss: tf.add<tf.Scalar>(plain, tf.mul((lazy * gamma) / 2, flatness)) };
          },
          { inputs: { real: ["B", 784] }, of: "D", by: criticBy, shards: 2 },
        ),
        generatorStep: trainStep(
          (state, { z }) => ({ loss: nonSaturatingLoss(critic(convGenerator(z, state.G), state.D)) }),
          {
            inputs: { z: ["B", noise] },
            of: "G",
            by: by(),
            average: { into: "average", decay: CONFIG.average },
            shards: 2,
          },
        ),
        draw: call(({ average }, { z }) => ({ pictures: convGenerator(z, average) }), { inputs: { z: ["B", noise] } }),
      },
      { random: stream.split("noise") },
    );
    const data = batches(mnist.train, { size: batch, stream: stream.split("data") });
    const zs = stream.split("z");
    const options = sitting.options({ steps: CONFIG.steps, seed: CONFIG.seed, state: { program, data, zs } });
    await train(options, (i) => {
      const lr = rate * Math.min(1, 2 * (1 - i / options.steps));
      const { images: real } = data.next();
      const { loss } = i % lazy === 0 ? program.calmCriticStep({ real }, { lr }) : program.criticStep({ real }, { lr });
      const z = zs.normal([batch, noise]);
      const made = program.generatorStep({ z }, { lr });
      tf.dispose([real, z]);
      return { loss, generator: made.loss };
    });

    const N = sitting.trial ? 100 : 10_000;
    const classifier = new DigitClassifier(loadWeights(dataFile("digit-classifier.safetensors")));
    const yardstick = fidYardstick(mnist, classifier, N);
    const z = randomStream(CONFIG.seed).split("samples").normal([N, noise]);
    const { pictures } = program.draw({ z });
    const { fid, interval, kid, confident, coverage } = yardstick.measure(pictures);
    tf.dispose([z, pictures]);
    program.dispose();
    return {
      metrics: {
        "gan.fid": { value: fid, unit: "" },
        "gan.fid_low": { value: interval.low, unit: "" },
        "gan.fid_high": { value: interval.high, unit: "" },
        "gan.kid": { value: kid.value, unit: "" },
        "gan.coverage_evenness": { value: coverage.evenness, unit: "" },
        "gan.coverage_min_share": { value: coverage.rarest.share, unit: "" },
        "gan.confident_share": { value: confident, unit: "" },
        "fid.floor": { value: yardstick.floor, unit: "" },
      },
      steps: options.steps,
    };
  },
};
