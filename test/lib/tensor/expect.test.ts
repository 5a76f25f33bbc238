import { describe, expect, it } from "vitest";
import { compile } from "../../../lib/tensor/compile";
import { between, BINARY, expectNumbers, expectPixels, expectShape, whole } from "../../../lib/tensor/expect";
import { call, trainStep } from "../../../lib/tensor/program-functions";
import { adam } from "../../../lib/nn/optimizers";
import { tf } from "../../../lib/tensor/tf";
import { native, onEveryBackend } from "../backends";

onEveryBackend("expected inputs", () => {
  it("shapes: letters stand for any size, the message names both", () => {
    const x = tf.zeros([3, 5]);
    expect(() => expectShape("f", "x", x, ["B", 5], "reshape it")).not.toThrow();
    expect(() => expectShape("f", "x", x, ["B", 4], "reshape it")).toThrow("f: x is [3, 5], wanted [B, 4]: reshape it");
    expect(() => expectShape("f", "x", x, ["B"], "reshape it")).toThrow("wanted [B]");
    expect(() => expectShape("f", "x", tf.scalar(1), ["B", 5], "reshape it")).toThrow("x is [], wanted [B, 5]");
  });

  it("shapes: B is 1 or more, other letters may be 0", () => {
    const none = tf.zeros([0, 5]);
    expect(() => expectShape("f", "x", none, ["B", 5], "reshape it")).toThrow(
      "f: x is [0, 5], wanted [B, 5] with a B of 1 or more: an empty batch has no result",
    );
    expect(() => expectShape("f", "x", none, ["N", 5], "reshape it")).not.toThrow();
  });

  it("numbers: the first wrong one with its place, NaN included", () => {
    const x = tf.tensor3d([0, 1, 1, 0, 0, 0.4, 1, 7], [2, 2, 2]);
    expect(() => expectNumbers("f", "x", x, BINARY)).toThrow(/^f: x\[1, 0, 1\] is 0\.4.*, wanted 0 or 1: take images/);
    expect(() => expectNumbers("f", "x", tf.tensor1d([1, 0]), BINARY)).not.toThrow();
    expect(() => expectNumbers("f", "x", tf.zeros([0, 5]), BINARY)).not.toThrow();
    const unit = between(0, 1, "divide by 255");
    expect(() => expectNumbers("f", "x", tf.tensor1d([0.5, NaN]), unit)).toThrow(
      "f: x[1] is NaN, wanted 0 to 1: divide",
    );
    expect(() => expectNumbers("f", "x", tf.tensor1d([0, 1.00001]), unit)).not.toThrow();
    expect(() => expectNumbers("f", "x", tf.tensor1d([-1]), unit)).toThrow("x[0] is -1");
  });

  it("whole numbers: both ends allowed, no halves", () => {
    const label = whole(0, 9, "labelTensor");
    expect(() => expectNumbers("f", "y", tf.tensor1d([0, 9]), label)).not.toThrow();
    for (const bad of [-1, 10, 0.5, NaN]) {
      expect(() => expectNumbers("f", "y", tf.tensor1d([0, bad]), label)).toThrow(
        `f: y[1] is ${bad}, wanted a whole number from 0 to 9: labelTensor`,
      );
    }
  });

  it("pixels: rows of 784, or of several times as many, are pictures", () => {
    for (const width of [784, 1568]) {
      expect(() => expectPixels("f", "x", tf.fill([1, width], 2))).toThrow(
        "f: x[0, 0] is 2, wanted -1 to 1: take images",
      );
      expect(() => expectPixels("f", "x", tf.fill([1, width], -1))).not.toThrow();
    }
    expect(() => expectPixels("f", "x", tf.fill([1, 2], 2))).not.toThrow();
  });
});

describe.skipIf(native.backend !== "tensorflow")("inside a compiled function", () => {
  const program = () =>
    compile(
      { w: tf.scalar(2) },
      {
        f: call(
          ({ w }, { x }) => {
            expectNumbers("f", "x", x, BINARY);
            const twice = tf.mul(x, 2);
            expectNumbers("f", "twice", twice, between(0, 2, "halve it"));
            return { y: tf.mul(twice, w) };
          },
          { inputs: { x: ["n"] } },
        ),
        step: trainStep(
          ({ w }, { x }) => {
            expectNumbers("step", "x", x, BINARY);
            return { loss: tf.mean<tf.Scalar>(tf.square(tf.mul(x, w))) };
          },
          { inputs: { x: ["n"] }, of: "w", by: adam({ lr: 0.1 }) },
        ),
      },
    );

  it("the first call is checked, and the program works after a refusal; looking leaves no op behind", () => {
    const made = program();
    expect(() => made.f({ x: tf.tensor1d([1, 0.5]) })).toThrow("f: x[1] is 0.5, wanted 0 or 1");
    expect(() => made.step({ x: tf.tensor1d([-1, 1]) })).toThrow("step: x[0] is -1, wanted 0 or 1");
    expect([...made.f({ x: tf.tensor1d([1, 0]) }).y.dataSync()]).toEqual([4, 0]);
    expect(made.step({ x: tf.tensor1d([1, 1]) }).loss).toBe(4);
    expect(made.recorded("f")!.map(({ op }) => op)).toEqual(["Mul", "Mul"]);
    made.dispose();
  });
});
