import type { INotebookContent } from "@jupyterlab/nbformat";
import { formatNotebook } from "../notebook";
import { expectedError } from "../run/cell-options";
import type { Difference, DifferenceKind } from "./difference";
import { PLOTLY_MIME, PROGRESS_MIME, isCode, itemsOf, outputsOf, tagsOf, textOf } from "./outputs";
import { metricsOf } from "./metrics";
import { located } from "./located";

const EXECUTE = "execute it: genlab run --update";

/**
 * Why a committed notebook cannot serve as a baseline: no outputs, cells not executed once from top to bottom, a stored
 * error, results of another profile, a progress line that never ended. Empty when it can.
 */
export function baselineProblems(committed: INotebookContent): Difference[] {
  const problems: Difference[] = [];
  const note = (index: number, path: string, expected: string, got: string, message: string) =>
    problems.push(located(committed, index, { kind: "baseline", path, expected, got, message }));
  const executed = committed.cells.filter((cell) => isCode(cell) && cell.execution_count !== null);
  const hasOutputs = committed.cells.some((cell) => outputsOf(cell).length > 0);
  if (committed.cells.some(runs) && (executed.length === 0 || !hasOutputs)) {
    note(-1, "outputs", "outputs", "none", `the notebook is committed without outputs: ${EXECUTE}`);
    return problems;
  }
  let count = 0;
  for (const [index, cell] of committed.cells.entries()) {
    if (!isCode(cell)) continue;
    if (runs(cell)) {
      count += 1;
      if (cell.execution_count !== count) {
        const got = cell.execution_count === null ? "never executed" : `number ${cell.execution_count}`;
        note(
          index,
          "execution_count",
          `${count}`,
          got,
          `executed out of order: ${got}, expected number ${count}: ${EXECUTE}`,
        );
      }
    }
    const items = itemsOf(cell);
    for (const item of items) {
      if (item.type === "error" && !expectedError(cell)) {
        note(
          index,
          "outputs",
          "no error",
          item.label,
          `an error is stored (${item.ename}: ${item.evalue}): repair it, then ${EXECUTE}`,
        );
      }
      if (item.type === "bundle" && PROGRESS_MIME in item.data) {
        note(index, "outputs", "a final line", "progress", `an unfinished progress line is stored: ${EXECUTE}`);
      }
    }
    for (const { name, profile } of metricsOf(items)) {
      if (profile === "standard") continue;
      const got = profile === "" ? "none" : profile;
      note(
        index,
        `metric ${name}`,
        "standard",
        got,
        `metric ${name} is committed from the profile ${got}, expected standard: ${EXECUTE}`,
      );
    }
  }
  return problems;
}

function runs(cell: INotebookContent["cells"][number]): boolean {
  return isCode(cell) && !tagsOf(cell).includes("skip-execution") && String(cell.source).trim() !== "";
}

/** More figures or bytes freeze a browser's tab. */
export const MAX_FIGURES = 10;
export const MAX_BYTES = 1.5e6;
const MACHINE_PATH =
  /(?:\/home\/|\/root\/|\/Users\/|\/tmp\/|\/var\/folders\/|\/workspaces?\/|\b[A-Z]:\\Users\\)[\w.@+\\/-]+/;

/** Which rules of the series a notebook breaks: kernel, parameters cell, number of figures, size, machine paths. */
export function conventionProblems(notebook: INotebookContent): Difference[] {
  const problems: Difference[] = [];
  const note = (
    index: number,
    path: string,
    expected: string,
    got: string,
    message: string,
    kind: DifferenceKind = "convention",
  ) => problems.push(located(notebook, index, { kind, path, expected, got, message }));
  const { kernelspec } = notebook.metadata;
  if (kernelspec?.name !== "tslab" || kernelspec.language !== "typescript") {
    const got = `${kernelspec?.name ?? "none"}, ${textOf(kernelspec?.language) || "no language"}`;
    note(
      -1,
      "kernelspec",
      "tslab, typescript",
      got,
      `the kernel is ${got}, expected tslab, typescript: choose it in JupyterLab`,
    );
  }
  const tagged = notebook.cells.filter((cell) => isCode(cell) && tagsOf(cell).includes("parameters")).length;
  if (tagged !== 1) note(-1, "tags", "1", `${tagged}`, `${tagged} code cells are tagged "parameters", expected one`);
  const figures = notebook.cells
    .flatMap(outputsOf)
    .filter((output) => PLOTLY_MIME in ((output.data ?? {}) as object)).length;
  if (figures > MAX_FIGURES) {
    note(
      -1,
      "figures",
      `≤ ${MAX_FIGURES}`,
      `${figures}`,
      `${figures} Plotly figures, at most ${MAX_FIGURES}: merge or drop some`,
    );
  }
  const bytes = Buffer.byteLength(formatNotebook(notebook));
  if (bytes > MAX_BYTES) {
    const [size, limit] = [bytes, MAX_BYTES].map((value) => `${(value / 1e6).toFixed(2)} MB`) as [string, string];
    note(-1, "size", `≤ ${limit}`, size, `the file has ${size}, at most ${limit}: thin the figures' data`);
  }
  const names = notebook.cells.flatMap((cell, index) => metricsOf(itemsOf(cell)).map(({ name }) => ({ name, index })));
  names.forEach(({ name, index }, i) => {
    if (names.findIndex((other) => other.name === name) === i) return;
    note(index, `metric ${name}`, "a name of its own", name, `metric ${name} is recorded twice: name each differently`);
  });
  for (const [index, cell] of notebook.cells.entries()) {
    const found = MACHINE_PATH.exec(readable(outputsOf(cell)));
    if (found)
      note(
        index,
        "outputs",
        "no path",
        found[0],
        `an output shows a path of one machine (${found[0]}): print it relative`,
      );
  }
  return problems;
}

/** All text in outputs, but for pictures, where chance spells anything. */
function readable(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return "";
  return Object.entries(value)
    .filter(([key]) => key !== "bdata" && (!key.startsWith("image/") || key === "image/svg+xml"))
    .map(([, item]) => readable(item))
    .filter((text) => text !== "")
    .join("\n");
}
