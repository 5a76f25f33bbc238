import { expect, it } from "vitest";
import {
  convGenerator,
  convGeneratorLayers,
  double,
  labelledCritic,
  pixelNorm,
  withLabels,
} from "../../../lib/models/conv-gan";
import {
  convCriticLayers,
  critic,
  criticFeatures,
  flatnessPenalty,
  logisticCriticLoss,
  nonSaturatingLoss,
  saturatingLoss,
} from "../../../lib/models/gan";
import type { GanLayer } from "../../../lib/models/gan";
import { adam } from "../../../lib/nn/optimizers";
import { allClose } from "../../../lib/tensor/all-close";
import { compile } from "../../../lib/tensor/compile";
import { trainStep } from "../../../lib/tensor/program-functions";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import golden from "../../golden/conv-gan.json" with { type: "json" };
import { onEveryBackend } from "../backends";
import { sines } from "../nn/sines";

const layer = (shape: number[], start: number, scale: number, out: number): GanLayer =>
  ({ w: sines(shape, start, scale), b: sines([out], start + 0.5, 0.2) }) as GanLayer;

const G = (): GanLayer[] => [
  layer([3, 49 * 4], 1, 0.6, 49 * 4),
  layer([4, 4, 2, 4], 2, 0.3, 2),
  layer([3, 3, 2, 2], 3, 0.3, 2),
  layer([4, 4, 1, 2], 4, 0.3, 1),
];
const D = (): GanLayer[] => [
  layer([5, 5, 1, 2], 5, 0.3, 2),
  layer([5, 5, 2, 3], 6, 0.3, 3),
  layer([147, 1], 7, 0.2, 1),
];
const embedding = (): tf.Tensor2D => sines([2, 147], 8, 0.2) as tf.Tensor2D;
const noise = (): tf.Tensor2D => sines([3, 3], 9) as tf.Tensor2D;
const labels = (): tf.Tensor1D => tf.tensor1d([1, 0, 1], "int32");
const real = (): tf.Tensor2D =>
  tf.tensor2d(
    Float32Array.from({ length: 3 * 784 }, (_, n) => Math.sin(0.37 * n + 0.5)),
    [3, 784],
  );

function expectClose(got: tf.Tensor, wanted: number[], rtol = 1e-4, atol = 1e-5): void {
  const compared = allClose(Array.from(got.dataSync()), wanted, { rtol, atol });
  expect(compared.ok, compared.message).toBe(true);
}

const beginning = (tensor: tf.Tensor): tf.Tensor => tf.slice(tf.reshape(tensor, [-1]), 0, Math.min(40, tensor.size));

onEveryBackend("convolutional gan against PyTorch", () => {
  it("pictures of noise", () => {
    const pictures = Array.from(convGenerator(noise(), G()).dataSync()).filter((_, i) => i % 97 === 0);
    expectClose(tf.tensor1d(pictures), golden.pictures);
  });

  it("scores with labels, and the three logistic losses", () => {
    const d = D();
    expectClose(labelledCritic(real(), labels(), d, embedding()), golden.labelled);
    const [onReal, onFake] = [critic(real(), d), critic(convGenerator(noise(), G()), d)];
    expectClose(logisticCriticLoss(onReal, onFake), [golden.criticLoss]);
    expectClose(nonSaturatingLoss(onFake), [golden.nonSaturating]);
    expectClose(saturatingLoss(onFake), [golden.saturating]);
  });

  it("the generator's loss and its gradient by every kernel", () => {
    const [g, d, e] = [G(), D(), embedding()];
    const kernels = g.map(({ w }) => tf.variable(w as tf.Tensor));
    const loss = (): tf.Scalar => {
      const layers = g.map(({ b }, i) => ({ w: kernels[i]!, b })) as GanLayer[];
      return nonSaturatingLoss(labelledCritic(convGenerator(noise(), layers), labels(), d, e));
    };
    const { value, grads } = tf.variableGrads(loss, kernels);
    expectClose(value, [golden.generatorLoss]);
    kernels.forEach((w, i) =>
      expectClose(beginning(grads[w.name]!), golden.generatorGradients[i]!.slice(0, w.size), 1e-3, 1e-5),
    );
  });

  it("flatness, and its gradient by every weight: a second derivative", () => {
    const d = D();
    const weights = [...d.map(({ w }) => tf.variable(w as tf.Tensor)), tf.variable(embedding())];
    const flatness = (): tf.Scalar => {
      const layers = d.map(({ b }, i) => ({ w: weights[i]!, b })) as GanLayer[];
      return flatnessPenalty((x) => labelledCritic(x, labels(), layers, weights[3] as tf.Tensor2D), real());
    };
    const { value, grads } = tf.variableGrads(flatness, weights);
    expectClose(value, [golden.flatness]);
    weights.forEach((w, i) => expectClose(beginning(grads[w.name]!), golden.flatnessGradients[i]!, 2e-3, 1e-4));
  });
});

onEveryBackend("convolutional gan on paper", () => {
  it("has the sizes that the notebook prints", () => {
    const count = (layers: GanLayer[]): number => layers.reduce((sum, { w, b }) => sum + w.size + b.size, 0);
    const g = convGeneratorLayers(randomStream(1));
    expect(count(g)).toBe(64 * 3136 + 3136 + 16 * 64 * 32 + 32 + 9 * 32 * 32 + 32 + 16 * 32 + 1);
    const withDigits = convGeneratorLayers(randomStream(1), { classes: 10 });
    expect(count(withDigits) - count(g)).toBe(10 * 3136);
    const pictures = convGenerator(randomStream(2).normal([4, 64]), g);
    expect(pictures.shape).toEqual([4, 784]);
    // At the start neither grey nor saturated.
    const size = tf.sqrt(tf.mean(tf.square(pictures))).dataSync()[0]!;
    expect(size).toBeGreaterThan(0.2);
    expect(size).toBeLessThan(0.8);
  });

  it("doubling stamps patterns two places apart", () => {
    const row = tf.tensor4d([10, 1], [1, 1, 2, 1]);
    // Of a 4 × 4 pattern whose second row is 1, 2, 3, 4 the new upper row gets that one.
    const w = tf.tensor4d([0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0], [4, 4, 1, 1]);
    const y = double(row, { w });
    expect(y.shape).toEqual([1, 2, 4, 1]);
    expectClose(tf.slice(y, 0, [1, 1, 4, 1]), [20, 31, 42, 3]);
  });

  it("after pixel norm every place has the mean square 1, and zeros stay finite", () => {
    const h = randomStream(3).normal([2, 3, 3, 5], 1, 4);
    expectClose(tf.mean(tf.square(pixelNorm(h)), -1), new Array<number>(18).fill(1), 1e-3);
    expectClose(pixelNorm(tf.zeros([1, 1, 1, 2])), [0, 0]);
  });

  it("a picture does not depend on the others of its batch", () => {
    const g = convGeneratorLayers(randomStream(4), { noise: 5, channels: [8, 4] });
    const z = randomStream(5).normal([3, 5]);
    const alone = convGenerator(tf.slice(z, 1, 1), g);
    expectClose(tf.slice(convGenerator(z, g), 1, 1), Array.from(alone.dataSync()), 1e-4, 1e-5);
  });

  it("sizes that do not fit are refused with what to change", () => {
    const g = convGeneratorLayers(randomStream(1), { noise: 5, channels: [3, 2], classes: 10 });
    expect(() => convGenerator(tf.zeros([2, 5]), g)).toThrow(
      "convGenerator: z is [2, 5], wanted [B, 15]: noise, and behind it the labels where the network has them: withLabels",
    );
    expect(() => convGenerator(tf.zeros([15]) as unknown as tf.Tensor2D, g)).toThrow("z is [15], wanted [B, 15]");
    expect(() => convGeneratorLayers(randomStream(1), { noise: 0 })).toThrow(
      "convGeneratorLayers: noise is 0, wanted 1 or",
    );
    expect(() => convGeneratorLayers(randomStream(1), { channels: [4, -2] })).toThrow("channels is -2");
    expect(() => convGeneratorLayers(randomStream(1), { classes: 2.5 })).toThrow("classes is 2.5, wanted 0 or more");
    const [d, e] = [convCriticLayers(randomStream(2), [2, 3]), tf.zeros<tf.Rank.R2>([10, 147])];
    const score =
      (x: tf.Tensor2D, y: number[], by = e) =>
      () =>
        labelledCritic(x, tf.tensor1d(y, "int32"), d, by);
    expect(score(tf.zeros([2, 784]), [1])).toThrow("labelledCritic: 2 pictures, 1 label(s): give one label for each");
    expect(score(tf.zeros([1, 700]), [1])).toThrow("labelledCritic: x is [1, 700], wanted [B, 784]");
    expect(score(tf.zeros([1, 784]), [1], tf.zeros([10, 146]))).toThrow(
      "labelledCritic: embedding is [10, 146], wanted [classes, 147]",
    );
    expect(score(tf.zeros([2, 784]), [3, 10])).toThrow(
      "labelledCritic: labels[1] is 10, wanted a whole number from 0 to 9",
    );
  });

  it("labels stand one-hot after the noise, and outside 0 … 9 there is none: it is refused", () => {
    const z = tf.tensor2d([[0.5], [-1]]);
    expectClose(withLabels(z, tf.tensor1d([2, 0], "int32"), 3), [0.5, 0, 0, 1, -1, 1, 0, 0]);
    expect(() => withLabels(z, tf.tensor1d([1], "int32"))).toThrow("2 noise vectors, 1 label");
    expect(() => withLabels(z, tf.tensor1d([10, 1], "int32"))).toThrow(
      "withLabels: labels[0] is 10, wanted a whole number from 0 to 9: make them with labelTensor",
    );
    expect(() => withLabels(z, tf.tensor1d([0, -1], "int32"), 3)).toThrow(
      "labels[1] is -1, wanted a whole number from 0 to 2",
    );
    for (const half of [2.5, NaN, 9.00005]) {
      expect(() => withLabels(z, tf.tensor1d([3, half]))).toThrow("withLabels: labels[1] is ");
    }
  });

  it("without label vectors the labels say nothing", () => {
    const d = convCriticLayers(randomStream(6));
    const x = randomStream(7).uniform([3, 784], -1, 1);
    const scores = labelledCritic(x, labels(), d, tf.zeros([10, 49 * 32]));
    expectClose(scores, Array.from(critic(x, d).dataSync()));
    expect(criticFeatures(x, d).shape).toEqual([3, 49 * 32]);
  });

  it("the losses where they are known: 2 log 2 undecided, and their slopes at a sure score", () => {
    const zeros = tf.zeros<tf.Rank.R1>([4]);
    expectClose(logisticCriticLoss(zeros, zeros), [2 * Math.LN2]);
    const slope = (loss: (s: tf.Tensor1D) => tf.Scalar): tf.Tensor =>
      tf.grad((s: tf.Tensor) => loss(s as tf.Tensor1D))(tf.tensor1d([-6]));
    expectClose(slope(saturatingLoss), [-0.0024726], 1e-3, 1e-7);
    expectClose(slope(nonSaturatingLoss), [-0.9975274]);
    const sure = tf.tensor1d([100, -100]);
    expectClose(logisticCriticLoss(sure, sure), [100]); // softplus does not overflow
  });

  it("a plane's flatness is |w|², and flat is free", () => {
    const plane = (x: tf.Tensor2D): tf.Tensor1D => tf.reshape(tf.matMul(x, tf.tensor2d([[3], [4]])), [-1]);
    expectClose(flatnessPenalty(plane, tf.zeros([5, 2])), [25]);
    const flat = (x: tf.Tensor2D): tf.Tensor1D => tf.mul(0, plane(x));
    expectClose(flatnessPenalty(flat, tf.zeros([5, 2])), [0]);
  });

  it("trains compiled in two shards as in one", () => {
    const losses = [1, 2].map((shards) => {
      const program = compile(
        {
          g: convGeneratorLayers(randomStream(8), { noise: 4, channels: [6, 4] }),
          d: convCriticLayers(randomStream(9), [3, 4]),
        },
        {
          criticStep: trainStep(
            ({ g, d }, { real, z }) => {
              const flatness = flatnessPenalty((x) => critic(x, d), real);
              const plain = logisticCriticLoss(critic(real, d), critic(convGenerator(z, g), d));
              return { loss: tf.add<tf.Scalar>(plain, tf.mul(0.5, flatness)) };
            },
            { inputs: { real: ["B", 784], z: ["B", 4] }, of: "d", by: adam({ lr: 0.01, beta1: 0 }), shards },
          ),
          generatorStep: trainStep(({ g, d }, { z }) => ({ loss: nonSaturatingLoss(critic(convGenerator(z, g), d)) }), {
            inputs: { z: ["B", 4] },
            of: "g",
            by: adam({ lr: 0.01, beta1: 0 }),
            shards,
          }),
        },
      );
      const [x, z] = [randomStream(10).uniform([4, 784], -1, 1), randomStream(11).normal([4, 4])];
      const seen = [0, 1, 2].flatMap(() => [
        program.criticStep({ real: x, z }).loss,
        program.generatorStep({ z }).loss,
      ]);
      program.dispose();
      return seen;
    });
    expectClose(tf.tensor1d(losses[1]!), losses[0]!, 1e-3, 1e-4);
    expect(losses[0]![4]).toBeLessThan(losses[0]![0]!);
  });
});
