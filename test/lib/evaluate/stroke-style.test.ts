import { describe, expect, it } from "vitest";
import { loadMnist } from "../../../lib/data/mnist";
import { strokeStyle, strokeStyles, STYLE_LIMITS, styleNames } from "../../../lib/evaluate/stroke-style";
import { tf } from "../../../lib/tensor/tf";

/** A straight bar through the middle, 0 … 1: `width` pixels across, 20 along, leaning right by `degrees`. */
function bar(width: number, degrees: number, { blur = 1, ink = 1 } = {}): Float32Array {
  const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  const inside = (x: number, edge: number): number => Math.min(1, Math.max(0, (edge - Math.abs(x)) / blur + 0.5));
  return Float32Array.from({ length: 784 }, (_, i) => {
    const [x, y] = [(i % 28) - 13.5, 13.5 - Math.floor(i / 28)];
    return ink * inside(x * cos - y * sin, width / 2) * inside(x * sin + y * cos, 10);
  });
}

const unit = { range: "[0,1]" } as const;

describe("strokeStyle", () => {
  it.each([2, 3, 4.5, 6])("a bar %d wide: 2·area over edge, ends included", (width) => {
    for (const degrees of [0, 12, 25, -30]) {
      const wanted = (width * 20) / (width + 20);
      expect(Math.abs(strokeStyle(bar(width, degrees), unit).thickness / wanted - 1)).toBeLessThan(0.08);
    }
  });

  it("thicker reads as thicker, also where the grid is too coarse", () => {
    const read = [1, 1.5, 2, 2.5, 3].map((width) => strokeStyle(bar(width, 12), unit).thickness);
    expect([...read].sort((a, b) => a - b)).toEqual(read);
  });

  it("does not care how blurred the edge is, nor how pale the ink", () => {
    const { thickness } = strokeStyle(bar(4, 10), unit);
    expect(strokeStyle(bar(4, 10, { blur: 3 }), unit).thickness / thickness).toBeCloseTo(1, 1);
    expect(strokeStyle(bar(4, 10, { ink: 0.5 }), unit).thickness).toBeCloseTo(thickness, 4);
  });

  it.each([-30, -15, 0, 8, 20, 30])("a bar that leans by %d degrees; right is positive", (degrees) => {
    expect(Math.abs(strokeStyle(bar(2, degrees), unit).slant - degrees)).toBeLessThan(0.7);
  });

  it("is the same in all three ranges, and for tensors", () => {
    const picture = bar(3, 15);
    const bytes = Uint8Array.from(picture, (p) => Math.round(255 * p));
    const signed = picture.map((p) => 2 * p - 1);
    const wanted = strokeStyle(picture, unit);
    expect(strokeStyle(signed).thickness).toBeCloseTo(wanted.thickness, 4);
    expect(strokeStyle(signed).slant).toBeCloseTo(wanted.slant, 3);
    expect(strokeStyle(bytes, { range: "[0,255]" }).thickness).toBeCloseTo(wanted.thickness, 2);
    const [one, two] = strokeStyles(tf.tensor2d([[...signed], [...signed].map((p) => -p)])) as [never, never];
    expect(one).toEqual(strokeStyle(signed));
    expect(two).not.toEqual(one);
  });

  it("an empty picture has no style", () => {
    const empty = strokeStyle(new Float32Array(784), unit);
    expect(empty).toEqual({ thickness: NaN, slant: NaN, ink: 0 });
    expect(() => styleNames(empty)).toThrow("an empty picture has no style");
    expect(() => strokeStyle(new Float32Array(100))).toThrow("wanted 784 pixels, got 100");
    expect(() => strokeStyles(tf.zeros([2, 783]))).toThrow(
      "strokeStyles: wanted square pictures [N, size²], got [2, 783]",
    );
  });

  it("pictures in [0, 1] need the option, and NaN is no empty picture", () => {
    const digits = loadMnist().test;
    const [signed, grey] = [digits.images([0, 1]), digits.images([0, 1], "[0,1]")];
    expect(() => strokeStyles(grey)).toThrow("strokeStyles: no number is below 0: pictures in [0, 1] need the option");
    strokeStyles(grey, { range: "[0,1]" }).forEach((style, i) => {
      expect(style.thickness).toBeCloseTo(strokeStyles(signed)[i]!.thickness, 3);
    });
    expect(() => strokeStyles(tf.fill([1, 784], 255))).toThrow("wanted numbers in [-1, 1]");
    expect(() => strokeStyles(tf.fill([1, 784], NaN))).toThrow("strokeStyles: wanted numbers in [-1, 1], got numbers");
    expect(strokeStyles(tf.mul(signed, 1.2)).length).toBe(2); // samplers overshoot
    expect(strokeStyles(tf.fill([1, 784], -1))[0]!.thickness).toBe(NaN);
    expect(() => strokeStyle(new Float32Array(784).fill(NaN), unit)).toThrow("strokeStyle: a pixel is NaN");
  });

  it("MNIST's terciles are near the limits", () => {
    const { train } = loadMnist();
    const all = Array.from({ length: 3000 }, (_, i) =>
      strokeStyle(train.pixels.subarray(i * 784, (i + 1) * 784), { range: "[0,255]" }),
    );
    const share = (of: (s: (typeof all)[number]) => boolean): number => all.filter(of).length / all.length;
    expect(share((s) => s.thickness < STYLE_LIMITS.thin)).toBeCloseTo(1 / 3, 1);
    expect(share((s) => s.thickness > STYLE_LIMITS.bold)).toBeCloseTo(1 / 3, 1);
  });
});

describe("styleNames", () => {
  it.each([
    [1.8, -20, "thin", "left"],
    [2.5, 0, "normal", "upright"],
    [3.5, 20, "bold", "right"],
    [STYLE_LIMITS.thin, STYLE_LIMITS.lean, "normal", "upright"],
  ])("%d px and %d degrees are %s and %s", (thickness, slant, weight, lean) => {
    expect(styleNames({ thickness, slant, ink: 50 })).toEqual({ weight, lean });
  });
});
