import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { TestKernel } from "./kernel-client";

// A kernel starts in two seconds, on a busy machine in many more.
vi.setConfig({ testTimeout: 60_000 });

let kernel: TestKernel;
beforeAll(async () => {
  kernel = await TestKernel.start();
});
afterAll(() => kernel.stop());

const sequence = (k: TestKernel) => k.iopub.map((m) => (m.metadata.genlab as { seq: number }).seq);

describe("what a cell prints", () => {
  it("arrives complete and in order, 100,000 lines in few messages", async () => {
    const { stdout, messages, reply } = await kernel.run(
      "for (let i = 0; i < 100_000; i++) console.log(`line ${i}`)",
      {},
      25_000,
    );
    const wanted = Array.from({ length: 100_000 }, (_, i) => `line ${i}\n`).join("");
    expect(stdout === wanted).toBe(true);
    expect(reply.status).toBe("ok");
    expect(messages.filter((m) => m.header.msg_type === "stream").length).toBeLessThan(400);
  });

  it("comes live out of a synchronous loop, before the cell ends", async () => {
    const id = kernel.submit(
      "console.log('early'); const end = Date.now() + 1500; while (Date.now() < end); console.log('end')",
    );
    await kernel.until(() => kernel.execution(id).stdout.includes("early"));
    expect(kernel.reply(id)).toBeUndefined();
    expect((await kernel.finish(id)).stdout).toBe("early\nend\n");
  });

  it("keeps stdout and stderr apart and in order", async () => {
    const { messages } = await kernel.run(
      "console.log('a'); console.error('b'); process.stdout.write('c\\n'); process.stderr.write('d\\n')",
    );
    const streams = messages.filter((m) => m.header.msg_type === "stream").map((m) => m.content);
    expect(streams).toEqual([
      { name: "stdout", text: "a\n" },
      { name: "stderr", text: "b\n" },
      { name: "stdout", text: "c\n" },
      { name: "stderr", text: "d\n" },
    ]);
  });

  it("may be bytes, cut in the middle of a character, with a callback", async () => {
    const code = `
const bytes = new TextEncoder().encode("grün 🙂\\n");
for (const byte of bytes) process.stdout.write(new Uint8Array([byte]));
await new Promise<void>((resolve) => process.stdout.write("done", "utf8", () => resolve()));`;
    expect((await kernel.run(code)).stdout).toBe("grün 🙂\ndone");
  });

  it("has no half of a character, which no file could hold, unless the other half follows", async () => {
    const { stdout, result } = await kernel.run(
      "for (const half of '🙂') { console.log(half[0], '\\\\ud83d'); process.stdout.write(half[0]!); await new Promise((r) => setTimeout(r, 120)); process.stdout.write(half[1]!); }\n({ [Symbol.for('Jupyter.display')]: () => ({ 'text/plain': '\\ud83d' }) })",
    );
    expect(stdout).toBe("\ufffd \\ud83d\n🙂");
    expect(result).toEqual({ "text/plain": "\ufffd" });
  });

  it("may come from a loop that awaits each value", async () => {
    const { stdout } = await kernel.run(
      "async function* two() { yield 1; yield 2; }\nfor await (const value of two()) console.log(value);",
    );
    expect(stdout).toBe("1\n2\n");
  });

  it("belongs to the cell that started it, also after that cell ended and while another one runs", async () => {
    const first = await kernel.run("setTimeout(() => console.log('late'), 400); void 0");
    const second = await kernel.run("console.log('mine'); await new Promise((r) => setTimeout(r, 700))");
    const id = first.messages[0]!.parent_header.msg_id!;
    await kernel.until(() => kernel.execution(id).stdout === "late\n");
    expect(second.stdout).toBe("mine\n");
  });

  it("is attributed through awaits of two cells at once", async () => {
    const code = `(globalThis as any).slow = (async () => {
  for (const i of [1, 2, 3]) { await new Promise((r) => setTimeout(r, 120)); console.log("first", i); }
})(); void 0`;
    const first = await kernel.run(code);
    const second = await kernel.run("await (globalThis as any).slow; console.log('second')");
    expect(second.stdout).toBe("second\n");
    const id = first.messages[0]!.parent_header.msg_id!;
    expect(kernel.execution(id).stdout).toBe("first 1\nfirst 2\nfirst 3\n");
  });

  it("loses no status in a hundred requests sent at once", async () => {
    const ids = Array.from({ length: 100 }, () => kernel.send("shell", "comm_info_request", {}));
    await Promise.all(ids.map((id) => kernel.until(() => kernel.isIdle(id) && kernel.reply(id) !== undefined)));
  });

  it("is nothing for a silent request, which does not count either", async () => {
    const before = await kernel.run("1");
    const silent = await kernel.run("console.log('x'); 5", { silent: true });
    expect(silent.messages.map((m) => m.header.msg_type)).toEqual(["status", "status"]);
    expect(silent.reply.status).toBe("ok");
    const stored = await kernel.run("2", { store_history: false });
    expect(stored.result).toEqual({ "text/plain": "2" });
    const after = await kernel.run("3");
    expect(after.reply.execution_count).toBe((before.reply.execution_count as number) + 1);
  });
});

describe("every request", () => {
  it("is framed by busy and idle, with its input and its result between them", async () => {
    const { messages, reply } = await kernel.run("'x'.repeat(3)");
    expect(messages.map((m) => m.header.msg_type)).toEqual(["status", "execute_input", "execute_result", "status"]);
    expect(messages[0]!.content).toEqual({ execution_state: "busy" });
    expect(messages[1]!.content).toEqual({ code: "'x'.repeat(3)", execution_count: reply.execution_count });
    expect(messages[2]!.content).toEqual({
      execution_count: reply.execution_count,
      data: { "text/plain": "'xxx'" },
      metadata: {},
    });
    expect(messages[3]!.content).toEqual({ execution_state: "idle" });
    expect(reply).toMatchObject({ status: "ok", payload: [], user_expressions: {} });
  });

  it("has iopub messages numbered without a gap", async () => {
    await kernel.run("for (let i = 0; i < 5000; i++) process.stdout.write('x')");
    const numbers = sequence(kernel);
    expect(numbers.map((n, i) => n - i)).toEqual(numbers.map(() => numbers[0]));
  });
});

describe("process.exit in a cell", () => {
  it("publishes everything first and ends with that code", async () => {
    const own = await TestKernel.start();
    try {
      const id = own.submit("for (let i = 0; i < 200_000; i++) console.log(i); process.exit(3)");
      expect(await own.exited).toEqual({ code: 3, signal: null });
      await own.until(() => own.execution(id).stdout.endsWith("\n199999\n"));
      expect(own.execution(id).stdout.split("\n").length).toBe(200_001);
    } finally {
      await own.stop();
    }
  });
});
