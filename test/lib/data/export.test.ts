import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { dequantize, exportWeights, importWeights, packWeights, quantize } from "../../../lib/data/export";
import { fromHalf, toHalf } from "../../../lib/data/half";
import { loadWeights, readWeightsMetadata } from "../../../lib/data/weights";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "genlab-export-"));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));
const file = (name: string): string => path.join(folder, name);

describe("half precision", () => {
  // numpy.float16(x).view(numpy.uint16)
  it.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65519, 0x7bff],
    [65520, 0x7c00],
    [1e9, 0x7c00],
    [-Infinity, 0xfc00],
    [0.1, 0x2e66],
    [1 / 3, 0x3555],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [3.0e-8, 0x0001],
    [1023 * 2 ** -24, 0x03ff],
    [2049, 0x6800],
    [2051, 0x6802],
    [0.99999, 0x3c00],
  ])("%d is %d", (value, bits) => {
    expect(toHalf([value])[0]).toBe(bits);
  });

  it("and back; each half comes back as itself", () => {
    const all = Uint16Array.from({ length: 0x7c01 }, (_, i) => i);
    expect(toHalf(fromHalf(all))).toEqual(all);
    expect(fromHalf(Uint16Array.of(0x3555))[0]).toBeCloseTo(1 / 3, 3);
    expect(fromHalf(toHalf([NaN]))[0]).toBeNaN();
    expect(fromHalf(Uint16Array.of(0xfc00))[0]).toBe(-Infinity);
  });
});

describe("quantize", () => {
  it("each channel by its own scale; errs by half a step at most; 0 stays 0", () => {
    const w = [1, -20, 0, -0.49, 6.3, 0, 0.26, 3.15, 0]; // three channels, one of zeros
    const { q, scale } = quantize(w, 3);
    expect([...scale]).toEqual([Math.fround(1 / 127), Math.fround(20 / 127), 1]);
    expect([...q]).toEqual([127, -127, 0, -62, 40, 0, 33, 20, 0]);
    dequantize({ q, scale }).forEach((value, i) =>
      expect(Math.abs(value - w[i]!)).toBeLessThanOrEqual(scale[i % 3]! / 2 + 1e-6),
    );
  });

  it("what is quantised already does not change", () => {
    const once = dequantize(quantize(randomStream(1).normalArray(60), 6));
    expect(dequantize(quantize(once, 6))).toEqual(once);
  });

  it("refuses channels that do not fit, and NaN", () => {
    expect(() => quantize([1, 2, 3], 2)).toThrow("3 numbers do not fill 2 channels");
    expect(() => quantize([1, NaN], 2)).toThrow("number 1 is NaN");
  });
});

describe("exportWeights and importWeights", () => {
  const stream = randomStream(3);
  const weights = {
    layers: [{ w: stream.normal([3, 40]), b: stream.normal([40]) }],
    kernel: stream.normal([3, 3, 2, 5]),
  };
  const like = { layers: [{ w: tf.zeros([3, 40]), b: tf.zeros([40]) }], kernel: tf.zeros([3, 3, 2, 5]) };
  const error = (a: tf.Tensor, b: tf.Tensor): number => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!;

  it("float32 comes back bit by bit, float16 and int8 nearly; each takes fewer bytes", () => {
    const bytes = (["float32", "float16", "int8"] as const).map((precision) => {
      const size = exportWeights(file(precision), weights, precision, { made: "here" });
      expect(fs.statSync(file(precision)).size).toBe(size);
      expect(readWeightsMetadata(file(precision))).toEqual({ made: "here", precision });
      return size;
    });
    expect(bytes[0]).toBeGreaterThan(bytes[1]!);
    const [full, half, byte] = ["float32", "float16", "int8"].map((name) => importWeights(file(name), like)) as [
      typeof weights,
      typeof weights,
      typeof weights,
    ];
    expect(error(full.kernel, weights.kernel)).toBe(0);
    expect(error(half.kernel, weights.kernel)).toBeLessThan(2e-3);
    expect(error(byte.kernel, weights.kernel)).toBeLessThan(4 / 254);
    expect(error(byte.layers[0]!.w, weights.layers[0]!.w)).toBeGreaterThan(0);
    expect(error(byte.layers[0]!.b, weights.layers[0]!.b)).toBe(0); // vectors stay as they are
    expect(loadWeights(file("int8"))["kernel.scale"]!.shape).toEqual([5]);
    expect(error(loadWeights(file("float16")).kernel!, half.kernel)).toBe(0);
    expect(tf.max(tf.abs(like.kernel)).dataSync()[0]).toBe(0);
  });

  it("refuses numbers that a precision does not have, and a precision that is none", () => {
    const one = (value: number) => ({ b: tf.tensor1d([0, value]) });
    for (const precision of ["float32", "float16", "int8"] as const) {
      expect(() => packWeights(one(NaN), precision)).toThrow("packWeights: b[1] is NaN, wanted");
      expect(() => packWeights(one(-Infinity), precision)).toThrow("packWeights: b[1] is -Infinity");
    }
    expect(() => packWeights(one(1e6), "float16")).toThrow(
      "packWeights: b[1] is 1000000, wanted -65504 to 65504: float16 has none larger, store it as float32",
    );
    expect(() => packWeights(one(65504), "float16")).not.toThrow();
    expect(() => packWeights(one(1e6), "int8")).not.toThrow(); // a vector, stored as it is
    expect(() => packWeights(one(1), "int4" as "int8")).toThrow(
      'packWeights: precision is "int4", wanted "float32", "float16" or "int8"',
    );
  });

  it("says in one line what does not fit", () => {
    exportWeights(file("x"), weights, "int8");
    expect(() => importWeights(file("none"), like)).toThrow("cannot read");
    expect(() => importWeights(file("x"), { ...like, kernel: tf.zeros([2]) })).toThrow(
      "kernel in x is [3, 3, 2, 5], wanted [2]",
    );
    expect(() => importWeights(file("x"), { ...like, more: tf.zeros([2]) })).toThrow(
      "more in x is missing, wanted [2]",
    );
    expect(() => exportWeights(file("y"), { n: tf.zeros([2], "int32") }, "int8")).toThrow("n is int32, wanted float32");
    const blocks = [0, 1, 2].map(() => ({ w: tf.zeros([3, 40]), b: tf.zeros([40]) }));
    exportWeights(file("deep"), { blocks }, "int8");
    tf.dispose(blocks);
    const before = tf.memory().numTensors;
    expect(() => importWeights(file("deep"), { blocks: [like.layers[0]!] })).toThrow(
      /^importWeights: deep holds blocks\.1\.\S+ and 3 more, which this model has not: the file's blocks are more than 1: .*config/,
    );
    expect(() => importWeights(file("x"), { layers: like.layers })).toThrow(
      /^importWeights: x holds kernel, which this model has not: .*config/,
    );
    expect(tf.memory().numTensors).toBe(before);
    fs.writeFileSync(file("z"), fs.readFileSync(file("x")).subarray(0, 100));
    expect(() => importWeights(file("z"), like)).toThrow("not a whole safetensors file");
  });
});
