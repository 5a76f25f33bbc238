import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { logTicks, plainTick, powerText } from "../../../lib/show/axis";
import { formatDuration, formatNumber } from "../../../lib/show/format";

describe("formatNumber", () => {
  it.each([
    [0, "0"],
    [-0, "0"],
    [1234567, "1,234,567"],
    [-1234.5678, "-1,235"],
    [12345.678, "12,346"],
    [0.0123456, "0.01235"],
    [1.2e-7, "1.2e-7"],
    [-1e-9, "-1e-9"],
    [3e20, "3e20"],
    [NaN, "NaN"],
    [Infinity, "∞"],
    [-Infinity, "-∞"],
    [2.5, "2.5"],
    [0.1 + 0.2, "0.3"],
  ])("%d → %s", (x, text) => expect(formatNumber(x)).toBe(text));

  it("is near the number, to the digits told", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e12, max: 1e12, noNaN: true }), fc.integer({ min: 2, max: 12 }), (x, digits) => {
        const back = Number(formatNumber(x, digits).replace(/,/g, ""));
        expect(Math.abs(back - x)).toBeLessThanOrEqual(
          Math.max(Math.abs(x) * 10 ** (1 - digits), Math.abs(x) >= 10 ** digits ? 0.5 : 0),
        );
      }),
    );
  });

  it("refuses digits that are none", () => {
    expect(() => formatNumber(1, 0)).toThrow(/1 to 17 significant digits, got 0/);
  });
});

describe("formatDuration", () => {
  it.each([
    [0.0421, "42 ms"],
    [0.9996, "1.0 s"],
    [3.25, "3.3 s"],
    [59.6, "1 min 0 s"],
    [75, "1 min 15 s"],
    [3599.9, "1 h 0 min"],
    [5400, "1 h 30 min"],
    [-2, "-2.0 s"],
    [NaN, "?"],
  ])("%d → %s", (seconds, text) => expect(formatDuration(seconds)).toBe(text));
});

describe("ticks", () => {
  it("of log axes: powers, and 1, 2, 5 between few", () => {
    expect(logTicks([-6, 4]).ticktext).toEqual(["10⁻⁶", "10⁻⁴", "0.01", "1", "100", "10,000"]);
    expect(logTicks([0, 1.5]).tickvals).toEqual([1, 2, 5, 10, 20]);
    expect(logTicks([3, 0]).ticktext).toEqual(["1", "10", "100", "1,000"]);
  });

  it("are written for people", () => {
    expect(plainTick(-12000)).toBe("−12,000");
    expect(powerText(3e-7)).toBe("3×10⁻⁷");
    expect(powerText(10 ** -4)).toBe("10⁻⁴");
  });
});
