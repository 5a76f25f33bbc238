import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadText, splitText } from "../../../lib/data/text";
import { CharVocabulary } from "../../../lib/data/vocabulary";
import { fitNgram } from "../../../lib/evaluate/ngram";
import { meanNats } from "../../../lib/evaluate/text-likelihood";

/** The definition, word for word, with counts by text: slow. */
function slow(train: number[], order: number, vocab: number): (context: number[], w: number) => number {
  const grams = (k: number) => train.slice(0, Math.max(0, train.length - k + 1)).map((_, i) => train.slice(i, i + k));
  const key = (gram: number[]) => gram.join(",");
  const a = Array.from({ length: order + 1 }, (_, k) => {
    const counts = new Map<string, number>();
    if (k === 0) return counts;
    const longer = k === order ? grams(k) : [...new Map(grams(k + 1).map((g) => [key(g), g])).values()];
    for (const gram of longer) {
      const ending = key(k === order ? gram : gram.slice(1));
      counts.set(ending, (counts.get(ending) ?? 0) + 1);
    }
    return counts;
  });
  const D = a.map((counts) => {
    const n = (c: number) => [...counts.values()].filter((count) => count === c).length;
    const y = n(1) > 0 && n(2) > 0 ? n(1) / (n(1) + 2 * n(2)) : NaN;
    const d = [1, 2, 3].map((c) => (n(c) > 0 ? c - ((c + 1) * y * n(c + 1)) / n(c) : NaN));
    const clipped = d.map((x, i) => (Number.isFinite(x) ? Math.min(i + 1, Math.max(0, x)) : 0.5));
    return (count: number) => (count === 0 ? 0 : clipped[Math.min(count, 3) - 1]!);
  });
  const p = (k: number, context: number[], w: number): number => {
    if (k === 0) return 1 / vocab;
    const c = context.slice(context.length - (k - 1));
    const counts = Array.from({ length: vocab }, (_, x) => a[k]!.get(key([...c, x])) ?? 0);
    const sum = counts.reduce((s, x) => s + x, 0);
    const lower = p(k - 1, context, w);
    if (sum === 0) return lower;
    const saved = counts.reduce((s, x) => s + D[k]!(x), 0);
    return (counts[w]! - D[k]!(counts[w]!)) / sum + (saved / sum) * lower;
  };
  return (context, w) => p(Math.min(order, context.length + 1), context, w);
}

const texts = fc.array(fc.nat(3), { minLength: 1, maxLength: 40 });

describe("n-grams", () => {
  it("agree with the slow definition, and each context's chances add up to 1", () => {
    fc.assert(
      fc.property(texts, texts, fc.integer({ min: 1, max: 4 }), (train, test, order) => {
        const model = fitNgram(Int32Array.from(train), order, 4);
        const reference = slow(train, order, 4);
        const all = model.probabilities(test);
        expect(all.reduce((s, x) => s + x, 0)).toBeCloseTo(1, 12);
        all.forEach((p, w) => expect(p).toBeCloseTo(reference(test, w), 12));
      }),
      { numRuns: 300 },
    );
  });

  it("are the same one by one and along a text", () => {
    const stream = Int32Array.from({ length: 400 }, (_, i) => Math.floor(4 * Math.abs(Math.sin(i * i + 1))) % 4);
    const model = fitNgram(stream.subarray(0, 300), 5, 4);
    const test = stream.subarray(300);
    const nats = model.nats(test);
    expect(nats.length).toBe(99);
    nats.forEach((value, i) =>
      expect(value).toBeCloseTo(-Math.log(model.probability(test.subarray(0, i + 1), test[i + 1]!)), 5),
    );
  });

  it("on paper: a b a b a, pairs", () => {
    // Pairs ab ×2, ba ×2; endings: a after one symbol, b after one. n1 = n2 = 0 or missing: each discount is 0.5.
    const model = fitNgram(Int32Array.of(0, 1, 0, 1, 0), 2, 3);
    const lower = (a: number) => (a > 0 ? 0.5 : 0) / 2 + 0.5 * (1 / 3);
    expect(model.probability([0], 1)).toBeCloseTo(1.5 / 2 + 0.25 * lower(1), 12);
    expect(model.probability([0], 2)).toBeCloseTo(0.25 * lower(0), 12);
    expect(model.probability([2], 0)).toBeCloseTo(lower(1), 12); // never seen: the shorter one
    expect(fitNgram(Int32Array.of(0, 0), 1, 2).probability([], 1)).toBeGreaterThan(0);
  });

  it("on Shakespeare: longer contexts help up to six, and the best is a hard opponent", () => {
    const text = loadText();
    const vocabulary = CharVocabulary.of(text);
    const { train, validation } = splitText(text);
    const [seen, unseen] = [vocabulary.encode(train), vocabulary.encode(validation)];
    const nats = [1, 2, 3, 6].map((n) => meanNats(fitNgram(seen, n, vocabulary.size).nats(unseen)).nats);
    expect(nats.map((x) => x.toFixed(3))).toEqual(["3.184", "2.495", "1.959", "1.499"]);
    const model = fitNgram(seen, 6, vocabulary.size);
    for (const at of [10, 500, 30_000]) {
      expect(model.probabilities(unseen.subarray(0, at)).reduce((s, x) => s + x, 0)).toBeCloseTo(1, 12);
    }
  });

  it("refuse what does not fit", () => {
    expect(() => fitNgram(Int32Array.of(), 3, 4)).toThrow("the text is empty");
    expect(() => fitNgram(Int32Array.of(1), 0, 4)).toThrow("wanted order, 1 or more, got 0");
    expect(() => fitNgram(Int32Array.of(1, 4), 2, 4)).toThrow("symbol 1 is 4, wanted 0 to 3");
    expect(() => fitNgram(Int32Array.of(1), 2, 4).nats(Int32Array.of(1))).toThrow("1 symbols, wanted at least 2");
  });
});
