import { describe, expect, it } from "vitest";
import { adam, adamw, lamb, momentum, rmsprop, sgd } from "../../../lib/nn/optimizers";
import type { Optimizer } from "../../../lib/nn/optimizers";
import { tf } from "../../../lib/tensor/tf";
import golden from "../../golden/optimizers.json" with { type: "json" };
import { onEveryBackend } from "../backends";

const MAKE: Record<keyof typeof golden.optimizers, () => Optimizer> = {
  sgd: () => sgd({ lr: 0.3 }),
  momentum: () => momentum({ lr: 0.1, momentum: 0.9 }),
  rmsprop: () => rmsprop({ lr: 0.02, alpha: 0.95, epsilon: 1e-6 }),
  adam: () => adam({ lr: 0.05, beta1: 0.5, beta2: 0.9, epsilon: 1e-8 }),
  adamLargeEpsilon: () => adam({ lr: 0.05, epsilon: 0.1 }),
  adamw: () => adamw({ lr: 0.05, weightDecay: 0.1 }),
};

/** The golden script's function: mean of softplus(x·w + b)·c. */
function problem() {
  const [x, c] = [tf.tensor2d(golden.x), tf.tensor2d(golden.c)];
  const params = tf.tidy(() => [tf.variable(tf.tensor2d(golden.w)), tf.variable(tf.tensor1d(golden.b))] as const);
  const step = (optimizer: Optimizer): number =>
    tf.tidy(() => {
      const f = () => tf.mean<tf.Scalar>(tf.mul(tf.softplus(tf.add(tf.matMul(x, params[0]), params[1])), c));
      const { value, grads } = tf.variableGrads(f, [...params]);
      optimizer.step(
        [...params],
        params.map((p) => grads[p.name]!),
      );
      return value.dataSync()[0]!;
    });
  const weights = (): number[] => params.flatMap((p) => [...p.dataSync()]);
  return { params, step, weights, dispose: () => tf.dispose([x, c, ...params]) };
}

onEveryBackend("optimizers follow PyTorch step by step", () => {
  it.each(Object.keys(MAKE) as (keyof typeof MAKE)[])("%s", (name) => {
    const { step, weights, dispose } = problem();
    const optimizer = MAKE[name]();
    const { losses, weights: expected } = golden.optimizers[name];
    losses.forEach((loss, i) => {
      expect(Math.abs(step(optimizer) - loss)).toBeLessThan(3e-6);
      weights().forEach((w, k) => expect(Math.abs(w - expected[i]![k]!), `step ${i}, weight ${k}`).toBeLessThan(5e-6));
    });
    optimizer.dispose();
    dispose();
  });

  it("the golden runs differ from each other, so that a mix-up would show", () => {
    const ends = Object.values(golden.optimizers).map(({ weights }) => weights.at(-1)![0]!);
    ends.forEach((a, i) => ends.slice(0, i).forEach((b) => expect(Math.abs(a - b)).toBeGreaterThan(1e-3)));
  });

  it.each(Object.keys(MAKE) as (keyof typeof MAKE)[])("%s keeps the number of tensors constant", (name) => {
    const before = tf.memory().numTensors;
    const { step, dispose } = problem();
    const optimizer = MAKE[name]();
    step(optimizer);
    const after = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) step(optimizer);
    expect(tf.memory().numTensors).toBe(after);
    optimizer.dispose();
    dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(Object.keys(MAKE) as (keyof typeof MAKE)[])("%s goes on bit-equal from a saved state", (name) => {
    const [whole, broken] = [problem(), problem()];
    const [first, second] = [MAKE[name](), MAKE[name]()];
    const third = MAKE[name]();
    for (let i = 0; i < 6; i++) whole.step(first);
    for (let i = 0; i < 3; i++) broken.step(second);
    const state = second.save();
    second.dispose();
    third.restore(state);
    for (let i = 0; i < 3; i++) broken.step(third);
    expect(broken.weights()).toEqual(whole.weights());
    expect(third.save()).toEqual(first.save());
    first.dispose();
    third.dispose();
    whole.dispose();
    broken.dispose();
  });
});

onEveryBackend("lamb", () => {
  it("follows the paper's algorithm in plain numbers, with groups that do not decay", () => {
    const [lr, beta1, beta2, epsilon, lambda] = [0.05, 0.8, 0.95, 1e-3, 0.2];
    const options = { lr, beta1, beta2, epsilon, weightDecay: lambda };
    const params = [
      tf.variable(
        tf.tensor2d([
          [1, -2],
          [0.5, 3],
        ]),
      ),
      tf.variable(tf.tensor1d([0.3, -0.1])),
    ];
    const zero = tf.variable(tf.zeros([2])); // a norm of 0: the factor is 1
    const grads = [
      [0.4, -0.3, 2, 0.1],
      [1, -0.5],
      [0.2, 0.7],
    ];
    const optimizer = lamb({ ...options, decays: ({ shape }) => shape.length >= 2 });
    const numbers = [
      [1, -2, 0.5, 3],
      [0.3, -0.1],
      [0, 0],
    ];
    const [m, v] = [numbers.map((w) => w.map(() => 0)), numbers.map((w) => w.map(() => 0))];
    const norm = (list: number[]): number => Math.sqrt(list.reduce((sum, x) => sum + x * x, 0));
    for (let t = 1; t <= 5; t++) {
      tf.tidy(() =>
        optimizer.step(
          [...params, zero],
          [...params, zero].map((p, k) =>
            tf.tensor(
              grads[k]!.map((g) => g * t),
              p.shape,
            ),
          ),
        ),
      );
      numbers.forEach((w, k) => {
        const r = w.map((x, i) => {
          const g = grads[k]![i]! * t;
          m[k]![i] = beta1 * m[k]![i]! + (1 - beta1) * g;
          v[k]![i] = beta2 * v[k]![i]! + (1 - beta2) * g * g;
          const direction = m[k]![i] / (1 - beta1 ** t) / (Math.sqrt(v[k]![i] / (1 - beta2 ** t)) + epsilon);
          return direction + (k === 0 ? lambda * x : 0);
        });
        const trust = norm(w) > 0 && norm(r) > 0 ? norm(w) / norm(r) : 1;
        r.forEach((step, i) => (w[i]! -= lr * trust * step));
      });
      [...params, zero].forEach((p, k) =>
        p.dataSync().forEach((x, i) => expect(Math.abs(x - numbers[k]![i]!), `step ${t}`).toBeLessThan(5e-6)),
      );
    }
    optimizer.dispose();
    tf.dispose([...params, zero]);
  });
});

describe("optimizers", () => {
  it("refuse what does not fit, in one line", () => {
    expect(() => sgd({ lr: 0 })).toThrow("sgd: wanted lr > 0, got 0");
    expect(() => adam({ lr: NaN })).toThrow("got NaN");
    expect(() => adam({ lr: 1, beta1: 1 })).toThrow("wanted 0 ≤ beta1 < 1, got 1");
    const [a, b] = [tf.variable(tf.zeros([2])), tf.variable(tf.zeros([3]))];
    const g = tf.ones([2]);
    const optimizer = adam({ lr: 0.1 });
    expect(() => optimizer.step([a, b], [g])).toThrow("2 parameters, 1 gradients");
    expect(() => optimizer.step([b], [g])).toThrow("parameter 0 is [3], its gradient [2]");
    optimizer.step([a], [g]);
    expect(() => optimizer.step([b], [tf.ones([3])])).toThrow("before it was [2]");
    expect(() => optimizer.step([a, b], [g, tf.ones([3])])).toThrow("before there were 1");
    expect(() => optimizer.restore({ kind: "sgd", steps: 1, slots: [] })).toThrow("got that of sgd");
    expect(g.isDisposed).toBe(false); // gradients belong to the caller
  });
});

onEveryBackend("a learning rate schedule", () => {
  it("is asked for steps 1, 2, …, and goes on after a restore", () => {
    const w = tf.variable(tf.tensor1d([1]));
    const asked: number[] = [];
    const make = (): Optimizer =>
      adam({
        lr: (t) => {
          asked.push(t);
          return t < 3 ? 0.5 : 0;
        },
        beta1: 0,
        beta2: 0,
      });
    const first = make();
    const step = (optimizer: Optimizer): number => {
      tf.tidy(() => optimizer.step([w], [tf.tensor1d([2])]));
      return w.dataSync()[0]!;
    };
    // Without averages Adam moves by the rate itself, against the gradient's sign.
    expect([step(first), step(first)].map((x) => x.toFixed(4))).toEqual(["0.5000", "0.0000"]);
    const second = make();
    second.restore(first.save());
    expect(step(second)).toBeCloseTo(0, 4);
    expect(asked).toEqual([1, 2, 3]);
    first.dispose();
    second.dispose();
    w.dispose();
  });
});
