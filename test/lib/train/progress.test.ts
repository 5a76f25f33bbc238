import { describe, expect, it } from "vitest";
import { clock, count, describeMetrics } from "../../../lib/train/progress";

describe("progress words", () => {
  it("write times, counts and metrics", () => {
    expect([0, 9.4, 75, 3723].map(clock)).toEqual(["0:00", "0:09", "1:15", "1:02:03"]);
    expect([clock(Infinity), clock(NaN)]).toEqual(["?", "?"]);
    expect(count(1234567)).toBe("1,234,567");
    expect(describeMetrics({ loss: 0.123456, tiny: 0.00001234, big: 12345678, zero: 0, whole: -3 })).toEqual([
      "loss 0.1235",
      "tiny 1.234e-5",
      "big 1.235e+7",
      "zero 0",
      "whole -3",
    ]);
  });
});
