import type { INotebookContent } from "@jupyterlab/nbformat";
import type { KernelExit } from "../jupyter/process";

/** What became of a cell. */
export type CellStatus =
  | "ok"
  /** It threw. */
  | "error"
  /** It did not compile. */
  | "type-error"
  /** It ran longer than it may. */
  | "timeout"
  /** The kernel's process ended while it ran. */
  | "kernel-died"
  /** Not run, since an earlier cell failed, or interrupted by Ctrl-C. */
  | "aborted"
  /** It ran, but not all that it wrote has arrived. */
  | "output-lost"
  /** It wrote more than it may. */
  | "too-much-output"
  /** Not to be run: tagged `skip-execution`, or empty. */
  | "skipped";

export interface CellReport {
  /** Position among all cells of the notebook, from 0. */
  index: number;
  id: string;
  status: CellStatus;
  seconds: number;
  /** One line. */
  message?: string;
  traceback?: string[];
  /** How the kernel ended, when it did. */
  exit?: KernelExit;
}

/** The outcome of executing a notebook. */
export interface NotebookRun {
  /** A copy with the new outputs; the notebook given is untouched. */
  notebook: INotebookContent;
  /** One per code cell. */
  cells: CellReport[];
  status: "ok" | "failed" | "interrupted";
  seconds: number;
  /** From the kernel's launch to its first answer. */
  startSeconds: number;
  /** The last lines that the kernel itself wrote to its stderr (a cell's own stderr is in its outputs). */
  kernelStderrTail: string[];
  /** Messages that were proved to be lost. */
  lost: number;
  /** Whether the kernel numbers its messages, so that `lost: 0` is a proof. */
  numbered: boolean;
  /** What failed outside the cells: the kernel did not start. One line. */
  message?: string;
}

const BAD: ReadonlySet<CellStatus> = new Set([
  "error",
  "type-error",
  "timeout",
  "kernel-died",
  "output-lost",
  "too-much-output",
]);

/** Whether a cell is itself a reason for the notebook to fail. */
export function isFailure(cell: CellReport): boolean {
  return BAD.has(cell.status);
}
