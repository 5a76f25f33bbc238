import { describe, expect, it } from "vitest";
import { batches } from "../../../lib/data/batches";
import type { BatchesState } from "../../../lib/data/batches";
import { binarise, binaryTestDigits } from "../../../lib/data/binarise";
import { DigitSet, loadMnist } from "../../../lib/data/mnist";
import { randomStream } from "../../../lib/tensor/random";
import { onEveryBackend } from "../backends";

const { train, test } = loadMnist();
const few = train.take(30);

describe("binarise", () => {
  const stream = randomStream(3).split("bits");

  it("makes a pixel white when the stream's word for it is below its grey level", () => {
    const white = binarise(few, stream);
    for (const digit of [0, 7, 29]) {
      const at = randomStream(0);
      at.restore({ ...stream.save(), counter: [digit * 196, 0, 0, 0] });
      const words = at.integers([784], -(2 ** 31), 2 ** 31).dataSync();
      const expected = Array.from(words, (word, p) => (word + 2 ** 31 < (few.pixels[digit * 784 + p]! / 255) * 2 ** 32 ? 255 : 0));
      expect([...white.pixels.subarray(digit * 784, (digit + 1) * 784)]).toEqual(expected);
    }
    expect([...white.labels]).toEqual([...few.labels]);
  });

  it("gives a digit the same bits whichever others are asked for, and does not move the stream", () => {
    const before = stream.save();
    const all = binarise(few, stream);
    const some = binarise(few, stream, [29, 3, 3]);
    [29, 3, 3].forEach((digit, row) => {
      const bits = all.pixels.subarray(digit * 784, (digit + 1) * 784);
      expect([...some.pixels.subarray(row * 784, (row + 1) * 784)]).toEqual([...bits]);
    });
    expect([...binarise(few.take(4), stream).pixels]).toEqual([...all.take(4).pixels]);
    expect(stream.save()).toEqual(before);
  });

  it("has each grey level as chance, black and white for certain", () => {
    const levels = [0, 1, 64, 128, 254, 255];
    const grey = new DigitSet(Uint8Array.from({ length: 600 * 784 }, (_, k) => levels[Math.floor(k / 784) % 6]!), new Uint8Array(600));
    const white = binarise(grey, stream).pixels;
    levels.forEach((level, l) => {
      let count = 0;
      for (let k = 0; k < white.length; k++) if (Math.floor(k / 784) % 6 === l && white[k] === 255) count++;
      const [n, p] = [78_400, level / 255];
      expect(Math.abs(count - n * p)).toBeLessThanOrEqual(4 * Math.sqrt(n * p * (1 - p)));
    });
  });
});

describe("the binary test digits", () => {
  it("are fixed: these numbers stand behind every likelihood", () => {
    const binary = binaryTestDigits(test);
    expect(binaryTestDigits(test)).toBe(binary);
    const white = binary.pixels.reduce((sum, byte) => sum + (byte === 255 ? 1 : 0), 0);
    expect(white).toMatchInlineSnapshot(`1038609`);
    expect(white / binary.pixels.length).toBeCloseTo(0.1325, 3); // the mean grey of the test digits
    expect([...binaryTestDigits(test.take(5)).pixels]).toEqual([...binary.take(5).pixels]);
  });
});

onEveryBackend("binary batches", () => {
  const make = (seed = 1) => batches(few, { size: 8, stream: randomStream(seed).split("order"), binarise: true });
  const draw = (data: ReturnType<typeof make>, n: number) =>
    Array.from({ length: n }, () => {
      const { images, indices, epoch } = data.next();
      const pixels = [...images.dataSync()];
      images.dispose();
      return { indices: [...indices], epoch, pixels };
    });

  it("are 0 and 1, drawn anew every epoch", () => {
    const [first, second] = [draw(make(), 8).slice(0, 4), draw(make(), 8).slice(4)];
    const bitsOf = (batch: typeof first, digit: number) => {
      const { indices, pixels } = batch.find((b) => b.indices.includes(digit))!;
      return pixels.slice(784 * indices.indexOf(digit), 784 * (indices.indexOf(digit) + 1));
    };
    expect(new Set(first.flatMap(({ pixels }) => pixels))).toEqual(new Set([0, 1]));
    expect(first.map(({ pixels }) => pixels.length / 784)).toEqual([8, 8, 8, 6]);
    const differ = bitsOf(first, 4).filter((bit, p) => bit !== bitsOf(second, 4)[p]).length;
    expect(differ).toBeGreaterThan(10);
    bitsOf(first, 4).forEach((bit, p) => few.pixels[4 * 784 + p] === 0 && expect(bit).toBe(0));
  });

  it.each([0, 1, 5])("go on exactly after %i batches, whatever stream they were made with", (n) => {
    const whole = make();
    draw(whole, n);
    const state = JSON.parse(JSON.stringify(whole.save())) as BatchesState;
    const other = make(99);
    draw(other, 2);
    other.restore(state);
    expect(draw(other, 6)).toEqual(draw(whole, 6));
  });

  it("do not go on from grey ones", () => {
    const grey = batches(few, { size: 8, stream: randomStream(1) });
    expect(() => make().restore(grey.save())).toThrow("saved with grey digits, these are binary: start again");
  });
});
