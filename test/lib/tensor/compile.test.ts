import { expect, it } from "vitest";
import { linear } from "../../../lib/nn/linear";
import { mse } from "../../../lib/nn/losses";
import { adam, adamw, lamb, momentum, rmsprop, sgd } from "../../../lib/nn/optimizers";
import type { Optimizer } from "../../../lib/nn/optimizers";
import { compile } from "../../../lib/tensor/compile";
import { call, chain, trainStep } from "../../../lib/tensor/program-functions";
import { programScope } from "../../../lib/tensor/program-scope";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import golden from "../../golden/optimizers.json" with { type: "json" };
import { onEveryBackend } from "../backends";

const zeroLine = () => ({ net: { w: tf.zeros<tf.Rank.R2>([2, 1]), b: tf.zeros<tf.Rank.R1>([1]) } });
const data = () => ({
  x: tf.tensor2d([
    [1, 2],
    [3, -1],
    [0.5, 0],
  ]),
  y: tf.tensor2d([[1], [0], [2]]),
});

/** A line fitted by gradient descent, and its loss. */
function lineProgram(by: Optimizer = sgd({ lr: 0.1 }), options: object = {}) {
  return compile(
    zeroLine(),
    {
      step: trainStep(
        (state, { x, y }) => {
          const predicted = linear(x, state.net);
          return { loss: mse(predicted, y), predicted };
        },
        { inputs: { x: ["B", 2], y: ["B", 1] }, of: "net", by },
      ),
      loss: call((state, { x, y }) => ({ loss: mse(linear(x, state.net), y) }), {
        inputs: { x: ["B", 2], y: ["B", 1] },
      }),
    },
    options,
  );
}

onEveryBackend("a program", () => {
  it("trains, returns numbers and tensors, and shares its state among functions", () => {
    const program = lineProgram();
    const { x, y } = data();
    const first = program.step({ x, y });
    // By hand: predictions 0, loss (1 + 0 + 4)/3, gradient −2/3 · Σ y·x
    expect(first.loss).toBeCloseTo(5 / 3, 6);
    expect([...first.predicted.dataSync()]).toEqual([0, 0, 0]);
    const { w, b } = program.read("net");
    [(0.2 / 3) * 2, (0.2 / 3) * 2, (0.2 / 3) * 3].forEach((wanted, i) => {
      expect([...w.dataSync(), ...b.dataSync()][i]).toBeCloseTo(wanted, 6);
    });
    const before = program.loss({ x, y }).loss;
    const second = program.step({ x, y });
    expect(second.loss).toBeCloseTo(before, 6);
    expect(program.loss({ x, y }).loss).toBeLessThan(before);
    expect(program.steps("step")).toBe(2);
    expect(program.steps("loss")).toBe(0);
    tf.dispose([x, y, w, b, first.predicted, second.predicted]);
    program.dispose();
  });

  it("copies the state it is made from, and leaves the originals alone", () => {
    const state = zeroLine();
    const program = compile(state, { peek: call((s) => ({ w: s.net.w })) });
    state.net.w.dispose();
    const { w } = program.peek();
    expect([...w.dataSync()]).toEqual([0, 0]);
    expect(state.net.b.isDisposed).toBe(false);
    program.dispose();
    expect([...w.dataSync()]).toEqual([0, 0]); // results outlive the program
    tf.dispose([w, state.net.b]);
  });

  it("records new shapes again, a last partial batch and more than 16 of them", () => {
    const program = lineProgram();
    const plain = lineProgram(sgd({ lr: 0.1 }), { eager: true });
    for (const size of [4, 4, 1, ...Array.from({ length: 20 }, (_, i) => i + 2), 4, 1, 3]) {
      const x = randomStream(size).normal([size, 2]);
      const y = randomStream(size).split("y").normal([size, 1]);
      const [got, wanted] = [program.step({ x, y }), plain.step({ x, y })];
      expect(got.loss).toBeCloseTo(wanted.loss, 5);
      expect(got.predicted.shape).toEqual([size, 1]);
      tf.dispose([x, y, got.predicted, wanted.predicted]);
    }
    expect(program.steps("step")).toBe(26);
    program.dispose();
    plain.dispose();
  });

  it("returns inputs, weights, constants, scalars of every dtype, and one tensor under two names", () => {
    const state = { a: tf.tensor1d([1, 2]) };
    const program = compile(state, {
      all: call(
        (s, { x, n }, { k }) => {
          const twice = tf.mul(x, 2);
          return {
            ...{ x, a: s.a, n, constant: tf.tensor1d([7, 8]), one: twice, two: twice, k, seven: tf.scalar(7) },
            ...{ whole: tf.scalar(3, "int32"), flag: tf.greater(tf.sum(x), 0), reshaped: tf.reshape(x, [2, 1]) },
          };
        },
        { inputs: { x: [2], n: { shape: [], dtype: "int32" } }, scalars: { k: 0.5 } },
      ),
    });
    const [x, n] = [tf.tensor1d([3, 4]), tf.scalar(5, "int32")];
    for (let time = 0; time < 2; time++) {
      const got = program.all({ x, n }, { k: time + 1 });
      const plain = Object.fromEntries(
        Object.entries(got as Record<string, number | tf.Tensor>).map(([name, value]) => [
          name,
          typeof value === "number" ? value : [...value.dataSync()],
        ]),
      );
      expect(plain).toEqual({
        ...{ x: [3, 4], a: [1, 2], n: 5, constant: [7, 8], one: [6, 8], two: [6, 8], k: time + 1, seven: 7 },
        ...{ whole: 3, flag: 1, reshaped: [3, 4] },
      });
      expect(got.one).not.toBe(got.two);
      tf.dispose(got as object as tf.TensorContainer);
      expect(x.isDisposed).toBe(false);
    }
    tf.dispose([x, n, state.a]);
    program.dispose();
  });

  it("gives the same with XLA asked for", () => {
    const losses = [false, true].map((xla) => {
      const program = compile(zeroLine(), {
        step: trainStep((s, { x, y }) => ({ loss: mse(tf.tanh<tf.Tensor2D>(linear(x, s.net)), y) }), {
          ...{ inputs: { x: ["B", 2], y: ["B", 1] }, of: "net", by: adam({ lr: 0.1 }), xla },
        }),
      });
      const { x, y } = data();
      const made = Array.from({ length: 5 }, () => program.step({ x, y }).loss);
      tf.dispose([x, y]);
      program.dispose();
      return made;
    });
    losses[0]!.forEach((loss, i) => expect(losses[1]![i]).toBeCloseTo(loss, 5));
  });

  it("takes names that TensorFlow would not", () => {
    const program = compile(
      { "α β": { w$: tf.tensor1d([2]) } },
      {
        "Schritt ü": trainStep((s, { "x-1": x }) => ({ loss: tf.sum(tf.mul(s["α β"].w$, x)) }), {
          inputs: { "x-1": [1] },
          of: "α β",
          by: adam({ lr: 1 }),
        }),
      },
    );
    const x = tf.tensor1d([3]);
    expect(program["Schritt ü"]({ "x-1": x }).loss).toBe(6);
    expect(program["Schritt ü"]({ "x-1": x }).loss).toBeCloseTo(3, 4);
    x.dispose();
    program.dispose();
  });

  it("keeps the number of tensors", () => {
    const start = tf.memory().numTensors;
    const { x, y } = data();
    const program = programScope(() => {
      lineProgram(); // the scope's to dispose
      return lineProgram(adam({ lr: 1 }));
    });
    expect(() => program.step({ x, y })).toThrow("disposed");
    const other = lineProgram(adam({ lr: 0.01 }));
    other.step({ x, y }).predicted.dispose();
    const before = tf.memory().numTensors;
    for (let i = 0; i < 20; i++) other.step({ x, y }).predicted.dispose();
    other.loss({ x, y });
    expect(tf.memory().numTensors).toBe(before);
    other.dispose();
    other.dispose();
    tf.dispose([x, y]);
    expect(tf.memory().numTensors - start).toBeLessThanOrEqual(3 * 2); // zeroLine's, which are the caller's
  });
});

const MAKE: Record<keyof typeof golden.optimizers, () => Optimizer> = {
  sgd: () => sgd({ lr: 0.3 }),
  momentum: () => momentum({ lr: 0.1, momentum: 0.9 }),
  rmsprop: () => rmsprop({ lr: 0.02, alpha: 0.95, epsilon: 1e-6 }),
  adam: () => adam({ lr: 0.05, beta1: 0.5, beta2: 0.9, epsilon: 1e-8 }),
  adamLargeEpsilon: () => adam({ lr: 0.05, epsilon: 0.1 }),
  adamw: () => adamw({ lr: 0.05, weightDecay: 0.1 }),
};

/** The golden script's function as a program. */
function goldenProgram(by: Optimizer, options: object = {}) {
  return compile(
    { params: { w: tf.tensor2d(golden.w), b: tf.tensor1d(golden.b) } },
    {
      step: trainStep(
        (s, { x, c }) => ({ loss: tf.mean(tf.mul(tf.softplus(tf.add(tf.matMul(x, s.params.w), s.params.b)), c)) }),
        { inputs: { x: [4, 3], c: [4, 2] }, of: "params", by },
      ),
      both: chain([["step", 2]]),
    },
    options,
  );
}

onEveryBackend("optimizers in a program", () => {
  it.each(Object.keys(MAKE) as (keyof typeof MAKE)[])("%s follows PyTorch step by step", (name) => {
    const program = goldenProgram(MAKE[name]());
    const [x, c] = [tf.tensor2d(golden.x), tf.tensor2d(golden.c)];
    golden.optimizers[name].losses.forEach((loss, i) => {
      expect(Math.abs(program.step({ x, c }).loss - loss)).toBeLessThan(3e-6);
      const { w, b } = program.read("params");
      [...w.dataSync(), ...b.dataSync()].forEach((value, k) => {
        const wanted = golden.optimizers[name].weights[i]![k]!;
        expect(Math.abs(value - wanted), `step ${i}, weight ${k}`).toBeLessThan(5e-6);
      });
      tf.dispose([w, b]);
    });
    tf.dispose([x, c]);
    program.dispose();
  });

  const rules: [string, () => Optimizer][] = [
    ...Object.entries(MAKE),
    ["lamb", () => lamb({ lr: 0.05, weightDecay: 0.1 })],
    ["adamw with groups", () => adamw({ lr: 0.05, weightDecay: 0.3, decays: ({ shape }) => shape.length >= 2 })],
    ["lamb with groups", () => lamb({ lr: 0.05, weightDecay: 0.3, decays: ({ path }) => path.endsWith(".w") })],
    ["a schedule", () => adam({ lr: (t) => 0.1 / t })],
  ];
  it.each(rules)("%s equals its formula, step by step and two in a call", (_, make) => {
    const [graph, plain] = [goldenProgram(make()), goldenProgram(make(), { eager: true })];
    const [x, c] = [tf.tensor2d(golden.x), tf.tensor2d(golden.c)];
    const [xs, cs] = [tf.stack([x, x]), tf.stack([c, c])];
    for (let i = 0; i < 4; i++) {
      const [a, b] = [graph.step({ x, c }).loss, plain.step({ x, c }).loss];
      expect(Math.abs(a - b)).toBeLessThan(5e-6);
      const two = graph.both({ step: { x: xs, c: cs } }).step;
      two.forEach(({ loss }) => expect(Math.abs(loss - plain.step({ x, c }).loss)).toBeLessThan(5e-6));
    }
    expect(graph.steps("step")).toBe(12);
    const [a, b] = [graph.read("params"), plain.read("params")];
    (["w", "b"] as const).forEach((key) => {
      const wanted = b[key].dataSync();
      a[key].dataSync().forEach((value, k) => expect(Math.abs(value - wanted[k]!)).toBeLessThan(1e-5));
    });
    tf.dispose([x, c, xs, cs, ...Object.values(a), ...Object.values(b)]);
    graph.dispose();
    plain.dispose();
  });

  it("groups decay only what they name", () => {
    const end = (by: Optimizer): number[] => {
      const program = goldenProgram(by);
      const [x, c] = [tf.tensor2d(golden.x), tf.tensor2d(golden.c)];
      for (let i = 0; i < 3; i++) program.step({ x, c });
      const { w, b } = program.read("params");
      const numbers = [w.dataSync()[0]!, b.dataSync()[0]!];
      tf.dispose([x, c, w, b]);
      program.dispose();
      return numbers;
    };
    const [none, all] = [end(adam({ lr: 1e-3 })), end(adamw({ lr: 1e-3, weightDecay: 10 }))];
    const matrices = end(adamw({ lr: 1e-3, weightDecay: 10, decays: ({ shape }) => shape.length >= 2 }));
    expect(matrices[0]).toBeCloseTo(all[0]!, 5);
    expect(matrices[1]).toBeCloseTo(none[1]!, 5);
    expect(Math.abs(all[1]! - none[1]!)).toBeGreaterThan(1e-4);
  });
});
