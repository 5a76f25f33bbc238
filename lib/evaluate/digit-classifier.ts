// The judge of generated digits: a small convolutional network whose answers say which digit a picture shows, and whose
// last hidden layer is the space in which distributions of pictures are compared (frechet.ts). Its weights are in
// data/digit-classifier.safetensors, made by `genlab reproduce digit-classifier`.
import { tf } from "../tensor/tf";
import { expectPictures } from "./pictures";

/** Channels of the two convolutions and width of the feature layer: 174,146 numbers in all. */
export const CLASSIFIER_SIZES = { first: 16, second: 40, features: 80 } as const;

/** Pictures judged at once: bounds memory to about 40 MB. */
const CHUNK = 1000;

/** Every weight by its name in the file, with its shape. */
export const CLASSIFIER_SHAPES = {
  "conv1.w": [5, 5, 1, CLASSIFIER_SIZES.first],
  "conv1.b": [CLASSIFIER_SIZES.first],
  "conv2.w": [5, 5, CLASSIFIER_SIZES.first, CLASSIFIER_SIZES.second],
  "conv2.b": [CLASSIFIER_SIZES.second],
  "hidden.w": [49 * CLASSIFIER_SIZES.second, CLASSIFIER_SIZES.features],
  "hidden.b": [CLASSIFIER_SIZES.features],
  "out.w": [CLASSIFIER_SIZES.features, 10],
  "out.b": [10],
} as const;

export type ClassifierWeights = Record<keyof typeof CLASSIFIER_SHAPES, tf.Tensor>;

/** What the classifier says of N pictures. */
export interface Judgement {
  count: number;
  /** The likeliest digit of each picture: [N] */
  digits: Int32Array;
  /** Its probability: [N] */
  confidence: Float32Array;
  /** The last hidden layer, 80 numbers a picture, row by row: [N · 80] */
  features: Float32Array;
  /** 80 */
  width: number;
}

/** The last hidden layer. x [B, 784] in [−1, 1] → [B, 80], ≥ 0 */
export function classifierFeatures(x: tf.Tensor2D, weights: ClassifierWeights): tf.Tensor2D {
  const B = x.shape[0];
  const image: tf.Tensor4D = tf.reshape(x, [B, 28, 28, 1]);
  const first = halve(image, weights["conv1.w"], weights["conv1.b"]); // [B, 14, 14, 16]
  const second = halve(first, weights["conv2.w"], weights["conv2.b"]); // [B, 7, 7, 40]
  const flat: tf.Tensor2D = tf.reshape(second, [B, 49 * CLASSIFIER_SIZES.second]);
  return tf.relu(tf.add<tf.Tensor2D>(tf.matMul(flat, weights["hidden.w"]), weights["hidden.b"]));
}

/** Scores of the ten digits. features [B, 80] → [B, 10] */
export function classifierLogits(features: tf.Tensor2D, weights: ClassifierWeights): tf.Tensor2D {
  return tf.add(tf.matMul(features, weights["out.w"]), weights["out.b"]);
}

/** A 5 × 5 convolution with stride 2: half the height, half the width. */
function halve(x: tf.Tensor4D, w: tf.Tensor, b: tf.Tensor): tf.Tensor4D {
  return tf.relu(tf.add<tf.Tensor4D>(tf.conv2d(x, w as tf.Tensor4D, 2, "same"), b));
}

/** Judges pictures with fixed weights. */
export class DigitClassifier {
  private readonly weights: ClassifierWeights;

  /**
   * @param weights as loadWeights(dataFile("digit-classifier.safetensors")) gives them; the classifier's own from now on
   * @throws Error naming the first weight that is missing or has another shape
   */
  constructor(weights: Record<string, tf.Tensor>) {
    for (const [name, shape] of Object.entries(CLASSIFIER_SHAPES)) {
      const got = weights[name]?.shape.join(", ") ?? "nothing";
      if (got === shape.join(", ")) continue;
      throw new Error(
        `DigitClassifier: ${name} is [${got}], wanted [${shape.join(", ")}]: load data/digit-classifier.safetensors`,
      );
    }
    this.weights = weights as ClassifierWeights;
  }

  /**
   * What each picture shows, how surely, and its features.
   * @param x [N, 784] in [−1, 1]; half more is let pass, since samplers overshoot
   * @throws Error for another shape; RangeError without a picture, for NaN, and for pictures in another range
   */
  judge(x: tf.Tensor2D): Judgement {
    expectPictures("judge", x, "[-1,1]", { slack: 0.5, cure: "have to become 2x − 1" });
    const [count, width] = [x.shape[0], CLASSIFIER_SIZES.features];
    const judgement: Judgement = {
      count,
      digits: new Int32Array(count),
      confidence: new Float32Array(count),
      features: new Float32Array(count * width),
      width,
    };
    for (let from = 0; from < count; from += CHUNK) {
      tf.tidy(() => {
        const part = tf.slice(x, [from, 0], [Math.min(CHUNK, count - from), -1]);
        const features = classifierFeatures(part, this.weights);
        const probabilities = tf.softmax(classifierLogits(features, this.weights));
        judgement.features.set(features.dataSync(), from * width);
        judgement.digits.set(tf.argMax(probabilities, 1).dataSync(), from);
        judgement.confidence.set(tf.max(probabilities, 1).dataSync(), from);
      });
    }
    return judgement;
  }

  /**
   * Share of pictures whose likeliest digit is the label.
   * @param labels [N], 0 to 9
   * @throws Error as judge, and for another number of labels; RangeError for a label that is no digit
   */
  accuracy(x: tf.Tensor2D, labels: ArrayLike<number>): number {
    if (labels.length !== x.shape[0]) {
      throw new Error(`accuracy: ${x.shape[0]} pictures, ${labels.length} label(s): give one label for each`);
    }
    for (let i = 0; i < labels.length; i++) {
      const label = labels[i]!;
      if (Number.isInteger(label) && label >= 0 && label <= 9) continue;
      throw new RangeError(
        `accuracy: label ${i} is ${label}, wanted a whole number from 0 to 9: another is read right in no picture`,
      );
    }
    const { digits } = this.judge(x);
    return digits.reduce((right, digit, i) => right + (digit === labels[i] ? 1 : 0), 0) / digits.length;
  }

  dispose(): void {
    Object.values(this.weights).forEach((weight) => weight.dispose());
  }
}
