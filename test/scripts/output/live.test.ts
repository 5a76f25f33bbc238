import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ExitCode } from "../../../scripts/cli-error";
import { remainingSeconds, RunTimes } from "../../../scripts/output/estimate";
import { LiveLines } from "../../../scripts/output/live";
import { alignColumns, duration, plainText, truncate } from "../../../scripts/output/text";
import type { NotebookResult } from "../../../scripts/run/many";
import { notebookOf } from "../run/notebooks";

const notebook = { file: "/n/01-a.ipynb", name: "notebooks/01-a.ipynb" };
const passed: NotebookResult = {
  ...notebook,
  result: "passed",
  exitCode: ExitCode.ok,
  message: null,
  verdict: null,
  run: {
    notebook: notebookOf([]),
    cells: [{ index: 0, id: "c0", status: "ok", seconds: 1 }],
    status: "ok",
    seconds: 40,
    startSeconds: 1,
    kernelStderrTail: [],
    lost: 0,
    numbered: true,
  },
};

describe("live lines", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "genlab-test-"));
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
    rmSync(folder, { recursive: true });
  });

  function show(isTTY: boolean, columns = 100, rows = 20) {
    let text = "";
    const stdout = { write: (part: string) => void (text += part), isTTY, columns, rows };
    const context = { stdout, isTTY, now: () => Date.now(), env: {} };
    const lines = new LiveLines(context, new RunTimes(folder, "quick"));
    return { lines, text: () => text, take: () => [stripVTControlCharacters(text), (text = "")][0]! };
  }

  it("redraws one line per running notebook on a terminal: cell, seconds, ETA, the notebook's own words", () => {
    const { lines, take, text } = show(true);
    lines.onStart(notebook);
    lines.onCell(notebook, 3, 12);
    vi.advanceTimersByTime(34_000);
    take();
    lines.onProgress(notebook, { step: 10, steps: 20, text: "step 10 of 20\n  loss 0.31", etaSeconds: 60 });
    vi.advanceTimersByTime(400);
    expect(take()).toContain("01-a.ipynb  cell 3 of 12  34 s  ETA 1 min 00 s  step 10 of 20 loss 0.31");
    lines.onResult(passed);
    lines.close();
    expect(text()).toContain("\u001b[");
    expect(take()).toContain("✓ notebooks/01-a.ipynb  1 cell  40 s\n");
  });

  it("never lets a line wrap", () => {
    const { lines, take } = show(true, 40);
    lines.onStart(notebook);
    lines.onProgress(notebook, { step: 1, steps: 2, text: "x".repeat(200) });
    vi.advanceTimersByTime(400);
    for (const line of take().split("\n")) expect(line.length).toBeLessThan(40);
    lines.close();
  });

  it("prints plain lines where nothing redraws: start, every half minute, end", () => {
    const { lines, text } = show(false);
    lines.onStart(notebook);
    lines.onCell(notebook, 1, 3);
    vi.advanceTimersByTime(61_000);
    lines.onResult(passed);
    vi.advanceTimersByTime(61_000);
    lines.close();
    expect(text().split("\n")).toEqual([
      "notebooks/01-a.ipynb: started",
      "01-a.ipynb  cell 1 of 3  30 s",
      "01-a.ipynb  cell 1 of 3  1 min 00 s",
      "✓ notebooks/01-a.ipynb  1 cell  40 s",
      "",
    ]);
  });

  it("prints plain lines on a terminal that has no height", () => {
    const { lines, text } = show(true, 100, 0);
    lines.onStart(notebook);
    lines.close();
    expect(text()).toBe("notebooks/01-a.ipynb: started\n");
  });

  it("shows what is needed to understand a failure, without control characters", () => {
    const { lines, text } = show(false);
    const message = "cell 2 (c1): error: E: x";
    const cells = [
      {
        index: 1,
        id: "c1",
        status: "error" as const,
        seconds: 1,
        message: "E: x",
        traceback: ["\u001b[31mE: x", "  at cell 2, line 3"],
      },
    ];
    lines.onResult({ ...passed, result: "failed", message, run: { ...passed.run!, status: "failed", cells } });
    lines.close();
    expect(text()).toBe(`✗ notebooks/01-a.ipynb  1 cell  40 s  ${message}\n    E: x\n      at cell 2, line 3\n`);
  });
});

describe("the estimate", () => {
  it("rests on the last time, then on the cell's own word, then on the cells so far", () => {
    expect(remainingSeconds({ elapsed: 10, cell: 2, count: 9, before: 70 })).toBe(60);
    expect(remainingSeconds({ elapsed: 10, cell: 2, count: 9, before: 70, cellEta: 90 })).toBe(90);
    expect(remainingSeconds({ elapsed: 80, cell: 2, count: 9, before: 70, cellEta: 5 })).toBe(5);
    expect(remainingSeconds({ elapsed: 80, cell: 5, count: 9, before: 70 })).toBeNull();
    expect(remainingSeconds({ elapsed: 8, cell: 5, count: 9 })).toBe(10);
    expect(remainingSeconds({ elapsed: 8, cell: 2, count: 9 })).toBeNull();
  });

  it("remembers times by profile, where there is a build folder", () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "genlab-test-"));
    const times = new RunTimes(folder, "quick");
    const file = path.join(folder, "a.ipynb");
    writeFileSync(file, "");
    times.note(file, 12.34);
    times.note("/gone.ipynb", 1);
    times.save(); // nowhere to write, and nobody minds
    expect(new RunTimes(folder, "quick").before(file)).toBeUndefined();
    mkdirSync(path.join(folder, "build"));
    times.save();
    expect(new RunTimes(folder, "quick").before(file)).toBe(12.3);
    expect(new RunTimes(folder, "quick").before("/gone.ipynb")).toBeUndefined();
    expect(new RunTimes(folder, "long").before(file)).toBeUndefined();
    rmSync(folder, { recursive: true });
  });
});

describe("text", () => {
  it("writes durations as people say them", () => {
    expect([0.04, 9.94, 9.96, 59.4, 59.6, 3599, 7_800].map(duration)).toEqual([
      "0.0 s",
      "9.9 s",
      "10 s",
      "59 s",
      "1 min 00 s",
      "59 min 59 s",
      "2 h 10 min",
    ]);
  });

  it("cuts, cleans and aligns", () => {
    expect(truncate("😀😀😀", 2)).toBe("😀…");
    expect(plainText("\u001b[1mA\u001b[0m\u0007\r\n\tB")).toBe("A\n\tB");
    expect(
      alignColumns(
        [
          ["a", "1"],
          ["bb", "22"],
        ],
        new Set([1]),
      ),
    ).toEqual(["a    1", "bb  22"]);
  });
});
