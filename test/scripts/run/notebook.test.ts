import type { ICodeCell } from "@jupyterlab/nbformat";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { CliError } from "../../../scripts/cli-error";
import { runNotebook } from "../../../scripts/run/notebook";
import type { RunOptions } from "../../../scripts/run/notebook";
import type { NotebookRun } from "../../../scripts/run/report";
import { KernelFolder, root, STOCK } from "../jupyter/kernels";
import { notebookOf } from "./notebooks";
import type { CellSpec } from "./notebooks";

const kernels = new KernelFolder();
beforeAll(() => {
  kernels.watchTmp();
  kernels.addFaulty("faulty");
  kernels.addFaulty("unnumbered", ["--unnumbered"]);
  kernels.addFaulty("stubborn", ["--stubborn"]);
  kernels.add("dying", [process.execPath, "-e", "console.error('no memory'); process.exitCode = 9"]);
  kernels.addStock();
});
afterEach(() => expect(kernels.leftovers()).toEqual([]));
afterAll(() => kernels.remove());

function run(
  kernel: string,
  cells: CellSpec[],
  options: Partial<RunOptions> = {},
  metadata = {},
): Promise<NotebookRun> {
  const defaults = { root, cwd: kernels.folder, env: kernels.env(), profile: "quick" as const };
  return runNotebook(notebookOf(cells, { kernel, ...metadata }), { ...defaults, ...options });
}

const statuses = (result: NotebookRun) => result.cells.map((cell) => cell.status);
const outputs = (result: NotebookRun, index: number) => (result.notebook.cells[index] as ICodeCell).outputs;

describe("runNotebook, with a fault injector as kernel", () => {
  it("runs code cells in order and skips the others", async () => {
    const source = notebookOf(
      [
        "print a",
        { source: "# text", type: "markdown" },
        "",
        { source: "print no", metadata: { tags: ["skip-execution"] } },
        { source: "print b", metadata: { execution: { "iopub.status.busy": "2024" }, scrolled: true } },
      ],
      { kernel: "faulty" },
    );
    (source.cells[3] as ICodeCell).outputs = [{ output_type: "stream", name: "stdout", text: "kept" }];
    (source.cells[4] as ICodeCell).outputs = [{ output_type: "stream", name: "stdout", text: "old" }];
    const before = structuredClone(source);
    const seen: string[] = [];
    const result = await runNotebook(source, {
      root,
      cwd: root,
      env: kernels.env(),
      profile: "quick",
      events: { onCell: (position, count, index) => seen.push(`${position}/${count}@${index}`) },
    });
    expect(result).toMatchObject({ status: "ok", lost: 0, numbered: true });
    expect(statuses(result)).toEqual(["ok", "skipped", "skipped", "ok"]);
    expect(seen).toEqual(["1/2@0", "2/2@4"]);
    expect(outputs(result, 3)).toEqual([{ output_type: "stream", name: "stdout", text: "kept" }]);
    expect(outputs(result, 4)).toEqual([{ output_type: "stream", name: "stdout", text: "b\n" }]);
    expect((result.notebook.cells[4] as ICodeCell).execution_count).toBe(2);
    expect(result.notebook.cells[4]!.metadata).toEqual({});
    expect(result.notebook.metadata.language_info).toMatchObject({ name: "typescript", file_extension: ".ts" });
    expect(source).toEqual(before);
  });

  it("stops at an error, and aborts what follows with its outputs emptied", async () => {
    const result = await run("faulty", ["print a", "error RangeError too far", "print b"]);
    expect(result.status).toBe("failed");
    expect(statuses(result)).toEqual(["ok", "error", "aborted"]);
    expect(result.cells[1]).toMatchObject({ message: "RangeError: too far", traceback: ["RangeError too far"] });
    expect(outputs(result, 1)).toEqual([
      { output_type: "error", ename: "RangeError", evalue: "too far", traceback: ["RangeError too far"] },
    ]);
    expect(outputs(result, 2)).toEqual([]);
  });

  it("tells a type error from an error", async () => {
    expect((await run("faulty", ["error TypeScriptError line 1:5 - no"])).cells[0]!.status).toBe("type-error");
    expect((await run("faulty", ["error TypeError no"])).cells[0]!.status).toBe("error");
  });

  it("wants the exception that a cell announces, by name", async () => {
    const raises = (source: string, name?: string): CellSpec => ({
      source,
      metadata: { tags: ["raises-exception"], ...(name ? { genlab: { raises: name } } : {}) },
    });
    const good = await run("faulty", [raises("error E x", "E"), raises("error F y"), "print on"]);
    expect(statuses(good)).toEqual(["ok", "ok", "ok"]);
    const wrong = await run("faulty", [raises("error E x", "F"), "print on"]);
    expect(wrong.cells[0]).toMatchObject({ status: "error", message: "expected F, got E: x" });
    expect(wrong.cells[1]!.status).toBe("aborted");
    const none = await run("faulty", [raises("print fine", "F")]);
    expect(none.cells[0]).toMatchObject({ status: "error", message: "expected F, but nothing was thrown" });
  });

  it("interrupts at the time limit, the most specific one", async () => {
    const limited = (timeout_s: unknown): CellSpec => ({ source: "sleep 20000", metadata: { genlab: { timeout_s } } });
    const own = await run("faulty", [limited(0.3), "print b"], { timeoutS: 10 }, { genlab: { timeout_s: 9 } });
    expect(statuses(own)).toEqual(["timeout", "aborted"]);
    expect(own.cells[0]!.message).toBe("ran longer than 0.3 s (limit from the metadata of cell c0): interrupted");
    const notebook = await run("faulty", ["sleep 20000"], { timeoutS: 10 }, { genlab: { timeout_s: 0.2 } });
    expect(notebook.cells[0]!.message).toContain("0.2 s (limit from the notebook's metadata)");
    const given = await run("faulty", ["sleep 20000"], { timeoutS: 0.1 });
    expect(given.cells[0]!.message).toContain("0.1 s (limit from --timeout)");
    await expect(run("faulty", [limited("soon")])).rejects.toThrow(
      /^the time limit in the metadata of cell c0 is "soon", expected seconds/,
    );
  });

  it("kills the process group of a kernel that does not heed the interrupt", async () => {
    const result = await run("stubborn", ["sleep 20000"], { timeoutS: 0.2, interruptGraceMs: 300 });
    expect(result.cells[0]).toMatchObject({ status: "timeout", exit: { code: null, signal: "SIGKILL" } });
    expect(result.cells[0]!.message).toContain("did not stop when interrupted, the kernel was killed");
  });

  it("reports how the kernel died and its last words", async () => {
    const result = await run("faulty", ["print a", "print b\nstderr out of luck\nexit 3", "print c"]);
    expect(statuses(result)).toEqual(["ok", "kernel-died", "aborted"]);
    expect(result.cells[1]).toMatchObject({
      exit: { code: 3, signal: null },
      message: "exit code 3; its last words: out of luck",
    });
    expect(outputs(result, 1)).toEqual([{ output_type: "stream", name: "stdout", text: "b\n" }]);
    expect(result.kernelStderrTail).toEqual(["out of luck"]);
    const killed = await run("faulty", ["kill"]);
    expect(killed.cells[0]!.message).toBe("signal SIGKILL");
  });

  it("fails a cell whose output was lost, proved by a gap, and goes on", async () => {
    const result = await run("faulty", ["print a\ndrop\nprint b", "print c"]);
    expect(result).toMatchObject({ status: "failed", lost: 1, numbered: true });
    expect(statuses(result)).toEqual(["output-lost", "ok"]);
    expect(result.cells[0]!.message).toBe("1 output message lost between kernel and runner");
  });

  it("notices what was lost after the last cell was done", async () => {
    const result = await run("faulty", ["print a\nlate 50 b", "late 0 c\ndrop"]);
    expect(result.lost).toBe(1);
    expect(result.cells[1]!.status).toBe("output-lost");
  });

  it("notices that the kernel died right after the last cell was done", async () => {
    const result = await run("faulty", ["print a", "stderr free(): invalid pointer\nexit-later 50 134", " "]);
    expect(result.status).toBe("failed");
    expect(statuses(result)).toEqual(["ok", "kernel-died", "skipped"]);
    expect(result.cells[1]).toMatchObject({
      message: "after the cell ended: exit code 134; its last words: free(): invalid pointer",
      exit: { code: 134, signal: null },
    });
  });

  it("notices that the kernel died between the last reply and the end", async () => {
    const result = await run("faulty", ["exit-later 0 9"]);
    expect(result.cells).toMatchObject([{ status: "kernel-died", exit: { code: 9 } }]);
  });

  it("gives late output to the cell that started it", async () => {
    const result = await run("faulty", ["late 100 tardy", "sleep 250\nprint b"]);
    expect(outputs(result, 0)).toEqual([{ output_type: "stream", name: "stdout", text: "tardy\n" }]);
    expect(outputs(result, 1)).toEqual([{ output_type: "stream", name: "stdout", text: "b\n" }]);
  });

  it("says when output may be lost, if the kernel numbers nothing", async () => {
    const result = await run("unnumbered", ["print a\nno-idle", "print b"]);
    expect(result).toMatchObject({ status: "failed", numbered: false, lost: 0 });
    expect(result.cells[0]).toMatchObject({
      status: "output-lost",
      message: "the kernel replied but never said that it was idle: output may be lost",
    });
    expect(result.cells[1]!.status).toBe("ok");
  });

  it("stops a flood", async () => {
    const result = await run("faulty", ["flood 20000", "print b"], { limits: { bytes: 100_000, messages: 1_000 } });
    expect(statuses(result)).toEqual(["too-much-output", "aborted"]);
    expect(result.cells[0]!.message).toMatch(/^more than 100,000 bytes of output: interrupted$/);
    expect(JSON.stringify(outputs(result, 0)).length).toBeLessThan(110_000);
  });

  it("is a result, not an exception, when the kernel does not start", async () => {
    const result = await run("dying", ["print a", ""]);
    expect(result).toMatchObject({
      status: "failed",
      message: 'kernel "dying" died at its start (exit code 9)',
      kernelStderrTail: ["no memory"],
    });
    expect(statuses(result)).toEqual(["aborted", "skipped"]);
    await expect(run("nemo", ["print a"])).rejects.toBeInstanceOf(CliError);
  });

  it("is interrupted by a signal, at any time", async () => {
    const late = await run("faulty", ["print a", "sleep 20000", "print b"], { signal: AbortSignal.timeout(1_500) });
    expect(late.status).toBe("interrupted");
    expect(statuses(late)).toEqual(["ok", "aborted", "aborted"]);
    const early = await run("faulty", ["print a"], { signal: AbortSignal.abort() });
    expect(early).toMatchObject({ status: "interrupted", message: "stopped by Ctrl-C" });
  });
});

describe("runNotebook, on the stock tslab of the registry", () => {
  it("judges cells rightly, though that kernel names no error and refuses what comes right after one", async () => {
    const result = await run(STOCK, [
      "const a: number = 6;\na * 7",
      { source: "null.x", metadata: { tags: ["raises-exception"] } },
      { source: "throw new RangeError('no')", metadata: { genlab: { raises: "RangeError" } } },
      "console.log(process.env.GENLAB_PROFILE, process.cwd())",
      "throw new RangeError('too far')",
      "a",
    ]);
    expect(statuses(result)).toEqual(["ok", "ok", "ok", "ok", "error", "aborted"]);
    expect(result.cells[4]!.message).toBe("RangeError: too far");
    expect(outputs(result, 0)).toEqual([{ output_type: "stream", name: "stdout", text: "42\n" }]);
    expect(outputs(result, 3)).toEqual([{ output_type: "stream", name: "stdout", text: `quick ${kernels.folder}\n` }]);
    expect(result.numbered).toBe(false);
  });

  it("says that output was lost, and sees type errors and timeouts", async () => {
    const [lost, typed, endless] = await Promise.all([
      run(STOCK, ["for (let i = 0; i < 3000; i++) console.log(i)"]),
      run(STOCK, ["let a: number = 'x'"]),
      run(STOCK, ["for (;;);"], { timeoutS: 1 }),
    ]);
    expect(lost.cells[0]!.status).toBe("output-lost");
    expect(typed.cells[0]).toMatchObject({
      status: "type-error",
      message: "1:5 - Type 'string' is not assignable to type 'number'.",
    });
    expect(endless.cells[0]!.message).toBe("ran longer than 1 s (limit from --timeout): interrupted");
  });
});
