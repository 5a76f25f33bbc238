import {
  adam,
  batches,
  classifierFeatures,
  classifierLogits,
  CLASSIFIER_SHAPES,
  CLASSIFIER_SIZES,
  crossEntropy,
  DigitClassifier,
  loadMnist,
  loadWeights,
  randomStream,
  saveWeights,
  tf,
  train,
} from "genlab";
import type { ClassifierWeights, DigitSet, RandomStream } from "genlab";
import type { Recipe, Reproduced, Sitting } from "../recipe";

const CONFIG = {
  seed: 8,
  epochs: 12,
  batch: 100,
  rate: 1e-3,
  warmup: 200,
  dropout: 0.1,
  shift: 2,
  optimizer: "adam, linear warm-up, cosine decay",
};

type Variables = Record<keyof ClassifierWeights, tf.Variable>;

/** The judge of generated digits. Digits are moved by up to two pixels, so that their place does not matter. */
export const recipe: Recipe = {
  name: "digit-classifier",
  description: "Convolutional digit classifier, the judge of generated digits (lib/evaluate/digit-classifier.ts)",
  kind: "weights",
  config: CONFIG,
  async make(sitting) {
    const { train: digits } = loadMnist();
    const stream = randomStream(CONFIG.seed);
    const weights = initialWeights(stream.split("weights"));
    const data = batches(digits, { size: CONFIG.batch, stream: stream.split("order") });
    const draws = { shift: stream.split("shift"), dropout: stream.split("dropout") };
    const steps = CONFIG.epochs * data.batchesPerEpoch;
    const optimizer = adam({ lr: (t) => rateAt(t - 1, steps) });
    const options = sitting.options({ steps, seed: CONFIG.seed, state: { weights, optimizer, data, ...draws } });
    await train(options, () => {
      const { images, indices } = data.next();
      images.dispose(); // moved digits take their place
      return { loss: trainStep(digits, indices, weights, optimizer, draws) };
    });
    saveWeights(sitting.out, weights);
    return measure(sitting, options.steps);
  },
};

/** Weights normal with He's variance, biases 0. */
function initialWeights(stream: RandomStream): Variables {
  const variables = Object.entries(CLASSIFIER_SHAPES).map(([name, shape]) => {
    const fanIn = shape.slice(0, -1).reduce<number>((product, n) => product * n, 1);
    const value = name.endsWith(".b") ? tf.zeros([...shape]) : stream.normal([...shape], 0, Math.sqrt(2 / fanIn));
    return [name, tf.variable(value)];
  });
  return Object.fromEntries(variables) as Variables;
}

/** Up in a straight line, down along a cosine, in stairs of 50 steps. */
function rateAt(step: number, steps: number): number {
  const stair = 50 * Math.floor(step / 50);
  const cosine = 0.5 * (1 + Math.cos((Math.PI * stair) / steps));
  return CONFIG.rate * Math.min(1, (stair + 1) / CONFIG.warmup) * cosine + 1e-6;
}

function trainStep(
  digits: DigitSet,
  indices: Int32Array,
  weights: Variables,
  optimizer: ReturnType<typeof adam>,
  draws: { shift: RandomStream; dropout: RandomStream },
): number {
  const params = Object.values(weights);
  return tf.tidy(() => {
    const x = shifted(digits, indices, draws.shift);
    const labels = tf.tensor1d(digits.labelsOf(indices), "int32");
    const kept = draws.dropout.uniform([indices.length, CLASSIFIER_SIZES.features]).greaterEqual(CONFIG.dropout);
    const mask = tf.div(tf.cast(kept, "float32"), 1 - CONFIG.dropout);
    const { value, grads } = tf.variableGrads(() => {
      const features = tf.mul<tf.Tensor2D>(classifierFeatures(x, weights), mask);
      return crossEntropy(classifierLogits(features, weights), labels);
    }, params);
    optimizer.step(
      params,
      params.map((param) => grads[param.name]!),
    );
    return value.dataSync()[0]!;
  });
}

/** The digits, each moved by −2 … 2 pixels in both directions; black comes in at the edges. → [B, 784] in [−1, 1] */
function shifted(digits: DigitSet, indices: Int32Array, stream: RandomStream): tf.Tensor2D {
  const moves = stream.integers([indices.length, 2], -CONFIG.shift, CONFIG.shift + 1).dataSync();
  const values = new Float32Array(indices.length * 784).fill(-1);
  indices.forEach((index, b) => {
    const [down, right] = [moves[2 * b]!, moves[2 * b + 1]!];
    for (let y = Math.max(0, down); y < 28 + Math.min(0, down); y++) {
      for (let x = Math.max(0, right); x < 28 + Math.min(0, right); x++) {
        values[b * 784 + y * 28 + x] = (digits.pixels[index * 784 + (y - down) * 28 + x - right]! * 2) / 255 - 1;
      }
    }
  });
  return tf.tensor2d(values, [indices.length, 784]);
}

/** Measured on the file as written, all 10,000 test digits. */
function measure({ out, trial }: Sitting, steps: number): Reproduced {
  const test = loadMnist().test.take(trial ? 100 : 10_000);
  const classifier = new DigitClassifier(loadWeights(out));
  const images = test.images(Int32Array.from({ length: test.count }, (_, i) => i));
  const value = classifier.accuracy(images, test.labels);
  const sizes = Object.values(CLASSIFIER_SHAPES).map((shape) => shape.reduce<number>((product, n) => product * n, 1));
  images.dispose();
  classifier.dispose();
  return {
    metrics: {
      "digit_classifier.test_accuracy": { value, unit: `share of ${test.count.toLocaleString("en")}` },
      "digit_classifier.parameters": { value: sizes.reduce((sum, size) => sum + size), unit: "numbers" },
    },
    steps,
  };
}
