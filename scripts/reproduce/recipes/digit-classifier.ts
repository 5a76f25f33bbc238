import {
  adam,
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
  useDevice,
} from "genlab";
import type { ClassifierWeights, DigitSet, Optimizer, RandomStream } from "genlab";
import type { Recipe, Reproduced } from "../recipe";

const CONFIG = { seed: 8, epochs: 12, batch: 100, rate: 1e-3, warmup: 200, dropout: 0.1, shift: 2 };

type Variables = Record<keyof ClassifierWeights, tf.Variable>;

/** The judge of generated digits. Digits are moved by up to two pixels, so that their place does not matter. */
export const digitClassifier: Recipe = {
  name: "digit-classifier",
  description: "Convolutional digit classifier, the judge of generated digits (lib/evaluate/digit-classifier.ts)",
  file: "digit-classifier.safetensors",
  async make({ out, epochs = CONFIG.epochs, log }) {
    log(String(await useDevice()));
    const { train } = loadMnist();
    const stream = randomStream(CONFIG.seed);
    const weights = initialWeights(stream.split("weights"));
    const orders = stream.split("order");
    const draws = { shift: stream.split("shift"), dropout: stream.split("dropout") };
    const perEpoch = Math.floor(train.count / CONFIG.batch);
    let optimizer = adam({ lr: rateAt(0, 1) });
    for (let epoch = 0; epoch < epochs; epoch++) {
      const order = orders.permutation(train.count);
      let sum = 0;
      for (let i = 0; i < perEpoch; i++) {
        const step = epoch * perEpoch + i;
        if (step % 50 === 0) optimizer = withRate(optimizer, rateAt(step, epochs * perEpoch));
        sum += trainStep(train, order.subarray(i * CONFIG.batch, (i + 1) * CONFIG.batch), weights, optimizer, draws);
      }
      log(`epoch ${epoch + 1} of ${epochs}: training loss ${(sum / perEpoch).toFixed(4)}`);
    }
    saveWeights(out, weights);
    return measure(out, epochs, epochs * perEpoch);
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

/** Up in a straight line, down along a cosine. */
function rateAt(step: number, steps: number): number {
  const cosine = 0.5 * (1 + Math.cos((Math.PI * step) / steps));
  return CONFIG.rate * Math.min(1, (step + 1) / CONFIG.warmup) * cosine + 1e-6;
}

/** The optimizer with another rate and the same averages. */
function withRate(optimizer: Optimizer, lr: number): Optimizer {
  const next = adam({ lr });
  next.restore(optimizer.save());
  optimizer.dispose();
  return next;
}

function trainStep(
  digits: DigitSet,
  indices: Int32Array,
  weights: Variables,
  optimizer: Optimizer,
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
function measure(file: string, epochs: number, steps: number): Reproduced {
  const { test } = loadMnist();
  const classifier = new DigitClassifier(loadWeights(file));
  const images = test.images(Int32Array.from({ length: test.count }, (_, i) => i));
  const value = classifier.accuracy(images, test.labels);
  const parameters = Object.values(CLASSIFIER_SHAPES).reduce(
    (sum, shape) => sum + shape.reduce<number>((product, n) => product * n, 1),
    0,
  );
  images.dispose();
  classifier.dispose();
  return {
    config: { ...CONFIG, epochs, optimizer: "adam, linear warm-up, cosine decay" },
    metrics: {
      "digit_classifier.test_accuracy": { value, unit: "share of 10,000" },
      "digit_classifier.parameters": { value: parameters, unit: "numbers" },
    },
    steps,
  };
}
