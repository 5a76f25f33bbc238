import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { loadText, readText, splitText, TEXTS } from "../../../lib/data/text";
import { CharVocabulary } from "../../../lib/data/vocabulary";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "genlab-text-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const written = (name: string, bytes: Uint8Array | string): string => {
  fs.writeFileSync(path.join(folder, name), bytes);
  return path.join(folder, name);
};

describe("loadText", () => {
  it("has Shakespeare's three plays by default, one after another, without their title lines", () => {
    const text = loadText();
    expect(text.length).toBe(375_371);
    expect(text.startsWith("Actus Primus. Scoena Prima.\n\nEnter Barnardo and Francisco")).toBe(true);
    expect(text).toContain(loadText("macbeth"));
    expect(text.endsWith(loadText("caesar"))).toBe(true);
    expect(text).not.toContain("[The Tragedie");
  });

  it("reads every book: no broken characters, no carriage returns", () => {
    for (const name of TEXTS) {
      const text = loadText(name);
      expect(text.length).toBeGreaterThan(30_000);
      expect(/[\r\uFFFD]/.test(text), name).toBe(false);
    }
    expect(loadText("caesar")).toContain("æ"); // Latin-1 in the package
  });

  it("names what there is", () => {
    expect(() => loadText("othello" as never)).toThrow('loadText: no text "othello": there is shakespeare, hamlet');
    expect(() => loadText("toString" as never)).toThrow("no text");
  });
});

describe("readText", () => {
  it("reads UTF-8, with either line ending, with and without a byte order mark", () => {
    expect(readText(written("a.txt", "ä\r\n🙂\n"))).toBe("ä\n🙂\n");
    expect(readText(written("bom.txt", Uint8Array.of(0xef, 0xbb, 0xbf, 65)))).toBe("A");
  });

  it("names UTF-16 and UTF-32, with and without a mark, and says how to convert them", () => {
    const little = Buffer.from("Enter Hämlet", "utf16le");
    const big = Buffer.from(little).swap16();
    const wide = (mark: number[], text: string) =>
      Uint8Array.from([...mark, ...[...text].flatMap((c) => [c.charCodeAt(0), 0, 0, 0])]);
    const cases: [Uint8Array, string][] = [
      [
        Buffer.concat([Buffer.of(0xff, 0xfe), little]),
        "is UTF-16LE, wanted UTF-8: convert it, for example with `iconv -f utf-16le -t utf-8`",
      ],
      [Buffer.concat([Buffer.of(0xfe, 0xff), big]), "is UTF-16BE, wanted"],
      [Buffer.from("Enter Hamlet", "utf16le"), "is UTF-16LE, wanted"],
      [Buffer.from("Enter Hamlet", "utf16le").swap16(), "is UTF-16BE, wanted"],
      [little, "is UTF-16LE, wanted"],
      [wide([0xff, 0xfe, 0, 0], "Hamlet"), "is UTF-32LE, wanted"],
      [wide([], "Hamlet"), "is UTF-32LE, wanted"],
      [Uint8Array.of(0, 0, 0xfe, 0xff, 0, 0, 0, 65), "is UTF-32BE, wanted"],
      [Uint8Array.of(0xff, 0xfe), "is UTF-16LE, wanted"],
    ];
    for (const [bytes, message] of cases) expect(() => readText(written("wide.txt", bytes))).toThrow(message);
  });

  it("refuses NUL, which no text holds, and a file of nothing but a mark", () => {
    expect(() => readText(written("nul.txt", "To be\0or not"))).toThrow(
      /nul\.txt is no text: byte 5 is 0: give a text file, UTF-8$/,
    );
    expect(() => readText(written("mark.txt", "\uFEFF"))).toThrow("mark.txt is empty: give a file with text");
  });

  it("reads a single character; that there is nothing to predict, the vocabulary says", () => {
    expect(readText(written("one.txt", "a"))).toBe("a");
    expect(() => CharVocabulary.of(readText(written("one.txt", "a")))).toThrow('the text consists of "a" alone');
  });

  it("refuses what is no text, in one line with a cure", () => {
    const bytes = Uint8Array.from([...Buffer.from("gr\u00fc\u00df e"), 0xe6, 65, 66]);
    expect(() => readText(written("latin.txt", bytes))).toThrow(
      /latin\.txt is not UTF-8: byte 8 is 0xe6: save it as UTF-8, for example with `iconv -f latin1 -t utf-8`$/,
    );
    expect(() => readText(written("cut.txt", Uint8Array.of(65, 0xf0, 0x9f)))).toThrow("is not UTF-8: byte 1 is 0xf0");
    expect(() => readText(written("first.txt", Uint8Array.of(0xff)))).toThrow("byte 0 is 0xff");
    expect(() => readText(written("empty.txt", ""))).toThrow("empty.txt is empty: give a file with text");
    expect(() => readText(path.join(folder, "none.txt"))).toThrow("(ENOENT): check the path");
    expect(() => readText(folder)).toThrow("(EISDIR)");
  });
});

describe("splitText", () => {
  it("cuts by position, and loses nothing", () => {
    expect(splitText("0123456789")).toEqual({ train: "012345678", validation: "9" });
    expect(splitText("abcdef", 0.5)).toEqual({ train: "abc", validation: "def" });
    fc.assert(
      fc.property(
        fc.string({ minLength: 4, unit: "grapheme" }),
        fc.double({ min: 0.3, max: 0.6, noNaN: true }),
        (text, share) => {
          const { train, validation } = splitText(text, share);
          expect(train + validation).toBe(text);
          expect([...train, ...validation]).toEqual([...text]); // no character is cut in two
        },
      ),
    );
  });

  it("refuses parts that would be empty", () => {
    expect(() => splitText("a")).toThrow("the text has 1 character: too few for two parts");
    expect(() => splitText("")).toThrow("0 characters");
    expect(() => splitText("abc", 1)).toThrow("share between 0 and 1, got 1");
  });
});

describe("CharVocabulary", () => {
  it("numbers characters by code point; one beyond 16 bits is one character", () => {
    const vocabulary = CharVocabulary.of("ba\n🙂ab");
    expect(vocabulary.symbols).toEqual(["\n", "a", "b", "🙂"]);
    expect([...vocabulary.encode("🙂b\n")]).toEqual([3, 2, 0]);
    expect(vocabulary.decode([3, 2, 0])).toBe("🙂b\n");
    expect([vocabulary.knows("abba"), vocabulary.knows("abc")]).toEqual([true, false]);
  });

  it("gives every text back", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 2, unit: "grapheme" }), (text) => {
        fc.pre(new Set(text).size > 1);
        const vocabulary = CharVocabulary.of(text);
        expect(vocabulary.decode(vocabulary.encode(text))).toBe(text);
      }),
    );
  });

  it("says which character it does not know, and where", () => {
    const vocabulary = CharVocabulary.of("ab\n");
    expect(() => vocabulary.encode("🙂ab")).toThrow("character 0");
    expect(() => vocabulary.encode("ab€")).toThrow(
      'CharVocabulary.encode: character 2, "€" (U+20AC), is not in the vocabulary: 3 symbols are known, \\nab',
    );
    expect(() => vocabulary.decode([0, 3])).toThrow("3 is no symbol: there are 0 to 2");
    expect(() => vocabulary.decode([-1])).toThrow("-1 is no symbol");
  });

  it("refuses texts with nothing to predict, and odd symbols", () => {
    expect(() => CharVocabulary.of("")).toThrow("the text is empty");
    expect(() => CharVocabulary.of("aaa")).toThrow('the text consists of "a" alone');
    expect(() => new CharVocabulary(["a", "bc"])).toThrow('symbol "bc" is not one character');
    expect(() => new CharVocabulary(["a", "a"])).toThrow("stands there twice");
  });
});
