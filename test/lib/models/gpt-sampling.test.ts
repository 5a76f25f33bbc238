import { describe, expect, it } from "vitest";
import { gptLogits, gptWeights, prefill } from "../../../lib/models/gpt";
import type { GptConfig, GptWeights } from "../../../lib/models/gpt";
import { continueTexts, drawToken, gptBeam, gptContinue, gptPrompt } from "../../../lib/models/gpt-sampling";
import { allClose } from "../../../lib/tensor/all-close";
import { compile } from "../../../lib/tensor/compile";
import { call } from "../../../lib/tensor/program-functions";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { assemble, flatten } from "../../../lib/tensor/tree";
import { onEveryBackend } from "../backends";

const CONFIG: GptConfig = { vocab: 11, context: 12, layers: 2, heads: 2, width: 12 };
const V = CONFIG.vocab;
const VARIANTS: GptConfig[] = [CONFIG, { ...CONFIG, near: 4 }];

/** Weights that are not small: attention is not uniform, and the distribution not flat. */
function lively(config = CONFIG): GptWeights {
  const { leaves, skeleton } = flatten(gptWeights(randomStream(5), config));
  const noise = randomStream(6);
  const louder = new Map(leaves.map(({ path, tensor }) => [path, tf.add(tensor, noise.normal(tensor.shape, 0, 0.5))]));
  return assemble(skeleton, (path) => louder.get(path)) as GptWeights;
}

function program(weights: GptWeights, eager = false, config = CONFIG) {
  return compile(
    { gpt: weights },
    {
      generate: call((state, inputs, scalars) => ({ tokens: gptContinue(inputs, scalars, state.gpt, config) }), {
        inputs: { prompt: { shape: ["B", CONFIG.context], dtype: "int32" }, u: ["B", "n"] },
        scalars: { length: 1, temperature: 1, topK: V, topP: 1 },
      }),
      beam: call(
        (state, { prompt }, { length }) => gptBeam(prompt, length, state.gpt, config, { beams: 3, count: 5 }),
        { inputs: { prompt: { shape: [1, CONFIG.context], dtype: "int32" } }, scalars: { length: 1 } },
      ),
    },
    { eager },
  );
}

/** The distribution of the next token by the whole network. */
function nextLogits(weights: GptWeights, text: number[], config = CONFIG): number[] {
  return tf.tidy(() => {
    const tokens = tf.tensor2d(text, [1, text.length], "int32");
    return gptLogits(tokens, weights, config).arraySync()[0]!.at(-1)!;
  });
}

/** drawToken's definition in plain numbers. */
function slowDraw(logits: number[], u: number, { temperature = 1, topK = V, topP = 1 } = {}): number {
  const order = logits.map((_, i) => i).sort((a, b) => logits[b]! - logits[a]!);
  if (temperature === 0) return order[0]!;
  let chances = order.slice(0, topK).map((i) => Math.exp((logits[i]! - logits[order[0]!]!) / temperature));
  const sum = chances.reduce((a, b) => a + b, 0);
  chances = chances.map((c) => c / sum);
  let mass = 0;
  chances = chances.filter((c) => (mass += c) - c < topP);
  const total = chances.reduce((a, b) => a + b, 0);
  let passed = 0;
  return order[chances.findIndex((c) => (passed += c) > u * total)]!;
}

function slowText(weights: GptWeights, prompt: number[], u: number[], choice = {}, config = CONFIG): number[] {
  const text = [...prompt];
  for (const each of u) text.push(slowDraw(nextLogits(weights, text, config), each, choice));
  return text.slice(prompt.length);
}

const CHOICES = [
  {},
  { temperature: 0 },
  { temperature: 0.5 },
  { topK: 1 },
  { topK: 3 },
  { topP: 0.6 },
  { temperature: 1.5, topK: 6, topP: 0.8 },
];

onEveryBackend("drawToken", () => {
  it.each(CHOICES)("is its definition: %o", (choice) => {
    tf.tidy(() => {
      const logits = randomStream(3).normal([200, V], 0, 2);
      const u = randomStream(4).uniform([200]);
      const full = { temperature: 1, topK: V, topP: 1, ...choice };
      const scalars = Object.fromEntries(Object.entries(full).map(([name, x]) => [name, tf.scalar(x)]));
      const drawn = drawToken(logits, u, scalars as never);
      expect(drawn.dtype).toBe("int32");
      const [rows, chances] = [logits.arraySync(), u.dataSync()];
      expect([...drawn.dataSync()]).toEqual(rows.map((row, b) => slowDraw(row, chances[b]!, choice)));
    });
  });

  it("takes exactly the likeliest at temperature 0, however near the next one is, and draws at the coldest above", () => {
    tf.tidy(() => {
      const near = [1, 1 + 1e-6, 0.5, 1 + 2e-6];
      const rows = Array.from({ length: 50 }, () => near);
      const u = tf.linspace(0, 0.999, 50);
      const [zero, all, one] = [0, 4, 1].map((x) => tf.scalar(x)) as [tf.Scalar, tf.Scalar, tf.Scalar];
      const cold = drawToken(tf.tensor2d(rows), u, { temperature: zero, topK: all, topP: one }).dataSync();
      expect([...cold]).toEqual(rows.map(() => 3));
      const tied = drawToken(tf.tensor2d([[2, 7, 7]]), tf.tensor1d([0.99]), {
        temperature: zero,
        topK: all,
        topP: one,
      });
      expect(tied.dataSync()[0]).toBe(1); // of equals the first
      const chilly = drawToken(tf.tensor2d(rows), u, { temperature: tf.scalar(1e-5), topK: all, topP: one }).dataSync();
      expect(new Set(chilly)).toEqual(new Set([0, 1, 3])); // e^0.1 and e^0.2 times as likely as the third
      const coldest = drawToken(tf.tensor2d(rows), u, { temperature: tf.scalar(1e-38), topK: all, topP: one });
      expect([...coldest.dataSync()]).toEqual(rows.map(() => 3));
    });
  });

  it("draws each token as often as its chance says", () => {
    tf.tidy(() => {
      const [one, N] = [[2, 0, 1, -1], 20_000];
      const logits = tf.tile(tf.tensor2d([one]), [N, 1]);
      const [temperature, topK, topP] = [1, 4, 1].map((x) => tf.scalar(x)) as [tf.Scalar, tf.Scalar, tf.Scalar];
      const drawn = drawToken(logits, randomStream(1).uniform([N]), { temperature, topK, topP }).dataSync();
      const sum = one.reduce((s, l) => s + Math.exp(l), 0);
      one.forEach((l, k) => {
        const share = drawn.filter((d) => d === k).length / N;
        expect(Math.abs(share - Math.exp(l) / sum)).toBeLessThan(4 * Math.sqrt(0.25 / N));
      });
    });
  });
});

onEveryBackend("gptContinue", () => {
  it.each(CHOICES)("equals the full forward pass token by token: %o", (choice) => {
    tf.tidy(() => {
      const weights = lively();
      const made = program(weights);
      const prompts = [
        [3, 1, 4],
        [1, 5, 9],
      ];
      const u = randomStream(8).uniform([2, 7]);
      const padded = tf.tensor2d(
        prompts.map((p) => [...p, ...Array<number>(9).fill(7)]),
        [2, 12],
        "int32",
      );
      const { tokens } = made.generate({ prompt: padded, u }, { length: 3, ...choice });
      expect([tokens.dtype, tokens.shape]).toEqual(["int32", [2, 7]]);
      const noise = u.arraySync();
      prompts.forEach((prompt, b) =>
        expect(tokens.arraySync()[b]).toEqual(slowText(weights, prompt, noise[b]!, choice)),
      );
      made.dispose();
    });
  });

  it.each(VARIANTS)("fills the context to its end, also from a prompt of one token or of all: %o", (config) => {
    tf.tidy(() => {
      const weights = lively(config);
      const made = program(weights, false, config);
      for (const length of [1, 2, 5, 12]) {
        const prompt = randomStream(length).integers([1, 12], 0, V);
        const u = randomStream(9).uniform([1, 13 - length]);
        const { tokens } = made.generate({ prompt, u }, { length });
        const given = [...prompt.dataSync()].slice(0, length);
        expect([...tokens.dataSync()]).toEqual(slowText(weights, given, [...u.dataSync()], {}, config));
      }
      made.dispose();
    });
  });

  it("prefill's logits are the forward pass's, whatever stands behind the prompt", () => {
    tf.tidy(() => {
      const weights = lively();
      const tokens = randomStream(2).integers([2, 12], 0, V);
      for (const length of [1, 5, 12]) {
        const { logits } = prefill(tokens, tf.scalar(length, "int32"), weights, CONFIG);
        const wanted = tokens.arraySync().map((row) => nextLogits(weights, row.slice(0, length)));
        const { ok, message } = allClose(logits, tf.tensor2d(wanted), { rtol: 1e-4, atol: 1e-5 });
        expect(ok, message).toBe(true);
      }
    });
  });
});

onEveryBackend("gptBeam", () => {
  it.each(VARIANTS)("is beam search written out, and its probabilities are the model's: %o", (config) => {
    tf.tidy(() => {
      const weights = lively(config);
      const made = program(weights, false, config);
      const prompt = [2, 7];
      let beams = [{ text: [...prompt], logP: 0 }];
      for (let i = 0; i < 5; i++) {
        const all = beams.flatMap(({ text, logP }) => {
          const logits = nextLogits(weights, text, config);
          const top = Math.max(...logits);
          const norm = top + Math.log(logits.reduce((s, l) => s + Math.exp(l - top), 0));
          return logits.map((l, w) => ({ text: [...text, w], logP: logP + l - norm }));
        });
        beams = all.sort((a, b) => b.logP - a.logP).slice(0, 3);
      }
      const padded = tf.tensor2d([...prompt, ...Array<number>(10).fill(0)], [1, 12], "int32");
      const { tokens, logProbability } = made.beam({ prompt: padded }, { length: 2 });
      expect(tokens.arraySync()).toEqual(beams.map(({ text }) => text.slice(2)));
      beams.forEach(({ logP }, k) => expect(logProbability.dataSync()[k]).toBeCloseTo(logP, 4));
      const { tokens: greedy } = made.generate({ prompt: padded, u: tf.zeros([1, 5]) }, { length: 2, topK: 1 });
      const ofGreedy = [...greedy.dataSync()].reduce(
        ({ text, logP }, w) => {
          const logits = nextLogits(weights, text, config);
          const norm = Math.log(logits.reduce((s, l) => s + Math.exp(l), 0));
          return { text: [...text, w], logP: logP + logits[w]! - norm };
        },
        { text: [...prompt], logP: 0 },
      );
      expect(beams[0]!.logP).toBeGreaterThanOrEqual(ofGreedy.logP - 1e-6);
      made.dispose();
    });
  });
});

onEveryBackend("gptBeam and gptContinue", () => {
  it("refuse sizes that have no meaning", () => {
    tf.tidy(() => {
      const weights = lively();
      const prompt = tf.zeros<tf.Rank.R2>([1, 12], "int32");
      const beam = (beams: number, count: number) => () =>
        gptBeam(prompt, tf.scalar(1), weights, CONFIG, { beams, count });
      expect(beam(0, 3)).toThrow("gptBeam: wanted beams, a whole number of 1 or more, got 0");
      expect(beam(2.5, 3)).toThrow("wanted beams");
      expect(beam(2, 0)).toThrow("wanted count");
      expect(beam(2, 13)).toThrow("gptBeam: count 13 is longer than the context, 12");
      expect(beam(12, 1)).toThrow("gptBeam: 12 beams, but there are only 11 pieces of 1 token");
      const { tokens, logProbability } = beam(30, 2)(); // more than V, less than V²
      const pieces = tokens.arraySync().map((piece) => piece.join());
      expect(new Set(pieces).size).toBe(30);
      expect(Math.min(...logProbability.dataSync())).toBeGreaterThan(-100);
      const choice = { temperature: tf.scalar(1), topK: tf.scalar(V), topP: tf.scalar(1) };
      const go = (B: number, n: number) => () =>
        gptContinue({ prompt, u: tf.zeros([B, n]) }, { length: tf.scalar(1), ...choice }, weights, CONFIG);
      expect(go(2, 3)).toThrow("gptContinue: u is [2, 3], wanted [1, n]: a row for each prompt");
      expect(go(1, 0)).toThrow("wanted count");
      expect(go(1, 13)).toThrow("gptContinue: count 13 is longer than the context, 12");
    });
  });
});

describe("gptPrompt", () => {
  it("fills up to the context", () => {
    const { prompt, length } = gptPrompt([[3, 1], Int32Array.of(4, 10)], CONFIG);
    expect([prompt.dtype, prompt.shape, length]).toEqual(["int32", [2, 12], 2]);
    expect(prompt.arraySync()).toEqual([
      [3, 1, ...Array<number>(10).fill(0)],
      [4, 10, ...Array<number>(10).fill(0)],
    ]);
    prompt.dispose();
  });

  it("refuses what a compiled function would not see, and makes no tensor", () => {
    const before = tf.memory().numTensors;
    expect(() => gptPrompt([], CONFIG)).toThrow("gptPrompt: no prompt: give at least one token");
    expect(() => gptPrompt([[1], [1, 2]], CONFIG)).toThrow("gptPrompt: prompts of 1 and 2 tokens");
    expect(() => gptPrompt([new Array<number>(13).fill(0)], CONFIG)).toThrow(
      "gptPrompt: a prompt of 13 tokens and 1 more, the context is 12: give the last 12",
    );
    expect(() => gptPrompt([new Array<number>(10).fill(0)], CONFIG, 4)).toThrow("give the last 9");
    expect(() => gptPrompt([new Array<number>(9).fill(0)], CONFIG, 4).prompt.dispose()).not.toThrow();
    expect(() => gptPrompt([[0]], CONFIG, 13)).toThrow("count 13 is longer than the context, 12");
    for (const id of [11, -1, 0.5, NaN]) {
      expect(() => gptPrompt([[3], [id]], CONFIG)).toThrow(
        `gptPrompt: prompt 1 has ${id} at place 0, wanted a token's number, 0 to 10`,
      );
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("continueTexts", () => {
  it("slides its window over long texts, piece by piece", () => {
    tf.tidy(() => {
      const weights = lively();
      const made = program(weights);
      const stream = randomStream(1);
      const options = { count: 30, context: 12, piece: 4, temperature: 0.8 };
      const [text] = continueTexts([[3, 1, 4]], (i, s) => made.generate(i, s).tokens, { ...options, stream });
      const again = randomStream(1);
      const slow = [3, 1, 4];
      while (slow.length < 33) {
        const window = slow.slice(-9); // context − piece + 1
        slow.push(...slowText(weights, window, [...again.uniform([1, 4]).dataSync()], { temperature: 0.8 }));
      }
      expect([...text!]).toEqual(slow.slice(3, 33));
      made.dispose();
    });
  });

  it("takes prompts longer than the context, and leaves no tensors", () => {
    const weights = lively();
    const made = program(weights);
    const generate: Parameters<typeof continueTexts>[1] = (i, s) => made.generate(i, s).tokens;
    const long = Array.from({ length: 40 }, (_, i) => i % V);
    const options = { count: 5, context: 12, topK: 2 };
    const before = tf.memory().numTensors;
    const texts = continueTexts([long, [...long].reverse()], generate, { ...options, stream: randomStream(1) });
    expect(tf.memory().numTensors).toBe(before);
    expect(texts.map((text) => text.length)).toEqual([5, 5]);
    const tail = [long, [...long].reverse()].map((text) => text.slice(-7));
    expect(continueTexts(tail, generate, { ...options, stream: randomStream(1) })).toEqual(texts);
    made.dispose();
    tf.dispose(flatten(weights).leaves.map(({ tensor }) => tensor));
  });

  it("refuses what has no meaning, in one line", () => {
    const never = () => expect.unreachable();
    const options = { count: 3, context: 12, stream: randomStream(1) };
    expect(() => continueTexts([], never, options)).toThrow("no prompt: give at least one token");
    expect(() => continueTexts([[]], never, options)).toThrow("no prompt");
    expect(() => continueTexts([[1], [1, 2]], never, options)).toThrow("prompts of 1 and 2 tokens");
    expect(() => continueTexts([[1]], never, { ...options, piece: 13 })).toThrow("longer than the context, 12");
    expect(() => continueTexts([[1]], never, { ...options, count: 0 })).toThrow("wanted count");
    expect(() => continueTexts([[1]], never, { ...options, temperature: -1 })).toThrow("temperature ≥ 0");
    expect(() => continueTexts([[1]], never, { ...options, topP: 0 })).toThrow("topP > 0, got");
    expect(() => continueTexts([[1, -1]], never, options)).toThrow("continueTexts: prompt 0 has -1 at place 1");
    expect(() => continueTexts([[1, 0.5]], never, options)).toThrow("wanted a token's number, 0 or more");
    expect(() => continueTexts([[11]], never, { ...options, vocab: V })).toThrow("has 11 at place 0, wanted");
    expect(() => continueTexts([[1]], never, { ...options, context: 0 })).toThrow("wanted context");
    const wrong = () => tf.zeros<tf.Rank.R2>([1, 2], "int32");
    expect(() => continueTexts([[1]], wrong, options)).toThrow("continueTexts: generate gave [1, 2], wanted [1, 6]");
  });
});
