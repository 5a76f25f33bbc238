import { createRequire } from "node:module";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BytePairEncoding, GPT2_BYTES, GPT2_PATTERN, trainBpe } from "../../../lib/data/bpe";
import { GPT2_END_OF_TEXT, gpt2Bpe } from "../../../lib/data/gpt2-bpe";
import { loadText } from "../../../lib/data/text";
import golden from "../../golden/bpe.json" with { type: "json" };

/** The obvious way: count all pairs anew for every merge. */
function slowMerges(text: string, merges: number): number[][] {
  const words = [...text.matchAll(GPT2_PATTERN)].map(([word]) =>
    Array.from(new TextEncoder().encode(word), (byte) => GPT2_BYTES.indexOf(byte)),
  );
  const learned: number[][] = [];
  while (learned.length < merges) {
    const counts = new Map<string, number>();
    for (const word of words) {
      for (let i = 0; i + 1 < word.length; i++) {
        const key = `${word[i]},${word[i + 1]}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
    const [best] = [...counts]
      .map(([key, count]) => ({ pair: key.split(",").map(Number), count }))
      .sort((a, b) => b.count - a.count || a.pair[0]! - b.pair[0]! || a.pair[1]! - b.pair[1]!);
    if (best === undefined || best.count < 2) break;
    const made = 256 + learned.length;
    learned.push(best.pair);
    for (const word of words) {
      for (let i = 0; i + 1 < word.length; i++) {
        if (word[i] === best.pair[0] && word[i + 1] === best.pair[1]) word.splice(i, 2, made);
      }
    }
  }
  return learned;
}

const anyText = fc.string({ unit: "grapheme", maxLength: 80 });

describe("trainBpe", () => {
  it("learns the merges of Hugging Face's tokenizers, and encodes as it does", () => {
    const text = loadText("alice").trimStart();
    expect(text.length).toBe(golden.characters);
    const bpe = trainBpe(text, golden.merges.length);
    expect(bpe.merges).toEqual(golden.merges);
    for (const { text, tokens } of golden.cases) {
      expect([...bpe.encode(text)]).toEqual(tokens);
      expect(bpe.decode(tokens)).toBe(text);
    }
  });

  it("learns what the obvious way learns", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", "b", " ", "aa", "ä", "1"), minLength: 1 }), (text) => {
        expect(trainBpe(text, 12).merges).toEqual(slowMerges(text, 12));
      }),
    );
    const verse = loadText("blake").slice(0, 3000);
    expect(trainBpe(verse, 60).merges).toEqual(slowMerges(verse, 60));
  });

  it("on paper: low lower lowest", () => {
    const bpe = trainBpe("low lower lowest", 3);
    const show = (token: number) => bpe.decode([token]);
    expect(bpe.merges.map(([a, b]) => show(a) + show(b))).toEqual(["lo", "low", " low"]);
    expect(Array.from(bpe.encode("low slow lowest"), show)).toEqual(["low", " ", "s", "low", " low", "e", "s", "t"]);
  });

  it("ends when no pair occurs twice, and refuses nothing to learn from", () => {
    expect(trainBpe("abc", 10).size).toBe(256);
    expect(trainBpe("aaaa", 10).merges.length).toBe(1); // aa aa: one pair, once
    expect(() => trainBpe("", 3)).toThrow("the text is empty");
    expect(() => trainBpe("abab", 1.5)).toThrow("wanted merges, a whole number");
  });
});

describe("BytePairEncoding", () => {
  const bpe = trainBpe(loadText("blake"), 300);

  it("gives every text back, known or not", () => {
    fc.assert(fc.property(anyText, (text) => void expect(bpe.decode(bpe.encode(text))).toBe(text)));
    expect(bpe.decode(bpe.encode("\uFEFFa"))).toBe("\uFEFFa"); // a byte order mark is a character here
    expect([...bpe.encode("")]).toEqual([]);
  });

  it("refuses half a character, which would come back as another", () => {
    const half = "ab 🙂".slice(0, -1);
    expect(() => bpe.encode(half)).toThrow(
      "BytePairEncoding.encode: place 3 holds half a character (U+D83D): cut texts between characters",
    );
    expect(() => bpe.encode("\ude42x")).toThrow("place 0 holds half a character (U+DE42)");
    expect(() => trainBpe(half + half, 3)).toThrow("trainBpe: place 3 holds half a character");
    expect(bpe.decode(bpe.encode("🙂🙂"))).toBe("🙂🙂");
  });

  it("never needs more tokens than bytes, and fewer with more merges", () => {
    const text = loadText("blake").slice(5000, 9000);
    const lengths = [0, 50, 300].map((merges) => bpe.first(merges).encode(text).length);
    expect(lengths[0]).toBe(Buffer.byteLength(text));
    expect(lengths[1]).toBeLessThan(lengths[0]!);
    expect(lengths[2]).toBeLessThan(lengths[1]!);
  });

  it("shows half a character as �, and refuses numbers that are no tokens, and impossible merges", () => {
    expect(bpe.decode([...bpe.encode("é")].slice(0, 1))).toBe("�");
    expect(() => bpe.decode([556])).toThrow("556 is no token: there are 0 to 555");
    expect(() => new BytePairEncoding([[256, 1]])).toThrow("merge 0 joins 256 and 1: only 256 tokens exist");
    expect(
      () =>
        new BytePairEncoding([
          [1, 1],
          [1, 1],
        ]),
    ).toThrow("merge 1 joins 1 and 1, as an earlier one does");
  });
});

describe("gpt2Bpe", () => {
  const gpt2 = gpt2Bpe();
  const { encode } = createRequire(import.meta.filename)("gpt-tokenizer/cjs/encoding/r50k_base") as {
    encode: (text: string) => number[];
  };

  it("has GPT-2's 50,257 tokens: each made of two earlier ones, but bytes and the last", () => {
    expect(gpt2.size).toBe(50_257);
    expect(gpt2.merges.length).toBe(50_000);
    expect(gpt2.decode([15496, GPT2_END_OF_TEXT, 995])).toBe("Hello<|endoftext|> world");
    expect(() => gpt2.decode([50_257])).toThrow("50257 is no token: there are 0 to 50256");
    expect(gpt2.first(10).size).toBe(266);
    expect(gpt2.decode([15496, 995, 11])).toBe("Hello world,");
    expect([...gpt2.encode("Hello world")]).toEqual([15496, 995]); // the example of OpenAI's README
    expect(gpt2Bpe()).toBe(gpt2);
  });

  it("encodes as the package's own encoder", () => {
    for (const text of [loadText("macbeth").slice(0, 20_000), loadText("moby-dick").slice(0, 20_000)]) {
      expect([...gpt2.encode(text)]).toEqual(encode(text));
    }
    for (const text of [
      "I'll don't we've",
      "  x\n\n\n y\t",
      "naïve 日本 🙂👍🏽",
      "x=1;\n    return 3.14;",
      "\u00a0 \u2003a",
    ]) {
      expect([...gpt2.encode(text)]).toEqual(encode(text));
    }
    fc.assert(
      fc.property(anyText, (text) => {
        fc.pre(!text.includes("<|"));
        expect([...gpt2.encode(text)]).toEqual(encode(text));
      }),
    );
  });

  it("treats <|endoftext|> in a text as text", () => {
    const tokens = gpt2.encode("<|endoftext|>");
    expect([...tokens]).not.toContain(GPT2_END_OF_TEXT);
    expect(gpt2.decode(tokens)).toBe("<|endoftext|>");
  });
});
