import { adam, batches, binarise, binaryTestDigits, call, compile, loadMnist, negativeLogLikelihood } from "genlab";
import { randomStream, tf, train, trainStep } from "genlab";
import type { RandomStream } from "genlab";
import { warmUpThenCosine } from "./learning-rates";
import type { Reproduced, Sitting } from "./recipe";

/** A test batch; divides 10,000. */
const TEST_BATCH = 100;

/** A model whose −log p(x) is exact, and how it is trained. */
export interface ExactModel<Weights extends object> {
  /** Of the metrics: `${name}.test_nll_nats`. */
  name: string;
  /** Fresh weights, the same at every call with the same stream. */
  fresh: (stream: RandomStream) => Weights;
  /** −ln p(x): x [B, 784], 0 or 1 → [B] */
  nll: (x: tf.Tensor2D, weights: Weights) => tf.Tensor1D;
  config: {
    seed: number;
    batch: number;
    steps: number;
    rate: number;
    warmup: number;
    averageDecay: number;
    clipNorm?: number;
  };
}

/** Trains it on digits binarised anew, and measures the average of its weights on the fixed test digits. */
export async function trainByLikelihood<Weights extends object>(
  sitting: Sitting,
  { name, fresh, nll, config }: ExactModel<Weights>,
): Promise<Reproduced> {
  const root = randomStream(config.seed);
  const weights = (): Weights => fresh(root.split("weights"));
  const data = batches(loadMnist().train, { size: config.batch, stream: root.split("order"), range: "[0,1]" });
  const program = compile(
    { net: weights(), average: weights() }, // equal at first, then the average follows slowly
    {
      step: trainStep(
        (state, { grey }, _scalars, random) => ({
          loss: tf.mean<tf.Scalar>(nll(binarise(grey, random), state.net)),
        }),
        {
          inputs: { grey: ["B", 784] },
          of: "net",
          by: adam({ lr: (t) => warmUpThenCosine(t, config) }),
          ...(config.clipNorm !== undefined && { clipNorm: config.clipNorm }),
          average: { into: "average", decay: config.averageDecay },
          shards: 2,
        },
      ),
      nll: call((state, { x }) => ({ nll: nll(x, state.average) }), { inputs: { x: ["B", 784] } }),
    },
    { random: root.split("bits") },
  );

  const options = sitting.options({ steps: config.steps, seed: config.seed, state: { program, data } });
  const { column } = await train(options, () => {
    const { images: grey } = data.next();
    const { loss } = program.step({ grey });
    grey.dispose();
    return { loss };
  });

  const test = binaryTestDigits().take(sitting.trial ? TEST_BATCH : 10_000);
  const each: number[] = [];
  for (let from = 0; from < test.count; from += TEST_BATCH) {
    const x = test.images(
      Int32Array.from({ length: TEST_BATCH }, (_, i) => from + i),
      "[0,1]",
    );
    const result = program.nll({ x }).nll;
    each.push(...result.dataSync());
    tf.dispose([x, result]);
  }
  program.dispose();
  const { nats, standardError, bitsPerDimension } = negativeLogLikelihood(each);
  const last = column("loss").slice(-data.batchesPerEpoch);
  return {
    metrics: {
      [`${name}.test_nll_nats`]: { value: nats, unit: `nats, ${test.count.toLocaleString("en")} test digits` },
      [`${name}.test_nll_error`]: { value: standardError, unit: "nats, standard error" },
      [`${name}.test_bits_per_pixel`]: { value: bitsPerDimension, unit: "bits a pixel" },
      [`${name}.train_nll_nats`]: { value: last.reduce((a, b) => a + b, 0) / last.length, unit: "nats, last epoch" },
    },
    steps: options.steps,
  };
}
