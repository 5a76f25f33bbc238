import { beforeAll, describe, expect, it } from "vitest";
import { useDevice } from "../../../lib/tensor/device";
import { randomStream } from "../../../lib/tensor/random";

// Seeds are fixed, so a test either always passes or never. Bounds are where a right generator passes 999 times of 1,000
// and a wrong one (a lane swapped, a key reused, sine and cosine of one pair correlated) fails by far.
const N = 100_000;

beforeAll(async () => {
  await useDevice({ prefer: "cpu" });
});

const mean = (x: ArrayLike<number>): number => Array.from(x).reduce((a, b) => a + b, 0) / x.length;
const covariance = (x: ArrayLike<number>, y: ArrayLike<number>): number => {
  const [mx, my] = [mean(x), mean(y)];
  return mean(Array.from(x, (v, i) => (v - mx) * (y[i]! - my)));
};
/** Σ (observed − expected)² / expected */
const chiSquare = (observed: number[], expected: number[]): number =>
  observed.reduce((sum, o, i) => sum + (o - expected[i]!) ** 2 / expected[i]!, 0);
/** The 99.9 % quantile of χ² with k degrees of freedom (Wilson–Hilferty). */
const chiSquareLimit = (k: number): number => k * (1 - 2 / (9 * k) + 3.0902 * Math.sqrt(2 / (9 * k))) ** 3;
/** Largest distance between the sample's distribution and F, times √n; 1.95 at 99.9 %. */
const kolmogorov = (sample: Float32Array, F: (x: number) => number): number => {
  const sorted = sample.slice().sort();
  let d = 0;
  sorted.forEach((x, i) => {
    d = Math.max(d, Math.abs(F(x) - i / sorted.length), Math.abs(F(x) - (i + 1) / sorted.length));
  });
  return d * Math.sqrt(sample.length);
};
/** The normal distribution function [Abramowitz & Stegun 7.1.26, error 1.5e-7]. */
const phi = (x: number): number => {
  const t = 1 / (1 + 0.3275911 * (Math.abs(x) / Math.SQRT2));
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const erf = 1 - poly * Math.exp((-x * x) / 2);
  return 0.5 * (1 + Math.sign(x) * erf);
};
const counts = (values: ArrayLike<number>, bins: number): number[] => {
  const out = new Array<number>(bins).fill(0);
  for (let i = 0; i < values.length; i++) out[values[i]!]!++;
  return out;
};

describe.each([0, 1, 2024])("uniform, seed %i", (seed) => {
  const u = randomStream(seed).uniformArray(N);
  it("has mean ½ and variance 1/12", () => {
    expect(Math.abs(mean(u) - 0.5)).toBeLessThan(3.3 * Math.sqrt(1 / 12 / N));
    expect(Math.abs(covariance(u, u) - 1 / 12)).toBeLessThan(3.3 * Math.sqrt(1 / 180 / N));
  });
  it("is flat (χ², 100 bins) and uniform (Kolmogorov–Smirnov)", () => {
    const bins = counts(
      Float32Array.from(u, (x) => Math.floor(x * 100)),
      100,
    );
    expect(
      chiSquare(
        bins,
        bins.map(() => N / 100),
      ),
    ).toBeLessThan(chiSquareLimit(99));
    expect(kolmogorov(u, (x) => x)).toBeLessThan(1.95);
  });
  it("has no serial correlation at lags 1 to 8", () => {
    for (let lag = 1; lag <= 8; lag++) {
      const r = covariance(u.subarray(lag), u.subarray(0, N - lag)) * 12;
      expect(Math.abs(r)).toBeLessThan(3.7 / Math.sqrt(N));
    }
  });
  it("fills the square: pairs are independent (χ², 20 × 20)", () => {
    const cells = Float32Array.from(
      { length: N / 2 },
      (_, i) => Math.floor(u[2 * i]! * 20) * 20 + Math.floor(u[2 * i + 1]! * 20),
    );
    const table = counts(cells, 400);
    expect(
      chiSquare(
        table,
        table.map(() => N / 800),
      ),
    ).toBeLessThan(chiSquareLimit(399));
  });
});

describe.each([0, 1, 2024])("normal, seed %i", (seed) => {
  const z = randomStream(seed).normalArray(N);
  it("has mean 0, variance 1, no skew, kurtosis 3", () => {
    const moment = (k: number): number => mean(Float64Array.from(z, (x) => x ** k));
    expect(Math.abs(moment(1))).toBeLessThan(3.3 / Math.sqrt(N));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(3.3 * Math.sqrt(2 / N));
    expect(Math.abs(moment(3))).toBeLessThan(3.3 * Math.sqrt(15 / N));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(3.3 * Math.sqrt(96 / N));
  });
  it("is normal (Kolmogorov–Smirnov)", () => {
    expect(kolmogorov(z, phi)).toBeLessThan(1.95);
  });
  it("has independent halves of each Box–Muller pair, also in size", () => {
    const halves = [0, 1].map((k) => Float64Array.from({ length: N / 2 }, (_, i) => z[2 * i + k]!));
    const squares = halves.map((half) => half.map((x) => x * x - 1));
    expect(Math.abs(covariance(halves[0]!, halves[1]!))).toBeLessThan(3.3 / Math.sqrt(N / 2));
    expect(Math.abs(covariance(squares[0]!, squares[1]!))).toBeLessThan((2 * 3.3) / Math.sqrt(N / 2));
  });
});

describe("split streams", () => {
  it("are independent of each other, of their parent, and of neighbouring seeds", () => {
    const n = 20_000;
    const parent = randomStream(1);
    const streams = [
      ...Array.from({ length: 8 }, (_, i) => parent.split(i)),
      parent.split("a"),
      parent.split("b"),
      parent.split("a").split("a"),
      randomStream(1),
      randomStream(2),
      randomStream(2).split("a"),
    ].map((stream) => stream.uniformArray(n));
    streams.forEach((x, i) =>
      streams.slice(0, i).forEach((y) => {
        expect(Math.abs(covariance(x, y) * 12)).toBeLessThan(4.2 / Math.sqrt(n)); // 91 pairs
      }),
    );
  });

  it("first numbers over 10,000 splits are uniform (no weak first draw)", () => {
    const parent = randomStream(0);
    const first = Float32Array.from({ length: 10_000 }, (_, i) => parent.split(i).number());
    expect(kolmogorov(first, (x) => x)).toBeLessThan(1.95);
  });
});

describe("integers, permutations, categories", () => {
  it("integers are equally likely", () => {
    const tensor = randomStream(4).integers([N], 3, 10);
    const bins = counts(
      tensor.dataSync().map((k) => k - 3),
      7,
    );
    tensor.dispose();
    expect(bins).toHaveLength(7);
    expect(
      chiSquare(
        bins,
        bins.map(() => N / 7),
      ),
    ).toBeLessThan(chiSquareLimit(6));
  });

  it("all 24 orders of four are equally likely", () => {
    const stream = randomStream(6);
    const seen = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const order = stream.permutation(4).join("");
      seen.set(order, (seen.get(order) ?? 0) + 1);
    }
    expect(seen.size).toBe(24);
    expect(chiSquare([...seen.values()], new Array<number>(24).fill(1000))).toBeLessThan(chiSquareLimit(23));
  });

  it("a permutation of 60,000 holds every number once and is well mixed", () => {
    const order = randomStream(8).permutation(60_000);
    expect(new Set(order).size).toBe(60_000);
    const index = Int32Array.from(order, (_, i) => i);
    const correlation = covariance(order, index) / (60_000 ** 2 / 12);
    expect(Math.abs(correlation)).toBeLessThan(3.3 / Math.sqrt(60_000));
    expect(order.filter((k, i) => k === i).length).toBeLessThan(8); // Poisson with mean 1
  });

  it("categories come as often as their probabilities say", () => {
    const p = [0.5, 0, 0.25, 0.125, 0.0625, 0.0625];
    const bins = counts(randomStream(10).categorical(p, N), 6);
    expect(bins[1]).toBe(0);
    const possible = [0, 2, 3, 4, 5];
    const observed = possible.map((k) => bins[k]!);
    expect(
      chiSquare(
        observed,
        possible.map((k) => p[k]! * N),
      ),
    ).toBeLessThan(chiSquareLimit(4));
  });
});
