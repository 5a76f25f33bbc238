import {
  adam,
  batches,
  binarise,
  binaryTestDigits,
  call,
  compile,
  loadMnist,
  madeNll,
  madeWeights,
  randomStream,
  tf,
  train,
  trainStep,
} from "genlab";
import type { Recipe } from "../recipe";

const CONFIG = {
  seed: 7,
  hidden: [1000],
  direct: true,
  batch: 100,
  steps: 120_000,
  rate: 2e-3,
  warmup: 500,
  averageDecay: 0.999,
  optimizer: "adam, linear warm-up, cosine decay to 0",
  binarisation: "training digits drawn anew each time, test digits fixed",
};

/** A test batch; divides 10,000. */
const TEST_BATCH = 100;

/** The MADE of notebook 07, −log p of binary digits against the published 88.40 nats of one layer of 8,000 units in one order. */
export const recipe: Recipe = {
  name: "made",
  description: "MADE with one hidden layer, exact −log p(x) of binarised MNIST (notebook 07)",
  kind: "run",
  config: CONFIG,
  async make(sitting) {
    const root = randomStream(CONFIG.seed);
    const digits = loadMnist().train;
    const fresh = { ...CONFIG, pixelMeans: digits.pixelMeans() };
    const net = madeWeights(root.split("weights"), fresh);
    const average = madeWeights(root.split("weights"), fresh); // starts equal, then follows slowly
    const data = batches(digits, { size: CONFIG.batch, stream: root.split("order"), range: "[0,1]" });
    const program = compile(
      { net, average },
      {
        step: trainStep(
          (state, { grey }, _scalars, random) => ({
            loss: tf.mean<tf.Scalar>(madeNll(binarise(grey, random), state.net)),
          }),
          {
            inputs: { grey: ["B", 784] },
            of: "net",
            by: adam({ lr: rateAt }),
            average: { into: "average", decay: CONFIG.averageDecay },
            shards: 2,
          },
        ),
        nll: call((state, { x }) => ({ nll: madeNll(x, state.average) }), { inputs: { x: ["B", 784] } }),
      },
      { random: root.split("bits") },
    );

    const options = sitting.options({ steps: CONFIG.steps, seed: CONFIG.seed, state: { program, data } });
    const { column } = await train(options, () => {
      const { images: grey } = data.next();
      const { loss } = program.step({ grey });
      grey.dispose();
      return { loss };
    });

    const test = binaryTestDigits().take(sitting.trial ? TEST_BATCH : 10_000);
    const nll: number[] = [];
    for (let from = 0; from < test.count; from += TEST_BATCH) {
      const x = test.images(
        Int32Array.from({ length: TEST_BATCH }, (_, i) => from + i),
        "[0,1]",
      );
      const result = program.nll({ x }).nll;
      nll.push(...result.dataSync());
      tf.dispose([x, result]);
    }
    program.dispose();
    const mean = nll.reduce((sum, value) => sum + value, 0) / nll.length;
    const deviation = Math.sqrt(nll.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (nll.length - 1));
    const last = column("loss").slice(-600); // an epoch
    const unit = `nats, ${test.count.toLocaleString("en")} test digits`;
    return {
      metrics: {
        "made.test_nll_nats": { value: mean, unit },
        "made.test_nll_error": { value: deviation / Math.sqrt(nll.length), unit: "nats, standard error" },
        "made.test_bits_per_pixel": { value: mean / Math.LN2 / 784, unit: "bits a pixel" },
        "made.train_nll_nats": { value: last.reduce((a, b) => a + b, 0) / last.length, unit: "nats, last epoch" },
      },
      steps: options.steps,
    };
  },
};

/** Up in a straight line, down along a cosine. @param t 1, 2, … */
function rateAt(t: number): number {
  const { rate, warmup, steps } = CONFIG;
  if (t < warmup) return (rate * t) / warmup;
  return 0.5 * rate * (1 + Math.cos((Math.PI * Math.min(t - warmup, steps - warmup)) / (steps - warmup)));
}
