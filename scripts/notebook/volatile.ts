import type { ICodeCell } from "@jupyterlab/nbformat";
import type { Notebook } from "./read";

/** Cell metadata that says when or how a cell was last looked at, not what it is. */
const CELL = ["execution", "ExecuteTime", "collapsed", "scrolled", "trusted", "papermill", "execution_time"] as const;

/** Notebook metadata that changes with the machine or the session. */
const NOTEBOOK = ["widgets", "papermill", "toc", "varInspector", "signature", "orig_nbformat"] as const;

/**
 * Removes what an execution or a look at the notebook leaves behind and no reader needs, in place: time stamps,
 * folded and scrolled states, widget states, papermill's records, and display ids. The language's version stays: the
 * lockfile pins it, and JupyterLab would write it back.
 */
export function dropVolatile(notebook: Notebook): void {
  for (const key of NOTEBOOK) delete notebook.metadata[key];
  for (const cell of notebook.cells) {
    const metadata = cell.metadata as Record<string, unknown>;
    for (const key of CELL) delete metadata[key];
    if (cell.cell_type !== "code") continue;
    for (const output of (cell as ICodeCell).outputs) delete output.transient;
  }
}
