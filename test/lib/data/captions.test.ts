import { describe, expect, it } from "vitest";
import { caption, CAPTION_LENGTH, CAPTION_WORDS, captionBatch, captionTokens } from "../../../lib/data/captions";
import { ALL_STYLES } from "../../../lib/data/styled-digits";
import { randomStream } from "../../../lib/tensor/random";

const stream = randomStream(1);
const choose = (n: number): number => Math.floor(stream.number() * n);

describe("caption", () => {
  it("says digit, weight and lean, each in several words, and every caption can be read", () => {
    const said = new Set<string>();
    for (let i = 0; i < 2000; i++) {
      const text = caption({ digit: 3, weight: "bold", lean: "left" }, choose);
      expect(text).toMatch(/\b(3|three)\b/);
      expect(text).toMatch(/bold|thick|heavy/);
      expect(text).toMatch(/left/);
      expect(text).not.toMatch(/ {2}| ,|^\s|\s$/);
      captionTokens(text);
      said.add(text);
    }
    expect(said.size).toBeGreaterThan(100);
  });

  it("every style, also with parts left out, fits the language", () => {
    for (const { digit, weight, lean } of ALL_STYLES) {
      for (const said of [{}, { weight }, { lean }, { weight, lean }]) {
        for (let i = 0; i < 10; i++) {
          const text = caption({ digit, ...said }, choose);
          expect(captionTokens(text)).toHaveLength(CAPTION_LENGTH);
          expect(text).not.toMatch(/and$|with$|that is$/);
        }
      }
    }
  });

  it("says upright also by what it is not", () => {
    const texts = Array.from({ length: 200 }, () => caption({ digit: 8, lean: "upright" }, choose));
    expect(texts.some((text) => text.includes("not leaning"))).toBe(true);
    expect(() => caption({ digit: 10 }, choose)).toThrow("wanted a digit 0 to 9, got 10");
  });
});

describe("captionTokens", () => {
  it("reads words whatever commas and capitals; nothing is all 0", () => {
    const tokens = captionTokens("A thick 3, leaning left.");
    expect([...tokens.subarray(0, 5)].map((t) => CAPTION_WORDS[t])).toEqual(["a", "thick", "3", "leaning", "left"]);
    expect([...captionTokens("")]).toEqual(new Array(CAPTION_LENGTH).fill(0));
    const batch = captionBatch(["a 3", ""]);
    expect(batch.shape).toEqual([2, CAPTION_LENGTH]);
    expect(batch.dtype).toBe("int32");
  });

  it("names the word that it does not know, and a text that is too long", () => {
    expect(() => captionTokens("a purple 3")).toThrow('"purple" is no word of it: there are 0 1 2');
    expect(() => captionTokens("a ".repeat(12))).toThrow("has 12 words, at most 11 fit");
    expect(() => captionTokens("·")).toThrow("is no word");
  });
});
