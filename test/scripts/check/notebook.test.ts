import type { IOutput } from "@jupyterlab/nbformat";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { baselineProblems } from "../../../scripts/check/baseline";
import { checkNotebook } from "../../../scripts/check/notebook";
import { copyJson, parseNotebook } from "../../../scripts/notebook";
import type { Notebook } from "../../../scripts/notebook";
import { notebookFile } from "../notebook/arbitrary";
import { failure, metric, notebookOf, runOf, stream } from "./notebooks";
import { SHOWN_CASES } from "./shown-cases";
import { TEXT_CASES } from "./text-cases";

const CASES = [...TEXT_CASES, ...SHOWN_CASES];

describe("checkNotebook", () => {
  it.each(CASES)("$what: $differs", ({ expected, got, tags, profile = "standard", differs = [] }) => {
    const committed = notebookOf({ tags, outputs: expected });
    const { differences } = checkNotebook(committed, runOf(notebookOf({ tags, outputs: got })), profile);
    expect(differences.map(({ kind }) => kind)).toEqual(differs.map(([kind]) => kind));
    differs.forEach(([, says], i) => expect(differences[i]?.message).toMatch(says));
    for (const { cell, id, line: first } of differences) expect([cell, id, first]).toEqual([2, "cell-2", "run();"]);
  });

  it("gives the metrics as a table", () => {
    const band = { min: 1, max: 3 };
    const committed = notebookOf({ outputs: [metric("a", 2, { band }), metric("b", 5)] });
    const got = notebookOf({ outputs: [metric("a", 4, { band })] });
    expect(checkNotebook(committed, runOf(got), "standard").metrics).toEqual([
      { cell: 2, name: "a", unit: "nats", expected: 2, got: 4, band, ok: false },
      { cell: 2, name: "b", unit: "nats", expected: 5, got: null, band: {}, ok: false },
    ]);
  });

  it.each([
    [99, "a committed as 99: outside its band ≤ 5: execute it"],
    [null, "a committed as NaN: is not finite: execute it"],
  ])("does not take a baseline whose metric is %s", (value, says) => {
    const [committed, got] = [value, 3].map((each) =>
      notebookOf({ outputs: [metric("a", each, { band: { max: 5 } })] }),
    );
    for (const profile of ["quick", "standard"] as const) {
      const { differences } = checkNotebook(committed!, runOf(got!), profile);
      expect(differences.map(({ message }) => message)).toEqual([expect.stringContaining(says)]);
    }
  });

  it("finds changed sources, missing, new and moved cells", () => {
    const committed = notebookOf({ source: "a();" }, { source: "b();" }, { source: "c();" });
    const changed = copyJson(committed);
    changed.cells[1]!.source = "a(2);";
    expect(kinds(committed, changed)).toEqual([["source", 2]]);
    const less = copyJson(committed);
    less.cells.splice(2, 1);
    expect(kinds(committed, less)).toEqual([["cells", 3]]);
    expect(kinds(less, committed)).toContainEqual(["cells", 3]);
    const moved = copyJson(committed);
    moved.cells.reverse();
    expect(kinds(committed, moved)).toEqual([["cells", 0]]);
  });

  it("leaves cells that failed or never ran to the runner", () => {
    const committed = notebookOf({ outputs: [stream("a")] }, { outputs: [metric("a", 1)] });
    const run = runOf(notebookOf({ outputs: [failure("Error", "x")] }, {}), { 2: "error", 3: "aborted" });
    expect(checkNotebook(committed, run, "standard")).toEqual({ differences: [], metrics: [] });
  });

  it("agrees with itself on everything", () => {
    const all = notebookOf(
      ...CASES.filter(({ tags = [] }) => !tags.includes("raises-exception")).map(({ expected }) => ({
        outputs: expected,
      })),
    );
    expect(checkNotebook(all, runOf(all), "standard").differences).toEqual([]);
    expect(checkNotebook(all, runOf(all), "quick").differences).toEqual([]);
  });
});

describe("checkNotebook on any notebook", () => {
  const any = notebookFile.map((text) => parseNotebook(Buffer.from(text), "any.ipynb"));
  const compare = (committed: Notebook, got: Notebook, profile: "quick" | "standard") =>
    checkNotebook(committed, { notebook: got, cells: [] }, profile).differences.filter(
      ({ kind }) => kind !== "baseline",
    );

  it("finds nothing between it and itself", () => {
    fc.assert(
      fc.property(any, (notebook) => {
        for (const profile of ["quick", "standard"] as const)
          expect(compare(notebook, copyJson(notebook), profile)).toEqual([]);
      }),
    );
  });

  it("finds an output that is lost, and one that is new", () => {
    fc.assert(
      fc.property(any, fc.nat(), (notebook, which) => {
        const places = notebook.cells.flatMap((cell, i) =>
          ((cell.outputs ?? []) as IOutput[]).flatMap(({ output_type: type }, k) =>
            type === "display_data" ? [[i, k] as const] : [],
          ),
        );
        const [i, k] = places[which % places.length] ?? [];
        fc.pre(i !== undefined && baselineProblems(notebook).every(({ cell }) => cell > 0));
        const less = copyJson(notebook);
        (less.cells[i]?.outputs as IOutput[]).splice(k ?? 0, 1);
        fc.pre(baselineProblems(less).every(({ cell }) => cell > 0));
        expect(compare(notebook, less, "quick")).not.toEqual([]);
        expect(compare(less, notebook, "quick")).not.toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

function kinds(committed: ReturnType<typeof notebookOf>, got: ReturnType<typeof notebookOf>) {
  return checkNotebook(committed, runOf(got), "standard").differences.map(({ kind, cell }) => [kind, cell]);
}
