import { describe, expect, it } from "vitest";
import { advance, philox4x32, philoxFill } from "../../../lib/tensor/philox";

const hex = (words: Uint32Array): string => [...words].map((w) => w.toString(16).padStart(8, "0")).join(" ");

describe("philox4x32-10", () => {
  // Random123's published known-answer vectors (tests/kat_vectors).
  it.each([
    [[0, 0, 0, 0], [0, 0], "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
    [[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], "408f276d 41c83b0e a20bc7c6 6d5451fd"],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], "d16cfe09 94fdcceb 5001e420 24126ea1"],
  ])("agrees with Random123 for counter %j", (counter, key, expected) => {
    expect(hex(philox4x32(counter, key))).toBe(expected);
  });

  it("fills consecutive blocks, carrying into every word of the counter", () => {
    for (const start of [
      [5, 0, 0, 0],
      [0xffffffff, 7, 0, 0],
      [0xffffffff, 0xffffffff, 0xffffffff, 3],
    ]) {
      const out = new Uint32Array(14);
      philoxFill(out, 2, 3, start, [1, 2]);
      const blocks = [0, 1, 2].map((k) => hex(philox4x32(advance(start, k), [1, 2])));
      expect(hex(out.subarray(2))).toBe(blocks.join(" "));
      expect([...out.subarray(0, 2)]).toEqual([0, 0]);
    }
  });

  it("advances a 128-bit counter", () => {
    expect([...advance([0xfffffffe, 0, 0, 0], 3)]).toEqual([1, 1, 0, 0]);
    expect([...advance([0xffffffff, 0xffffffff, 0, 0], 1)]).toEqual([0, 0, 1, 0]);
    expect([...advance([0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], 1)]).toEqual([0, 0, 0, 0]);
    expect([...advance([1, 2, 3, 4], 2 ** 40 + 5)]).toEqual([6, 258, 3, 4]);
    expect([...advance([1, 2, 3, 4], 0)]).toEqual([1, 2, 3, 4]);
  });
});
