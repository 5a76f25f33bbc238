import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import type { ICodeCell } from "@jupyterlab/nbformat";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { runNotebook } from "../../../scripts/run/notebook";
import type { RunOptions } from "../../../scripts/run/notebook";
import type { NotebookRun } from "../../../scripts/run/report";
import { eventually, groupsOf, KernelFolder, root } from "../jupyter/kernels";
import { notebookOf } from "./notebooks";
import type { CellSpec } from "./notebooks";

const kernels = new KernelFolder();
beforeAll(() => {
  kernels.watchTmp();
  // npm test builds first.
  expect(existsSync(path.join(root, "build/scripts/kernel/main.js")), "run npm run setup").toBe(true);
});
afterEach(() => expect(kernels.leftovers()).toEqual([]));
afterAll(() => kernels.remove());

function run(cells: CellSpec[], options: Partial<RunOptions> = {}): Promise<NotebookRun> {
  const defaults = { root, cwd: kernels.folder, env: kernels.env(), profile: "quick" as const };
  return runNotebook(notebookOf(cells), { ...defaults, ...options });
}

const statuses = (result: NotebookRun) => result.cells.map((cell) => cell.status);
const outputs = (result: NotebookRun, index: number) => (result.notebook.cells[index] as ICodeCell).outputs;

// Each case starts a kernel, which costs seconds on a busy machine; the limits below leave room for that.
describe("runNotebook, on our own kernel", { timeout: 90_000 }, () => {
  it("proves that 100,000 lines of one cell arrived, and shows results, late output, profile and folder", async () => {
    const result = await run([
      "for (let i = 0; i < 100000; i++) console.log(`line ${i}`);",
      "void setTimeout(() => console.log('tardy'), 300);",
      "await new Promise((resolve) => setTimeout(resolve, 600)); [process.env.GENLAB_PROFILE, process.cwd()]",
    ]);
    expect(result).toMatchObject({ status: "ok", lost: 0, numbered: true });
    const lines = Array.from({ length: 100_000 }, (_, i) => `line ${i}\n`).join("");
    expect(outputs(result, 0)).toEqual([{ output_type: "stream", name: "stdout", text: lines }]);
    expect(outputs(result, 1)).toEqual([{ output_type: "stream", name: "stdout", text: "tardy\n" }]);
    expect(JSON.stringify(outputs(result, 2))).toContain(`'quick', '${kernels.folder}'`);
    expect((result.notebook.cells[2] as ICodeCell).execution_count).toBe(3);
  });

  it("judges errors, type errors, announced exceptions", async () => {
    const result = await run([
      "const a = 1;",
      { source: "throw new RangeError('far')", metadata: { genlab: { raises: "RangeError" } } },
      { source: "const b: string = a;", metadata: { tags: ["raises-exception"] } },
      "const c: string = a;",
      "a",
    ]);
    expect(statuses(result)).toEqual(["ok", "ok", "ok", "type-error", "aborted"]);
    expect(result.cells[3]!.message).toContain("Type 'number' is not assignable to type 'string'");
  });

  it("fails the cell whose promise or timer fails after the cell ended", async () => {
    const result = await run([
      "setTimeout(() => void Promise.reject(new RangeError('too late')), 50); 1",
      "await new Promise((resolve) => setTimeout(resolve, 500)); 2",
    ]);
    expect(statuses(result)).toEqual(["error", "ok"]);
    expect(result.cells[0]!.message).toBe("after the cell ended: RangeError: too late");
    expect(result.cells[0]!.traceback?.join("\n")).toContain("cell [1], line 1");
    expect(result.status).toBe("failed");
  });

  it("interrupts an endless loop, and one that only awaits", async () => {
    for (const code of ["for (;;);", "await new Promise(() => undefined)"]) {
      // The first cell waits for the compiler, so that the second's limit is its own.
      const result = await run(["1", { source: code, metadata: { genlab: { timeout_s: 2 } } }, "1"]);
      expect(statuses(result)).toEqual(["ok", "timeout", "aborted"]);
      expect(result.cells[1]).toMatchObject({ message: expect.stringMatching(/: interrupted$/) as string });
    }
  });

  it("kills a cell that heeds no interrupt, with all that it has started", async () => {
    const trap = `trap '' INT TERM; for i in $(seq 99); do sleep 5431; done`;
    const result = await run(
      [
        `import { spawn, spawnSync } from "child_process";`,
        {
          source: `spawn("sleep", ["5432"], { detached: true, stdio: "ignore" }).unref();
            spawn("sleep", ["5433"]);
            spawnSync("bash", ["-c", ${JSON.stringify(trap)}]);`,
          metadata: { genlab: { timeout_s: 4 } },
        },
      ],
      { interruptGraceMs: 1_000 },
    );
    expect(result.cells[1]).toMatchObject({ status: "timeout", exit: { signal: expect.any(String) as string } });
    expect(await eventually(() => groupsOf(/sleep 543[123]$/).length === 0)).toBe(true);
  });

  it("reports a kernel that exits or is killed, and a flood", async () => {
    const exit = await run(["console.log('before'); process.exit(3)", "1"]);
    expect(statuses(exit)).toEqual(["kernel-died", "aborted"]);
    expect(exit.cells[0]!.exit).toEqual({ code: 3, signal: null });
    expect(outputs(exit, 0)).toEqual([{ output_type: "stream", name: "stdout", text: "before\n" }]);
    const killed = await run(["process.kill(process.pid, 'SIGKILL'); await new Promise(() => undefined)"]);
    expect(killed.cells[0]).toMatchObject({ status: "kernel-died", exit: { code: null, signal: "SIGKILL" } });
    const flood = await run(["for (;;) console.log('x'.repeat(1000))"], { limits: { bytes: 1e6, messages: 1e6 } });
    expect(flood.cells[0]!.message).toBe("more than 1,000,000 bytes of output: interrupted");
  });

  it("says what to do when a notebook outside the project imports its library", async () => {
    const outside = path.join(kernels.folder, "outside");
    mkdirSync(outside);
    const result = await run(['import { tf } from "genlab";\ntf.version'], { cwd: outside });
    expect(result.cells[0]!.status).toBe("type-error");
    expect(result.cells[0]!.message).toContain(
      `(the notebook lies outside the project: move it there, or link the libraries: ln -s '${root}/node_modules' '${outside}')`,
    );
  });
});
