import { describe, expect, it } from "vitest";
import { fid, fitGaussian, frechetDistance } from "../../../lib/evaluate/frechet";
import { randomStream } from "../../../lib/tensor/random";
import golden from "../../golden/frechet.json" with { type: "json" };

const vectors = (rows: number[][]) => ({ count: rows.length, width: rows[0]!.length, features: rows.flat() });

describe("Fréchet distance", () => {
  it.each(golden.cases.map((one, i) => [["full rank", "singular"][i], one] as const))("is SciPy's: %s", (_, one) => {
    const fitted = fitGaussian(vectors(one.a));
    one.mean.forEach((value, i) => expect(fitted.mean[i]).toBeCloseTo(value, 10));
    one.covariance.flat().forEach((value, k) => expect(fitted.covariance.flat()[k]).toBeCloseTo(value, 10));
    expect(fid(vectors(one.a), vectors(one.b))).toBeCloseTo(one.distance, 5);
  });

  it("is 0 for a set and itself, and the squared shift for a shifted one", () => {
    const { a } = golden.cases[0]!;
    expect(Math.abs(fid(vectors(a), vectors(a)))).toBeLessThan(1e-8);
    const shifted = a.map((row) => row.map((value, i) => (i === 0 ? value + 3 : value)));
    expect(fid(vectors(a), vectors(shifted))).toBeCloseTo(9, 6);
  });

  it("of two diagonal Gaussians is Σ(μ₁ − μ₂)² + Σ(σ₁ − σ₂)²", () => {
    const gaussian = (mean: number[], deviations: number[]) => ({
      mean,
      covariance: deviations.map((s, i) => deviations.map((_, j) => (i === j ? s * s : 0))),
      count: 10,
    });
    expect(frechetDistance(gaussian([0, 1], [1, 2]), gaussian([3, 1], [4, 2.5]))).toBeCloseTo(9 + 9 + 0.25, 9);
  });

  it("shrinks with N for samples of one distribution: why N must be the same everywhere", () => {
    const stream = randomStream(4);
    const sample = (count: number) => ({ count, width: 10, features: stream.normalArray(count * 10) });
    const [small, large] = [fid(sample(50), sample(50)), fid(sample(2000), sample(2000))];
    expect(small).toBeGreaterThan(10 * large);
  });

  it("refuses what it cannot compare", () => {
    expect(() => fitGaussian({ count: 1, width: 2, features: [1, 2] })).toThrow("two vectors or more, got 1");
    expect(() => fitGaussian({ count: 2, width: 2, features: [1, 2, 3] })).toThrow("3 numbers for 2 vectors of 2");
    const [two, three] = [
      vectors([
        [1, 2],
        [3, 5],
      ]),
      vectors([
        [1, 2, 3],
        [3, 5, 9],
      ]),
    ];
    expect(() => fid(two, three)).toThrow("2 and 3 features");
    expect(() => fitGaussian({ count: 2, width: 2, features: [1, 2, 3, NaN] })).toThrow(
      "fitGaussian: feature 1 of vector 1 is NaN: were the pictures finite, and in [−1, 1]?",
    );
    expect(() => fitGaussian({ count: 2, width: 2, features: [1, Infinity, 3, 4] })).toThrow("of vector 0 is Infinity");
  });
});
