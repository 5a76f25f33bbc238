import { describe, expect, it } from "vitest";
import { loadMnist } from "../../../lib/data/mnist";
import { dataFile } from "../../../lib/data/paths";
import { loadWeights } from "../../../lib/data/weights";
import { DigitClassifier } from "../../../lib/evaluate/digit-classifier";
import { fid } from "../../../lib/evaluate/frechet";
import { kid } from "../../../lib/evaluate/kid";
import { fidYardstick } from "../../../lib/evaluate/yardstick";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { native } from "../backends";

const mnist = loadMnist();
const classifier = new DigitClassifier(loadWeights(dataFile("digit-classifier.safetensors")));

it.skipIf(native.backend !== "tensorflow")("the floor at N = 2,000 is the one that notebook 08 prints", () => {
  const yard = fidYardstick(mnist, classifier, 2000);
  expect(yard.floor).toBeCloseTo(3.4529262, 5);
  expect(yard.measure(yard.testJudged).fid).toBe(yard.floor);
  expect(yard.accuracy).toBeGreaterThan(0.985);
  expect(yard.caption).toMatch(
    /^N = 2,000 in every row; FID of real test digits \(floor\) 3\.45; the classifier reads/,
  );
});

describe("the yardstick", () => {
  const yard = fidYardstick(mnist, classifier, 50);
  const digits = mnist.train.images(yard.exampleIndices.slice(0, 50));

  it("draws the digits as notebook 08 first did, the first N of one order each", () => {
    const pick = randomStream(8).split("pick");
    const [test, train] = [pick.permutation(10_000), pick.permutation(60_000)];
    expect([...yard.testIndices]).toEqual([...test.slice(0, 50)]);
    expect([...yard.referenceIndices]).toEqual([...train.slice(0, 50)]);
    expect([...yard.exampleIndices]).toEqual([...pick.permutation(60_000).slice(0, 2000)]);
    expect([...fidYardstick(mnist, classifier, 20).testIndices]).toEqual([...yard.testIndices.slice(0, 20)]);
  });

  it("says of pictures what the parts say, in either range, and leaves no tensors", () => {
    const before = tf.memory().numTensors;
    const measure = yard.measure(digits);
    const grey = mnist.train.images(yard.exampleIndices.slice(0, 50), "[0,1]");
    const same = yard.measure(grey, { range: "[0,1]" });
    grey.dispose();
    expect(yard.fid(digits)).toBe(measure.fid);
    expect(measure.interval.low).toBeLessThan(measure.fid);
    expect(measure.interval.high).toBeGreaterThan(measure.fid);
    expect(measure.kid).toEqual(kid(measure.judged, yard.reference));
    expect(yard.row("digits", measure)).toMatchObject({
      pictures: "digits",
      FID: measure.fid,
      confident: measure.confident,
    });
    expect(measure.fid).toBeCloseTo(fid(yard.reference, classifier.judge(digits)), 9);
    expect(same.fid).toBeCloseTo(measure.fid, 2);
    expect(measure.coverage.counts.reduce((a, b) => a + b)).toBe(50);
    expect(measure.confident).toBeGreaterThan(0.9);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses what would make rows that do not compare", () => {
    const measure = (x: tf.Tensor2D, range?: "[0,1]") => () => yard.measure(x, range && { range });
    expect(measure(tf.slice(digits, 0, 49))).toThrow("wanted 50 pictures, as in all other rows, got 49");
    expect(measure(tf.ones([50, 783]))).toThrow("wanted pictures [N, 784], got [50, 783]");
    expect(measure(tf.mul(digits, 1.1))).toThrow("wanted numbers in [-1, 1], got numbers from -1.1");
    expect(measure(digits, "[0,1]")).toThrow("wanted numbers in [0, 1], got numbers from -1 to 1");
    expect(measure(tf.add(tf.mul(digits, 0.5), 0.5))).toThrow('pictures in [0, 1] need the option { range: "[0,1]" }');
    const broken = tf.concat<tf.Tensor2D>([tf.fill([1, 784], NaN), tf.slice(digits, 1)]);
    expect(measure(broken)).toThrow("wanted numbers in [-1, 1], got numbers from NaN");
    expect(() => fidYardstick(mnist, classifier, 10_001)).toThrow("N between 4 and 10000");
    expect(() => fidYardstick(mnist, classifier, 3)).toThrow("got 3");
  });
});
