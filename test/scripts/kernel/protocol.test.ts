import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createMessage, encode, sign } from "../../../scripts/jupyter/wire";
import { TestKernel } from "./kernel-client";

// A kernel starts in two seconds, on a busy machine in many more.
vi.setConfig({ testTimeout: 60_000 });

let kernel: TestKernel;
beforeAll(async () => {
  kernel = await TestKernel.start();
});
afterAll(() => kernel.stop());

describe("stop_on_error", () => {
  it("aborts the requests queued behind the failing one, and runs later ones", async () => {
    const failing = kernel.submit("throw new Error('first')");
    const queued = [kernel.submit("1"), kernel.submit("2"), kernel.submit("3")];
    expect((await kernel.finish(failing)).reply.status).toBe("error");
    // Sent as soon as the error reply is here: no window in which it would be aborted too.
    const later = kernel.submit("'later'");
    for (const id of queued) {
      const { reply, messages } = await kernel.finish(id);
      expect(reply).toEqual({ status: "aborted" });
      expect(messages.map((m) => m.content.execution_state)).toEqual(["busy", "idle"]);
    }
    expect((await kernel.finish(later)).result).toEqual({ "text/plain": "'later'" });
  });

  it("false lets the queue run", async () => {
    const failing = kernel.submit("throw new Error('first')", { stop_on_error: false });
    const next = kernel.submit("'ran'");
    expect((await kernel.finish(failing)).reply.status).toBe("error");
    expect((await kernel.finish(next)).result).toEqual({ "text/plain": "'ran'" });
  });

  it("does not abort other requests", async () => {
    kernel.submit("throw new Error('first')");
    expect((await kernel.request("kernel_info_request", {})).status).toBe("ok");
  });
});

describe("user_expressions", () => {
  it("are evaluated after the code, each with its own status", async () => {
    const { reply } = await kernel.run("const base = 20", { user_expressions: { good: "base + 1", bad: "base.nope" } });
    expect(reply.user_expressions).toMatchObject({
      good: { status: "ok", data: { "text/plain": "21" }, metadata: {} },
      bad: { status: "error", ename: "TypeScriptError" },
    });
  });
});

describe("requests besides execution", () => {
  it("kernel_info", async () => {
    expect(await kernel.request("kernel_info_request", {})).toMatchObject({
      status: "ok",
      protocol_version: "5.3",
      implementation: "genlab",
      language_info: {
        name: "typescript",
        file_extension: ".ts",
        mimetype: "text/typescript",
        codemirror_mode: { mode: "typescript" },
      },
    });
  });

  it.each([
    ["const a = 1", { status: "complete" }],
    ["function f() {", { status: "incomplete", indent: "  " }],
    ["const a = ]", { status: "invalid" }],
    ["", { status: "complete" }],
    ["const a = `one", { status: "incomplete", indent: "" }],
    ["const a = ", { status: "incomplete", indent: "" }],
    ["const a = 'one", { status: "invalid" }],
  ])("is_complete of %j", async (code, wanted) => {
    expect(await kernel.request("is_complete_request", { code })).toEqual(wanted);
  });

  it("complete, with cursors in code points", async () => {
    await kernel.run("const learningRate = 0.1; const learner = { rate: 1 };");
    const code = "const s = '🙂🙂'; learn";
    const reply = await kernel.request("complete_request", { code, cursor_pos: [...code].length });
    expect(reply).toMatchObject({ status: "ok", cursor_start: [...code].length - 5, cursor_end: [...code].length });
    expect(reply.matches).toEqual(expect.arrayContaining(["learningRate", "learner"]));
    const member = await kernel.request("complete_request", { code: "learner.", cursor_pos: 8 });
    expect(member).toMatchObject({ matches: ["rate"], cursor_start: 8, cursor_end: 8 });
  });

  it("inspect, in the middle of a name, at its end and where there is none", async () => {
    const code = "/* 🙂 */ Math.max";
    for (const cursor_pos of [[...code].length - 2, [...code].length]) {
      const reply = await kernel.request("inspect_request", { code, cursor_pos, detail_level: 0 });
      expect(reply).toMatchObject({ status: "ok", found: true });
      expect((reply.data as Record<string, string>)["text/plain"]).toContain("Math.max(...values: number[]): number");
    }
    for (const empty of ["    ", "unknownName"]) {
      const nothing = await kernel.request("inspect_request", { code: empty, cursor_pos: 2, detail_level: 0 });
      expect(nothing).toEqual({ status: "ok", found: false, data: {}, metadata: {} });
    }
  });

  it("history", async () => {
    const own = await kernel.run("'remember me'");
    const n = own.reply.execution_count as number;
    await kernel.run("'forget me'", { store_history: false });
    const tail = await kernel.request("history_request", { hist_access_type: "tail", n: 1, output: true, raw: true });
    expect(tail).toEqual({ status: "ok", history: [[1, n, ["'remember me'", "'remember me'"]]] });
    const search = await kernel.request("history_request", {
      hist_access_type: "search",
      pattern: "*remember*",
      output: false,
      raw: true,
    });
    expect(search.history).toEqual([[1, n, "'remember me'"]]);
    const range = await kernel.request("history_request", {
      hist_access_type: "range",
      session: 0,
      start: n,
      stop: n + 1,
    });
    expect(range.history).toEqual([[1, n, "'remember me'"]]);
    for (const hist_access_type of ["tail", "search"]) {
      expect((await kernel.request("history_request", { hist_access_type, n: 0 })).history).toEqual([]);
    }
  });

  it("comm_info, and comm_open answered with comm_close", async () => {
    expect(await kernel.request("comm_info_request", {})).toEqual({ status: "ok", comms: {} });
    const id = kernel.send("shell", "comm_open", { comm_id: "c1", target_name: "nobody", data: {} });
    await kernel.until(() => kernel.isIdle(id));
    expect(kernel.of(id).find((m) => m.header.msg_type === "comm_close")?.content).toEqual({ comm_id: "c1", data: {} });
  });

  it("unknown ones are ignored, with busy and idle", async () => {
    for (const channel of ["shell", "control"] as const) {
      const id = kernel.send(channel, "debug_request", { command: "initialize" });
      await kernel.until(() => kernel.isIdle(id));
      expect(kernel.reply(id)).toBeUndefined();
    }
    expect((await kernel.run("1")).reply.status).toBe("ok");
  });
});

describe("broken messages", () => {
  it("cost a line on stderr and nothing else", async () => {
    const request = () =>
      createMessage("execute_request", { code: "console.log('forged')" }, { session: kernel.session });
    const message = encode(request(), kernel.key);
    const bad: [RegExp, Buffer[]][] = [
      [/signature/, encode(request(), "another key")],
      [/signature/, [message[0]!, Buffer.from("00"), ...message.slice(2)]],
      [/delimiter/, [Buffer.from("hello")]],
      [/frames/, message.slice(0, 3)],
      [/JSON/, encodeRaw(kernel.key, ["{", "{}", "{}", "{}"])],
      [/msg_type/, encodeRaw(kernel.key, ["{}", "{}", "{}", "{}"])],
    ];
    for (const [reason, frames] of bad) {
      const before = kernel.stderr.length;
      kernel.sendFrames("shell", frames);
      await new Promise((resolve) => setTimeout(resolve, 30));
      await kernel.request("kernel_info_request", {});
      await expect.poll(() => kernel.stderr.slice(before)).toMatch(reason);
    }
    const { stdout, reply } = await kernel.run("console.log('genuine')");
    expect([stdout, reply.status]).toEqual(["genuine\n", "ok"]);
    expect(kernel.iopub.some((m) => JSON.stringify(m.content).includes("forged"))).toBe(false);
  });
});

/** Frames that are signed as agreed, whatever they hold. */
function encodeRaw(key: string, parts: string[]): Buffer[] {
  const template = createMessage("x", {}, { session: randomUUID() });
  const frames = encode(template, key);
  const buffers = parts.map((part) => Buffer.from(part));
  return [frames[0]!, Buffer.from(sign(buffers, key)), ...buffers];
}
