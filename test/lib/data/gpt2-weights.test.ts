import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadGpt2, saveGpt2 } from "../../../lib/data/gpt2-weights";
import { decodeSafetensors, encodeSafetensors } from "../../../lib/data/safetensors";
import type { Entry, Safetensors } from "../../../lib/data/safetensors";
import { gptLogits, gptParameters, gptWeights } from "../../../lib/models/gpt";
import type { GptWeights } from "../../../lib/models/gpt";
import { allClose } from "../../../lib/tensor/all-close";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { flatten } from "../../../lib/tensor/tree";
import golden from "../../golden/gpt2.json" with { type: "json" };
import { onEveryBackend } from "../backends";

const reference = path.join(import.meta.dirname, "../../golden/gpt2.safetensors");
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "genlab-gpt2-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const tensorsOf = (weights: GptWeights) => flatten(weights).leaves.map(({ tensor }) => tensor);
const HEADS = { heads: golden.config.n_head };

/** The reference file, changed. */
function changed(change: (file: Safetensors) => void): string {
  const file = decodeSafetensors(fs.readFileSync(reference), "reference");
  change(file);
  const name = path.join(folder, "changed.safetensors");
  fs.writeFileSync(name, encodeSafetensors(file));
  return name;
}

onEveryBackend("GPT-2's files", () => {
  it("give the logits that transformers gives", () => {
    const { weights, config } = loadGpt2(reference, HEADS);
    const { vocab_size: vocab, n_positions: context, n_layer: layers, n_embd: width } = golden.config;
    expect(config).toEqual({ vocab, context, layers, width, ...HEADS, bias: true, tied: true });
    tf.tidy(() => {
      const logits = gptLogits(tf.tensor2d(golden.tokens, [2, 10], "int32"), weights, config);
      const { ok, message } = allClose(tf.reshape(logits, [-1]), golden.logits, { rtol: 1e-4, atol: 1e-5 });
      expect(ok, message).toBe(true);
    });
    expect(tensorsOf(weights).reduce((sum, { size }) => sum + size, 0)).toBe(gptParameters(config));
    tf.dispose(tensorsOf(weights));
  });
});

describe("saveGpt2 and loadGpt2", () => {
  it.each([true, false])("come back as they were (tied: %s)", (tied) => {
    const config = { vocab: 9, context: 5, layers: 2, heads: 2, width: 8, bias: true, tied };
    const weights = gptWeights(randomStream(1), config);
    const file = path.join(folder, "ours.safetensors");
    saveGpt2(file, weights, config);
    const back = loadGpt2(file); // the number of heads stands in the metadata
    expect(back.config).toEqual(config);
    const [was, is] = [flatten(weights).leaves, flatten(back.weights).leaves];
    expect(is.map(({ path }) => path)).toEqual(was.map(({ path }) => path));
    is.forEach(({ tensor }, i) => expect([...tensor.dataSync()]).toEqual([...was[i]!.tensor.dataSync()]));
    tf.dispose([...tensorsOf(weights), ...tensorsOf(back.weights)]);
  });

  it("write the names that transformers writes", () => {
    const { weights, config } = loadGpt2(reference, HEADS);
    const file = path.join(folder, "again.safetensors");
    saveGpt2(file, weights, config);
    const [ours, theirs] = [file, reference].map((name) => decodeSafetensors(fs.readFileSync(name), name).entries);
    const wanted = [...theirs!].map(([key, entry]) => [key.replace("transformer.", ""), entry] as const);
    expect(new Map([...ours!].sort())).toEqual(new Map(wanted.sort()));
    tf.dispose(tensorsOf(weights));
  });

  it("take half precision, causal masks, and a readout that repeats the table", () => {
    const file = changed(({ entries }) => {
      entries.set("transformer.h.0.attn.bias", { shape: [1, 1, 2, 2], values: new Uint8Array(4) });
      entries.set("lm_head.weight", { ...entries.get("transformer.wte.weight")! });
      entries.set("transformer.ln_f.bias", { shape: [12], values: new Uint16Array(12).fill(0x3c00) });
    });
    const { weights, config } = loadGpt2(file, HEADS);
    expect(config.tied).toBe(true);
    expect([...weights.norm.bias!.dataSync()]).toEqual(Array<number>(12).fill(1));
    tf.dispose(tensorsOf(weights));
  });

  const entry = (shape: number[]): Entry => ({ shape, values: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
  const faults: [string, (file: Safetensors) => void, string][] = [
    ["a missing weight", ({ entries }) => entries.delete("transformer.h.1.mlp.c_fc.bias"), "has no h.1.mlp.c_fc.bias"],
    [
      "a transposed one",
      ({ entries }) => entries.set("transformer.h.0.attn.c_attn.weight", entry([36, 12])),
      "has h.0.attn.c_attn.weight of shape [36, 12], wanted [12, 36]",
    ],
    ["a gap between layers", ({ entries }) => entries.set("transformer.h.3.ln_1.bias", entry([12])), "has no h.2.ln_1"],
    ["another model's", ({ entries }) => entries.set("h.0.rotary", entry([1])), "has h.0.rotary, which GPT-2 has not"],
    [
      "a table that is none",
      ({ entries }) => entries.set("transformer.wte.weight", entry([204])),
      "wte.weight of shape [204]",
    ],
    [
      "numbers that are whole",
      ({ entries }) => entries.set("transformer.ln_f.bias", { shape: [12], values: new Int32Array(12) }),
      "has ln_f.bias in I32, wanted F32 or F16",
    ],
    [
      "numbers that are too wide",
      ({ entries }) => entries.set("transformer.ln_f.bias", { shape: [12], values: new Float64Array(12) }),
      "has ln_f.bias in F64, wanted F32 or F16",
    ],
    [
      "the same weight under both names",
      ({ entries }) => entries.set("wte.weight", entries.get("transformer.wte.weight")!),
      "has wte.weight twice, with and without transformer.",
    ],
    [
      "NaN",
      ({ entries }) => entries.set("transformer.ln_f.bias", { shape: [12], values: new Float32Array(12).fill(NaN, 7) }),
      "has NaN at place 7 of ln_f.bias",
    ],
    [
      "infinity in half precision",
      ({ entries }) => entries.set("transformer.ln_f.bias", { shape: [12], values: new Uint16Array(12).fill(0xfc00) }),
      "has −Infinity at place 0 of ln_f.bias",
    ],
    [
      "an empty table",
      ({ entries }) => entries.set("transformer.wte.weight", { shape: [0, 12], values: new Float32Array(0) }),
      "wte.weight of shape [0, 12]",
    ],
    [
      "a wild name, shown so that no terminal obeys it",
      ({ entries }) => entries.set(`h.0.\u001b[2J${"x".repeat(500)}`, entry([1])),
      "has h.0.\\u001b[2Jxxx",
    ],
    [
      "a shape of many numbers, cut short",
      ({ entries }) => entries.set("transformer.wte.weight", entry(Array<number>(5000).fill(1))),
      "…",
    ],
    ["nothing", ({ entries }) => entries.clear(), "has no wte.weight"],
  ];
  it.each(faults)("refuse %s", (_, change, message) => {
    const before = tf.memory().numTensors;
    expect(() => loadGpt2(changed(change), HEADS)).toThrow(message);
    expect(() => loadGpt2(changed(change), HEADS)).toThrow(/^loadGpt2: changed\.safetensors .{1,300}$/);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuse more names than a stack holds", () => {
    const file = changed(({ entries }) => {
      for (let i = 0; i < 130_000; i++) entries.set(`h.0.${i}`, { shape: [0], values: new Float32Array(0) });
    });
    expect(() => loadGpt2(file, HEADS)).toThrow("has h.0.0, which GPT-2 has not");
  });

  it("refuse a file cut anywhere, a wrong number of heads, and models that GPT-2's names cannot hold", () => {
    const bytes = fs.readFileSync(reference);
    const cut = path.join(folder, "cut.safetensors");
    for (const length of [0, 7, 100, 5000, bytes.length - 1]) {
      fs.writeFileSync(cut, bytes.subarray(0, length));
      expect(() => loadGpt2(cut, HEADS)).toThrow("cut.safetensors is not a whole safetensors file");
    }
    expect(() => loadGpt2(reference)).toThrow("has width 12, no multiple of 0.1875 heads: give { heads }");
    expect(() => loadGpt2(reference, { heads: 5 })).toThrow("no multiple of 5 heads");
    expect(() => loadGpt2(path.join(folder, "none"))).toThrow("(ENOENT): check the path");
    const config = { vocab: 9, context: 5, layers: 1, heads: 1, width: 4 };
    const weights = gptWeights(randomStream(1), config);
    expect(() => saveGpt2(cut, weights, config)).toThrow("the model has no biases, GPT-2 has");
    const newer = { ...config, bias: true, canon: 2 };
    const convolving = gptWeights(randomStream(1), newer);
    expect(() => saveGpt2(cut, convolving, newer)).toThrow("the model has Canon layers, GPT-2 has none");
    tf.dispose([...tensorsOf(weights), ...tensorsOf(convolving)]);
  });

  it("never write what cannot be read again: heads that do not divide the width, NaN", () => {
    const file = path.join(folder, "never.safetensors");
    const config = { vocab: 9, context: 5, layers: 1, heads: 1, width: 4, bias: true };
    const weights = gptWeights(randomStream(1), config);
    expect(() => saveGpt2(file, weights, { ...config, heads: 3 })).toThrow(
      "saveGpt2: width 4 is no multiple of 3 heads",
    );
    const broken = { ...weights, norm: { ...weights.norm, bias: tf.tensor1d([0, 0, NaN, 0]) } };
    expect(() => saveGpt2(file, broken, config)).toThrow("saveGpt2: ln_f.bias is NaN at place 2");
    expect(fs.existsSync(file)).toBe(false);
    tf.dispose([...tensorsOf(weights), broken.norm.bias]);
  });
});
