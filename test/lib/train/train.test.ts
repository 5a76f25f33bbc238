import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { sgd } from "../../../lib/nn/optimizers";
import { tf } from "../../../lib/tensor/tf";
import type { Cell, ProgressEvent } from "../../../lib/train/cell";
import { Interrupted } from "../../../lib/train/interrupted";
import { train } from "../../../lib/train/train";
import { onEveryBackend } from "../backends";

const CELL = Symbol.for("genlab.cell");
const global = globalThis as Record<symbol, unknown>;

/** A cell as the kernel provides it. */
function enterCell() {
  const controller = new AbortController();
  const events: ProgressEvent[] = [];
  const shown: { bundle: Record<string, unknown>; update: boolean; id: string | undefined }[] = [];
  global[CELL] = {
    signal: controller.signal,
    display: (bundle, options) => shown.push({ bundle, update: options?.update ?? false, id: options?.id }),
    progress: (event) => events.push(event),
  } satisfies Cell;
  return { controller, events, shown };
}
afterEach(() => {
  delete global[CELL];
  vi.restoreAllMocks();
});

onEveryBackend("train", () => {
  it("runs the body step by step and records what it returns", async () => {
    const seen: number[] = [];
    const result = await train({ steps: 5 }, (i) => {
      seen.push(i);
      return { loss: 10 - i, double: 2 * i };
    });
    expect(seen).toEqual([0, 1, 2, 3, 4]);
    expect(result.history[2]).toEqual({ step: 2, loss: 8, double: 4 });
    expect(result.column("double")).toEqual([0, 2, 4, 6, 8]);
    expect([result.steps, result.resumedAt]).toEqual([5, 0]);
    expect(result.seconds).toBeGreaterThan(0);
  });

  it("trains: w → 3 by gradient descent, tensors disposed", async () => {
    const w = tf.variable(tf.scalar(0));
    const optimizer = sgd({ lr: 0.1 });
    const before = tf.memory().numTensors;
    const { column } = await train({ steps: 60 }, () => {
      const loss = tf.tidy(() => {
        const { value, grads } = tf.variableGrads(() => tf.square(tf.sub(w, 3)) as tf.Scalar, [w]);
        optimizer.step([w], [grads[w.name]!]);
        return value;
      });
      return { loss };
    });
    expect(tf.memory().numTensors).toBe(before);
    expect(column("loss")[0]).toBe(9);
    expect(w.dataSync()[0]).toBeCloseTo(3, 4);
    w.dispose();
  });

  it("warns once, with the count, when every step leaves tensors behind", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const kept: tf.Tensor[] = [];
    await train({ steps: 100, name: "gan" }, () => {
      kept.push(tf.scalar(1), tf.scalar(2));
      return { loss: 1 };
    });
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]![0]).toMatch(
      /^gan: every step leaves 2 tensors behind \(\d+ are alive\): put its body in tf.tidy/,
    );
    tf.dispose(kept);
  });

  it("does not warn of tensors that are made once or replaced", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const kept: tf.Tensor[] = [];
    await train({ steps: 100 }, (i) => {
      if (i < 20) kept.push(tf.scalar(i));
      else if (i % 2 === 0) kept.push(tf.scalar(i));
      return { loss: tf.scalar(1) };
    });
    expect(warn).not.toHaveBeenCalled();
    tf.dispose(kept);
  });
});

describe("train", () => {
  it("awaits an async body and calls onShow every so many steps and at the end", async () => {
    const shown: number[] = [];
    const { column } = await train({ steps: 7, every: 3, onShow: (i) => void shown.push(i) }, async (i) => {
      await Promise.resolve();
      return { loss: i };
    });
    expect(column("loss")).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(shown).toEqual([2, 5, 6]);
  });

  it("takes metrics that not every step reports", async () => {
    const { column, history } = await train({ steps: 3 }, (i) => ({ loss: i, test: i === 1 ? 5 : undefined }));
    expect(column("test")).toEqual([NaN, 5, NaN]);
    expect(history[0]).toEqual({ step: 0, loss: 0 });
  });

  it.each([
    ["NaN", NaN],
    ["Infinity", Infinity],
  ])("stops at %s, naming step and metric", async (word, value) => {
    const run = train({ steps: 9 }, (i) => ({ loss: 1, critic: i === 4 ? value : 0 }));
    await expect(run).rejects.toThrow(
      `train: step 4: critic is ${word}: the run diverged; try a smaller learning rate`,
    );
  });

  it("explains what a body must return", async () => {
    await expect(train({ steps: 1 }, () => undefined as unknown as { loss: number })).rejects.toThrow(
      "train: step 0 returned no loss: end its body with `return { loss };`",
    );
    const vector = tf.tensor1d([1, 2]);
    await expect(train({ steps: 1 }, () => ({ loss: vector }))).rejects.toThrow(
      "loss is a tensor of shape [2], wanted a number or a scalar",
    );
    vector.dispose();
    await expect(train({ steps: 1 }, () => ({ loss: "0.1" as unknown as number }))).rejects.toThrow("loss is string");
    await expect(train({ steps: 1.5 }, () => ({ loss: 1 }))).rejects.toThrow(
      "wanted steps, a whole number ≥ 0, got 1.5",
    );
    await expect(train({ steps: 1, every: 0 }, () => ({ loss: 1 }))).rejects.toThrow("wanted every");
  });

  it("passes on an error of the body as it is", async () => {
    const error = new Error("mine");
    const run = train({ steps: 3 }, () => {
      throw error;
    });
    await expect(run).rejects.toBe(error);
  });

  it("gives the event loop a turn about every 50 ms", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 5);
    await train({ steps: 30 }, () => {
      const until = performance.now() + 20;
      while (performance.now() < until);
      return { loss: 1 };
    });
    clearInterval(timer);
    expect(turns).toBeGreaterThanOrEqual(5); // 600 ms
  });

  it("is silent outside notebooks when it is quick, and says a plain line now and then when it is not", async () => {
    const lines: string[] = [];
    const log = (line: string): void => void lines.push(line);
    await train({ steps: 50, log }, () => ({ loss: 1 }));
    expect(lines).toEqual([]);
    let now = 0;
    vi.spyOn(performance, "now").mockImplementation(() => now);
    await train({ steps: 4, name: "vae", log }, (i) => {
      now += 6000;
      return { loss: i / 3 };
    });
    expect(lines).toEqual([
      "vae: step 2 / 4 · loss 0.3333 · 0.17 steps/s · ETA 0:12",
      "vae: step 4 / 4 · loss 1 · 0.17 steps/s · ETA 0:00",
      "vae: 4 steps · loss 1 · 24.0 s",
    ]);
  });
});

describe("train in a notebook", () => {
  let cell: ReturnType<typeof enterCell>;
  beforeEach(() => {
    cell = enterCell();
  });

  it("shows one progress line that ends with the words to be stored", async () => {
    await train({ steps: 20, name: "gan", live: false }, (i) => ({ loss: 1 / (i + 1) }));
    const { events, shown } = cell;
    expect(events[0]).toMatchObject({ name: "gan", step: 1, steps: 20 });
    expect(events[0]!.text).toMatch(/^step 1 \/ 20 · loss 1 · .+ steps\/s · ETA /);
    const last = events.at(-1)!;
    expect(last).toMatchObject({ step: 20, steps: 20, done: true, etaSeconds: 0 });
    expect(last.text).toMatch(/^20 steps · loss 0.05 · \d+\.\d s$/);
    expect(events.filter(({ done }) => done)).toHaveLength(1);
    expect(shown).toEqual([]);
  });

  it("shows the result as one line", async () => {
    const result = await train({ steps: 3, live: false }, () => ({ loss: 0.25 }));
    const show = (result as unknown as Record<symbol, () => unknown>)[Symbol.for("Jupyter.display")]!;
    expect(show()).toEqual({ "text/plain": "3 steps · loss 0.25" });
  });

  it("stops at an interrupt after the step it is in, and says what is kept", async () => {
    const run = train({ steps: 1000, live: false, name: "gan" }, (i) => {
      if (i === 11) cell.controller.abort();
      return { loss: i };
    });
    await expect(run).rejects.toThrow(Interrupted);
    await expect(run).rejects.toMatchObject({
      name: "Interrupted",
      step: 12,
      message:
        "gan: interrupted after 12 of 1,000 steps; the weights stay as they are; give train a checkpoint and it goes on from here next time",
    });
    expect(cell.events.at(-1)).toMatchObject({ done: true, text: "interrupted after 12 of 1,000 steps" });
  });

  it("stops at an interrupt that arrives while it computes", async () => {
    setTimeout(() => cell.controller.abort(), 60);
    const run = train({ steps: 1e6, live: false }, () => {
      const until = performance.now() + 5;
      while (performance.now() < until);
      return { loss: 1 };
    });
    await expect(run).rejects.toThrow(/^train: interrupted after \d+ of 1,000,000 steps/);
  });

  it("is not interrupted any more when the last step is done", async () => {
    const { steps } = await train({ steps: 3, live: false }, (i) => {
      if (i === 2) cell.controller.abort();
      return { loss: 1 };
    });
    expect(steps).toBe(3);
  });
});
