import { describe, expect, it } from "vitest";
import { Canvases, cutOut, edgeMaps, inkInside, layoutPlanes } from "../../../lib/data/canvases";
import { loadMnist } from "../../../lib/data/mnist";
import { edgeMap, fitted, intersectionOverUnion, overlay, resampled } from "../../../lib/data/pixel-maps";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";

const digits = loadMnist().test.take(300);

/** A picture drawn in letters: # is ink. */
const drawn = (...rows: string[]): Float32Array =>
  Float32Array.from(rows.join(""), (letter) => (letter === "#" ? 1 : 0));

describe("pixel maps", () => {
  it("edges are the ink that touches background", () => {
    const edges = edgeMap(drawn(".....", ".###.", ".###.", ".###.", "....."), 5);
    expect([...edges]).toEqual([...drawn(".....", ".###.", ".#.#.", ".###.", ".....")]);
    expect([...edgeMap(drawn("##", "##"), 2)]).toEqual([1, 1, 1, 1]); // beyond the picture is background
  });

  it("intersection over union", () => {
    expect(intersectionOverUnion([1, 1, 0, 0], [0, 1, 1, 0])).toBeCloseTo(1 / 3);
    expect(intersectionOverUnion([0, 0], [0, 0])).toBe(1);
    expect(() => intersectionOverUnion([1], [1, 0])).toThrow("1 and 2 pixels");
  });

  it("a digit fitted into a square fills its longer side and keeps its proportions", () => {
    const bar = drawn("........", "..##....", "..##....", "..##....", "..##....", "........", "........", "........");
    const big = fitted(bar, 8, 8);
    const rows = Array.from({ length: 8 }, (_, y) => big.subarray(8 * y, 8 * y + 8).reduce((a, b) => a + b, 0));
    expect(Math.min(...rows.slice(1, 7))).toBeGreaterThan(3); // four pixels wide, edges smooth
    expect(rows[0]).toBeGreaterThan(1);
    const columns = Array.from({ length: 8 }, (_, x) => big.filter((_, i) => i % 8 === x).reduce((a, b) => a + b, 0));
    expect(columns[0]! + columns[7]!).toBeLessThan(0.1);
    expect(columns[3]).toBeGreaterThan(6);
    expect(() => fitted(new Float32Array(64), 8, 8)).toThrow("no ink");
  });

  it("the whole picture resampled to its own size is nearly itself; overlaid pieces are cut off at the sides", () => {
    const flat = new Float32Array(64).fill(0.5);
    const same = resampled(flat, 8, { x: 0, y: 0, size: 8 }, 8);
    expect(same[27]).toBeCloseTo(0.5);
    const canvas = new Float32Array(16);
    overlay(canvas, 4, new Float32Array(9).fill(1), { x: 2, y: -1, size: 3 });
    expect(canvas.reduce((a, b) => a + b, 0)).toBe(4);
    expect([...canvas.subarray(0, 4)]).toEqual([0, 0, 1, 1]);
  });
});

describe("Canvases", () => {
  it("boxes do not overlap, all ink is inside, each digit can be cut out", () => {
    const { images, layouts } = new Canvases(digits, randomStream(1)).next(60);
    for (const [a, boxes] of layouts.entries()) {
      expect(boxes.length).toBeGreaterThanOrEqual(1);
      expect(boxes.length).toBeLessThanOrEqual(4);
      const covered = new Set(
        boxes.flatMap(({ x, y, size }) =>
          Array.from({ length: size * size }, (_, i) => (y + Math.floor(i / size)) * 28 + x + (i % size)),
        ),
      );
      expect(covered.size, `canvas ${a}`).toBe(boxes.reduce((sum, { size }) => sum + size * size, 0));
    }
    expect(Math.min(...inkInside(images, layouts))).toBeCloseTo(1, 5);
    expect(cutOut(images, layouts).shape).toEqual([layouts.flat().length, 784]);
    expect(tf.max(edgeMaps(images)).dataSync()[0]).toBe(1);
  });

  it("planes hold each digit's boxes; a box outside is named", () => {
    const planes = layoutPlanes([[{ digit: 3, x: 2, y: 5, size: 4 }], []]);
    expect(planes.shape).toEqual([2, 7840]);
    expect(tf.sum(planes, 1).arraySync()).toEqual([16, 0]);
    expect(tf.sum(tf.slice(planes, [0, 3 * 784], [1, 784])).dataSync()[0]).toBe(16);
    expect(planes.arraySync()[0]![3 * 784 + 5 * 28 + 2]).toBe(1);
    expect(() => layoutPlanes([[{ digit: 3, x: 20, y: 5, size: 10 }]])).toThrow("a box of 10 at (20, 5)");
    expect(() => layoutPlanes([[{ digit: 12, x: 0, y: 5, size: 10 }]])).toThrow("digit 12");
    expect(() => layoutPlanes([[{ digit: 1, x: 0.5, y: 5, size: 10 }]])).toThrow("whole pixels");
  });

  it("ink outside counts as outside; goes on where it was saved; an empty set is refused", () => {
    const full = tf.ones<tf.Rank.R2>([1, 784]);
    expect(inkInside(full, [[{ x: 0, y: 0, size: 14 }]])[0]).toBeCloseTo(0.25);
    const data = new Canvases(digits, randomStream(2));
    const saved = data.save();
    const first = data.next(3).layouts;
    data.restore(saved);
    expect(data.next(3).layouts).toEqual(first);
    expect(() => new Canvases(digits.take(0), randomStream(2))).toThrow("empty");
  });

  it("refuses a negative count, pictures of another size or range, and layouts that are not one for each picture", () => {
    expect(() => new Canvases(digits, randomStream(2)).next(-1)).toThrow("Canvases.next: size is -1, wanted 1 or more");
    const box = { digit: 1, x: 0, y: 0, size: 10 };
    const black = (n: number, width = 784): tf.Tensor2D => tf.fill([n, width], -1);
    for (const [name, measure] of Object.entries({ cutOut, inkInside })) {
      for (const layouts of [[[box]], [[box], [box], [box]]]) {
        expect(() => measure(black(2), layouts)).toThrow(
          `${name}: ${layouts.length} layouts for 2 pictures: give one for each`,
        );
      }
      expect(() => measure(black(1, 196), [[box]])).toThrow(`${name}: x is [1, 196], wanted [B, 784]`);
      expect(() => measure(tf.fill([1, 784], 255), [[box]])).toThrow(`${name}: x[0, 0] is 255, wanted -1 to 1`);
      expect(() => measure(black(1), [[{ ...box, x: 20 }]])).toThrow(`${name}: a box of 10 at (20, 0)`);
    }
    expect(() => edgeMaps(black(1, 196))).toThrow("edgeMaps: x is [1, 196], wanted [B, 784]");
    expect(() => edgeMaps(tf.fill([1, 784], 255))).toThrow("edgeMaps: x[0, 0] is 255, wanted -1 to 1");
    expect(() => edgeMaps(tf.fill([1, 784], 0.5))).toThrow("edgeMaps: no number of x is below 0: pictures in [0, 1]");
  });
});
