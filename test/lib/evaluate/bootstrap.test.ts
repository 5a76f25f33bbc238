import { describe, expect, it } from "vitest";
import { bootstrap, quantile } from "../../../lib/evaluate/bootstrap";
import { fidInterval } from "../../../lib/evaluate/fid-interval";
import { fid, fitGaussian } from "../../../lib/evaluate/frechet";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import golden from "../../golden/kid.json" with { type: "json" };
import { onEveryBackend } from "../backends";

const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, v) => sum + v, 0) / values.length;

describe("bootstrap", () => {
  const values = randomStream(3).normalArray(400);
  const meanOf = (rows: Int32Array): number => mean(Array.from(rows, (i) => values[i]!));

  it("of a mean is the textbook's: deviation σ/√n, interval ± 1.96 of it, no bias", () => {
    const { value, low, high, bias, deviation } = bootstrap(400, meanOf, { replicates: 2000 });
    expect(value).toBeCloseTo(mean(values), 12);
    expect(deviation).toBeCloseTo(1 / 20, 2);
    expect(high - low).toBeCloseTo(2 * 1.96 * deviation, 2);
    expect(Math.abs(bias)).toBeLessThan(0.005);
  });

  it("covers the truth about as often as it says", () => {
    let covered = 0;
    for (let seed = 0; seed < 200; seed++) {
      const sample = randomStream(seed).normalArray(60);
      const interval = bootstrap(60, (rows) => mean(Array.from(rows, (i) => sample[i]!)), {
        replicates: 100,
        level: 0.9,
      });
      if (interval.low <= 0 && 0 <= interval.high) covered++;
    }
    expect(covered / 200).toBeGreaterThan(0.82);
    expect(covered / 200).toBeLessThan(0.96);
  });

  it("is the same for the same seed", () => {
    expect(bootstrap(400, meanOf)).toEqual(bootstrap(400, meanOf));
    expect(bootstrap(400, meanOf, { stream: randomStream(9) })).not.toEqual(bootstrap(400, meanOf));
  });

  it("refuses what makes no interval", () => {
    expect(() => bootstrap(0, meanOf)).toThrow("bootstrap: wanted");
    expect(() => bootstrap(5, meanOf, { level: 95 })).toThrow("got 5, 200 and 95");
    expect(() => bootstrap(5, meanOf, { replicates: 2.5 })).toThrow("got 5, 2.5 and 0.95");
    expect(() => bootstrap(1.5, meanOf)).toThrow("got 1.5, 200 and 0.95");
  });
});

it("quantiles are NumPy's", () => {
  const sorted = [3, 1, 4, 1.5, 9, 2.6].sort((a, b) => a - b);
  [0.025, 0.5, 0.975].forEach((part, i) => expect(quantile(sorted, part)).toBeCloseTo(golden.quantiles[i]!, 12));
});

onEveryBackend("the interval of a FID", () => {
  const vectors = (seed: number, count: number) => ({
    count,
    width: 5,
    features: randomStream(seed).normalArray(count * 5),
  });
  const [sample, reference] = [vectors(1, 150), vectors(2, 150)];

  it("has the replicates that FID itself gives for the rows drawn", () => {
    const before = tf.memory().numTensors;
    const fast = fidInterval(sample, fitGaussian(reference), { replicates: 20 });
    const plain = bootstrap(
      150,
      (rows) =>
        fid(reference, {
          ...sample,
          features: Array.from(rows).flatMap((i) => [...sample.features.subarray(5 * i, 5 * i + 5)]),
        }),
      { replicates: 20 },
    );
    expect(fast.value).toBeCloseTo(plain.value, 5);
    expect(fast.bias).toBeCloseTo(plain.bias, 5);
    expect(fast.deviation).toBeCloseTo(plain.deviation, 5);
    expect(fast.low).toBeCloseTo(plain.low - plain.bias, 5);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("lies about the FID, although the replicates lie above it", () => {
    const { value, low, high, bias } = fidInterval(sample, fitGaussian(reference), { replicates: 60 });
    expect(bias).toBeGreaterThan(0);
    expect(low).toBeLessThan(value);
    expect(high).toBeGreaterThan(value);
  });
});
