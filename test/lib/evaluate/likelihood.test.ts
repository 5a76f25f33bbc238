import { describe, expect, it } from "vitest";
import { importanceWeightedNll, negativeLogLikelihood } from "../../../lib/evaluate/likelihood";
import { importanceWeightedBound, vaeWeights } from "../../../lib/models/vae";
import { logMeanExp } from "../../../lib/nn/likelihood";
import { compile } from "../../../lib/tensor/compile";
import { call } from "../../../lib/tensor/program-functions";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import golden from "../../golden/likelihood.json" with { type: "json" };
import { onEveryBackend } from "../backends";

describe("negativeLogLikelihood", () => {
  it("is the mean, with its standard error and bits a pixel", () => {
    const { nats, standardError, bitsPerDimension } = negativeLogLikelihood([80, 90, 100, 110]);
    expect(nats).toBe(95);
    expect(standardError).toBeCloseTo(Math.sqrt(500 / 3 / 4), 12);
    expect(bitsPerDimension).toBeCloseTo(95 / 543.4274, 6);
    expect(negativeLogLikelihood([784 * Math.LN2]).bitsPerDimension).toBeCloseTo(1, 12); // a fair coin a pixel
    expect(negativeLogLikelihood([3 * Math.LN2], 3).bitsPerDimension).toBeCloseTo(1, 12);
  });

  it("refuses nothing, and what is no number", () => {
    expect(() => negativeLogLikelihood([])).toThrow("no pictures");
    expect(() => negativeLogLikelihood([1, NaN])).toThrow("picture 1 has NaN");
    expect(() => negativeLogLikelihood([1, undefined as unknown as number])).toThrow("picture 1 has undefined");
  });
});

/** x = W z + m + s·noise with z normal: ln p(x) is known. */
const [D, Z, N, S] = [5, 2, 7, 0.6];
const wave = (start: number, ...shape: number[]) => {
  const size = shape.reduce((a, b) => a * b);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, n) => Math.sin(start + 0.7 * n)),
    shape,
  );
};
const normalLog = (x: tf.Tensor, mean: tf.Tensor | number, std: number) =>
  tf.sum(tf.sub(tf.mul(tf.square(tf.div(tf.sub(x, mean), std)), -0.5), Math.log(std * Math.sqrt(2 * Math.PI))), -1);
/** ln of the mean weight of draws from q(z | x) = N(0, 1.2²), whatever x. */
const bound = (x: tf.Tensor2D, eps: tf.Tensor3D) =>
  tf.tidy(() => {
    const [k, B] = eps.shape;
    const z = tf.mul(eps, 1.2);
    const mean = tf.add(tf.matMul(tf.reshape(z, [k * B, Z]), wave(1, D, Z) as tf.Tensor2D, false, true), wave(2, D));
    const logs = tf.add(normalLog(x, tf.reshape(mean, [k, B, D]), S), tf.sub(normalLog(z, 0, 1), normalLog(z, 0, 1.2)));
    return logMeanExp(logs) as tf.Tensor1D;
  });
const pictures = () => tf.tidy(() => tf.mul<tf.Tensor2D>(wave(3, N, D), 1.5));

onEveryBackend("importance-weighted −ln p(x)", () => {
  const nll = (options: { draws: number; pictures?: number; rows?: number; seed?: number }) =>
    importanceWeightedNll(pictures(), bound, { latents: Z, stream: randomStream(options.seed ?? 1), ...options });

  it("is that of a model whose likelihood is known, as SciPy gives it", () => {
    const { each, bitsPerDimension, nats } = nll({ draws: 20_000, rows: 7000 });
    golden.exact.forEach((value, i) => expect(Math.abs(each[i]! + value)).toBeLessThan(0.1));
    expect(nats).toBeCloseTo(-golden.exact.reduce((a, b) => a + b) / N, 1);
    expect(bitsPerDimension).toBeCloseTo(nats / (D * Math.LN2), 9);
  });

  it("does not depend on how the work is divided", () => {
    const whole = nll({ draws: 60, rows: 1e6 });
    for (const [size, rows] of [
      [1, 1],
      [3, 10],
      [7, 70],
      [2, 1e6],
    ] as const) {
      nll({ draws: 60, pictures: size, rows }).each.forEach((value, i) => expect(value).toBeCloseTo(whole.each[i]!, 4));
    }
    expect(nll({ draws: 60, seed: 2 }).each).not.toEqual(whole.each);
    expect(nll({ draws: 60, rows: 1e6 })).toEqual(whole);
  });

  it("falls with the draws, on average, and leaves no tensors", () => {
    const x = pictures();
    const before = tf.memory().numTensors;
    const mean = (draws: number) => {
      const all = Array.from({ length: 20 }, (_, seed) =>
        importanceWeightedNll(x, bound, { draws, latents: Z, stream: randomStream(seed) }),
      );
      return all.reduce((sum, { nats }) => sum + nats / 20, 0);
    };
    const [one, five, fifty] = [mean(1), mean(5), mean(50)];
    expect(one).toBeGreaterThan(five);
    expect(five).toBeGreaterThan(fifty);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("shows NaN instead of hiding it, and refuses what it cannot use", () => {
    const broken = () => tf.fill<tf.Rank.R1>([N], NaN);
    const options = { draws: 2, latents: Z, stream: randomStream(1) };
    expect(() => importanceWeightedNll(pictures(), broken, options)).toThrow("picture 0 has NaN");
    expect(() => nll({ draws: 0 })).toThrow("wanted draws, a whole number of 1 or more, got 0");
    expect(() => nll({ draws: 5, rows: 0.5 })).toThrow("wanted rows");
    expect(() => importanceWeightedNll(pictures(), (x) => tf.mean(x), options)).toThrow(
      "bound is [], wanted [7]: ln of the mean weight of each picture",
    );
    expect(() => importanceWeightedNll(tf.zeros([0, 5]), bound, options)).toThrow("no pictures: give at least one");
  });
});

onEveryBackend("importance-weighted −ln p(x) of a VAE", () => {
  it("refuses grey pictures, and latents of another number", () => {
    const weights = vaeWeights(randomStream(1), { pixels: 6, hidden: [5], latents: 3 });
    const iw = (x: tf.Tensor2D, latents: number) => () =>
      importanceWeightedNll(x, (x, eps) => importanceWeightedBound(x, eps, weights), {
        ...{ draws: 4, latents, stream: randomStream(1) },
      });
    expect(iw(tf.fill([2, 6], 0.5), 3)).toThrow("x[0, 0] is 0.5, wanted 0 or 1");
    expect(iw(tf.ones([2, 6]), 1)).toThrow("eps is [4, 2, 1], wanted [k, 2, 3]");
  });

  it("keeps no tensor of a bound that tidies nothing, however many groups of draws there are", () => {
    const weights = vaeWeights(randomStream(1), { pixels: 6, hidden: [5], latents: 3 });
    const x = tf.ones<tf.Rank.R2>([4, 6]);
    const before = tf.memory().numTensors;
    importanceWeightedNll(x, (x, eps) => importanceWeightedBound(x, eps, weights), {
      ...{ draws: 6, latents: 3, stream: randomStream(1), pictures: 2, rows: 2 },
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it("is the same through a compiled call, and for weights of −∞", () => {
    const weights = vaeWeights(randomStream(1), { pixels: 6, hidden: [5], latents: 3 });
    const x = tf.cast(tf.greater(wave(2, 5, 6), 0), "float32") as tf.Tensor2D;
    const program = compile(
      { weights },
      {
        bound: call(
          (state, { x, eps }) => ({
            bound: importanceWeightedBound(x, eps, state.weights),
          }),
          { inputs: { x: ["B", 6], eps: ["k", "B", 3] } },
        ),
      },
    );
    const options = { draws: 30, latents: 3, stream: randomStream(2), pictures: 2, rows: 20 };
    const compiled = importanceWeightedNll(x, (x, eps) => program.bound({ x, eps }).bound, options);
    const plain = importanceWeightedNll(x, (x, eps) => importanceWeightedBound(x, eps, weights), options);
    compiled.each.forEach((value, i) => expect(value).toBeCloseTo(plain.each[i]!, 4));
    program.dispose();
  });
});
