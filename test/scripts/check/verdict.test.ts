import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pc from "picocolors";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { renderDifferences, renderMetrics } from "../../../scripts/check/render";
import { judge } from "../../../scripts/check/verdict";
import type { JudgeOptions } from "../../../scripts/check/verdict";
import { ExitCode } from "../../../scripts/cli-error";
import { copyJson, readNotebook } from "../../../scripts/notebook";
import type { Notebook } from "../../../scripts/notebook";
import type { NotebookRun } from "../../../scripts/run/report";
import { figure, metric, notebookOf, runOf, stream } from "./notebooks";

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "genlab-verdict-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const band = { max: 3 };
const committed = notebookOf({ outputs: [metric("loss", 2, { band }), stream("a\nloss 2\nb")] });

function judged(got: Notebook, options: Partial<JudgeOptions> = {}, folder = "notebooks", from = committed) {
  const run: NotebookRun = {
    ...runOf(got),
    status: "ok",
    seconds: 1,
    startSeconds: 1,
    kernelStderrTail: [],
    lost: 0,
    numbered: true,
  };
  const colors = pc.createColors(false);
  const finished = { file: path.join(root, folder, "a.ipynb"), name: "a.ipynb", committed: from, run };
  return judge(finished, { root, cwd: root, params: {}, profile: "standard", update: false, colors, ...options });
}

describe("judge", () => {
  it("names the place once", () => {
    const less = notebookOf({ outputs: [metric("loss", 2, { band })] });
    expect(judged(less).message).toBe("1 difference: cell 2 (cell-2): output 1 is missing: stdout");
  });

  it("passes what is as committed, with the table of metrics", () => {
    const verdict = judged(committed);
    expect(verdict).toMatchObject({ exitCode: ExitCode.ok, message: "as committed", cells: [] });
    expect(verdict.lines).toEqual(["   metric  expected  got  band  unit", "✓  loss           2    2  ≤ 3   nats"]);
    expect(readdirSync(root)).toEqual([]);
  });

  it("says what differs, and leaves the executed notebook for CI to upload", () => {
    const got = notebookOf({ outputs: [metric("loss", 4, { band }), stream("a\nloss 4\nb")] });
    const verdict = judged(got);
    expect(verdict.exitCode).toBe(ExitCode.different);
    expect(verdict.message).toBe("2 differences: cell 2 (cell-2): metric loss is 4, outside its band ≤ 3");
    expect(verdict.lines).toEqual([
      "cell 2 (cell-2)  run();",
      "  metric loss is 4, outside its band ≤ 3",
      '  stdout: expected "loss 2", got "loss 4"',
      "     a",
      "    -loss 2",
      "    +loss 4",
      "     b",
      "   metric  expected  got  band  unit",
      "✗  loss           2    4  ≤ 3   nats",
      "as executed now: build/check/a-changed.ipynb",
    ]);
    expect(verdict.cells).toEqual([
      { index: 1, message: "cell 2 (cell-2): metric loss is 4, outside its band ≤ 3" },
      { index: 1, message: 'cell 2 (cell-2): stdout: expected "loss 2", got "loss 4"' },
    ]);
    expect(readNotebook(path.join(root, "build/check/a-changed.ipynb"))).toEqual(got);
  });

  it("fails the project's own notebooks for conventions, and only tells others", () => {
    const eleven = notebookOf(...Array.from({ length: 11 }, () => ({ outputs: [figure([])] })));
    expect(judged(eleven, {}, "notebooks", eleven).exitCode).toBe(ExitCode.different);
    const other = judged(eleven, {}, "elsewhere", eleven);
    expect(other.exitCode).toBe(ExitCode.ok);
    expect(other.lines).toEqual([expect.stringMatching(/^note: notebook: figures: 11 Plotly figures, at most 10/)]);
  });

  it("keeps what concerns the whole notebook beside what concerns cells, for the reports", () => {
    const eleven = notebookOf(...Array.from({ length: 11 }, () => ({ outputs: [figure([])] })));
    const got = copyJson(eleven);
    got.cells[1]!.outputs = [];
    expect(judged(got, {}, "notebooks", eleven).cells).toEqual([
      { index: 1, message: expect.stringMatching(/output 1 is missing/) as string },
      { index: -1, message: expect.stringMatching(/^notebook: figures: 11 Plotly figures/) as string },
    ]);
  });

  it("compares with the parameters that were set", () => {
    const got = copyJson(committed);
    got.cells[0]!.source = "const steps = 7;";
    expect(judged(got, { params: { steps: "7" } }).exitCode).toBe(ExitCode.ok);
    expect(judged(got).message).toMatch(
      /^1 difference: cell 1 \(cell-1\): source: the cell's source is not the committed/,
    );
  });

  it("accepts with --update what is new, but not what is wrong in itself", () => {
    const moved = notebookOf({ outputs: [metric("loss", 2.5, { band }), stream("a\nloss 2.5")] });
    const accepted = judged(moved, { update: true });
    expect(accepted.exitCode).toBe(ExitCode.ok);
    expect(accepted.lines).toContain("updated, with 1 difference from what was committed:");
    const bad = notebookOf({ outputs: [metric("loss", 9, { band }), stream("a")] });
    const refused = judged(bad, { update: true });
    expect(refused.exitCode).toBe(ExitCode.different);
    expect(refused.message).toMatch(/metric loss is 9, outside its band/);
  });
});

describe("rendering", () => {
  const difference = {
    cell: 3,
    id: "x",
    line: "f();",
    kind: "figure",
    path: "output 1",
    expected: "a",
    got: "b",
  } as const;

  it("colours what was expected and what came, only where asked", () => {
    const shown = (colors: boolean) =>
      renderDifferences([{ ...difference, message: "m" }], pc.createColors(colors)).join("\n");
    expect(shown(true)).toContain("\x1b[31m-a\x1b[39m");
    expect(shown(true)).toContain("\x1b[32m+b\x1b[39m");
    expect(shown(false)).toBe("cell 3 (x)  f();\n  output 1: m\n    -a\n    +b");
  });

  it("lets no output control the terminal", () => {
    const lines = renderDifferences([{ ...difference, message: "m\x1b[2J\x07", got: "b\nc" }], pc.createColors(false));
    expect(lines.slice(1)).toEqual(["  output 1: m", "    -a", "    +b ⏎ c"]);
  });

  it("aligns the table of metrics", () => {
    const row = { cell: 1, unit: "", band: {} };
    const rows = [
      { ...row, name: "a", expected: 1.23456789, got: null, ok: false },
      { ...row, name: "longer", expected: 0.5, got: 123456, band: { min: 0, max: 1e6 }, ok: true },
    ];
    expect(renderMetrics(rows, pc.createColors(false))).toEqual([
      "   metric  expected     got  band         unit",
      "✗  a        1.23457       –  any",
      "✓  longer       0.5  123456  0 … 1000000",
    ]);
    expect(renderMetrics([], pc.createColors(false))).toEqual([]);
  });
});
