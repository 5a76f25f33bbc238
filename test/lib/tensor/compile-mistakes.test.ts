import { describe, expect, it } from "vitest";
import { adam, sgd } from "../../../lib/nn/optimizers";
import { compile } from "../../../lib/tensor/compile";
import { call, chain, trainStep } from "../../../lib/tensor/program-functions";
import type { Draws } from "../../../lib/tensor/program-functions";
import { randomStream } from "../../../lib/tensor/random";
import { repeat } from "../../../lib/tensor/repeat";
import { tf } from "../../../lib/tensor/tf";
import { native, onEveryBackend } from "../backends";

type Body = (w: tf.Tensor1D, x: tf.Tensor1D, random: Draws) => tf.Tensor;

/** A program with one function around `body`; w and x are [2]. */
function programOf(body: Body) {
  const made = (state: { w: tf.Tensor1D }, { x }: { x: tf.Tensor1D }, _: object, random: Draws) => ({
    out: body(state.w, x, random),
  });
  const state = { w: tf.tensor1d([1, 2]) };
  return compile(state, {
    f: call(made, { inputs: { x: [2] } }),
    healthy: call((s, { x }: { x: tf.Tensor1D }) => ({ sum: tf.sum<tf.Scalar>(tf.mul(s.w, x)) }), {
      inputs: { x: [2] },
    }),
  });
}

/** The message of calling it; afterwards backend, Math.random and program must be as before. */
function messageOf(body: Body): string {
  const program = programOf(body);
  const x = tf.tensor1d([3, 4]);
  const backend = tf.backend() as object;
  const engine = tf.engine() as object;
  const before = [Object.getOwnPropertyNames(backend), Object.getOwnPropertyNames(engine), Math.random];
  let message = "no error";
  for (let time = 0; time < 2; time++) {
    try {
      program.f({ x });
    } catch (error) {
      message = (error as Error).message;
    }
  }
  expect([Object.getOwnPropertyNames(backend), Object.getOwnPropertyNames(engine), Math.random]).toEqual(before);
  expect(tf.engine().state.gradientDepth).toBe(0);
  expect(program.healthy({ x }).sum).toBe(11);
  program.dispose();
  x.dispose();
  expect(message).not.toContain("\n");
  return message;
}

describe.skipIf(native.backend !== "tensorflow")("while recording", () => {
  it("a tensor from outside must be declared", () => {
    const uploaded = tf.mul(tf.tensor1d([1, 2]), 2);
    const fresh = tf.tensor1d([1, 2]);
    const variable = tf.variable(tf.zeros([2]));
    for (const outside of [uploaded, fresh, variable]) {
      const message = messageOf((w) => tf.mul(w, outside));
      expect(message).toMatch(/^f: uses a tensor from outside that is not declared \(.+\): .*declare it as an input/);
    }
    // Returned as it is, or only looked at.
    expect(messageOf(() => fresh)).toContain("from outside");
    expect(messageOf((w) => tf.mul(w, tf.reshape(fresh, [2])))).toContain("from outside");
    tf.dispose([uploaded, fresh, variable]);
  });

  it("so must one that an earlier recording kept", () => {
    let kept: tf.Tensor | undefined;
    const keep = programOf((w) => {
      kept = tf.keep(tf.mul(w, 2));
      return tf.add(kept, 1);
    });
    const x = tf.tensor1d([3, 4]);
    keep.f({ x });
    expect(messageOf((w) => tf.mul(w, kept!))).toContain("f: uses a tensor from outside");
    kept!.dispose();
    keep.dispose();
    x.dispose();
  });

  it.each<[string, Body]>([
    ["dataSync", (w) => tf.mul(w, w.dataSync()[0]!)],
    ["arraySync", (w) => tf.tensor(w.arraySync())],
    ["a branch", (w, x) => ((tf.sum(x).dataSync()[0] ?? 0) > 0 ? w : x)],
    ["print", (w) => (w.print(), w)],
    [
      "data",
      (w) => {
        void w.data();
        return w;
      },
    ],
  ])("%s is refused", (_, body) => {
    expect(messageOf(body)).toMatch(/^f: reads a tensor's value while it is recorded .*tf\.where$/);
  });

  it.each<[string, Body]>([
    ["Math.random", (w) => tf.mul(w, Math.random())],
    ["tf.randomNormal", (w) => tf.mul(w, tf.randomNormal([2]))],
    ["tf.randomUniform", (w) => tf.mul(w, tf.randomUniform([2]))],
    ["tf.truncatedNormal", (w) => tf.mul(w, tf.truncatedNormal([2]))],
    ["tf.dropout", (w) => tf.dropout(w, 0.5)],
    ["tf.multinomial", (w) => tf.multinomial(w, 1)],
  ])("%s is refused", (_, body) => {
    expect(messageOf(body)).toMatch(
      /^f: draws random numbers of TensorFlow.js or Math.random .*random\.normal\(shape\)/,
    );
  });

  it("a stream of the author's is refused, and stays where it is", () => {
    const stream = randomStream(3);
    const before = stream.save();
    expect(messageOf((w) => tf.mul(w, stream.normal([2])))).toMatch(/^f: draws from a RandomStream of its author's/);
    expect(messageOf((w) => tf.mul(w, stream.number()))).toMatch(/^f: draws from a RandomStream/);
    expect(stream.save()).toEqual(before);
  });

  it("what has no graph form is refused", () => {
    expect(
      messageOf((w) => tf.add(w, tf.cast(tf.equal(tf.tensor(["a", "b"]), tf.tensor(["a", "c"])), "float32"))),
    ).toMatch(/^f: uses a string tensor, which has no graph form/);
  });
});

onEveryBackend("mistakes in a function", () => {
  const x2 = () => tf.tensor1d([3, 4]);
  it("async, another program inside, no tensors", async () => {
    const inner = programOf((w) => w);
    const x = x2();
    expect(messageOf((() => Promise.resolve({})) as never)).toMatch(/^f returned out as object, wanted a tensor/);
    const asynchronous = compile(
      { w: x },
      {
        f: call((async () => {
          await Promise.resolve();
          throw new Error("late");
        }) as never),
      },
    );
    expect(() => (asynchronous.f as () => void)()).toThrow("f is async: a compiled function computes in one go");
    await new Promise((resolve) => setTimeout(resolve, 5)); // its rejection must not end the process
    expect(messageOf((w) => (inner.f({ x: w }), w))).toBe(
      "f: calls program.f inside a compiled function: call it outside, and give its result as an input",
    );
    inner.dispose();
    asynchronous.dispose();
    x.dispose();
  });

  it.each<[string, () => unknown, string]>([
    ["one tensor", () => tf.scalar(1), "f returned one tensor, wanted { name: tensor, … }"],
    ["a list", () => [tf.scalar(1)], "f returned a list"],
    ["nothing", () => undefined, "f returned undefined"],
    ["an empty record", () => ({}), "f returned nothing"],
    ["a number", () => ({ a: 1 }), "f returned a as number, wanted a tensor: tf.scalar"],
  ])("returns %s", (_, body, message) => {
    const program = compile({ w: x2() }, { f: call(body as never) });
    expect(() => (program.f as () => void)()).toThrow(message);
    program.dispose();
  });

  const train = (body: (w: tf.Tensor1D) => object) =>
    compile(
      { w: tf.tensor1d([0.5, 2]), other: tf.tensor1d([1]) },
      { step: trainStep(((s: { w: tf.Tensor1D }) => body(s.w)) as never, { of: ["w"], by: adam({ lr: 1 }) }) },
    ) as unknown as { step(): void; dispose(): void };
  it.each<[string, (w: tf.Tensor1D) => object, RegExp]>([
    ["no loss", (w) => ({ out: w }), /^step returned no loss, wanted a scalar/],
    ["a loss of two numbers", (w) => ({ loss: w }), /^step returned a loss of shape \[2\], wanted a scalar: reduce it/],
    ["a loss without the weights", () => ({ loss: tf.scalar(1) }), /^step: the loss does not depend on w: use these/],
    [
      "an op without gradient",
      (w) => ({ loss: tf.sum(tf.cumprod(w)) }),
      /^step: TensorFlow.js has no gradient for Cumprod: /,
    ],
    [
      "an op that cannot be differentiated so",
      (w) => ({
        loss: tf.sum(
          tf.conv2d(
            tf.reshape<tf.Rank.R4>(tf.tile(w, [8]), [1, 4, 4, 1]),
            tf.ones([2, 2, 1, 1]),
            1,
            "valid",
            "NHWC",
            2,
          ),
        ),
      }),
      /^step: TensorFlow.js cannot compute the gradients \(.*dilation.*\): write that part/,
    ],
    ["repeat", (w) => ({ loss: tf.sum(repeat(2, [w], (_, v) => [v])[0]) }), /^repeat cannot be differentiated/],
  ])("a train step with %s", (_, body, message) => {
    const program = train(body);
    const before = tf.memory().numTensors;
    for (let time = 0; time < 2; time++) expect(() => program.step()).toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
    program.dispose();
  });
});

onEveryBackend("mistakes in a call", () => {
  const make = () =>
    compile(
      { w: tf.tensor1d([1, 2]) },
      {
        step: trainStep((s, { x, k }) => ({ loss: tf.sum(tf.mul(s.w, tf.add(tf.sum(x, 0), tf.cast(k, "float32")))) }), {
          inputs: { x: ["B", 2], k: { shape: ["B", 2], dtype: "int32" } },
          scalars: { smooth: 1 },
          of: "w",
          by: sgd({ lr: 0.1 }),
        }),
        twice: chain([["step", 2]]),
      },
      { name: "mine" },
    );
  const [x, k] = [() => tf.zeros([3, 2]), () => tf.zeros([3, 2], "int32")];
  const gone = () => {
    const tensor = tf.zeros([3, 2]);
    tensor.dispose();
    return tensor;
  };
  it.each<[string, () => object, object, string]>([
    ["a missing input", () => ({ x: x() }), {}, "step: input k is missing: it takes { x, k }"],
    ["an unknown input", () => ({ x: x(), k: k(), z: x() }), {}, 'step: unknown input "z": it takes { x, k }'],
    ["another dtype", () => ({ x: x(), k: x() }), {}, 'step: input k is float32, declared int32: tf.cast(…, "int32")'],
    ["another rank", () => ({ x: tf.zeros([2]), k: k() }), {}, 'step: input x is [2], declared ["B", 2]: reshape it'],
    ["another size", () => ({ x: tf.zeros([3, 4]), k: k() }), {}, "axis 1 must be 2"],
    ["two sizes of one name", () => ({ x: tf.zeros([4, 2]), k: k() }), {}, "B is 4 in x and 3 here"],
    ["no row", () => ({ x: tf.zeros([0, 2]), k: k() }), {}, "B is 0: give one row at least"],
    ["a number for a tensor", () => ({ x: 1, k: k() }), {}, "step: input x is number, wanted a tensor"],
    ["a disposed tensor", () => ({ x: gone(), k: k() }), {}, "step: input x is disposed"],
    ["an unknown number", () => ({ x: x(), k: k() }), { rate: 1 }, 'step: unknown number "rate": it takes smooth, lr'],
    ["NaN as a number", () => ({ x: x(), k: k() }), { smooth: NaN }, "step: smooth is NaN, wanted a finite number"],
  ])("%s", (_, inputs, scalars, message) => {
    const program = make();
    expect(() => program.step(inputs() as never, scalars)).toThrow(message);
    expect(program.steps("step")).toBe(0);
    program.step({ x: x(), k: k() } as never);
    program.dispose();
  });

  it("an empty input whose size has another name than B: nothing can be drawn for it", () => {
    const program = compile(
      { w: tf.zeros([1]) },
      { draw: call((_, { x }, __, random) => ({ y: tf.add(x, random.normal(x.shape)) }), { inputs: { x: ["n", 2] } }) },
    );
    expect(() => program.draw({ x: tf.zeros([0, 2]) })).toThrow('draw: input x is [0, 2], declared ["n", 2]: n is 0');
    expect(program.draw({ x: tf.zeros([1, 2]) }).y.shape).toEqual([1, 2]);
    program.dispose();
  });

  it("chains: unknown members, inputs not stacked", () => {
    const program = make();
    expect(() => program.twice({ stop: {} } as never)).toThrow(
      'twice: "stop" is no function of this chain: wanted { step }',
    );
    expect(() => program.twice({ step: { x: x(), k: k() } })).toThrow(
      'twice.step: input x is [3, 2], declared [2, "B", 2]',
    );
    program.dispose();
  });

  it("after dispose, on another backend, and variables assigned outside", async () => {
    const variable = tf.variable(tf.tensor1d([1, 2]));
    const program = compile({ a: { v: variable } }, { peek: call((s) => ({ v: s.a.v })) });
    variable.assign(tf.tensor1d([5, 6]));
    expect(() => program.peek()).toThrow("peek: the variable a.v was changed outside the program");
    program.write({ a: { v: variable } });
    expect([...program.peek().v.dataSync()]).toEqual([5, 6]);
    const here = tf.getBackend();
    const other = here === "cpu" ? "tensorflow" : "cpu";
    if (tf.findBackend(other) !== null) {
      await tf.setBackend(other);
      expect(() => program.peek()).toThrow(`program.peek: compiled for the backend "${here}", now it is "${other}"`);
      program.dispose(); // works all the same
      await tf.setBackend(here);
    }
    program.dispose();
    const mine = make();
    mine.dispose();
    for (const use of [() => mine.step({} as never), () => mine.read("w"), () => mine.save(), () => mine.write({})]) {
      expect(use).toThrow(/^mine\.\w+: the program is disposed/);
    }
  });

  it("a declared number with the name of an optimizer's", () => {
    const make = (scalars: Record<string, number>) => () =>
      compile(
        { w: tf.tensor1d([1]) },
        { step: trainStep((s) => ({ loss: tf.sum(s.w) }), { scalars, of: "w", by: adam({ lr: 0.1 }) }) },
      );
    expect(make({ beta1: 0.5 })).toThrow(
      'compile: step: "beta1" is a number of the optimizer: give yours another name',
    );
    expect(make({ lambda: 0.5 })).not.toThrow();
  });

  it("a state saved when the optimizer trained other weights changes nothing", () => {
    const make = (of: "a" | "b") =>
      compile(
        { a: tf.tensor1d([1]), b: tf.tensor1d([2]) },
        { step: trainStep((s) => ({ loss: tf.sum(tf.add(s.a, s.b)) }), { of, by: adam({ lr: 0.1 }) }) },
      );
    const [first, second] = [make("a"), make("b")];
    first.step();
    expect(() => second.restore(first.save())).toThrow("restore: step did not train b when it was saved");
    expect([...second.read("a").dataSync()]).toEqual([1]);
    first.dispose();
    second.dispose();
  });
});

it.skipIf(native.backend !== "tensorflow")("an index out of range inside a graph names the function", () => {
  const program = compile(
    { table: tf.tensor2d([[1], [2]]) },
    {
      look: call((s, { at }) => ({ row: tf.gather(s.table, at) }), {
        inputs: { at: { shape: ["B"], dtype: "int32" } },
      }),
    },
  );
  tf.dispose(program.look({ at: tf.tensor1d([1], "int32") }).row);
  const beyond = tf.tensor1d([7], "int32");
  expect(() => program.look({ at: beyond })).toThrow(/^look: TensorFlow refused the call \(.*: check the indices/);
  program.dispose();
});
