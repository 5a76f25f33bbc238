import { describe, expect, it } from "vitest";
import { continueTexts, gptPrompt } from "../../../lib/models/gpt-texts";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { flatten } from "../../../lib/tensor/tree";
import { CONFIG, lively, program, slowText, V } from "./small-gpt";

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
    expect(() => continueTexts([[1]], never, { ...options, count: 0 })).toThrow("count is 0, wanted 1 or more");
    for (const [choice, message] of [
      [{ temperature: -1 }, "temperature is -1, wanted 0 or more: 0 is the likeliest token"],
      [{ temperature: NaN }, "temperature is NaN, wanted 0 or more"],
      [{ topK: 0 }, "topK is 0, wanted 1 or more: 1 is the likeliest token alone"],
      [{ topP: 0 }, "topP is 0, wanted more than 0: 1 keeps all tokens"],
    ] as const) {
      expect(() => continueTexts([[1]], never, { ...options, ...choice })).toThrow(`continueTexts: ${message}`);
    }
    expect(() => continueTexts([[1, -1]], never, options)).toThrow("continueTexts: prompt 0 has -1 at place 1");
    expect(() => continueTexts([[1, 0.5]], never, options)).toThrow("wanted a token's number, 0 or more");
    expect(() => continueTexts([[11]], never, { ...options, vocab: V })).toThrow("has 11 at place 0, wanted");
    expect(() => continueTexts([[1]], never, { ...options, context: 0 })).toThrow("context is 0");
    const wrong = () => tf.zeros<tf.Rank.R2>([1, 2], "int32");
    expect(() => continueTexts([[1]], wrong, options)).toThrow("continueTexts: generate gave [1, 2], wanted [1, 6]");
  });
});
