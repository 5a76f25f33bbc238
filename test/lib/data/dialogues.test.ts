import { describe, expect, it } from "vitest";
import { dialogues, frequentWords, QUESTION_KINDS } from "../../../lib/data/dialogues";
import { loadText } from "../../../lib/data/text";
import { randomStream } from "../../../lib/tensor/random";

describe("dialogues", () => {
  it("ask about every kind in turn, and answer rightly", () => {
    const list = dialogues(["bear", "honey"], 80, randomStream(1));
    expect(list.map(({ kind }) => kind).slice(0, 5)).toEqual([...QUESTION_KINDS, QUESTION_KINDS[0]]);
    for (const { kind, word, question, answer } of list) {
      expect(question).toMatch(/^Q: .*[?.]\nA: $/);
      expect(question).toContain(word);
      const [first, last, length] = word === "bear" ? ["b", "r", "four"] : ["h", "y", "five"];
      const wanted = { "first letter": first, "last letter": last, twice: `${word} ${word}`, length }[kind];
      expect(answer).toBe(`${wanted}\n`);
    }
    expect(new Set(list.map(({ question }) => question)).size).toBe(16);
    expect(dialogues(["bear"], 5, randomStream(1))).toEqual(dialogues(["bear"], 5, randomStream(1)));
  });

  it("refuse words that they cannot ask about", () => {
    expect(() => dialogues([], 3, randomStream(1))).toThrow("no words");
    expect(() => dialogues(["ab"], 3, randomStream(1))).toThrow('"ab" is not three to six small letters');
  });
});

describe("frequentWords", () => {
  it("are those of a text, most frequent first", () => {
    expect(frequentWords("The bear met the fox. The bear's honey, bear, fox!")).toEqual(["bear", "fox"]);
    const words = frequentWords(loadText("children"));
    expect(words.slice(0, 3)).toEqual(["the", "and", "was"]);
    expect(words.length).toBeGreaterThan(800);
    expect(new Set(words).size).toBe(words.length);
  });
});
