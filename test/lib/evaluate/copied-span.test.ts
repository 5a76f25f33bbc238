import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { longestCopy } from "../../../lib/evaluate/copied-span";

/** Every piece of the sample, the longest first. */
function slow(sample: string, source: string): number {
  for (let length = sample.length; length > 0; length--) {
    for (let at = 0; at + length <= sample.length; at++)
      if (source.includes(sample.slice(at, at + length))) return length;
  }
  return 0;
}

describe("longestCopy", () => {
  it("finds the longest common piece, and where it stands", () => {
    expect(longestCopy("xx to be or not yy", "he said to be or no!")).toEqual({
      ...{ text: " to be or no", length: 12, at: 2, from: 7 },
    });
    expect(longestCopy("abc", "abc")).toMatchObject({ length: 3, at: 0, from: 0 });
    expect(longestCopy("abc", "xyz")).toEqual({ text: "", length: 0, at: 0, from: 0 });
    expect(longestCopy("", "xyz").length).toBe(0);
  });

  it("agrees with trying every piece", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 30 });
    fc.assert(
      fc.property(text, text, (sample, source) => {
        const { length, text, at, from } = longestCopy(sample, source);
        expect(length).toBe(slow(sample, source));
        expect([sample.substr(at, length), source.substr(from, length)]).toEqual([text, text]);
      }),
    );
  });
});
