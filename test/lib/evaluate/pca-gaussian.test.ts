import { expect, it } from "vitest";
import { loadMnist } from "../../../lib/data/mnist";
import { fitPcaGaussian } from "../../../lib/evaluate/pca-gaussian";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import golden from "../../golden/pca.json" with { type: "json" };
import { native, onEveryBackend } from "../backends";

const data = (): tf.Tensor2D => {
  const value = (n: number) => Math.sin(1 + 0.7 * n) * (0.2 + (1.8 * (n % 8)) / 7) + Math.cos(n * n);
  return tf.tensor2d(
    Float32Array.from({ length: 240 }, (_, n) => value(n)),
    [30, 8],
  );
};

onEveryBackend("principal components", () => {
  const stream = randomStream(1);

  it("are NumPy's, up to their signs", () => {
    const pca = fitPcaGaussian(data(), { components: 3, stream });
    golden.variances.forEach((value, i) => expect(pca.variances[i]).toBeCloseTo(value, 4));
    expect(pca.noise).toBeCloseTo(golden.noise, 4);
    expect(pca.explained).toBeCloseTo(golden.explained, 4);
    const onto = tf.matMul<tf.Tensor2D>(pca.components, pca.components, true).arraySync();
    golden.projections.forEach((row, i) => row.forEach((value, j) => expect(onto[i]![j]).toBeCloseTo(value, 3)));
  });

  it("make samples with their covariance, and with noise with the whole variance", () => {
    const x = data();
    const pca = fitPcaGaussian(x, { components: 3, stream });
    for (const noise of [false, true]) {
      const made = pca.sample(randomStream(2), 20_000, { noise });
      const { mean, variance } = tf.moments(made, 0);
      const total = tf.sum(variance).dataSync()[0]!;
      const wanted = golden.variances.reduce((a, b) => a + b) + (noise ? 5 * golden.noise : 0);
      expect(total / wanted).toBeCloseTo(1, 1);
      expect(Math.max(...tf.abs(tf.sub(mean, pca.mean)).dataSync())).toBeLessThan(0.05);
    }
  });

  it("encode and decode to the nearest point of their plane", () => {
    const x = data();
    const pca = fitPcaGaussian(x, { components: 3, stream });
    const back = pca.decode(pca.encode(x));
    const error = tf.mean(tf.squaredDifference(x, back)).dataSync()[0]!;
    expect(error).toBeCloseTo((golden.noise * 5 * 29) / 30 / 8, 4);
    const again = pca.decode(pca.encode(back));
    expect(Math.max(...tf.abs(tf.sub(again, back)).dataSync())).toBeLessThan(1e-4);
  });

  it("of data that lie in a plane, and of constant data, are finite", () => {
    const plane = tf.matMul<tf.Tensor2D>(randomStream(3).normal([40, 2]), randomStream(4).normal([2, 30]));
    const pca = fitPcaGaussian(plane, { components: 4, stream });
    expect(pca.explained).toBeCloseTo(1, 4);
    expect(pca.variances[2]! / pca.variances[0]!).toBeLessThan(1e-5);
    for (const x of [plane, tf.ones<tf.Rank.R2>([40, 30])]) {
      const made = fitPcaGaussian(x, { components: 4, stream }).sample(randomStream(5), 9, { noise: true });
      expect([...made.dataSync()].every(Number.isFinite)).toBe(true);
    }
  });

  it("leave no tensors but the model's, and refuse more than there can be", () => {
    const x = data();
    const before = tf.memory().numTensors;
    fitPcaGaussian(x, { components: 3, stream }).dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(() => fitPcaGaussian(x, { components: 8, stream })).toThrow("wanted 1 to 7 components, got 8");
    expect(() => fitPcaGaussian(tf.fill([5, 4], NaN), { components: 2, stream })).toThrow(
      "x[0, 0] is NaN, wanted a finite number",
    );
    expect(() => fitPcaGaussian(tf.zeros([1, 4]), { components: 1, stream })).toThrow(
      "wanted two pictures or more, got 1",
    );
  });
});

it.skipIf(native.backend !== "tensorflow")("the components of digits are eigenvectors of their covariance", () => {
  tf.tidy(() => {
    const x = loadMnist().train.images(Array.from({ length: 2000 }, (_, i) => i));
    const { components, variances, explained } = fitPcaGaussian(x, { components: 50, stream: randomStream(1) });
    const centred = tf.sub<tf.Tensor2D>(x, tf.mean(x, 0));
    const turned = tf.div(tf.matMul(components, tf.matMul(centred, centred, true)), 1999);
    const residual = tf.norm(tf.sub(turned, tf.mul(components, tf.tensor2d(variances, [50, 1]))), 2, 1).dataSync();
    residual.forEach((error, i) => expect(error / variances[i]!).toBeLessThan(0.02));
    expect(explained).toBeGreaterThan(0.8);
    expect(explained).toBeLessThan(0.86);
  });
});
