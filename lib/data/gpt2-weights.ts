/**
 * GPT weights under the names of OpenAI's GPT-2, as Hugging Face stores them in safetensors: a real GPT-2 file loads into
 * gptWeights' tree, and a model of ours opens in transformers. Their Conv1D keeps matrices as [in, out], as we do: nothing is
 * transposed.
 */
import fs from "node:fs";
import path from "node:path";
import type { GptBlock, GptConfig, GptWeights } from "../models/gpt";
import { tf } from "../tensor/tf";
import { writeFileAtomically } from "./atomic";
import { fromHalf } from "./half";
import { decodeSafetensors, dtypeOf, encodeSafetensors } from "./safetensors";
import type { Entry } from "./safetensors";
import { shownName } from "./shown";

/** What transformers writes besides weights: causal masks, and the readout where it is the token table. */
const IGNORED = /^h\.\d+\.attn\.(bias|masked_bias)$/;

/** [path in our tree, GPT-2's name, shape] of every weight of one block. */
function blockNames(i: number, { width: C }: GptConfig): [string, string, number[]][] {
  const h = `h.${i}`;
  return [
    ["norm1.gain", `${h}.ln_1.weight`, [C]],
    ["norm1.bias", `${h}.ln_1.bias`, [C]],
    ["qkv.w", `${h}.attn.c_attn.weight`, [C, 3 * C]],
    ["qkv.b", `${h}.attn.c_attn.bias`, [3 * C]],
    ["out.w", `${h}.attn.c_proj.weight`, [C, C]],
    ["out.b", `${h}.attn.c_proj.bias`, [C]],
    ["norm2.gain", `${h}.ln_2.weight`, [C]],
    ["norm2.bias", `${h}.ln_2.bias`, [C]],
    ["up.w", `${h}.mlp.c_fc.weight`, [C, 4 * C]],
    ["up.b", `${h}.mlp.c_fc.bias`, [4 * C]],
    ["down.w", `${h}.mlp.c_proj.weight`, [4 * C, C]],
    ["down.b", `${h}.mlp.c_proj.bias`, [C]],
  ];
}

/**
 * Writes weights under GPT-2's names. The sizes stand in the metadata, the number of heads among them.
 * @throws Error for a model without biases: GPT-2 has them everywhere (gptWeights with `bias: true`); for one with `canon`; and for
 * what loadGpt2 would refuse: NaN, infinity, heads that do not divide the width
 */
export function saveGpt2(file: string, weights: GptWeights, config: GptConfig): void {
  if (weights.norm.bias === undefined) {
    throw new Error("saveGpt2: the model has no biases, GPT-2 has: make it with `bias: true`");
  }
  if (weights.blocks.some(({ canonA }) => canonA !== undefined)) {
    throw new Error("saveGpt2: the model has Canon layers, GPT-2 has none: make it without `canon`");
  }
  const { heads } = config;
  const width = weights.tokens.shape[1];
  if (!Number.isInteger(heads) || heads < 1 || width % heads !== 0) {
    throw new Error(`saveGpt2: width ${width} is no multiple of ${heads} heads: give the model's own config`);
  }
  const entries = new Map<string, Entry>();
  const put = (name: string, tensor: tf.Tensor): void => {
    const entry = { shape: tensor.shape, values: tensor.dataSync<"float32">() };
    const odd = firstOdd(entry);
    if (odd >= 0) {
      const value = String(entry.values[odd]).replace("-", "−");
      throw new Error(`saveGpt2: ${name} is ${value} at place ${odd}: such a model writes nothing; has it diverged?`);
    }
    entries.set(name, entry);
  };
  put("wte.weight", weights.tokens);
  put("wpe.weight", weights.positions);
  weights.blocks.forEach((block, i) => {
    for (const [at, name] of blockNames(i, config)) {
      const [layer, part] = at.split(".") as [keyof GptBlock, string];
      put(name, (block[layer] as unknown as Record<string, tf.Tensor>)[part]!);
    }
  });
  put("ln_f.weight", weights.norm.gain);
  put("ln_f.bias", weights.norm.bias);
  if (weights.head) put("lm_head.weight", weights.head);
  const metadata = { format: "pt", n_head: String(config.heads) };
  writeFileAtomically(file, encodeSafetensors({ entries, metadata }));
}

/** A model read from a file; the caller disposes the tensors. */
export interface LoadedGpt2 {
  weights: GptWeights;
  config: GptConfig;
}

/**
 * Reads a GPT-2 from a safetensors file with its own names, with or without the prefix "transformer.". All sizes follow from the
 * shapes, but not the number of heads.
 * @param options.heads from the file's config.json (n_head); without it what saveGpt2 wrote, else width/64, as all GPT-2 have
 * @throws Error in one line when the file cannot be read, is damaged, or is no GPT-2: naming the weight that is missing,
 * superfluous, there twice, of another shape or kind, or holds NaN or infinity
 */
export function loadGpt2(file: string, options: { heads?: number } = {}): LoadedGpt2 {
  const name = path.basename(file);
  const { entries, metadata } = decodeSafetensors(readBytes(file), name);
  const fail = (what: string): never => {
    throw new Error(`loadGpt2: ${name} ${what}: wanted a GPT-2 as transformers saves it`);
  };
  const found = new Map<string, Entry>();
  for (const [full, entry] of entries) {
    const key = full.replace(/^transformer\./, "");
    if (found.has(key)) fail(`has ${shownName(key)} twice, with and without transformer.`);
    found.set(key, entry);
  }
  const take = (key: string, shape?: number[]): Entry => {
    const entry = found.get(key) ?? fail(`has no ${key}`);
    const wanted = shape ?? [NaN, NaN];
    const fits =
      entry.shape.length === wanted.length &&
      wanted.every((n, i) => (Number.isNaN(n) ? entry.shape[i]! > 0 : n === entry.shape[i]));
    const got = shownName(`[${entry.shape.join(", ")}]`);
    if (!fits) fail(`has ${key} of shape ${got}${shape ? `, wanted [${shape.join(", ")}]` : ""}`);
    if (!(entry.values instanceof Float32Array || entry.values instanceof Uint16Array)) {
      fail(`has ${key} in ${dtypeOf(entry.values)}, wanted F32 or F16`);
    }
    const odd = firstOdd(entry);
    if (odd >= 0) {
      const value = String(numbersOf(entry)[odd]).replace("-", "−");
      fail(`has ${value} at place ${odd} of ${key}, and would write nothing but that`);
    }
    found.delete(key);
    return entry;
  };
  const table = take("wte.weight");
  const [vocab, width] = table.shape as [number, number];
  const layerOf = (key: string): number => Number(/^h\.(\d{1,3})\./.exec(key)?.[1] ?? -1);
  const layers = [...found.keys()].reduce((most, key) => Math.max(most, layerOf(key) + 1), 0);
  if (layers === 0) fail("has no layers (h.0 …)");
  const positions = take("wpe.weight", [NaN, width]);
  const heads = options.heads ?? Number(metadata.n_head ?? width / 64);
  if (!Number.isInteger(heads) || heads < 1 || width % heads !== 0) {
    fail(`has width ${width}, no multiple of ${heads} heads: give { heads }`);
  }
  const sizes = { vocab, context: positions.shape[0]!, layers, heads, width, bias: true };
  const blocks = Array.from({ length: layers }, (_, i) =>
    blockNames(i, sizes).map(([at, key, shape]) => [at, take(key, shape)] as const),
  );
  const norm = { gain: take("ln_f.weight", [width]), bias: take("ln_f.bias", [width]) };
  const readout = found.has("lm_head.weight") ? take("lm_head.weight", [vocab, width]) : undefined;
  const extra = [...found.keys()].find((key) => !IGNORED.test(key));
  if (extra !== undefined) fail(`has ${shownName(extra)}, which GPT-2 has not`);
  // All is there: from here on nothing throws, so no tensor is left behind.
  const tied = readout === undefined || sameNumbers(readout, table);
  const weights = {
    tokens: tensorOf(table) as tf.Tensor2D,
    positions: tensorOf(positions) as tf.Tensor2D,
    blocks: blocks.map((parts) => {
      const block: Record<string, Record<string, tf.Tensor>> = {};
      for (const [at, entry] of parts) {
        const [layer, part] = at.split(".") as [string, string];
        (block[layer] ??= {})[part] = tensorOf(entry);
      }
      return block as unknown as GptBlock;
    }),
    norm: { gain: tensorOf(norm.gain) as tf.Tensor1D, bias: tensorOf(norm.bias) as tf.Tensor1D },
    ...(!tied && { head: tensorOf(readout) as tf.Tensor2D }),
  };
  return { weights, config: { ...sizes, tied } };
}

function sameNumbers(a: Entry, b: Entry): boolean {
  return a.values.length === b.values.length && a.values.every((value, i) => value === b.values[i]);
}

/** Where the first number stands that is NaN or infinite; −1 without one. */
function firstOdd({ values }: Entry): number {
  const half = values instanceof Uint16Array;
  // A plain loop: findIndex takes seven times as long, 3 s for GPT-2.
  for (let i = 0; i < values.length; i++) {
    if (half ? (values[i]! & 0x7c00) === 0x7c00 : !Number.isFinite(values[i])) return i; // half's highest exponent
  }
  return -1;
}

function numbersOf({ values }: Entry): Float32Array {
  return values instanceof Uint16Array ? fromHalf(values) : (values as Float32Array);
}

function tensorOf(entry: Entry): tf.Tensor {
  return tf.tensor(numbersOf(entry), entry.shape, "float32");
}

function readBytes(file: string): Uint8Array {
  try {
    return fs.readFileSync(file);
  } catch (cause) {
    throw new Error(`loadGpt2: cannot read ${file} (${(cause as NodeJS.ErrnoException).code}): check the path`, {
      cause,
    });
  }
}
