import { spawn } from "node:child_process";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, groupMembers, KernelFolder, root } from "./kernels";
import { NODE_PATH, transpile } from "./transpile";

const kernels = new KernelFolder();
let program: string;

beforeAll(() => {
  kernels.addFaulty("stubborn", ["--stubborn"]);
  const sources = readdirSync(path.join(root, "scripts/jupyter")).map((name) => `scripts/jupyter/${name}`);
  program = transpile([...sources, "scripts/cli-error.ts"]);
  // Starts a kernel, tells its process group, then ends as told.
  writeFileSync(
    path.join(program, "main.js"),
    `const { startKernel } = require("./scripts/jupyter/start");
     startKernel({ kernel: "stubborn", root: "/", cwd: "/", env: process.env }).then((session) => {
       process.stdout.write(session.process.pid + "\\n");
       const end = process.argv[2];
       if (end === "exit") process.exit(5);
       if (end === "throw") setTimeout(() => { throw new Error("bug"); });
       if (end === "reject") void Promise.reject(new Error("bug"));
     });`,
  );
});
afterAll(() => {
  kernels.remove();
  rmSync(program, { recursive: true });
});

describe("kernels end with the process that started them", () => {
  it.each([
    ["exit", null, { code: 5, signal: null }],
    ["throw", null, { code: 1, signal: null }],
    ["reject", null, { code: 1, signal: null }],
    ["wait", "SIGINT", { code: null, signal: "SIGINT" }],
    ["wait", "SIGTERM", { code: null, signal: "SIGTERM" }],
    ["wait", "SIGHUP", { code: null, signal: "SIGHUP" }],
  ] as const)("%s %s", async (how, signal, expected) => {
    const child = spawn(process.execPath, [path.join(program, "main.js"), how], {
      env: kernels.env({ NODE_PATH }),
      stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = new Promise((resolve) => child.once("exit", (code, by) => resolve({ code, signal: by })));
    const group = await new Promise<number>((resolve) => child.stdout.once("data", (text: Buffer) => resolve(+text)));
    expect(group).toBeGreaterThan(1);
    if (signal) child.kill(signal);
    expect(await ended).toEqual(expected);
    expect(await eventually(() => groupMembers(group).length === 0, 2_000)).toBe(true);
    expect(kernels.leftovers()).toEqual([]);
  });
});
