import { describe, expect, it } from "vitest";
import { colorOf, INK, PALETTE, textWidth, withOpacity } from "../../../lib/show/style";
import { parse, SCALES, colorAt } from "../../../lib/show/color-scale";

/** Relative luminance as WCAG 2 defines it. */
function luminance(color: string): number {
  const [r, g, b] = parse(color).map((part) => {
    const c = part / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

describe("colours on white and on near-black paper", () => {
  it.each(["#ffffff", "#111111"])("text has at least 4.2:1 on %s", (paper) => {
    expect(contrast(INK, paper)).toBeGreaterThanOrEqual(4.2);
  });

  it.each(Object.entries(PALETTE))("%s has at least 3:1 on both", (_, color) => {
    for (const paper of ["#ffffff", "#111111"]) expect(contrast(color, paper)).toBeGreaterThanOrEqual(3);
  });

  it("series take turns; a name or #rrggbb is taken as told; anything else is an error", () => {
    expect(colorOf(0)).toBe(PALETTE.blue);
    expect(colorOf(Object.keys(PALETTE).length)).toBe(PALETTE.blue);
    expect(colorOf(3, "green")).toBe(PALETTE.green);
    expect(colorOf(3, "#ABCDEF")).toBe("#abcdef");
    expect(() => colorOf(0, "mauve" as never)).toThrow(/unknown colour "mauve": use blue/);
  });

  it("opacity and widths", () => {
    expect(withOpacity("#ff8000", 0.2)).toBe("rgba(255,128,0,0.2)");
    expect(textWidth("<b>iii</b>")).toBeLessThan(textWidth("mmm"));
  });
});

describe("colour scales", () => {
  it("viridis gets lighter all the way", () => {
    const steps = Array.from({ length: 50 }, (_, i) => colorAt(SCALES.sequential, i / 49));
    const light = steps.map(([r, g, b]) => luminance(`rgb(${r},${g},${b})`));
    for (let i = 1; i < light.length; i++) expect(light[i]!).toBeGreaterThanOrEqual(light[i - 1]!);
  });

  it("ends and what lies outside", () => {
    expect(colorAt(SCALES.grey, -1)).toEqual([0, 0, 0]);
    expect(colorAt(SCALES.grey, 0.5)).toEqual([128, 128, 128]);
    expect(colorAt(SCALES.grey, 7)).toEqual([255, 255, 255]);
  });
});
