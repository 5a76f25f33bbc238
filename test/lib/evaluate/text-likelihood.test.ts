import { describe, expect, it } from "vitest";
import { meanNats, textNats } from "../../../lib/evaluate/text-likelihood";
import { tf } from "../../../lib/tensor/tf";

/** Pretends to be surprised by 100 · target + the number of tokens that it saw. */
const shapes = new Set<string>();
const told = ({ tokens, targets }: { tokens: tf.Tensor2D; targets: tf.Tensor2D }): tf.Tensor =>
  tf.tidy(() => {
    shapes.add(tokens.shape.join());
    const next = tf.sub(targets, tokens).arraySync() as number[][];
    expect(next.flat().every((step) => step === 1)).toBe(true);
    return tf.add(tf.mul(tf.cast(targets, "float32"), 100), tf.range(1, tokens.shape[1] + 1));
  });
const text = (length: number) => Int32Array.from({ length }, (_, i) => i);

describe("textNats", () => {
  it.each([
    [11, 5, 2, 5],
    [14, 5, 2, 5],
    [6, 5, 4, 5],
    [23, 6, 3, 2],
    [30, 4, 1, 1],
  ])("counts every token once: %i tokens, windows of %i, %i at a time, stride %i", (N, length, batch, stride) => {
    shapes.clear();
    const before = tf.memory().numTensors;
    const each = textNats(text(N), told, { length, batch, stride });
    expect(tf.memory().numTensors).toBe(before);
    expect([...shapes]).toEqual([`${batch},${length}`]);
    expect(each.length).toBe(N - 1);
    each.forEach((value, i) => expect(Math.floor(value / 100)).toBe(i + 1));
    const seen = [...each].map((value) => value % 100);
    if (stride < length) expect(Math.min(...seen.slice(length))).toBe(length - stride + 1);
    expect(seen.slice(0, length)).toEqual([1, 2, 3, 4, 5, 6].slice(0, length));
  });

  it("refuses sizes that do not fit", () => {
    expect(() => textNats(text(5), told, { length: 5 })).toThrow("5 tokens, wanted 6 or more");
    expect(() => textNats(text(9), told, { length: 4, stride: 5 })).toThrow("stride 5 is longer than a window, 4");
    expect(() => textNats(text(9), () => tf.scalar(1), { length: 4, batch: 2 })).toThrow(
      "wanted [2, 4]: one number a token",
    );
    expect(() => textNats(text(9), told, { length: 4, batch: 0 })).toThrow("wanted batch");
  });
});

describe("meanNats", () => {
  it("has mean, bits, and the spread of blocks", () => {
    const each = Array.from({ length: 400 }, (_, i) => (i < 200 ? 1 : 3));
    const { nats, bits, standardError } = meanNats(each);
    expect([nats, bits]).toEqual([2, 2 / Math.LN2]);
    expect(standardError).toBeCloseTo(Math.sqrt(4 / 3 / 4), 10);
    expect(meanNats([1]).standardError).toBeNaN();
    expect(() => meanNats([])).toThrow("no tokens");
    expect(() => meanNats([1, NaN])).toThrow("NaN among the values");
  });
});
