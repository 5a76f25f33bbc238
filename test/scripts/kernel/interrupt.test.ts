import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { TestKernel } from "./kernel-client";
import type { Execution } from "./kernel-client";

// A kernel starts in two seconds, on a busy machine in many more.
vi.setConfig({ testTimeout: 60_000 });

let kernel: TestKernel;
beforeAll(async () => {
  kernel = await TestKernel.start();
});
afterAll(() => kernel.stop());

type Way = "SIGINT" | "interrupt_request";

function interrupt(way: Way): void {
  if (way === "SIGINT") process.kill(kernel.process.pid!, "SIGINT");
  else void kernel.request("interrupt_request", {}, "control").catch(() => undefined);
}

/** Starts a cell that prints "started", interrupts it, and waits for its end. */
async function interrupted(code: string, way: Way): Promise<Execution> {
  const id = kernel.submit(code);
  await kernel.until(() => kernel.execution(id).stdout.includes("started"));
  interrupt(way);
  return kernel.finish(id);
}

const LOOPS: [string, string][] = [
  ["a synchronous loop", "console.log('started'); while (true) {}"],
  ["a loop after an await", "await null; console.log('started'); while (true) {}"],
  [
    "a loop in a function after an await",
    "const f = async () => { await null; console.log('started'); while (true) {} }; await f()",
  ],
  [
    "a loop in a timer",
    "setTimeout(() => { console.log('started'); while (true) {} }, 1); await new Promise(() => setTimeout(() => 0, 1e6))",
  ],
  ["a loop that catches everything", "console.log('started'); while (true) { try { while (true) {} } catch {} }"],
  ["an await that never ends", "console.log('started'); await new Promise(() => setTimeout(() => 0, 1e6))"],
  ["an endless chain of awaits", "console.log('started'); while (true) await new Promise((r) => setTimeout(r, 1))"],
  ["a loop of awaits that never leaves the microtasks", "console.log('started'); for (;;) await null"],
  ["a blocking wait", "console.log('started'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)"],
];

describe.each<Way>(["SIGINT", "interrupt_request"])("%s", (way) => {
  it.each(LOOPS)("stops %s", async (_, code) => {
    const { error, reply } = await interrupted(code, way);
    expect(error).toMatchObject({ ename: "Interrupted", evalue: "the cell was interrupted" });
    expect(reply.status).toBe("error");
    expect((await kernel.run("'alive'")).result).toEqual({ "text/plain": "'alive'" });
  });

  it("lets a cell that watches its signal save first and end with its own error", async () => {
    const code = `const { signal } = (globalThis as any)[Symbol.for("genlab.cell")];
console.log("started");
while (!signal.aborted) await new Promise((r) => setTimeout(r, 10));
await new Promise((r) => setTimeout(r, 400));
console.log("saved");
throw Object.assign(new Error("stopped at step 7"), { name: "Interrupted" });`;
    const { error, stdout } = await interrupted(code, way);
    expect(stdout).toBe("started\nsaved\n");
    expect(error).toMatchObject({ ename: "Interrupted", evalue: "stopped at step 7" });
  });

  it("of an idle kernel is harmless", async () => {
    if (way === "interrupt_request") await kernel.request("interrupt_request", {}, "control");
    else {
      interrupt(way);
      // A signal carries no order: one that arrives after the next cell began would rightly stop that.
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect((await kernel.run("1 + 1")).result).toEqual({ "text/plain": "2" });
  });
});

// It was one in three that ended the process.
it("a loop of awaits is stopped ten times in a row, which the kernel survives", async () => {
  for (let i = 0; i < 10; i++) {
    const { error } = await interrupted("console.log('started'); for (;;) await null", "SIGINT");
    expect(error?.ename).toBe("Interrupted");
  }
  expect((await kernel.run("'alive'")).result).toEqual({ "text/plain": "'alive'" });
});

describe("an interrupted cell", () => {
  it("that goes on in the background still owns its output", async () => {
    const code =
      "console.log('started'); for (let i = 0; i < 4; i++) { await new Promise((r) => setTimeout(r, 150)); console.log('tick', i); }";
    const cell = await interrupted(code, "SIGINT");
    expect(cell.error?.ename).toBe("Interrupted");
    const next = await kernel.run("await new Promise((r) => setTimeout(r, 700)); 1");
    expect(next.stdout).toBe("");
    expect(kernel.execution(cell.messages[0]!.parent_header.msg_id!).stdout).toContain("tick 3");
  });

  it("aborts what was queued behind it", async () => {
    const id = kernel.submit("console.log('started'); while (true) {}");
    const queued = kernel.submit("'never'");
    await kernel.until(() => kernel.execution(id).stdout.includes("started"));
    interrupt("SIGINT");
    expect((await kernel.finish(queued)).reply.status).toBe("aborted");
  });

  it("is stopped by SIGINTs in a burst, which the kernel survives", async () => {
    for (const code of [LOOPS[0]![1], LOOPS[1]![1]]) {
      const id = kernel.submit(code);
      await kernel.until(() => kernel.execution(id).stdout.includes("started"));
      for (let i = 0; i < 5; i++) interrupt("SIGINT");
      expect((await kernel.finish(id)).error?.ename).toBe("Interrupted");
    }
    for (let i = 0; i < 10; i++) interrupt("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await kernel.run("2 + 2")).result).toEqual({ "text/plain": "4" });
  });

  it("may be stuck in showing its value", async () => {
    const code = "console.log('started'); ({ [Symbol.for('Jupyter.display')]() { while (true) {} } })";
    expect((await interrupted(code, "SIGINT")).error?.ename).toBe("Interrupted");
    const pending = "console.log('started'); ({ [Symbol.for('Jupyter.display')]: () => new Promise(() => 0) })";
    expect((await interrupted(pending, "SIGINT")).error?.ename).toBe("Interrupted");
  });
});

describe("while a cell computes", () => {
  it("heartbeat and control answer", async () => {
    const id = kernel.submit("console.log('started'); while (true) {}");
    await kernel.until(() => kernel.execution(id).stdout.includes("started"));
    expect(await kernel.heartbeat()).toBe("ping");
    expect((await kernel.request("kernel_info_request", {}, "control")).status).toBe("ok");
    interrupt("SIGINT");
    await kernel.finish(id);
  });
});

// After an await only a termination stops a computation, and that drops the microtasks as well as `finally`.
it(
  "a program is usable after an interrupt in the middle of its recording, also after an await",
  { timeout: 120_000 },
  async () => {
    const { error } =
      await kernel.run(`import { adam, call, compile, randomStream, tf, trainStep, useDevice } from "genlab";
await useDevice();
const deep = compile({ w: randomStream(1).normal([64, 64]) }, {
  step: trainStep((s, { x }) => ({ loss: tf.mean(tf.square(Array.from({ length: 60 }).reduce<tf.Tensor>((h) => tf.tanh(tf.matMul(h, s.w)), x))) as tf.Scalar }),
    { inputs: { x: ["B", 64] }, of: "w", by: adam({ lr: 1e-3 }) }),
});
const random = Math.random;`);
    expect(error).toBeUndefined();
    const loop = `await null;
console.log("started");
for (let size = 1; ; size++) { const x = tf.ones([1 + (size % 40), 64]) as tf.Tensor2D; deep.step({ x }); x.dispose(); }`;
    for (let round = 0; round < 4; round++) {
      expect((await interrupted(loop, "interrupt_request")).error).toMatchObject({ ename: "Interrupted" });
      const after = await kernel.run(`const other = compile({ v: tf.ones([3]) }, { f: call((s) => ({ y: s.v })) });
const { loss } = deep.step({ x: tf.ones([2, 64]) });
console.log(Number.isFinite(loss), other.f().y.shape, Math.random === random, tf.engine().state.gradientDepth);`);
      expect(after.error).toBeUndefined();
      expect(after.stdout).toBe("true [ 3 ] true 0\n");
    }
  },
);
