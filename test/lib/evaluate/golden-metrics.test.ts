import { expect, it } from "vitest";
import { DigitSet } from "../../../lib/data/mnist";
import { activeUnits } from "../../../lib/evaluate/active-units";
import { auroc } from "../../../lib/evaluate/auroc";
import { confidentShare, coverage } from "../../../lib/evaluate/coverage";
import { memorisation } from "../../../lib/evaluate/memorisation";
import { nearestDigits } from "../../../lib/evaluate/nearest";
import { tf } from "../../../lib/tensor/tf";
import golden from "../../golden/metrics.json" with { type: "json" };
import { onEveryBackend } from "../backends";

// As metrics.py makes them.
const wave = (start: number, count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, n) => Math.sin(start + 0.7 * n));
const pictures = (start: number, count: number): tf.Tensor2D => tf.tensor2d(wave(start, count * 784), [count, 784]);
const bytes = Uint8Array.from(wave(4, 25 * 784), (v) => Math.min(255, Math.max(0, Math.floor(128 + 127.5 * v))));

onEveryBackend("small metrics are NumPy's", () => {
  it("coverage and confidence", () => {
    const digits = Array.from(wave(1, 200), (v) => Math.min(9, Math.max(0, Math.floor(5 + 5 * v))));
    const { counts, evenness, rarest } = coverage(digits);
    expect(counts).toEqual(golden.coverage.counts);
    expect(evenness).toBeCloseTo(golden.coverage.evenness, 6);
    expect(rarest.share).toBe(Math.min(...golden.coverage.counts) / 200);
    const judgement = { count: 50, confidence: wave(8, 50).map(Math.abs), digits: new Int32Array(50), width: 0 };
    expect(confidentShare({ ...judgement, features: new Float32Array(0) })).toBeCloseTo(golden.confident, 6);
  });

  it("the nearest digit, and copies", () => {
    const set = new DigitSet(bytes, new Uint8Array(25));
    const { indices, distances } = nearestDigits(pictures(2, 4), set);
    expect([...indices]).toEqual(golden.nearest.indices);
    golden.nearest.distances.forEach((distance, i) => expect(distances[i]).toBeCloseTo(distance, 3));
    const { distance, usual, copies } = memorisation(pictures(2, 4), pictures(3, 30), set);
    expect(distance).toBeCloseTo(golden.memorisation.distance, 3);
    expect(usual).toBeCloseTo(golden.memorisation.usual, 3);
    expect(copies).toBe(golden.memorisation.copies);
  });

  it("active units and AUROC", () => {
    const means = tf.tensor2d(
      wave(5, 27).map((v, n) => v * [1, 0.1, 0.15][n % 3]!),
      [9, 3],
    );
    const { count, variances } = activeUnits(means);
    golden.active.variances.forEach((variance, i) => expect(variances[i]).toBeCloseTo(variance, 6));
    expect(count).toBe(golden.active.count);
    const odd = wave(7, 25).map((v) => v + 0.3);
    expect(auroc(wave(6, 40), odd)).toBeCloseTo(golden.auroc, 6);
  });
});
