import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, it, vi } from "vitest";
import { adam, adamw, lamb, momentum, sgd } from "../../../lib/nn/optimizers";
import type { Optimizer } from "../../../lib/nn/optimizers";
import { useDevice } from "../../../lib/tensor/device";
import { Session } from "../../../lib/tensor/native-session";
import { compile } from "../../../lib/tensor/compile";
import { call, trainStep } from "../../../lib/tensor/program-functions";
import { programScope } from "../../../lib/tensor/program-scope";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { train } from "../../../lib/train/train";
import { native, onEveryBackend } from "../backends";

/** A small net with noise: everything that a step changes. */
function noisy(by: Optimizer, options: object = {}) {
  const stream = randomStream(1);
  const state = {
    net: [{ w: stream.normal([3, 4]) }, { w: stream.normal([4, 1]) }],
    mean: tf.zeros<tf.Rank.R2>([3, 4]),
  };
  const program = compile(
    state,
    {
      step: trainStep(
        (s, { x }, _, random) => {
          const h = tf.softplus(tf.matMul(tf.add(x, random.normal([2, 3], 0, 0.1)), s.net[0]!.w));
          return { loss: tf.mean<tf.Scalar>(tf.square(tf.matMul(h, s.net[1]!.w))) };
        },
        { inputs: { x: [2, 3] }, of: "net", by },
      ),
      peek: call((s) => ({ first: s.net[0]!.w })),
    },
    { random: randomStream(2), ...options },
  );
  tf.dispose(state);
  return program;
}

onEveryBackend("a program's state", () => {
  it.each<[string, () => Optimizer]>([
    ["sgd", () => sgd({ lr: 0.01 })],
    ["momentum", () => momentum({ lr: 0.01 })],
    ["adam", () => adam({ lr: 0.01 })],
    ["adamw", () => adamw({ lr: (t) => 0.01 / t })],
    ["lamb", () => lamb({ lr: 0.01 })],
  ])("saved and restored goes on bit-equal: %s", (_, make) => {
    const x = tf.ones<tf.Rank.R2>([2, 3]);
    const [whole, first, second] = [noisy(make()), noisy(make()), noisy(make())];
    const losses = Array.from({ length: 6 }, () => whole.step({ x }).loss);
    const start = Array.from({ length: 2 }, () => first.step({ x }).loss);
    second.step({ x }); // whatever it was before
    second.restore(first.save());
    expect(second.steps("step")).toBe(2);
    const rest = Array.from({ length: 4 }, () => second.step({ x }).loss);
    expect([...start, ...rest]).toEqual(losses);
    expect(second.save()).toEqual(whole.save());
    for (const program of [whole, first, second]) program.dispose();
    x.dispose();
  });

  it("fits train's checkpoint: N steps = k + resume + (N − k)", async () => {
    const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "genlab-test-")), "run.safetensors");
    const x = tf.ones<tf.Rank.R2>([2, 3]);
    const run = async (stopAt: number) => {
      const program = noisy(adam({ lr: 0.01 }));
      try {
        const options = { steps: 7, log: () => undefined, checkpoint: { file, every: 1, state: { program } } };
        const { history } = await train(options, (i) => {
          if (i === stopAt) throw new Error("stop");
          return program.step({ x });
        });
        return history.map(({ loss }) => loss);
      } finally {
        program.dispose();
      }
    };
    const whole = await run(-1);
    await expect(run(3)).rejects.toThrow("stop");
    expect(fs.existsSync(file)).toBe(true);
    expect(await run(-1)).toEqual(whole);
    fs.rmSync(path.dirname(file), { recursive: true });
    x.dispose();
  });

  it("refuses a saved state of another program, and stays as it is", () => {
    const program = noisy(adam({ lr: 0.01 }));
    const other = compile({ net: tf.zeros([2]) }, { f: call((s) => ({ y: s.net })) });
    const before = program.save();
    expect(() => program.restore({} as never)).toThrow("restore: wanted what save() returned");
    expect(() => program.restore(other.save())).toThrow(
      "restore: net.0.w is [3, 4] in this program, missing in the saved one (4 tensors differ): compile the same state",
    );
    const wider = program.save();
    wider.state["net.1.w"]!.shape = [4, 2];
    expect(() => program.restore(wider)).toThrow(
      "restore: net.1.w is [4, 1] in this program, [4, 2] in the saved one (1 tensor differs): compile the same state",
    );
    wider.state = { ...before.state, "net.2.w": before.state["net.1.w"]! };
    expect(() => program.restore(wider)).toThrow("restore: net.2.w is missing in this program, [4, 1] in the saved");
    const rule = noisy(sgd({ lr: 0.01 }));
    expect(() => program.restore(rule.save())).toThrow("restore: step was trained by sgd, here it is adam");
    expect(program.save()).toEqual(before);
    for (const each of [program, other, rule]) each.dispose();
  });

  it("moves between programs, and a mistake in write changes nothing", () => {
    const [a, b] = [noisy(sgd({ lr: 0.1 })), noisy(sgd({ lr: 0.1 }))];
    const x = tf.ones<tf.Rank.R2>([2, 3]);
    a.step({ x });
    const net = a.read("net");
    b.write({ net });
    expect(b.save().state).toEqual(a.save().state);
    const before = b.save().state;
    const bad: [unknown, string][] = [
      [{ net: [net[0]] }, "write: net.1 is missing"],
      [{ net: [...net, net[0]] }, "write: the state has no net.2"],
      [{ net: [net[0], { w: tf.zeros([4, 2]) }] }, "write: net.1.w is [4, 2], in the program it is [4, 1]"],
      [{ net: [net[0], { w: tf.zeros([4, 1], "int32") }] }, "write: net.1.w is int32"],
      [{ net: [net[0], { w: 3 }] }, "write: net.1.w is number, wanted a tensor"],
      [{ nets: net }, 'write: the state has no "nets": it has net, mean'],
    ];
    for (const [parts, message] of bad) expect(() => b.write(parts as never)).toThrow(message);
    expect(() => a.read("nets" as "net")).toThrow('read: the state has no "nets"');
    expect(b.save().state).toEqual(before);
    tf.dispose([x, net]);
    a.dispose();
    b.dispose();
  });

  it("keeps tied weights tied", () => {
    const [shared, own] = [tf.tensor1d([1, 2]), tf.tensor1d([3])];
    const program = compile(
      { encoder: { w: shared }, decoder: { w: shared, own } },
      {
        step: trainStep((s) => ({ loss: tf.sum(tf.mul(s.encoder.w, s.decoder.own)) }), {
          of: "decoder",
          by: sgd({ lr: 0.1 }),
        }),
        sum: call((s) => ({ all: tf.sum<tf.Scalar>(tf.add(s.encoder.w, s.decoder.w)) })),
      },
    );
    program.step(); // decoder.w is encoder.w
    expect(program.sum().all).toBeCloseTo(2 * (1 + 2 - 0.6), 5);
    const decoder = program.read("decoder");
    expect(Object.keys(program.save().state)).toEqual(["encoder.w", "decoder.own"]);
    program.write({ decoder: { ...decoder, w: shared } });
    expect(program.sum().all).toBe(6);
    expect(() => program.write({ encoder: { w: shared }, decoder: { w: decoder.w, own } })).toThrow(
      "one tensor in two parts",
    );
    tf.dispose([shared, own, decoder]);
    program.dispose();
  });

  it("averages and clips as said", () => {
    const program = compile(
      { w: tf.tensor1d([1, -3]), mean: tf.tensor1d([0, 0]) },
      {
        step: trainStep((s) => ({ loss: tf.sum(tf.mul(s.w, tf.tensor1d([3, 4]))) }), {
          of: "w",
          by: sgd({ lr: 1 }),
          clipNorm: 1, // [3, 4] → [0.6, 0.8]
          clipWeights: 2,
          average: { into: "mean", decay: 0.75 },
        }),
      },
    );
    program.step();
    const [w, mean] = [program.read("w"), program.read("mean")];
    [0.4, -2].forEach((value, i) => expect(w.dataSync()[i]).toBeCloseTo(value, 5));
    [0.1, -0.5].forEach((value, i) => expect(mean.dataSync()[i]).toBeCloseTo(value, 5));
    tf.dispose([w, mean]);
    program.dispose();
  });
});

onEveryBackend("a loss that is not finite", () => {
  const make = () =>
    compile(
      { w: tf.tensor1d([2, 3]), mean: tf.tensor1d([0, 0]) },
      {
        step: trainStep(
          (s, { x }, _, random) => {
            const positive = tf.add(s.w, tf.mul(random.uniform([2]), 0));
            const inside = tf.log(tf.mul(positive, x)); // the line it must name
            return { loss: tf.sum(inside), inside: inside as tf.Tensor1D };
          },
          { inputs: { x: [2] }, of: "w", by: adam({ lr: 0.1 }), average: { into: "mean", decay: 0.5 } },
        ),
      },
    );

  it("leaves everything as it was, and names step, op and line", () => {
    const program = make();
    const [good, bad] = [tf.tensor1d([1, 1]), tf.tensor1d([1, -1])];
    program.step({ x: good }).inside.dispose();
    const before = program.save();
    const tensors = tf.memory().numTensors;
    let message = "";
    try {
      program.step({ x: bad });
    } catch (error) {
      message = (error as Error).message;
    }
    const line = new Error().stack!.split("\n")[1]!; // in this file
    const file = /([\w-]+\.test\.ts)/.exec(line)![1]!;
    expect(message).toContain(
      "step: the loss of step 2 is NaN: the first number that is not finite comes out of Log, shape [2]",
    );
    const [, where] = new RegExp(`${file.replace(/\./g, "\\.")}:(\\d+)\\)`).exec(message) ?? [];
    expect(fs.readFileSync(__filename, "utf8").split("\n")[Number(where) - 1]).toContain("the line it must name");
    expect(tf.memory().numTensors).toBe(tensors);
    expect(program.save()).toEqual(before);
    expect(program.step({ x: good }).loss).toBeGreaterThan(0);
    tf.dispose([good, bad]);
    program.dispose();
  });

  it("names an input, or a weight that was spoilt before", () => {
    const program = make();
    const x = tf.tensor1d([1, NaN]);
    expect(() => program.step({ x })).toThrow("the input x holds NaN or infinity");
    const w = tf.tensor1d([1, Infinity]);
    program.write({ w });
    expect(() => program.step({ x })).toThrow("the weight w is not finite already before it");
    tf.dispose([x, w]);
    program.dispose();
  });
});

onEveryBackend("programScope", () => {
  const make = () => compile({ w: tf.zeros([1]) }, { f: call((s) => ({ y: s.w })) });
  it("disposes what was compiled in it: nested, async, throwing", async () => {
    const kept = make();
    const made: ReturnType<typeof make>[] = [];
    const dead = (program: ReturnType<typeof make>): boolean => {
      try {
        tf.dispose(program.f());
        return false;
      } catch {
        return true;
      }
    };
    const result = programScope(() => {
      made.push(make());
      programScope(() => made.push(make()));
      expect(made.map(dead)).toEqual([false, true]);
      return 5;
    });
    expect([result, ...made.map(dead)]).toEqual([5, true, true]);
    expect(() =>
      programScope(() => {
        made.push(make());
        throw new Error("inside");
      }),
    ).toThrow("inside");
    await programScope(async () => {
      made.push(make());
      await Promise.resolve();
      expect(dead(made[3]!)).toBe(false);
    });
    await expect(
      programScope(async () => {
        made.push(make());
        await Promise.resolve();
        throw new Error("later");
      }),
    ).rejects.toThrow("later");
    expect(made.map(dead)).toEqual([true, true, true, true, true]);
    expect(dead(kept)).toBe(false);
    kept.dispose();
  });
});

it.skipIf(native.backend !== "tensorflow")("weights and saved states move between backends", async () => {
  await useDevice();
  const here = noisy(adam({ lr: 0.01 }));
  const x = tf.ones<tf.Rank.R2>([2, 3]);
  here.step({ x });
  const [saved, net] = [here.save(), here.read("net")];
  const after = here.step({ x }).loss;
  here.dispose();
  await useDevice({ prefer: "cpu" });
  const there = noisy(adam({ lr: 0.01 }));
  there.restore(saved);
  expect(there.step({ x }).loss).toBeCloseTo(after, 5);
  there.write({ net });
  expect(there.save().state["net.0.w"]).toEqual(saved.state["net.0.w"]);
  const back = there.read("net");
  there.dispose();
  await useDevice();
  const again = noisy(adam({ lr: 0.01 }));
  again.write({ net: back });
  expect(again.save().state["net.1.w"]).toEqual(saved.state["net.1.w"]);
  again.dispose();
  tf.dispose([x, net, back]);
});

it.skipIf(native.backend !== "tensorflow")(
  "all variables are read and written in one run, however many there are",
  () => {
    const runs = vi.spyOn(Session.prototype, "run");
    const count = (use: () => void): number => {
      runs.mockClear();
      use();
      return runs.mock.calls.length;
    };
    let program!: ReturnType<typeof noisy>;
    const x = tf.ones<tf.Rank.R2>([2, 3]);
    expect(count(() => (program = noisy(adam({ lr: 0.01 }))))).toBe(1);
    expect(count(() => program.step({ x }))).toBe(4); // weights for recording, to the new session: out and in, the step
    expect(count(() => program.write({ net: program.read("net") }))).toBe(2);
    expect(count(() => program.restore(program.save()))).toBe(4); // weights and averages, out and in
    program.dispose();
    runs.mockRestore();
  },
);
