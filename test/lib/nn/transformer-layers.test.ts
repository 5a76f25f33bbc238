import { expect, it } from "vitest";
import { causalAttention, causalMask } from "../../../lib/nn/attention";
import { embedding } from "../../../lib/nn/embedding";
import { gelu } from "../../../lib/nn/gelu";
import { layerNorm } from "../../../lib/nn/layer-norm";
import { canonLayer, canonStep } from "../../../lib/nn/canon";
import { allClose } from "../../../lib/tensor/all-close";
import { checkGradients } from "../../../lib/tensor/gradients";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import golden from "../../golden/gpt.json" with { type: "json" };
import { onEveryBackend } from "../backends";
import { sines } from "./sines";

type Layer = (...inputs: tf.Tensor[]) => tf.Tensor;

const norm: Layer = (x, gain, bias) =>
  layerNorm(x as tf.Tensor2D, { gain: gain as tf.Tensor1D, bias: bias as tf.Tensor1D | undefined });
const INDICES = [
  [2, 0, 2],
  [3, 3, 3],
];

/** Layers, with the inputs of gpt.py. */
const LAYERS: Record<keyof typeof golden.layers, [Layer, () => tf.Tensor[]]> = {
  layerNorm: [norm, () => [sines([3, 8], 1, 2), sines([8], 2, 0.5, 1), sines([8], 3)]],
  gelu: [gelu, () => [sines([2, 3, 4], 1, 4)]],
  attention: [(qkv) => causalAttention(qkv as tf.Tensor2D, 2, 2), () => [sines([10, 12], 1, 1.5)]],
  canon: [
    (x, w) => canonLayer(x as tf.Tensor2D, w as tf.Tensor2D, 2),
    () => [sines([10, 6], 1, 1.5), sines([3, 6], 2)],
  ],
  embedding: [(w) => embedding(w as tf.Tensor2D, tf.tensor2d(INDICES, [2, 3], "int32")), () => [sines([5, 4], 1)]],
};

/** Σ y·cos n, so that every output counts differently. */
function weighted(y: tf.Tensor): tf.Scalar {
  const weights = tf.tensor(
    Float32Array.from({ length: y.size }, (_, n) => Math.cos(n)),
    y.shape,
  );
  return tf.sum(tf.mul(y, weights));
}

function expectClose(got: tf.Tensor, wanted: number[] | tf.Tensor, atol = 1e-6): void {
  const { ok, message } = allClose(tf.reshape(got, [-1]), Array.isArray(wanted) ? wanted : tf.reshape(wanted, [-1]), {
    rtol: 1e-4,
    atol,
  });
  expect(ok, message).toBe(true);
}

/** Attention as its definition has it: head by head, position by position, over nothing but the past. */
function obviousAttention(qkv: number[][], batch: number, heads: number): number[][] {
  const [length, width] = [qkv.length / batch, qkv[0]!.length / 3];
  const depth = width / heads;
  return qkv.map((row, n) => {
    const start = n - (n % length);
    return Array.from({ length: width }, (_, c) => {
      const head = Math.floor(c / depth) * depth;
      const score = (key: number[]): number => {
        let sum = 0;
        for (let d = 0; d < depth; d++) sum += row[head + d]! * key[width + head + d]!;
        return Math.exp(sum / Math.sqrt(depth));
      };
      const past = qkv.slice(start, n + 1);
      const total = past.reduce((sum, key) => sum + score(key), 0);
      return past.reduce((sum, key) => sum + (score(key) / total) * key[2 * width + c]!, 0);
    });
  });
}

onEveryBackend("transformer layers", () => {
  it.each(Object.keys(LAYERS) as (keyof typeof LAYERS)[])("%s equals PyTorch's, with its gradients", (name) => {
    tf.tidy(() => {
      const [layer, inputs] = LAYERS[name];
      expectClose(layer(...inputs()), golden.layers[name].value);
      const grads = tf.grads((...xs: tf.Tensor[]) => weighted(layer(...xs)))(inputs());
      grads.forEach((grad, i) => expectClose(grad, golden.layers[name].gradients[i]!, 1e-5));
    });
  });

  it.each(Object.keys(LAYERS) as (keyof typeof LAYERS)[])("%s has gradients that agree with differences", (name) => {
    const [layer, inputs] = LAYERS[name];
    const tensors = inputs();
    const report = checkGradients((...xs) => weighted(layer(...xs)), tensors);
    expect(report.ok, String(report)).toBe(true);
    tf.dispose(tensors);
  });

  it.each(Object.keys(LAYERS) as (keyof typeof LAYERS)[])("%s leaves no tensor behind", (name) => {
    const [layer, inputs] = LAYERS[name];
    const before = tf.memory().numTensors;
    tf.tidy(() =>
      tf
        .grads((...xs: tf.Tensor[]) => weighted(layer(...xs)))(inputs())
        .map((grad) => grad.dataSync()),
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it("layerNorm gives rows of mean 0 and variance 1, whatever their size and place", () => {
    tf.tidy(() => {
      const x = tf.add<tf.Tensor2D>(tf.mul(randomStream(1).normal([5, 64]), 30), 100);
      const { mean, variance } = tf.moments(layerNorm(x, { gain: tf.ones([64]) }), 1);
      expectClose(mean, Array<number>(5).fill(0), 1e-4);
      expectClose(variance, Array<number>(5).fill(1), 1e-3);
      expect(() => layerNorm(x, { gain: tf.ones([32]) })).toThrow("layerNorm: x is [5, 64], gain [32]");
    });
  });

  it("gelu is x for large x, 0 for small, and 0.5·(1 + tanh 0.7988) at 1", () => {
    tf.tidy(() => {
      const half = 0.5 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * 1.044715));
      expectClose(gelu(tf.tensor1d([-1e4, -30, 0, 1, 30, 1e4])), [0, 0, 0, half, 30, 1e4]);
      const slopes = tf.grad((x) => tf.sum(gelu(x)))(tf.tensor1d([-100, 0, 100]));
      expectClose(slopes, [0, 0.5, 1]);
    });
  });

  it("embedding refuses indices that are no whole numbers of the table", () => {
    tf.tidy(() => {
      const table = sines([5, 4], 1) as tf.Tensor2D;
      expect(() => embedding(table, tf.tensor1d([1]))).toThrow("indices are float32, wanted int32");
      expect(() => embedding(table, tf.tensor1d([5], "int32")).dataSync()).toThrow();
      expect(() => embedding(table, tf.tensor1d([-1], "int32")).dataSync()).toThrow();
    });
  });

  it("attention equals the obvious loop on random numbers", () => {
    tf.tidy(() => {
      const qkv = randomStream(2).normal([3 * 7, 3 * 12], 0, 1.5);
      for (const heads of [1, 2, 3]) {
        const wanted = obviousAttention(qkv.arraySync(), 3, heads);
        expectClose(causalAttention(qkv, 3, heads), wanted.flat(), 1e-5);
      }
    });
  });

  it("attention sees no later position, and no other text", () => {
    tf.tidy(() => {
      const qkv = randomStream(3).normal([2 * 5, 3 * 4]);
      const changed = tf.add<tf.Tensor2D>(qkv, tf.reshape(tf.oneHot([3], 10), [10, 1])); // position 3 of the first text
      const [before, after] = [qkv, changed].map((x) => causalAttention(x, 2, 2).arraySync()) as [
        number[][],
        number[][],
      ];
      const same = before.map((row, n) => row.every((value, c) => value === after[n]![c]));
      expect(same).toEqual([true, true, true, false, false, true, true, true, true, true]);
    });
  });

  it("a Canon layer, on paper: what stood before, text by text, every channel for itself", () => {
    tf.tidy(() => {
      const x = tf.tensor2d(
        [1, 2, 3, 10, 20, 30].flatMap((v) => [v, -v]),
        [6, 2],
      ); // two texts of three places
      const w = tf.tensor2d([100, 0, 1, 0.5], [2, 2]); // the place before, the place itself
      const y = canonLayer(x, w, 2).arraySync();
      expect(y.map(([first]) => first)).toEqual([2, 104, 206, 20, 1040, 2060]);
      expect(y.map(([, second]) => second)).toEqual([-1.5, -3, -4.5, -15, -30, -45]);
      expect(canonLayer(x, tf.zeros([3, 2]), 2).arraySync()).toEqual(x.arraySync());
      expect(() => canonLayer(x, w, 4)).toThrow("canonLayer: got x [6, 2], w [2, 2], batch 4: wanted x [batch·T, C]");
      expect(() => canonLayer(x, tf.zeros([2, 3]), 2)).toThrow("w [2, 3]");
    });
  });

  it("place after place it is the whole one", () => {
    tf.tidy(() => {
      const [x, w] = [randomStream(4).normal([2, 5, 3]), randomStream(5).normal([3, 3])];
      const whole = tf.reshape(canonLayer(tf.reshape(x, [10, 3]), w, 2), [2, 5, 3]);
      let recent: tf.Tensor3D = tf.zeros([2, 2, 3]);
      for (let t = 0; t < 5; t++) {
        const at = (all: tf.Tensor): tf.Tensor2D => tf.reshape(tf.slice(all, [0, t, 0], [2, 1, 3]), [2, 3]);
        const step = canonStep(at(x), w, recent);
        expectClose(step.y, at(whole));
        recent = step.recent;
      }
    });
  });

  it("a step of a Canon layer refuses what would be broadcast", () => {
    tf.tidy(() => {
      const x = tf.zeros<tf.Rank.R2>([2, 3]);
      const step = (w: [number, number], recent: [number, number, number]) => () =>
        canonStep(x, tf.zeros(w), tf.zeros(recent));
      expect(step([3, 3], [2, 0, 3])).toThrow("canonStep: recent is [2, 0, 3], wanted [2, 2, 3]");
      expect(step([1, 3], [2, 4, 3])).toThrow("canonStep: recent is [2, 4, 3], wanted [2, 0, 3]");
      expect(step([3, 1], [2, 2, 3])).toThrow("canonStep: w is [3, 1], wanted [k, 3]");
    });
  });

  it("the mask hides what is later and nothing else", () => {
    const rows = causalMask(3).arraySync();
    expect(rows.map((row) => row.map((x) => x === 0))).toEqual([
      [true, false, false],
      [true, true, false],
      [true, true, true],
    ]);
  });

  it("attention refuses sizes that do not divide", () => {
    expect(() => causalAttention(tf.zeros([9, 12]), 2, 2)).toThrow("causalAttention: got [9, 12], batch 2, heads 2");
  });
});
