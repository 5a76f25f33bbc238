import fc from "fast-check";
import { PNG } from "pngjs";
import { describe, expect, it } from "vitest";
import { filmstrip } from "../../../lib/show/filmstrip";
import { imageGrid } from "../../../lib/show/image";
import type { Picture } from "../../../lib/show/image";
import { tf } from "../../../lib/tensor/tf";

/** Grey and opacity at a place of a picture. */
function at(picture: Picture, x: number, y: number): [number, number] {
  const png = PNG.sync.read(picture.png);
  const i = 4 * (y * png.width + x);
  return [png.data[i]!, png.data[i + 3]!];
}

/** Two images of 2 × 2 pixels. */
const two = new Uint8Array([10, 20, 30, 40, 50, 60, 70, 80]);
const small = { range: "[0,255]", width: 2, height: 2 } as const;

describe("imageGrid puts every pixel where it belongs", () => {
  it("crisp squares, even gaps, black around", () => {
    const picture = imageGrid(two, { ...small, scale: 3, gap: 2 });
    // gap 2 + image 6 + gap 2 + image 6 + gap 2; gap 2 + image 6 + gap 2
    expect([picture.width, picture.height]).toEqual([18, 10]);
    const png = PNG.sync.read(picture.png);
    const expected = (x: number, y: number): number => {
      const [u, v] = [x - 2, y - 2];
      const image = Math.floor(u / 8);
      const [px, py] = [Math.floor((u - image * 8) / 3), Math.floor(v / 3)];
      const inside = u >= 0 && image < 2 && u - image * 8 < 6 && v >= 0 && v < 6;
      return inside ? two[image * 4 + py * 2 + px]! : 0;
    };
    for (let y = 0; y < 10; y++) {
      for (let x = 0; x < 18; x++) expect(png.data[4 * (y * 18 + x)], `pixel ${x}, ${y}`).toBe(expected(x, y));
    }
  });

  it("rows fill up from the left, the last one with black", () => {
    const picture = imageGrid(new Uint8Array(12).fill(200), { ...small, columns: 2, scale: 1, gap: 1 });
    expect([picture.width, picture.height]).toEqual([7, 7]);
    expect(at(picture, 1, 4)[0]).toBe(200);
    expect(at(picture, 4, 4)[0]).toBe(0);
  });

  it("labels stand outside on clear ground and leave the images alone", () => {
    const options = { ...small, columns: 2, scale: 10, gap: 4 };
    const [plain, named] = [
      imageGrid(two, options),
      imageGrid(two, { ...options, rowLabels: ["real"], columnLabels: ["a", "wide label"] }),
    ];
    expect(at(named, 0, 0)[1]).toBe(0);
    const [left, top] = [named.width - named.width, named.height - plain.height];
    expect(left).toBe(0);
    expect(top).toBeGreaterThan(15);
    const png = PNG.sync.read(named.png);
    const greys = new Set<number>();
    for (let i = 0; i < png.data.length; i += 4) if (png.data[i + 3] === 255) greys.add(png.data[i]!);
    for (const value of two) expect(greys).toContain(value);
    // Text is there: half-covered pixels at its edges.
    const partly = png.data.filter((value, i) => i % 4 === 3 && value > 0 && value < 255).length;
    expect(partly).toBeGreaterThan(50);
  });

  it("has the letters that formulas need: none of them shows as a question mark", () => {
    const named = (label: string) => imageGrid(two, { ...small, columns: 2, scale: 10, rowLabels: [label] }).png;
    const unknown = named("\u2603"); // a snowman
    expect(unknown.equals(named("?"))).toBe(true);
    for (const letter of "xₜx₀x₁x₂εασ²") expect(named(letter).equals(unknown), letter).toBe(false);
  });

  it("the same pixels give the same bytes", () => {
    expect(imageGrid(two, small).png.equals(imageGrid(Uint8Array.from(two), small).png)).toBe(true);
  });

  it("shows itself as PNG with a line of text", () => {
    const bundle = (imageGrid(two, small) as unknown as Record<symbol, () => Record<string, string>>)[
      Symbol.for("Jupyter.display")
    ]!();
    expect(Object.keys(bundle)).toEqual(["image/png", "text/plain"]);
    expect(Buffer.from(bundle["image/png"]!, "base64").subarray(1, 4).toString()).toBe("PNG");
    expect(bundle["text/plain"]).toBe("2 images of 2 × 2 pixels in 1 row of 2");
  });
});

describe("imageGrid reads", () => {
  const values = [-1, 0, 1, 0.5];
  it.each([
    ["[N, 4]", () => tf.tensor2d([values])],
    [
      "[N, 2, 2]",
      () =>
        tf.tensor3d([
          [
            [-1, 0],
            [1, 0.5],
          ],
        ]),
    ],
    ["[N, 2, 2, 1]", () => tf.tensor4d(values, [1, 2, 2, 1])],
    ["[2, 2], one image", () => tf.tensor2d(values, [2, 2])],
    ["Float32Array", () => Float32Array.from(values)],
  ])("%s", (_, make) => {
    const picture = imageGrid(make(), { range: "[-1,1]", width: 2, height: 2, scale: 1, gap: 0 });
    const png = PNG.sync.read(picture.png);
    expect([0, 4, 8, 12].map((i) => png.data[i])).toEqual([0, 128, 255, 191]);
  });

  it("any image in its range; black is the lower end and white the upper", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 9, maxLength: 9 }), (pixels) => {
        const png = PNG.sync.read(imageGrid(pixels, { range: "[0,1]", width: 3, height: 3, scale: 1, gap: 0 }).png);
        pixels.forEach((value, i) => expect(Math.abs(png.data[4 * i]! - 255 * value)).toBeLessThanOrEqual(0.5));
      }),
      { numRuns: 50 },
    );
  });
});

describe("imageGrid refuses, in one line", () => {
  it.each([
    ["a wrong shape", () => tf.zeros([3, 100]), {}, /wanted a tensor \[N, 784\].*got \[3, 100\]/],
    ["a broken number of images", () => new Uint8Array(100), {}, /100 values are no whole number of 28 × 28 images/],
    ["nothing", () => new Uint8Array(0), {}, /0 values/],
    [
      "NaN",
      () => Float32Array.from([0, 0, NaN, 0]),
      { width: 2, height: 2 },
      /image 0, row 1, column 0 \(index 2\) is NaN/,
    ],
    [
      "a value outside",
      () => [0, 0, 0, 0, 0, 1.5, 0, 0],
      { width: 2, height: 2 },
      /image 1, row 0, column 1 \(index 5\) is 1.5, outside \[0,1\]/,
    ],
    ["a range it does not know", () => [0], { range: "[0,2]" as never }, /wanted range/],
    ["a broken scale", () => new Uint8Array(784), { scale: 1.5 }, /wanted scale to be a whole number/],
    ["labels that do not fit", () => new Uint8Array(784), { rowLabels: ["a", "b"] }, /2 rowLabels for 1/],
  ])("%s", (_, make, options, message) => {
    expect(() => imageGrid(make(), { range: "[0,1]", ...options })).toThrow(message);
  });

  it("unless told to clip", () => {
    const png = PNG.sync.read(
      imageGrid([-5, 0.5, 2, 1], { range: "[0,1]", width: 2, height: 2, scale: 1, gap: 0, clip: true }).png,
    );
    expect([0, 4, 8, 12].map((i) => png.data[i])).toEqual([0, 128, 255, 255]);
  });
});

describe("filmstrip", () => {
  const moment = (value: number): Uint8Array => new Uint8Array(8).fill(value).fill(value + 1, 4);

  it("has a column for every moment, a row for every item", () => {
    const options = { range: "[0,255]", width: 2, height: 2, scale: 1, gap: 1 } as const;
    const strip = filmstrip(
      [
        { label: "0", pixels: moment(100) },
        { label: "1", pixels: moment(200) },
      ],
      options,
    );
    const png = PNG.sync.read(strip.png);
    const rows = Array.from({ length: png.height }, (_, y) =>
      Array.from({ length: png.width }, (_, x) => png.data[4 * (y * png.width + x)]!)
        .filter((v) => v >= 100 && v !== 121)
        .join(),
    );
    const distinct = [...new Set(rows.filter((row) => row !== ""))];
    expect(distinct).toEqual(["100,100,200,200", "101,101,201,201"]);
    expect(strip.summary).toBe("4 images of 2 × 2 pixels in 2 rows of 2; columns: 0, 1");
  });

  it("refuses moments that differ in number, and none at all", () => {
    const options = { range: "[0,255]", width: 2, height: 2 } as const;
    expect(() => filmstrip([], options)).toThrow(/no frames/);
    const frames = [
      { label: "step 0", pixels: moment(1) },
      { label: "step 9", pixels: two.subarray(0, 4) },
    ];
    expect(() => filmstrip(frames, options)).toThrow(/step 9 has 1 images, step 0 has 2/);
  });
});
