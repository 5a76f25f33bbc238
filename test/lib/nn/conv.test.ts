import { expect, it } from "vitest";
import { conv, downsample, upsample } from "../../../lib/nn/conv";
import type { Padding } from "../../../lib/nn/conv";
import { allClose } from "../../../lib/tensor/all-close";
import { checkGradients } from "../../../lib/tensor/gradients";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";

/** The slow, obvious convolution. */
function naive(x: tf.Tensor4D, w: tf.Tensor4D, b: tf.Tensor1D, [top, bottom, left, right]: number[]): number[] {
  const [[B, H, W], [kh, kw, inputs, outputs]] = [x.shape, w.shape];
  const [image, kernel, bias] = [x.arraySync(), w.arraySync(), b.arraySync()];
  const result: number[] = [];
  for (let n = 0; n < B; n++)
    for (let r = 0; r < H + top! + bottom! - kh + 1; r++)
      for (let c = 0; c < W + left! + right! - kw + 1; c++)
        for (let o = 0; o < outputs; o++) {
          let sum = bias[o]!;
          for (let i = 0; i < kh; i++)
            for (let j = 0; j < kw; j++)
              for (let k = 0; k < inputs; k++)
                sum += (image[n]![r + i - top!]?.[c + j - left!]?.[k] ?? 0) * kernel[i]![j]![k]![o]!;
          result.push(sum);
        }
  return result;
}

const CASES: [string, [number, number], Padding, number[]][] = [
  ["3 × 3, same", [3, 3], "same", [1, 1, 1, 1]],
  ["1 × 1", [1, 1], "same", [0, 0, 0, 0]],
  ["2 × 3, rows above only", [2, 3], { top: 1, left: 1, right: 1 }, [1, 0, 1, 1]],
  ["1 × 2, left only", [1, 2], { left: 1 }, [0, 0, 1, 0]],
  ["3 × 2, no padding", [3, 2], {}, [0, 0, 0, 0]],
];

onEveryBackend("conv", () => {
  it.each(CASES)("%s: equals the sum over taps, and its gradients equal differences", (_, [kh, kw], padding, sides) => {
    const stream = randomStream(4);
    const x = stream.normal([2, 5, 4, 3]);
    const [w, b] = [stream.normal([kh, kw, 3, 2]), stream.normal([2])];
    const { ok, message } = allClose(tf.reshape(conv(x, { w, b }, { padding }), [-1]), naive(x, w, b, sides), {
      rtol: 1e-4,
      atol: 1e-5,
    });
    expect(ok, message).toBe(true);
    const shape = conv(x, { w, b }, { padding }).shape;
    const coefficients = stream.normal(shape);
    // elu: smooth, so that a difference does not straddle a kink
    const f = (...[x, w, b]: tf.Tensor[]): tf.Scalar => {
      const y = conv(x as tf.Tensor4D, { w: w as tf.Tensor4D, b: b as tf.Tensor1D }, { padding, activation: "elu" });
      return tf.sum(tf.mul(y, coefficients));
    };
    const report = checkGradients(f, { x, w, b });
    expect(report.ok, String(report)).toBe(true);
  });

  it("halves and doubles, with gradients that equal differences", () => {
    const stream = randomStream(5);
    const x = stream.normal([2, 4, 4, 2]);
    const [w, b] = [stream.normal([2, 2, 2, 3]), stream.normal([3])];
    const back = { w: stream.normal([2, 2, 2, 3]), b: stream.normal([2]) };
    expect(downsample(x, { w, b }).shape).toEqual([2, 2, 2, 3]);
    expect(upsample(downsample(x, { w, b }), back).shape).toEqual([2, 4, 4, 2]);
    // A pixel of one 2 × 2 patch, by hand.
    const patch = tf.sum(
      tf.mul(tf.slice(x, [0, 2, 0, 0], [1, 2, 2, 2]), tf.slice(w, [0, 0, 0, 1], [2, 2, 2, 1]).reshape([1, 2, 2, 2])),
    );
    const got = tf.slice(downsample(x, { w, b }), [0, 1, 0, 1], [1, 1, 1, 1]);
    expect(got.dataSync()[0]).toBeCloseTo(patch.dataSync()[0]! + b.dataSync()[1]!, 4);
    const coefficients = stream.normal([2, 4, 4, 2]);
    const f = (...[x, w, b, w2]: tf.Tensor[]): tf.Scalar => {
      const small = downsample(x as tf.Tensor4D, { w: w as tf.Tensor4D, b: b as tf.Tensor1D });
      return tf.sum(tf.mul(upsample(small, { w: w2 as tf.Tensor4D, b: back.b }), coefficients));
    };
    const report = checkGradients(f, { x, w, b, w2: back.w });
    expect(report.ok, String(report)).toBe(true);
  });

  it("refuses what does not fit, and a second derivative", () => {
    const x = tf.ones<tf.Rank.R4>([1, 4, 4, 2]);
    expect(() => conv(x, { w: tf.ones([3, 3, 1, 2]) })).toThrow("x must be [B, H, W, 1]");
    expect(() => conv(x, { w: tf.ones([2, 3, 2, 2]) })).toThrow("a kernel of 2 × 3 has no middle");
    expect(() => conv(x, { w: tf.ones([3, 3, 2, 2]) }, { activation: "relu" })).toThrow("relu needs a bias");
    const slope = tf.grad((x) => tf.sum(conv(x as tf.Tensor4D, { w: tf.ones([3, 3, 2, 2]) })));
    expect(() => tf.grad((x) => tf.sum(slope(x)))(x)).toThrow("no second derivative");
  });
});
