import { expect, it } from "vitest";
import { auroc } from "../../../lib/evaluate/auroc";
import { randomStream } from "../../../lib/tensor/random";

it("is the share of pairs in the right order, ties half", () => {
  expect(auroc([1, 2, 3], [4, 5])).toBe(1);
  expect(auroc([4, 5], [1, 2, 3])).toBe(0);
  expect(auroc([7, 7], [7])).toBe(0.5);
  // sklearn.metrics.roc_auc_score([0]*4 + [1]*3, [90, 80, 120, 100, 100, 150, 85]): 2.5 + 4 + 1 of 12 pairs
  expect(auroc([90, 80, 120, 100], [100, 150, 85])).toBeCloseTo(7.5 / 12, 12);
});

it("agrees with counting pairs, for scores with many ties", () => {
  const scores = (name: string, n: number): number[] =>
    Array.from(randomStream(1).split(name).integers([n], 0, 6).dataSync());
  const [normal, odd] = [scores("normal", 40), scores("odd", 25)];
  const pairs = odd.flatMap((o) => normal.map((n) => (o > n ? 1 : o === n ? 0.5 : 0)));
  expect(auroc(normal, odd)).toBeCloseTo(pairs.reduce<number>((a, b) => a + b, 0) / pairs.length, 12);
});

it("refuses what has no rank", () => {
  expect(() => auroc([], [1])).toThrow("an empty list");
  expect(() => auroc([1], [NaN])).toThrow("a score is NaN");
});
