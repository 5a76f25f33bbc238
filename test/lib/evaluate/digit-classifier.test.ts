import { createHash } from "node:crypto";
import fs from "node:fs";
import { expect, it } from "vitest";
import { loadMnist } from "../../../lib/data/mnist";
import { dataFile } from "../../../lib/data/paths";
import { loadWeights } from "../../../lib/data/weights";
import { CLASSIFIER_SIZES, DigitClassifier } from "../../../lib/evaluate/digit-classifier";
import { fid } from "../../../lib/evaluate/frechet";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import record from "../../../data/digit-classifier.json" with { type: "json" };
import { native, onEveryBackend } from "../backends";

const file = dataFile(record.file);

it("the committed weights are the ones of the record, and small", () => {
  const bytes = fs.readFileSync(file);
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(record.sha256);
  expect(bytes.length).toBe(record.bytes);
  expect(bytes.length).toBeLessThan(2 ** 20);
});

onEveryBackend("digit classifier", (backend) => {
  it("is right on at least 99 % of the test digits", () => {
    const classifier = new DigitClassifier(loadWeights(file));
    // All 10,000 where TensorFlow computes; plain JavaScript takes 8 ms a digit.
    const { test } = loadMnist();
    const count = backend === "tensorflow" ? test.count : 300;
    const images = test.images(Int32Array.from({ length: count }, (_, i) => i));
    const accuracy = classifier.accuracy(images, test.labels.subarray(0, count));
    expect(accuracy).toBeGreaterThanOrEqual(0.99);
    if (backend === "tensorflow")
      expect(accuracy).toBeCloseTo(record.metrics["digit_classifier.test_accuracy"].value, 3);
    tf.dispose(images);
    classifier.dispose();
  });

  it("says which digit, how surely, and does not depend on the chunk or leave tensors", () => {
    const classifier = new DigitClassifier(loadWeights(file));
    const images = loadMnist().test.images([0, 1, 2]);
    const before = tf.memory().numTensors;
    const all = classifier.judge(images);
    const third = tf.slice(images, [2, 0]);
    const last = classifier.judge(third);
    tf.dispose(third);
    expect([...all.digits]).toEqual([7, 2, 1]);
    expect(Math.min(...all.confidence)).toBeGreaterThan(0.95);
    expect(all.features).toHaveLength(3 * CLASSIFIER_SIZES.features);
    last.features.forEach((value, i) => expect(value).toBeCloseTo(all.features[2 * all.width + i]!, 4));
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(images);
    classifier.dispose();
  });
});

it.skipIf(native.backend !== "tensorflow")("FID tells test digits from noise and from one digit only", () => {
  const classifier = new DigitClassifier(loadWeights(file));
  const { train, test } = loadMnist();
  const judgeAndFree = (pictures: tf.Tensor2D) => {
    const judgement = classifier.judge(pictures);
    tf.dispose(pictures);
    return judgement;
  };
  const judge = (set: typeof train, indices: number[]) => judgeAndFree(set.images(indices));
  const stream = randomStream(8); // in file order the test digits' first half is the easier one
  const draw = (set: typeof train) => [...stream.permutation(set.count).slice(0, 1000)];
  const reference = judge(train, draw(train));
  const floor = fid(reference, judge(test, draw(test)));
  const sevens = judge(
    train,
    Array.from(train.labels.keys())
      .filter((i) => train.labels[i] === 7)
      .slice(0, 1000),
  );
  const noise = judgeAndFree(stream.uniform([1000, 784], -1, 1));
  expect(floor).toBeLessThan(10);
  expect(fid(reference, sevens)).toBeGreaterThan(10 * floor);
  expect(fid(reference, noise)).toBeGreaterThan(30 * floor);
  classifier.dispose();
});

it("refuses pictures that it was not made for: another size, another range, NaN, none", () => {
  const classifier = new DigitClassifier(loadWeights(file));
  const { test } = loadMnist();
  const judge = (x: tf.Tensor2D) => () => classifier.judge(x);
  expect(judge(tf.zeros([2, 783]))).toThrow("judge: wanted pictures [N, 784], got [2, 783]: reshape them");
  expect(judge(test.images([0], "[0,1]"))).toThrow(
    "judge: no number is below 0: pictures in [0, 1] have to become 2x − 1",
  );
  expect(judge(tf.mul(test.images([0]), 255))).toThrow("judge: wanted numbers in [-1, 1], got numbers from -255 to");
  expect(judge(tf.fill([1, 784], NaN))).toThrow("got numbers from NaN");
  expect(judge(tf.zeros([0, 784]))).toThrow("judge: no pictures: give at least one");
  expect(judge(tf.mul(test.images([0]), 1.2))).not.toThrow(); // a sampler may overshoot a little
  expect(() => classifier.accuracy(test.images([0, 1]), [7])).toThrow("accuracy: 2 pictures, 1 label(s)");
  for (const label of [11, -1, 0.5, NaN]) {
    expect(() => classifier.accuracy(test.images([0, 1]), [7, label])).toThrow(
      `accuracy: label 1 is ${label}, wanted a whole number from 0 to 9`,
    );
  }
  classifier.dispose();
});

it("names the weight that is missing or has another shape", () => {
  expect(() => new DigitClassifier({})).toThrow("conv1.w is [nothing], wanted [5, 5, 1, 16]");
});
