import { describe, expect, it } from "vitest";
import { adam, sgd } from "../../../lib/nn/optimizers";
import { compile } from "../../../lib/tensor/compile";
import { call, chain, trainStep } from "../../../lib/tensor/program-functions";
import type { RandomStream } from "../../../lib/tensor/random";
import { randomStream } from "../../../lib/tensor/random";
import { repeat } from "../../../lib/tensor/repeat";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";

/** Two parts trained against each other, with averages, a loop that reads what is trained, and random numbers. */
function duel(options: object = {}) {
  const stream = randomStream(5);
  const by = adam({ lr: 0.05 });
  const state = { a: stream.normal([3]), b: stream.normal([3]), smooth: tf.zeros<tf.Rank.R1>([3]) };
  const program = compile(
    state,
    {
      up: trainStep(
        (s, { x }, { scale }, random) => {
          const noise = random.normal([3]);
          return { loss: tf.sum(tf.square(tf.sub(tf.mul(s.a, x), tf.add(s.b, tf.mul(noise, scale))))), noise };
        },
        { inputs: { x: [3] }, scalars: { scale: 0.1 }, of: "a", by, average: { into: "smooth", decay: 0.9 } },
      ),
      down: trainStep((s, _, __, random) => ({ loss: tf.sum(tf.abs(tf.sub(s.b, tf.mul(s.a, random.uniform([3]))))) }), {
        of: "b",
        by,
        clipNorm: 0.5,
        clipWeights: 0.7,
      }),
      look: call(
        (s, { x }) => {
          const [turned] = repeat(3, [x], (i, now) => [tf.add(tf.mul(now, s.a), tf.cast(i, "float32"))]);
          return { a: s.a, turned, mean: tf.mean<tf.Scalar>(s.smooth) };
        },
        { inputs: { x: [3] } },
      ),
      all: chain(["look", ["up", 2], "down"]),
      after: chain([["up", 2], "look"]),
    },
    { random: randomStream(7), ...options },
  );
  tf.dispose(state);
  return program;
}

const numbers = (value: unknown): unknown =>
  value instanceof tf.Tensor
    ? [...(value as tf.Tensor).dataSync()]
    : Array.isArray(value)
      ? value.map(numbers)
      : typeof value === "object"
        ? Object.fromEntries(Object.entries(value as object).map(([key, each]) => [key, numbers(each)]))
        : value;
const flat = (value: unknown): number[] =>
  typeof value === "number" ? [value] : Object.values(value as object).flatMap(flat);
/** As plain numbers, and disposed. */
function taken<T>(value: T): unknown {
  const plain = numbers(value);
  const tensors: tf.Tensor[] = [];
  const visit = (node: unknown): void => {
    if (node instanceof tf.Tensor) tensors.push(node as tf.Tensor);
    else if (typeof node === "object" && node !== null) Object.values(node).forEach(visit);
  };
  visit(value);
  tf.dispose(tensors);
  return plain;
}
function expectClose(got: unknown, wanted: unknown, tolerance = 1e-4): void {
  const [a, b] = [flat(got), flat(wanted)];
  expect(a.length).toBe(b.length);
  a.forEach((x, i) => expect(Math.abs(x - b[i]!), `number ${i}: ${x}, wanted ${b[i]}`).toBeLessThan(tolerance));
}

onEveryBackend("a chain", () => {
  it("equals its members one by one, with the same random numbers and step counts", () => {
    const [one, single, eager] = [duel(), duel(), duel({ eager: true })];
    const [x, xs] = [
      tf.tensor1d([1, 0.5, -1]),
      tf.tensor2d([
        [1, 2, 3],
        [-1, 0.5, 0],
      ]),
    ];
    const rows = tf.unstack(xs) as tf.Tensor1D[];
    for (let i = 0; i < 5; i++) {
      const inputs = { look: { x }, up: { x: xs } };
      const numbersOf = { up: { scale: 0.2, lr: 0.03 } };
      const got = taken(one.all(inputs, numbersOf));
      const wanted = {
        look: taken(single.look({ x })),
        up: rows.map((row) => taken(single.up({ x: row }, numbersOf.up))),
        down: taken(single.down()),
      };
      expectClose(got, wanted);
      expectClose(taken(eager.all(inputs, numbersOf)), wanted);
      expectClose(taken(one.after({ up: { x: xs }, look: { x } })), {
        up: rows.map((row) => taken(single.up({ x: row }))),
        look: taken(single.look({ x })),
      });
      taken(eager.after({ up: { x: xs }, look: { x } }));
    }
    // up and down share an optimizer: its averages and its count.
    for (const program of [one, single, eager]) {
      expect([program.steps("up"), program.steps("down")]).toEqual([25, 25]);
    }
    expect(one.save().random).toEqual(single.save().random);
    expect(eager.save().random).toEqual(single.save().random);
    const b = one.read("b");
    b.dataSync().forEach((value) => expect(Math.abs(value)).toBeLessThanOrEqual(0.7 + 1e-6));
    tf.dispose([x, xs, b, ...rows]);
    for (const program of [one, single, eager]) program.dispose();
  });

  it("stops at a loss that is not finite: later members change nothing, the stream stands before the failed step", () => {
    const outcomes = [duel(), duel({ eager: true })].map((program) => {
      const xs = tf.tensor2d([
        [1, 2, 3],
        [1, Infinity, 0],
      ]);
      const x = tf.tensor1d([1, 1, 1]);
      const before = tf.memory().numTensors;
      let message = "";
      try {
        program.after({ up: { x: xs }, look: { x } });
      } catch (error) {
        message = (error as Error).message;
      }
      expect(tf.memory().numTensors).toBe(before);
      expect(message).toMatch(
        /^up: the loss of step 2 is (NaN|Infinity): the input x holds NaN or infinity\. The weights stay/,
      );
      expect(program.steps("up")).toBe(1);
      const saved = program.save();
      taken(program.up({ x }));
      program.dispose();
      tf.dispose([xs, x]);
      return saved;
    });
    expect(outcomes[0]!.random).toEqual(outcomes[1]!.random);
    expectClose(
      Object.values(outcomes[0]!.state).map(({ values }) => [...values]),
      Object.values(outcomes[1]!.state).map(({ values }) => [...values]),
    );
  });
});

onEveryBackend("repeat", () => {
  it("in a function equals repeat outside: nested, with random draws and captured tensors", () => {
    const f = (x: tf.Tensor1D, random: RandomStream | Parameters<Parameters<typeof call>[0]>[3]) => {
      const outside = tf.mul(x, 0.5);
      const [a, k] = repeat(4, [x, tf.scalar(1, "int32")], (i, now, count) => {
        const noise = random.uniform([3], -0.3, 0.7);
        const [inner] = repeat(2, [now], (j, v) => [
          tf.add(tf.add(v, tf.mul(random.normal([3], 1, 0.1), tf.cast(tf.add(i, j), "float32"))), outside),
        ]);
        return [tf.add<tf.Tensor1D>(tf.mul(inner, 0.5), noise), tf.mul<tf.Scalar>(count, tf.scalar(2, "int32"))];
      });
      const [last] = repeat(2, [a], (_, v) => [
        tf.add<tf.Tensor1D>(v, tf.cast(random.integers([3], -5, 5), "float32")),
      ]);
      const tail = random.uniform([5]);
      return { a, k, last, tail };
    };
    const program = compile(
      { w: tf.zeros([1]) },
      { f: call((_, { x }, __, random) => f(x, random), { inputs: { x: [3] } }) },
      { random: randomStream(11) },
    );
    const x = tf.tensor1d([1, 2, 3]);
    const stream = randomStream(11);
    for (let time = 0; time < 3; time++) {
      const got = program.f({ x });
      expect(got.k).toBe(16);
      const wanted = f(x, stream);
      expectClose(taken(got), { ...(taken(wanted) as object), k: 16 }, 2e-5);
    }
    expect(program.save().random).toEqual(stream.save());
    program.dispose();
    x.dispose();
  });

  it("turns zero times, and the result is the caller's own", () => {
    const program = compile(
      { w: tf.zeros([1]) },
      {
        none: call((_, { x }) => ({ y: repeat(0, [x], (__, v) => [tf.add<tf.Tensor1D>(v, 1)])[0] }), {
          inputs: { x: [2] },
        }),
      },
    );
    const x = tf.tensor1d([1, 2]);
    const { y } = program.none({ x });
    const [outside] = repeat(0, [x], (_, v) => [tf.add<tf.Tensor1D>(v, 1)]);
    expect([[...y.dataSync()], [...outside.dataSync()]]).toEqual([
      [1, 2],
      [1, 2],
    ]);
    tf.dispose([y, outside]);
    expect(x.isDisposed).toBe(false);
    x.dispose();
    program.dispose();
  });

  it.each<[string, number, (v: tf.Tensor) => unknown, string]>([
    ["fewer tensors", 2, () => [], "repeat: the body returned 0, wanted a list of 1 tensors"],
    ["no list", 2, (v) => v, "repeat: the body returned object, wanted a list of 1"],
    ["another shape", 2, () => [tf.zeros([3])], "repeat: carry 0 is float32 [2], the body returned float32 [3]"],
    ["another dtype", 2, () => [tf.zeros([2], "int32")], "the body returned int32 [2]"],
    ["half a turn", 1.5, (v) => [v], "repeat: wanted times, a whole number ≥ 0, got 1.5"],
  ])("refuses %s", (_, times, body, message) => {
    const x = tf.zeros([2]);
    expect(() => repeat(times, [x], ((__: unknown, v: tf.Tensor) => body(v)) as never)).toThrow(message);
    const program = compile(
      { x },
      { f: call((s) => ({ y: repeat(times, [s.x], ((__: unknown, v: tf.Tensor) => body(v)) as never)[0] })) },
    );
    expect(() => program.f()).toThrow(message);
    program.dispose();
    x.dispose();
  });

  it("decodes one position after another into a buffer", () => {
    const program = compile(
      { table: tf.tensor1d([1, 2, 3, 4, 0]) },
      {
        decode: call(
          (s, { start }) => {
            const [out] = repeat(6, [tf.zeros<tf.Rank.R1>([6]), start], (i, buffer, token) => {
              const next = tf.gather(s.table, tf.cast(token, "int32"));
              const here = tf.equal(tf.range(0, 6, 1, "int32"), i);
              return [tf.where(here, next, buffer), next];
            });
            return { out };
          },
          { inputs: { start: [1] } },
        ),
      },
    );
    const start = tf.tensor1d([2]);
    const { out } = program.decode({ start });
    expect([...out.dataSync()]).toEqual([3, 4, 0, 1, 2, 3]);
    tf.dispose([start, out]);
    program.dispose();
  });
});

onEveryBackend("random numbers in a function", () => {
  it("are those of RandomStream, bit by bit where they are not transcendental", () => {
    const program = compile(
      { w: tf.zeros([1]) },
      {
        draw: call((_, __, ___, random) => ({
          u: random.uniform([7]),
          wide: random.uniform([2, 3], -0.1, 0.7),
          z: random.normal([5]),
          shifted: random.normal([3], 0.3, 0.1),
          k: random.integers([9], -3, 1000),
          none: random.uniform([0]),
          one: random.uniform([]),
        })),
      },
      { random: randomStream(42).split("draws") },
    );
    const stream = randomStream(42).split("draws");
    for (let time = 0; time < 3; time++) {
      const got = taken(program.draw()) as Record<string, number[]>;
      const wanted = taken({
        u: stream.uniform([7]),
        wide: stream.uniform([2, 3], -0.1, 0.7),
        z: stream.normal([5]),
        shifted: stream.normal([3], 0.3, 0.1),
        k: stream.integers([9], -3, 1000),
        none: stream.uniform([0]),
        one: stream.uniform([]),
      }) as Record<string, number[]>;
      for (const name of ["u", "wide", "k", "none"]) expect(got[name], name).toEqual(wanted[name]);
      expect(got.one).toBe(wanted.one![0]);
      expectClose(got, { ...wanted, one: wanted.one![0] }, 1e-6);
    }
    program.dispose();
  });

  it("refuse the same arguments as RandomStream", () => {
    const bad = (
      draw: (random: {
        uniform: RandomStream["uniform"];
        normal: RandomStream["normal"];
        integers: RandomStream["integers"];
      }) => tf.Tensor,
    ) => {
      const program = compile({ w: tf.zeros([1]) }, { f: call((_, __, ___, random) => ({ out: draw(random) })) });
      try {
        program.f();
        return "";
      } catch (error) {
        return (error as Error).message;
      } finally {
        program.dispose();
      }
    };
    expect(bad((r) => r.uniform([2], 1, 0))).toContain("wanted min ≤ max");
    expect(bad((r) => r.normal([2], 0, -1))).toContain("wanted std ≥ 0");
    expect(bad((r) => r.integers([2], 3, 3))).toContain("low < high");
    expect(bad((r) => r.normal([1.5]))).toContain("wanted a shape of whole numbers");
  });
});

describe("sharing an optimizer", () => {
  it("object between two programs shares nothing", () => {
    const by = sgd({ lr: 1 });
    const make = () =>
      compile({ w: tf.tensor1d([4]) }, { step: trainStep((s) => ({ loss: tf.sum(s.w) }), { of: "w", by }) });
    const [a, b] = [make(), make()];
    a.step();
    expect([a.steps("step"), b.steps("step")]).toEqual([1, 0]);
    expect(b.step().loss).toBe(4);
    a.dispose();
    b.dispose();
  });
});
