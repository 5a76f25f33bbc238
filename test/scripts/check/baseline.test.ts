import { describe, expect, it } from "vitest";
import { baselineProblems, conventionProblems } from "../../../scripts/check/baseline";
import { checkNotebook } from "../../../scripts/check/notebook";
import { PROGRESS_MIME } from "../../../scripts/check/outputs";
import type { Notebook } from "../../../scripts/notebook";
import { display, failure, figure, metric, notebookOf, picture, runOf, stream } from "./notebooks";

function changed(notebook: Notebook, change: (notebook: Notebook) => void): Notebook {
  change(notebook);
  return notebook;
}

const counts = (...numbers: (number | null)[]) =>
  changed(notebookOf(...numbers.slice(1).map(() => ({ outputs: [stream("a")] }))), ({ cells }) =>
    cells.forEach((cell, i) => (cell.execution_count = numbers[i] ?? null)),
  );

describe("baselineProblems", () => {
  it.each<[what: string, notebook: Notebook, cells: number[], says: RegExp]>([
    ["executed in order", counts(1, 2, 3), [], /never/],
    [
      "no outputs",
      changed(notebookOf(), (nb) => (nb.cells[0]!.outputs = [])),
      [0],
      /committed without outputs: execute it/,
    ],
    ["never executed", counts(null, null), [0], /without outputs/],
    ["one cell never executed", counts(1, null, 2), [2, 3], /never executed, expected number 2/],
    ["out of order", counts(1, 3, 2), [2, 3], /out of order: number 3, expected number 2/],
    ["not from 1", counts(4, 5), [1, 2], /number 4, expected number 1/],
    ["twice the same", counts(1, 1), [2], /number 1, expected number 2/],
    [
      "a stored error",
      notebookOf({ outputs: [failure("TypeError", "x is null")] }),
      [2],
      /error is stored \(TypeError: x is n/,
    ],
    ["an expected error", notebookOf({ tags: ["raises-exception"], outputs: [failure("E", "")] }), [], /never/],
    [
      "an error expected by name",
      changed(
        notebookOf({ outputs: [failure("E", "")] }),
        (nb) => (nb.cells[1]!.metadata = { genlab: { raises: "E" } }),
      ),
      [],
      /never/,
    ],
    [
      "quick results",
      notebookOf({ outputs: [metric("a", 1, { profile: "quick" })] }),
      [2],
      /from the profile quick, exp/,
    ],
    ["an open progress line", notebookOf({ outputs: [display({ [PROGRESS_MIME]: {} })] }), [2], /unfinished progress/],
    [
      "nothing to execute",
      { ...notebookOf(), cells: [{ cell_type: "markdown", id: "a", metadata: {}, source: "x" }] },
      [],
      /x/,
    ],
  ])("%s", (_what, notebook, cells, says) => {
    const problems = baselineProblems(notebook);
    expect(problems.map(({ cell }) => cell)).toEqual(cells);
    if (problems[0]) expect(problems[0].message).toMatch(says);
    expect(checkNotebook(notebook, runOf(notebook), "quick").differences).toEqual(problems);
  });

  it("does not count cells that are never executed", () => {
    const notebook = notebookOf({ source: " \n" }, { tags: ["skip-execution"] }, { outputs: [stream("a")] });
    notebook.cells.forEach((cell, i) => (cell.execution_count = [1, null, null, 2][i]));
    expect(baselineProblems(notebook)).toEqual([]);
  });
});

describe("conventionProblems", () => {
  const cells = (count: number) => Array.from({ length: count }, () => ({ outputs: [figure([])] }));
  const kernel = (kernelspec: object | undefined) =>
    changed(notebookOf(), ({ metadata }) => Object.assign(metadata, { kernelspec }));
  const big = "x".repeat(1_500_000);

  it.each<[what: string, notebook: Notebook, says: RegExp | undefined]>([
    ["a good notebook", notebookOf(...cells(10)), undefined],
    ["eleven figures", notebookOf(...cells(11)), /11 Plotly figures, at most 10/],
    ["too large", notebookOf({ outputs: [stream(big)] }), /the file has 1\.50 MB, at most 1\.50 MB/],
    [
      "another kernel",
      kernel({ name: "python3", display_name: "P", language: "python" }),
      /the kernel is python3, python/,
    ],
    ["no kernel", kernel(undefined), /the kernel is none, no language/],
    [
      "no parameters",
      changed(notebookOf(), (nb) => (nb.cells[0]!.metadata = {})),
      /^0 code cells are tagged "parameters"/,
    ],
    ["two parameter cells", notebookOf({ tags: ["parameters"] }), /^2 code cells are tagged/],
    [
      "a metric twice",
      notebookOf({ outputs: [metric("a", 1)] }, { outputs: [metric("a", 1)] }),
      /^metric a is recorded twice/,
    ],
    [
      "a home folder",
      notebookOf({ outputs: [stream("in /home/ada/genlab/x.bin")] }),
      /of one machine \(\/home\/ada\/genlab\/x/,
    ],
    ["a Windows folder", notebookOf({ outputs: [stream("in C:\\Users\\ada\\x")] }), /of one machine/],
    ["a path in a traceback", notebookOf({ outputs: [failure("E", "m")] }), /of one machine \(\/home\/someone\/a\.ts/],
    ["a picture", notebookOf({ outputs: [picture(9, 9, 1), display({ "image/png": "/tmp/aaaa" })] }), undefined],
  ])("%s", (_what, notebook, says) => {
    const problems = conventionProblems(notebook);
    expect(problems).toHaveLength(says ? 1 : 0);
    if (says) expect(problems[0]?.message).toMatch(says);
  });
});
