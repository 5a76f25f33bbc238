import { spawn } from "node:child_process";
import {
  constants,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ROOT, TestKernel } from "./kernel-client";
import type { StartOptions } from "./kernel-client";

// A kernel starts in two seconds, on a busy machine in many more.
vi.setConfig({ testTimeout: 60_000 });

const kernels: TestKernel[] = [];
const folders: string[] = [];
afterEach(async () => {
  await Promise.all(kernels.splice(0).map((kernel) => kernel.stop()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function start(options?: StartOptions): Promise<TestKernel> {
  const kernel = await TestKernel.start(options);
  kernels.push(kernel);
  return kernel;
}

/** Whether the process runs; one that ended and that nobody has waited for yet does not. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

const CHILD = "require('child_process').spawn('sleep', ['600'], { stdio: 'ignore' }).pid";

it("leaves the stdout and stderr that it shares with its parent blocking", async () => {
  const kernel = await start();
  expect((await kernel.run("console.log('x'); console.error('y'); process.stdout.write('z')")).reply.status).toBe("ok");
  for (const fd of [1, 2]) {
    const [, flags] = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/${kernel.process.pid}/fdinfo/${fd}`, "utf8"))!;
    expect(parseInt(flags!, 8) & constants.O_NONBLOCK, `file descriptor ${fd}`).toBe(0);
  }
});

it("sweeps what compiling cells leaves behind, where memory is plenty too", async () => {
  const kernel = await start();
  const megabytes = async (sweep: string): Promise<number> =>
    Number((await kernel.run(`${sweep}process.memoryUsage().heapUsed / 2 ** 20`)).result?.["text/plain"]);
  let most = 0;
  for (let i = 0; i < 50; i++) {
    await kernel.run(`const f${i} = (x: number[]) => x.map((v) => v * ${i});`);
    if (i % 5 === 4) most = Math.max(most, await megabytes(""));
  }
  const collect = "require('v8').setFlagsFromString('--expose-gc'); require('vm').runInNewContext('gc')(); ";
  const alive = await megabytes(collect);
  expect(alive).toBeGreaterThan(50);
  expect(most).toBeLessThan(1.8 * alive); // 1.4 times what is alive, and what is young; V8 alone goes to 3 times
});

describe("shutdown", () => {
  it("by control ends the process group even while a loop computes", async () => {
    const kernel = await start();
    const child = Number((await kernel.run(CHILD)).result?.["text/plain"]);
    expect(isAlive(child)).toBe(true);
    const id = kernel.submit("console.log('started'); while (true) {}");
    await kernel.until(() => kernel.execution(id).stdout === "started\n");
    const request = kernel.send("control", "shutdown_request", { restart: true });
    await kernel.until(() => kernel.reply(request) !== undefined);
    expect(kernel.reply(request)?.content).toEqual({ status: "ok", restart: true });
    await kernel.exited;
    await expect.poll(() => isAlive(child)).toBe(false);
  });

  it("by shell answers, says idle and exits with 0", async () => {
    const kernel = await start();
    await kernel.run("1");
    expect(await kernel.request("shutdown_request", { restart: false })).toEqual({ status: "ok", restart: false });
    expect(await kernel.exited).toEqual({ code: 0, signal: null });
  });

  it("leaves the group alone when the kernel does not lead it, but not its own children", async () => {
    const kernel = await start({ detached: false });
    const child = Number((await kernel.run(CHILD)).result?.["text/plain"]);
    await kernel.request("shutdown_request", { restart: false }, "control");
    await kernel.exited;
    await expect.poll(() => isAlive(child)).toBe(false);
    // This test's own process is in that group, and lives.
  });
});

describe("the kernel", () => {
  it("ends when its parent is gone", async () => {
    const parent = spawn("sleep", ["600"], { stdio: "ignore" });
    const gone = new Promise((resolve) => parent.on("exit", resolve));
    const kernel = await start({ env: { JPY_PARENT_PID: String(parent.pid) } });
    expect((await kernel.run("1")).reply.status).toBe("ok");
    parent.kill("SIGKILL");
    await gone;
    await kernel.exited;
  });

  it("accepts an unsigned connection and the other names of its option", async () => {
    const kernel = await start({ key: "", flag: "--config-path" });
    expect((await kernel.run("1 + 2")).result).toEqual({ "text/plain": "3" });
  });

  it("says in one line what is wrong with its command line", async () => {
    const child = spawn(process.execPath, [
      path.join(ROOT, "build/scripts/kernel/main.js"),
      "--config-path=/nowhere.json",
    ]);
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const code = await new Promise((resolve) => child.on("exit", resolve));
    expect(code).toBe(2);
    expect(stderr).toMatch(/^genlab kernel: \/nowhere\.json: expected a connection file[^\n]*\n$/);
  });

  it("does not disturb another one in the same folder, and writes no file there", async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "genlab-kernel-pair-"));
    folders.push(folder);
    const [a, b] = await Promise.all([start({ cwd: folder }), start({ cwd: folder })]);
    await Promise.all([a.run("const mine = 'a'; let n = 1"), b.run("const mine = 'b'")]);
    const results = await Promise.all([a.run("mine"), b.run("mine"), b.run("n")]);
    expect(results.map(({ result }) => result?.["text/plain"])).toEqual(["'a'", "'b'", undefined]);
    expect(results[2].error?.ename).toBe("TypeScriptError");
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("the package genlab", () => {
  function fakeProject(): { folder: string; source: string } {
    const folder = mkdtempSync(path.join(os.tmpdir(), "genlab-kernel-lib-"));
    folders.push(folder);
    const root = path.join(folder, "node_modules/genlab");
    mkdirSync(path.join(root, "dist"), { recursive: true });
    mkdirSync(path.join(root, "nn"));
    writeFileSync(
      path.join(root, "package.json"),
      '{"name":"genlab","main":"dist/index.js","types":"dist/index.d.ts"}',
    );
    writeFileSync(path.join(root, "nn/layer.ts"), "export const answer: number = 42;\n");
    writeFileSync(path.join(root, "dist/index.js"), "exports.answer = 42;\n");
    writeFileSync(path.join(root, "dist/index.d.ts"), "export declare const answer: number;\n");
    return { folder, source: path.join(root, "nn/layer.ts") };
  }

  it("is imported with its types, silently when its build is up to date", async () => {
    const { folder, source } = fakeProject();
    utimesSync(source, new Date(0), new Date(0));
    const kernel = await start({ cwd: folder });
    const cell = await kernel.run('import { answer } from "genlab";\nanswer + 1');
    expect([cell.result?.["text/plain"], cell.stderr]).toEqual(["43", ""]);
    expect((await kernel.run("const wrong: string = answer;")).error?.ename).toBe("TypeScriptError");
  });

  it("older than its source is said once, with the cure", async () => {
    const { folder, source } = fakeProject();
    const later = new Date(Date.now() + 60_000);
    utimesSync(source, later, later);
    const kernel = await start({ cwd: folder });
    expect((await kernel.run("1")).stderr).toBe("");
    const first = await kernel.run('import { answer } from "genlab";\nanswer');
    expect(first.stderr).toMatch(/^genlab: genlab\/nn\/layer\.ts is newer than the build[^\n]*npm run watch[^\n]*\n$/);
    expect((await kernel.run('import * as g from "genlab";\ng.answer')).stderr).toBe("");
  });
});
