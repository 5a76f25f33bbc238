import type { INotebookContent } from "@jupyterlab/nbformat";
import type { Difference, Finding } from "./difference";
import { textOf } from "./outputs";

/** Says which cell a finding is in; index −1 stands for the notebook as a whole. */
export function located(notebook: INotebookContent, index: number, finding: Finding): Difference {
  const cell = notebook.cells[index];
  const id = typeof cell?.id === "string" ? cell.id : "";
  const lines = textOf(cell?.source).split("\n");
  return { cell: index + 1, id, line: lines.find((line) => line.trim() !== "")?.trim() ?? "", ...finding };
}
