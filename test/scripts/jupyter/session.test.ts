import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { KernelSession } from "../../../scripts/jupyter/session";
import { KernelStartError, startKernel } from "../../../scripts/jupyter/start";
import type { StartOptions } from "../../../scripts/jupyter/start";
import { findKernel } from "../../../scripts/jupyter/kernelspec";
import { eventually, groupMembers, groupsOf, KernelFolder, root } from "./kernels";

const kernels = new KernelFolder();
const sessions: KernelSession[] = [];

beforeAll(() => {
  kernels.watchTmp();
  kernels.addFaulty("faulty");
  kernels.addFaulty("unnumbered", ["--unnumbered"]);
  kernels.addFaulty("deaf", ["--deaf"]);
  kernels.addFaulty("stubborn", ["--stubborn"]);
  kernels.addFaulty("by-message", ["--interrupt-message"], { interrupt_mode: "message" });
  kernels.add("dying", [process.execPath, "-e", "console.error('no such model'); process.exitCode = 7"]);
  kernels.add("absent", ["/nonexistent/kernel"]);
});
afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.kill(100)));
  expect(kernels.leftovers()).toEqual([]);
});
afterAll(() => kernels.remove());

async function start(kernel: string, options: Partial<StartOptions> = {}): Promise<KernelSession> {
  const session = await startKernel({ kernel, root, cwd: root, env: kernels.env(), ...options });
  sessions.push(session);
  return session;
}

/** Executes and gathers the text that came. */
async function execute(session: KernelSession, code: string) {
  let text = "";
  const execution = session.execute(code, {
    onMessage: ({ header, content }) => {
      if (header.msg_type === "stream") text += content.text as string;
    },
  });
  const outcome = await execution.outcome;
  return { ...outcome, lost: execution.lost, text: () => text };
}

describe("a kernel session", () => {
  it("executes, with every message in place, and leaves nothing behind", async () => {
    const session = await start("faulty");
    expect(session.info.implementation).toBe("faulty");
    expect(kernels.leftovers()).toHaveLength(1);
    const outcome = await execute(session, "print a\nprint b");
    expect(outcome).toMatchObject({ exit: null, missing: null, lost: 0, reply: { status: "ok", execution_count: 1 } });
    expect(outcome.text()).toBe("a\nb\n");
    expect(session.sequence).toMatchObject({ numbered: true, lost: 0 });
    expect(await session.heartbeat(1_000)).toBe(true);
    expect(await session.shutdown()).toEqual({ code: 0, signal: null });
    expect(groupMembers(session.process.pid)).toEqual([]);
  });

  it("proves that a message was lost", async () => {
    const session = await start("faulty");
    expect(await execute(session, "print a\ndrop\ndrop\nprint b")).toMatchObject({ lost: 2, missing: null });
    expect(await execute(session, "print a")).toMatchObject({ lost: 0 });
    expect(session.sequence.lost).toBe(2);
  });

  it("sees a missing idle and a missing reply", async () => {
    const session = await start("unnumbered");
    const [idle, reply] = await Promise.all([execute(session, "no-idle"), execute(session, "no-reply")]);
    expect(idle).toMatchObject({ missing: "idle", reply: { status: "ok" } });
    expect(reply).toMatchObject({ missing: "reply", reply: null });
    expect(session.sequence.numbered).toBe(false);
  });

  it("gives late output to the execution that caused it, and can wait for it", async () => {
    const session = await start("faulty");
    const first = await execute(session, "late 200 tardy");
    await execute(session, "sleep 300");
    expect(first.text()).toBe("tardy\n");
  });

  it("sees a forged message", async () => {
    const session = await start("faulty");
    expect((await execute(session, "bad-signature\nprint x")).text()).toBe("x\n");
    expect(session.broken).toHaveLength(1);
    expect(session.broken[0]!.message).toContain("signature does not match");
  });

  it("answers a kernel that asks for input, although told not to", async () => {
    const session = await start("faulty");
    expect((await execute(session, "input")).text()).toBe('{"value":""}');
  });

  it.each([
    ["exit 3", { code: 3, signal: null }],
    ["kill", { code: null, signal: "SIGKILL" }],
  ])("notices at once that the kernel died: %s", async (code, exit) => {
    const session = await start("faulty");
    const begun = performance.now();
    const outcome = await execute(session, `stderr last words\nprint a\n${code}`);
    expect(outcome).toMatchObject({ exit, reply: null });
    expect(performance.now() - begun).toBeLessThan(3_000);
    if (exit.code === 3) expect(outcome.text()).toBe("a\n");
    expect(session.process.stderrTail()).toEqual(["last words"]);
    expect((await execute(session, "print b")).exit).toEqual(exit);
  });

  it("interrupts by signal or by message, as the kernelspec says", async () => {
    const both = await Promise.all([start("faulty"), start("by-message")]);
    for (const session of both) {
      const outcome = execute(session, "sleep 20000");
      await eventually(() => false, 200);
      session.interrupt();
      expect(await outcome).toMatchObject({ reply: { ename: "KeyboardInterrupt" }, missing: null });
    }
  });

  it("kills a kernel that ignores shutdown_request and SIGTERM", async () => {
    const session = await start("stubborn");
    const shutdown = session.shutdown(200);
    expect(session.shutdown(200)).toBe(shutdown);
    expect(await shutdown).toEqual({ code: null, signal: "SIGKILL" });
    expect(groupMembers(session.process.pid)).toEqual([]);
  });
});

describe("what a kernel starts", () => {
  it("ends with it, in its process group and outside of it", async () => {
    // Two sleepers, the second in a session of its own; then the kernel proper.
    const faulty = findKernel("faulty", { root, env: kernels.env() });
    kernels.add("parent", ["bash", "-c", `sleep 4321 & setsid sleep 4322 & exec ${faulty.argv.join(" ")}`], {
      env: faulty.env,
    });
    const sleepers = () => groupsOf(/sleep 432[12]$/);
    const session = await start("parent");
    expect(sleepers()).toHaveLength(2);
    expect(new Set(sleepers())).toContain(session.process.pid);
    await session.shutdown();
    expect(await eventually(() => sleepers().length === 0)).toBe(true);
  });
});

describe("a kernel that does not start", () => {
  it.each([
    ["dying", {}, /^kernel "dying" died at its start \(exit code 7\)$/],
    ["deaf", { startTimeoutMs: 400 }, /^kernel "deaf" did not answer within 0.4 s of its start$/],
    ["absent", {}, /^kernel "absent" cannot be started: \/nonexistent\/kernel: ENOENT$/],
  ])("%s: says so in one line", async (kernel, options, message) => {
    const error = await start(kernel, options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(KernelStartError);
    expect((error as Error).message).toMatch(message);
    if (kernel === "dying") expect((error as KernelStartError).stderr).toEqual(["no such model"]);
  });

  it("gives up when told to", async () => {
    const begun = performance.now();
    const starting = start("deaf", { signal: AbortSignal.timeout(300) });
    await expect(starting).rejects.toThrow(/^kernel "deaf" died at its start \(signal SIG(TERM|KILL)\)$/);
    expect(performance.now() - begun).toBeLessThan(3_000);
  });

  it("names the kernels there are when the name is unknown", async () => {
    await expect(start("nemo")).rejects.toThrow(
      /^no kernel "nemo" \(there are: .*faulty.*tslab.*\): install it, or choose one with --kernel$/,
    );
  });
});
