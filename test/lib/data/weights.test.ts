import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { writeFileAtomically } from "../../../lib/data/atomic";
import { dataFile } from "../../../lib/data/paths";
import { loadWeights, readWeightsMetadata, saveWeights } from "../../../lib/data/weights";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "genlab-weights-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const root = path.resolve(__dirname, "../../..");
const reference = path.join(root, "test/golden/reference.safetensors");

onEveryBackend("weights", () => {
  it("read what the reference implementation wrote", () => {
    const found = loadWeights(reference);
    const plain = Object.fromEntries(Object.entries(found).map(([k, t]) => [k, [t.dtype, t.shape, [...t.dataSync()]]]));
    expect(plain).toEqual({
      "layer.w": ["float32", [2, 3], [0.5, -1.25, 3, 1e-7, -2.5e8, 0.1].map(Math.fround)],
      "ä b": ["int32", [3], [1, -2, 2 ** 31 - 1]],
      pixels: ["int32", [5], [0, 1, 2, 3, 4]],
      scalar: ["float32", [], [42.5]],
      empty: ["float32", [0, 3], []],
    });
    expect(readWeightsMetadata(reference)).toEqual({ made: "by the reference implementation" });
    tf.dispose(Object.values(found));
  });

  it("come back bit-equal, in order of name, atomically over an older file", () => {
    const file = path.join(folder, "deep", "w.safetensors");
    const w = tf.tensor2d([
      [0.1, -0],
      [1e-40, 3e38],
    ]);
    const b = tf.tensor1d([1, -5], "int32");
    saveWeights(file, { b }, { recipe: "first" });
    saveWeights(file, { w, b }, { recipe: "second" });
    const back = loadWeights(file);
    expect(Object.keys(back).sort()).toEqual(["b", "w"]);
    expect(back.w!.dataSync()).toEqual(w.dataSync());
    expect(back.b!.dtype).toBe("int32");
    expect(readWeightsMetadata(file)).toEqual({ recipe: "second" });
    expect(fs.readdirSync(path.dirname(file))).toEqual(["w.safetensors"]);
    tf.dispose([w, b, ...Object.values(back)]);
  });

  it("refuse what they cannot hold", () => {
    expect(() => saveWeights(path.join(folder, "s"), { s: tf.tensor(["text"]) })).toThrow(
      "s is string, wanted float32",
    );
    expect(() => loadWeights(path.join(folder, "none"))).toThrow(
      /loadWeights: cannot read .*none \(ENOENT\): check the path/,
    );
  });
});

describe("loadWeights", () => {
  it("leaves no tensor behind when a later entry cannot be read, and shows its name safely", () => {
    const file = path.join(folder, "wide.safetensors");
    const header = Buffer.from(
      JSON.stringify({
        a: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
        [`\u001b[2J${"w".repeat(200)}`]: { dtype: "F64", shape: [1], data_offsets: [8, 16] },
      }),
    );
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    const bytes = Buffer.concat([length, header, Buffer.alloc(16)]);
    fs.writeFileSync(file, bytes);
    const before = tf.memory().numTensors;
    expect(() => loadWeights(file)).toThrow(/^loadWeights: \\u001b\[2Jw+… is F64, wanted F32, F16, I32, I8 or U8$/);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("our files", () => {
  const python = path.join(root, ".venv", "bin", "python");
  it.runIf(fs.existsSync(python) || process.env.CI)("are read by the Python package safetensors", () => {
    const tensors = loadWeights(reference);
    const file = path.join(folder, "ours.safetensors");
    saveWeights(file, tensors);
    const output = execFileSync(python, [path.join(root, "test/golden/safetensors.py"), file], { encoding: "utf8" });
    expect(output.trim()).toBe("same");
  });
});

describe("writeFileAtomically", () => {
  it("leaves the old file and no other when writing fails", () => {
    const file = path.join(folder, "keep");
    writeFileAtomically(file, Buffer.from("old"));
    expect(() => writeFileAtomically(file, { bad: true } as unknown as Uint8Array)).toThrow();
    expect(fs.readFileSync(file, "utf8")).toBe("old");
    expect(fs.readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    const directory = path.join(folder, "directory");
    fs.mkdirSync(directory);
    expect(() => writeFileAtomically(directory, Buffer.from("x"))).toThrow();
    expect(fs.readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});

describe("dataFile", () => {
  it("is inside the repository's data folder, wherever one starts", () => {
    expect(dataFile("digit-classifier.safetensors")).toBe(path.join(root, "data", "digit-classifier.safetensors"));
    expect(dataFile("results/a.json")).toBe(path.join(root, "data", "results", "a.json"));
    expect(() => dataFile("../package.json")).toThrow("is outside data/");
    expect(() => dataFile("/etc/passwd")).toThrow("is outside data/");
  });
});
