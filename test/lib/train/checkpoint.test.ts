import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { batches } from "../../../lib/data/batches";
import { loadMnist } from "../../../lib/data/mnist";
import { linear } from "../../../lib/nn/linear";
import { torchLinear } from "../../../lib/nn/initializers";
import { crossEntropy } from "../../../lib/nn/losses";
import { adam } from "../../../lib/nn/optimizers";
import { randomStream } from "../../../lib/tensor/random";
import type { RandomState } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { Interrupted } from "../../../lib/train/interrupted";
import { train } from "../../../lib/train/train";
import type { HistoryRow } from "../../../lib/train/history";
import type { TrainOptions } from "../../../lib/train/train";
import { onEveryBackend } from "../backends";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "genlab-checkpoint-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const file = path.join(folder, "run.safetensors");
beforeEach(() => fs.rmSync(file, { force: true }));

/** A classifier with everything that a checkpoint must hold: weights, Adam, noise, data. */
function makeRun(seed = 1, width = 10) {
  const stream = randomStream(seed);
  const digits = loadMnist().train.take(100);
  const init = torchLinear(stream.split("init"), 784, width);
  const weights = { w: tf.variable(init.w), b: tf.variable(init.b) };
  tf.dispose([init.w, init.b]);
  const optimizer = adam({ lr: 1e-3 });
  const noise = stream.split("noise");
  const data = batches(digits, { size: 32, stream: stream.split("order") });
  const step = () => {
    const { images, labels } = data.next();
    const loss = tf.tidy(() => {
      const noisy = tf.add(images, noise.normal([images.shape[0], 784], 0, 0.1));
      const params = [weights.w, weights.b];
      const model = weights as unknown as { w: tf.Tensor2D; b: tf.Tensor1D };
      const { value, grads } = tf.variableGrads(
        () => crossEntropy(linear(noisy as tf.Tensor2D, model), labels),
        params,
      );
      optimizer.step(
        params,
        params.map((p) => grads[p.name]!),
      );
      return value;
    });
    images.dispose();
    return { loss };
  };
  const state = { weights, optimizer, noise, data };
  const values = (): number[] => [...weights.w.dataSync(), ...weights.b.dataSync()];
  const dispose = (): void => {
    optimizer.dispose();
    tf.dispose(Object.values(weights));
  };
  return { step, state, values, dispose };
}

/** Runs to the end, or to `stopAt`, where it is interrupted. */
async function go(stopAt?: number, options: Partial<TrainOptions> = {}, seed = 1) {
  const run = makeRun(seed);
  const controller = new AbortController();
  let history: HistoryRow[] = [];
  try {
    const result = await train(
      { steps: 12, seed: 1, signal: controller.signal, checkpoint: { file, state: run.state }, ...options },
      (i) => {
        if (stopAt !== undefined && i + 1 === stopAt) controller.abort();
        return run.step();
      },
    );
    history = result.history;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    expect(error.message).toContain(`saved to ${file}: run the cell again to go on`);
    expect(error.step).toBe(stopAt);
  }
  const values = run.values();
  run.dispose();
  return { values, history };
}

onEveryBackend("resume", () => {
  it.each([1, 4, 5, 11])("12 steps = %i + checkpoint + the rest, to the bit", async (k) => {
    const whole = await go();
    expect(fs.existsSync(file)).toBe(false); // finished: the next run starts afresh
    await go(k);
    expect(fs.existsSync(file)).toBe(true);
    const rest = await go();
    expect(rest.values).toEqual(whole.values);
    expect(rest.history).toEqual(whole.history);
    expect(rest.history).toHaveLength(12);
    expect(fs.existsSync(file)).toBe(false);
  });

  it("goes on equally after two interrupts", async () => {
    const whole = await go();
    await go(3);
    await go(7);
    const rest = await go();
    expect(rest).toEqual(whole);
  });

  it("goes on from the last save when a step throws", async () => {
    const whole = await go();
    const run = makeRun();
    const crash = train({ steps: 12, seed: 1, checkpoint: { file, every: 2, state: run.state } }, (i) => {
      if (i === 7) throw new Error("power cut");
      return run.step();
    });
    await expect(crash).rejects.toThrow("power cut");
    run.dispose();
    expect(await go()).toEqual(whole);
  });

  it("would differ without any one part of the state", async () => {
    const whole = await go();
    for (const missing of ["weights", "optimizer", "noise", "data"] as const) {
      const drop = (state: object) => Object.fromEntries(Object.entries(state).filter(([name]) => name !== missing));
      const first = makeRun();
      const controller = new AbortController();
      const interrupted = train(
        { steps: 12, signal: controller.signal, checkpoint: { file, state: drop(first.state) } },
        (i) => {
          if (i === 4) controller.abort();
          return first.step();
        },
      );
      await expect(interrupted).rejects.toThrow(Interrupted);
      const second = makeRun();
      await train({ steps: 12, checkpoint: { file, state: drop(second.state) } }, second.step);
      expect(second.values(), missing).not.toEqual(whole.values);
      first.dispose();
      second.dispose();
    }
  });

  it("leaves no tensors behind", async () => {
    const before = tf.memory().numTensors;
    await go(5);
    await go();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("a checkpoint that does not fit is refused, and stays", () => {
  const refused = async (
    change: (bytes: Buffer) => Buffer,
    options: Partial<TrainOptions>,
    message: string | RegExp,
  ) => {
    await go(4);
    const changed = change(fs.readFileSync(file));
    fs.writeFileSync(file, changed);
    await expect(go(undefined, options)).rejects.toThrow(message);
    expect(fs.readFileSync(file)).toEqual(changed);
    expect(fs.readdirSync(folder)).toEqual(["run.safetensors"]);
  };
  const same = (bytes: Buffer): Buffer => bytes;

  it("cut short", () => refused((b) => b.subarray(0, b.length - 10), {}, "is not a whole safetensors file"));
  it("empty", () => refused(() => Buffer.alloc(0), {}, "it has 0 bytes"));
  it("something else", () =>
    refused(() => Buffer.from("not a checkpoint at all"), {}, "is not a whole safetensors file"));
  it("of another name", () => refused(same, { name: "vae" }, 'belongs to "train", this is "vae": remove'));
  it("of another seed", () => refused(same, { seed: 2 }, "was made with seed 1, this run has 2: remove"));
  it("of a longer run", () => refused(same, { steps: 3 }, "has 4 steps, this run only 3: remove"));
  it("of weights only", async () => {
    const golden = path.resolve(__dirname, "../../golden/reference.safetensors");
    await refused(() => fs.readFileSync(golden), {}, "was not written by train: remove");
  });

  it("of another model or other parts, before anything is changed", async () => {
    await go(4);
    const other = makeRun(1, 7);
    const before = other.values();
    const run = train({ steps: 12, seed: 1, checkpoint: { file, state: other.state } }, other.step);
    await expect(run).rejects.toThrow("holds weights as [784, 10] [10], this run's is [784, 7] [7]: remove");
    expect(other.values()).toEqual(before);
    const { weights } = other.state;
    await expect(train({ steps: 12, seed: 1, checkpoint: { file, state: { weights } } }, other.step)).rejects.toThrow(
      "holds weights, optimizer, noise, data; this run keeps weights: remove",
    );
    other.dispose();
  });

  it("a checkpoint that cannot be written leaves the old one", async () => {
    await go(4);
    const old = fs.readFileSync(file);
    const run = makeRun();
    const { noise } = run.state;
    const bad = { save: () => ({ big: 10n }), restore: (state: RandomState) => noise.restore(state) };
    const saving = train(
      { steps: 12, seed: 1, checkpoint: { file, every: 1, state: { ...run.state, noise: bad } } },
      run.step,
    );
    await expect(saving).rejects.toThrow(/^checkpoint run.safetensors cannot be written after step 5 \(.*BigInt.*\): /);
    expect(fs.readFileSync(file)).toEqual(old);
    run.dispose();
  });

  it("refuses a wrong interval", async () => {
    const run = makeRun();
    await expect(train({ steps: 1, checkpoint: { file, every: 0.5, state: run.state } }, run.step)).rejects.toThrow(
      "checkpoint: wanted every, a whole number > 0, got 0.5",
    );
    run.dispose();
  });
});

describe("a Checkpointable's state", () => {
  const roundTrip = async (state: unknown): Promise<unknown> => {
    let back: unknown;
    const part = { save: () => state, restore: (saved: unknown) => void (back = saved) };
    const controller = new AbortController();
    const run = (signal?: AbortSignal) =>
      train({ steps: 3, signal, checkpoint: { file, state: { part } } }, () => {
        controller.abort();
        return { loss: 1 };
      });
    await expect(run(controller.signal)).rejects.toThrow(Interrupted);
    await run();
    return back;
  };

  it("comes back as it was: typed arrays, nesting, odd names, numbers that JSON lacks", async () => {
    const state = {
      "a/b": Float32Array.of(1.5, NaN),
      a: { b: Float64Array.of(0.1), "0": [Int32Array.of(-1), Uint8Array.of(255), "text", null, true] },
      numbers: [0.1, -0, Infinity, -Infinity, NaN, 1e300],
      empty: {},
      none: [],
    };
    expect(await roundTrip(state)).toEqual(state);
  });

  it("may not be a tensor", async () => {
    const tensor = tf.scalar(1);
    const part = { save: () => ({ tensor }), restore: () => undefined };
    const run = train({ steps: 3, checkpoint: { file, every: 1, state: { part } } }, () => ({ loss: 1 }));
    await expect(run).rejects.toThrow("/parts/part/tensor is a tensor: save its dataSync() instead");
    tensor.dispose();
  });
});

describe("state as a list", () => {
  it("keeps lists of variables and single ones too", async () => {
    const [a, b] = [tf.variable(tf.scalar(1)), tf.variable(tf.tensor1d([2, 3]))];
    const controller = new AbortController();
    const stream = randomStream(1);
    const run = train({ steps: 9, signal: controller.signal, checkpoint: { file, state: [a, [b], stream] } }, (i) => {
      if (i === 3) controller.abort();
      a.assign(tf.scalar(i));
      b.assign(tf.tensor1d([i, i]));
      return { loss: stream.number() };
    });
    await expect(run).rejects.toThrow(Interrupted);
    const position = stream.save();
    a.assign(tf.scalar(-1));
    const other = randomStream(5);
    const seen: number[] = [];
    await train({ steps: 5, checkpoint: { file, state: [a, [b], other] } }, (i) => {
      seen.push(i, a.dataSync()[0]!, ...b.dataSync());
      expect(other.save()).toEqual(position);
      return { loss: 1 };
    });
    expect(seen).toEqual([4, 3, 3, 3]);
  });
});
