import { describe, expect, it } from "vitest";
import { RandomStream, randomStream } from "../../../lib/tensor/random";
import type { RandomState } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import golden from "../../golden/philox.json" with { type: "json" };
import { onEveryBackend } from "../backends";

describe("random streams equal TensorFlow's stateless ops", () => {
  it.each(golden.cases.map((c) => [c.key.join(","), c] as const))("key %s: uniform, bit by bit", (_, c) => {
    const values = new RandomStream(c.key, c.counter).uniformArray(c.uniformBits.length);
    expect([...new Uint32Array(values.buffer)]).toEqual(c.uniformBits);
  });

  it.each(golden.cases.map((c) => [c.key.join(","), c] as const))("key %s: normal, to the last digit", (_, c) => {
    const values = new RandomStream(c.key, c.counter).normalArray(c.normal.length);
    values.forEach((z, i) => expect(Math.abs(z - c.normal[i]!)).toBeLessThan(2e-7));
  });

  it("1,024 normals, to the last digit", () => {
    const { key, values } = golden.normal1024;
    const ours = new RandomStream(key).normalArray(values.length);
    const worst = Math.max(...values.map((z, i) => Math.abs(z - ours[i]!)));
    expect(worst).toBeLessThan(2e-7);
  });

  it.each(golden.cases.map((c) => [c.key.join(","), c] as const))("key %s: integers", (_, c) => {
    const tensor = new RandomStream(c.key, c.counter).integers([c.integers.length], -5, 1000);
    expect([...tensor.dataSync()]).toEqual(c.integers);
    expect(tensor.dtype).toBe("int32");
    tensor.dispose();
  });

  it("a seed is the key", () => {
    const seven = golden.cases[1]!;
    expect([...new Uint32Array(randomStream(7).uniformArray(13).buffer)]).toEqual(seven.uniformBits);
    expect(randomStream(-3).save().key).toEqual(golden.cases[2]!.key);
  });
});

onEveryBackend("random tensors", () => {
  it("have shape, dtype and the same numbers", () => {
    const stream = randomStream(3);
    const u = stream.uniform([2, 3], -1, 1);
    const z = stream.normal([4], 10, 0.5);
    const k = stream.integers([2, 2, 2], 0, 10);
    const s = stream.uniform([]);
    expect([u.shape, z.shape, k.shape, s.shape]).toEqual([[2, 3], [4], [2, 2, 2], []]);
    expect([u.dtype, z.dtype, k.dtype]).toEqual(["float32", "float32", "int32"]);
    // Written down once: every backend and machine must give these.
    expect([...u.dataSync(), ...z.dataSync(), ...k.dataSync()]).toMatchInlineSnapshot(`
      [
        -0.7452719211578369,
        0.6293826103210449,
        0.7956757545471191,
        0.5961897373199463,
        -0.33858466148376465,
        -0.2300269603729248,
        10.406862258911133,
        10.567182540893555,
        9.765626907348633,
        10.046341896057129,
        1,
        3,
        1,
        0,
        2,
        5,
        1,
        7,
      ]
    `);
    tf.dispose([u, z, k, s]);
  });
});

describe("random streams", () => {
  it("seed 0 is a seed; seeds differ; equal seeds agree", () => {
    const first = (seed: number): number[] => [...randomStream(seed).uniformArray(8)];
    expect(first(0)).toEqual(first(0));
    expect(new Set([0, 1, -1, 2 ** 32, 2 ** 33].map((seed) => first(seed).join())).size).toBe(5);
    const two = randomStream(0);
    expect([...two.uniformArray(8)]).not.toEqual([...two.uniformArray(8)]);
  });

  it("split by name whatever was drawn before, and by number otherwise than by text", () => {
    const stream = randomStream(5);
    const before = stream.split("noise").save();
    stream.uniformArray(100);
    expect(stream.split("noise").save()).toEqual(before);
    const names = ["", "a", "b", "noise", "noise ", "a long name of more than eight letters", 1, "1", 0, "0", -1];
    const keys = names.map((name) => stream.split(name).save().key.join());
    expect(new Set(keys).size).toBe(names.length);
    expect(randomStream(6).split("noise").save()).not.toEqual(before);
    expect(stream.split("a").split("b").save()).not.toEqual(stream.split("b").split("a").save());
  });

  it("save and restore exactly, through JSON", () => {
    const stream = randomStream(9).split("x");
    stream.normalArray(5);
    stream.number();
    const state = JSON.parse(JSON.stringify(stream.save())) as RandomState;
    const draw = (s: RandomStream) => [[...s.normalArray(7)], [...s.permutation(50)], s.number(), s.save()];
    const expected = draw(stream);
    const other = randomStream(1);
    other.restore(state);
    expect(draw(other)).toEqual(expected);
  });

  it("draw numbers inside their bounds", () => {
    const stream = randomStream(2);
    const values = stream.uniform([20000], -2, 3).dataSync();
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-2);
    expect(Math.max(...values)).toBeLessThan(3);
    expect(stream.normalArray(0)).toHaveLength(0);
    expect(stream.permutation(0)).toHaveLength(0);
    expect([...stream.permutation(1)]).toEqual([0]);
    expect([...stream.normalArray(3)].every(Number.isFinite)).toBe(true);
    const only = stream.categorical([0, 1, 0], 100);
    expect(new Set(only)).toEqual(new Set([1]));
  });

  it("refuse what makes no sense, in one line", () => {
    const stream = randomStream(1);
    expect(() => randomStream(0.5)).toThrow("wanted a whole number as seed, got 0.5");
    expect(() => randomStream(NaN)).toThrow("got NaN");
    expect(() => stream.uniform([2], 1, 0)).toThrow("wanted min ≤ max, got [1, 0]");
    expect(() => stream.normal([2], 0, -1)).toThrow("wanted std ≥ 0, got -1");
    expect(() => stream.normal([1.5])).toThrow("wanted a shape of whole numbers ≥ 0, got [1.5]");
    expect(() => stream.integers([2], 3, 3)).toThrow("low < high in int32, got [3, 3)");
    expect(() => stream.permutation(-1)).toThrow("got -1");
    expect(() => stream.categorical([0.5, 0.4], 1)).toThrow("add up to 0.9, wanted 1");
    expect(() => stream.categorical([1.5, -0.5], 1)).toThrow("probability 1 is -0.5");
    expect(() => stream.categorical([NaN, 1], 1)).toThrow("probability 0 is NaN");
    expect(() => stream.restore({ key: [1, 2] } as unknown as RandomState)).toThrow("wanted what save() returned");
  });

  it("64 × 100 normals take well under a millisecond", () => {
    const stream = randomStream(1);
    for (let i = 0; i < 100; i++) stream.normalArray(6400);
    // The best of many: the machine may be busy with something else.
    const times = Array.from({ length: 200 }, () => {
      const start = performance.now();
      stream.normalArray(6400);
      return performance.now() - start;
    });
    expect(Math.min(...times)).toBeLessThan(1);
  });
});

it("below(n) gives each of n whole numbers, of one number() each", () => {
  const [stream, twin] = [randomStream(5), randomStream(5)];
  const counts = [0, 0, 0];
  for (let i = 0; i < 300; i++) {
    const k = stream.below(3);
    expect(k).toBe(Math.floor(3 * twin.number()));
    counts[k]!++;
  }
  expect(Math.min(...counts)).toBeGreaterThan(70);
});
