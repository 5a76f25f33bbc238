import { describe, expect, it } from "vitest";
import { confidentShare, coverage } from "../../../lib/evaluate/coverage";

describe("coverage", () => {
  it("of an even spread is 1, the rarest digit has a tenth", () => {
    const even = coverage(Int32Array.from({ length: 500 }, (_, i) => i % 10));
    expect(even.evenness).toBeCloseTo(1, 12);
    expect(even.rarest.share).toBe(0.1);
    expect(even.missing).toEqual([]);
    expect(even.counts).toEqual(new Array(10).fill(50));
  });

  it("of one digit is 0: mode collapse", () => {
    const collapsed = coverage(new Array<number>(40).fill(8));
    expect(collapsed.evenness).toBeCloseTo(0, 12);
    expect(collapsed.missing).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 9]);
  });

  it("of two digits, half each, is ln 2 / ln 10", () => {
    const two = coverage([3, 3, 5, 5]);
    expect(two.evenness).toBeCloseTo(Math.log10(2), 12);
    expect(two.rarest).toEqual({ digit: 0, share: 0 });
  });

  it("refuses what is no digit", () => {
    expect(() => coverage([3, 10])).toThrow("digits 0 to 9, got 10");
    expect(() => coverage([3, NaN])).toThrow("digits 0 to 9, got NaN");
    expect(() => coverage([])).toThrow("coverage: no pictures: give at least one");
  });
});

describe("confidentShare", () => {
  it("counts from the threshold on", () => {
    const judgement = {
      count: 4,
      digits: new Int32Array(4),
      confidence: Float32Array.of(0.5, 0.75, 0.875, 1),
      features: new Float32Array(4),
      width: 1,
    };
    expect(confidentShare(judgement, 0.75)).toBe(0.75);
    expect(confidentShare(judgement)).toBe(0.25);
    const none = { ...judgement, count: 0, confidence: new Float32Array(0) };
    expect(() => confidentShare(none)).toThrow("confidentShare: no pictures: give at least one");
  });
});
