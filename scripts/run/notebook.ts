import path from "node:path";
import type { ICodeCell, IError, INotebookContent } from "@jupyterlab/nbformat";
import { OWN_KERNEL } from "../jupyter/kernelspec";
import { KernelStartError, startKernel } from "../jupyter/start";
import type { KernelSession } from "../jupyter/session";
import { copyJson, dropVolatile } from "../notebook";
import { lastWords, runCell } from "./cell";
import { cellOptions } from "./cell-options";
import type { CellOptions, Profile } from "./cell-options";
import { DEFAULT_LIMITS, OutputCollector } from "./outputs";
import type { ProgressEvent } from "../jupyter/progress";
import type { OutputLimits } from "./outputs";
import { isFailure } from "./report";
import type { CellReport, NotebookRun } from "./report";

export interface RunOptions {
  /** The project's root: where our kernel's build lies. */
  root: string;
  /** The kernel's working folder: the notebook's own. */
  cwd: string;
  env: NodeJS.ProcessEnv;
  profile: Profile;
  /** Overrides the notebook's own kernelspec. */
  kernel?: string;
  /** Seconds per cell where neither cell nor notebook sets a limit; default by profile. */
  timeoutS?: number;
  limits?: OutputLimits;
  startTimeoutMs?: number;
  /** How long an interrupted cell may take to stop before the kernel is killed; default 5 s. */
  interruptGraceMs?: number;
  /** Ctrl-C: interrupts the running cell and ends the kernel. */
  signal?: AbortSignal;
  events?: RunEvents;
}

export interface RunEvents {
  /** `position` of `count` cells that will run, from 1. */
  onCell?(position: number, count: number, index: number): void;
  onCellDone?(report: CellReport): void;
  onProgress?(event: ProgressEvent): void;
}

const INTERRUPT_GRACE_MS = 5_000;
/** Late output of the last cell may take that long. */
const LAST_SYNC_MS = 5_000;
/** A kernel that a cell has broken (freed memory twice, a timer that throws in C++) dies within that time after its reply. */
const LAST_BREATH_MS = 150;

/**
 * Executes a notebook in a kernel of its own. Whatever happens in the kernel is in the result; the kernel and its
 * connection file are gone afterwards.
 * @throws CliError when there is no such kernel or a time limit in the metadata is wrong.
 */
export async function runNotebook(source: INotebookContent, options: RunOptions): Promise<NotebookRun> {
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  const notebook = copyJson(source);
  const plan = planCells(notebook, options);
  const wanted = (notebook.metadata.kernelspec as { name?: unknown } | undefined)?.name;
  const kernel = options.kernel ?? (typeof wanted === "string" ? wanted : OWN_KERNEL);
  let session: KernelSession;
  try {
    session = await startKernel({
      kernel,
      root: options.root,
      cwd: options.cwd,
      env: { ...options.env, GENLAB_PROFILE: options.profile },
      startTimeoutMs: options.startTimeoutMs,
      signal: options.signal,
    });
  } catch (error) {
    if (!(error instanceof KernelStartError)) throw error;
    const interrupted = options.signal?.aborted === true;
    return {
      notebook,
      cells: plan.map((cell) => abortedReport(cell)),
      status: interrupted ? "interrupted" : "failed",
      seconds: seconds(),
      startSeconds: seconds(),
      kernelStderrTail: error.stderr,
      lost: 0,
      numbered: false,
      message: interrupted ? "stopped by Ctrl-C" : error.message,
    };
  }
  const startSeconds = seconds();
  const cells = await runCells(session, notebook, plan, options);
  if (session.process.exit === null) await session.shutdown();
  else await session.kill();
  if (options.kernel === undefined || options.kernel === wanted) takeLanguage(notebook, session);
  dropVolatile(notebook);
  const interrupted = options.signal?.aborted === true;
  return {
    notebook,
    cells,
    status: interrupted ? "interrupted" : cells.some(isFailure) ? "failed" : "ok",
    seconds: seconds(),
    startSeconds,
    kernelStderrTail: session.process.stderrTail(),
    lost: session.sequence.lost,
    numbered: session.sequence.numbered,
  };
}

interface PlannedCell {
  index: number;
  id: string;
  code: string;
  options: CellOptions;
}

function planCells(notebook: INotebookContent, options: RunOptions): PlannedCell[] {
  return notebook.cells.flatMap((cell, index) =>
    cell.cell_type === "code"
      ? [{ index, id: cell.id as string, code: cell.source as string, options: cellOptions(cell, notebook, options) }]
      : [],
  );
}

async function runCells(
  session: KernelSession,
  notebook: INotebookContent,
  plan: PlannedCell[],
  options: RunOptions,
): Promise<CellReport[]> {
  const floods = new Map<number, (what: string) => void>();
  const outputs = new OutputCollector(notebook, options.limits ?? DEFAULT_LIMITS, {
    onProgress: (_index, event) => options.events?.onProgress?.(event),
    onOverflow: (index, what) => floods.get(index)?.(what),
  });
  const count = plan.filter((cell) => !cell.options.skip).length;
  for (const cell of plan) if (!cell.options.skip) outputs.begin(cell.index);
  const reports: CellReport[] = [];
  let position = 0;
  let aborting = false;
  let afterFailure = false;
  for (const cell of plan) {
    const { index, id, code } = cell;
    let report: CellReport;
    if (cell.options.skip) {
      report = { index, id, status: "skipped", seconds: 0 };
    } else if (aborting || options.signal?.aborted) {
      report = abortedReport(cell);
    } else {
      options.events?.onCell?.(++position, count, index);
      const flood = new Promise<string>((resolve) => floods.set(index, resolve));
      report = await runCell(
        session,
        {
          index,
          id,
          code,
          options: cell.options,
          interruptGraceMs: options.interruptGraceMs ?? INTERRUPT_GRACE_MS,
          flood,
          signal: options.signal,
          onMessage: (message) => outputs.receive(index, message),
        },
        afterFailure,
      );
      afterFailure = cell.options.raises !== null;
      if (report.status === "type-error") addLibraryHint(report, options);
      // Lost output fails the notebook, but what follows can still run.
      aborting = report.status !== "ok" && report.status !== "output-lost";
    }
    reports.push(report);
    options.events?.onCellDone?.(report);
  }
  await catchUp(session, reports);
  outputs.finish();
  for (const { index, options: cell } of plan) {
    const report = reports.find((each) => each.index === index);
    if (report?.status === "ok" && cell.raises === null) noteLateError(report, notebook.cells[index] as ICodeCell);
  }
  return reports;
}

/** A timer or a promise that a cell left behind may fail when the cell is done: it is that cell's failure. */
function noteLateError(report: CellReport, { outputs }: ICodeCell): void {
  const error = outputs.find((output) => output.output_type === "error") as IError | undefined;
  if (!error) return;
  report.status = "error";
  report.message = `after the cell ended: ${error.ename}: ${error.evalue.split("\n")[0] ?? ""}`;
  report.traceback = error.traceback;
}

/** Waits for output that cells write after they are done, and counts what was lost since; a kernel may die of it, too. */
async function catchUp(session: KernelSession, reports: CellReport[]): Promise<void> {
  const last = reports.findLast((report) => report.status === "ok");
  const before = session.sequence.lost;
  if (last === undefined) return;
  const stopped = reports.some((report) => report.status === "aborted" || isFailure(report));
  if (stopped && session.process.exit !== null) return; // said already
  await session.synchronize(LAST_SYNC_MS);
  if (!stopped && (await session.process.endsWithin(LAST_BREATH_MS))) {
    const exit = await session.process.exited;
    Object.assign(last, { status: "kernel-died", message: `after the cell ended: ${lastWords(session, exit)}`, exit });
    return;
  }
  const lost = session.sequence.lost - before;
  if (lost === 0) return;
  last.status = "output-lost";
  last.message = `${lost} output ${lost === 1 ? "message" : "messages"} lost after the last cell`;
}

/** The type checker looks for `genlab` upwards from the notebook's folder and knows no other way (no NODE_PATH). */
function addLibraryHint(report: CellReport, { root, cwd }: RunOptions): void {
  if (!/Cannot find module 'genlab'/.test(report.message ?? "")) return;
  const inside = !path.relative(root, cwd).startsWith("..");
  const cure = inside
    ? "it is not built: run npm run setup"
    : `the notebook lies outside the project: move it there, or link the libraries: ln -s '${path.join(root, "node_modules")}' '${cwd}'`;
  report.message += ` (${cure})`;
}

function abortedReport({ index, id, options }: PlannedCell): CellReport {
  return { index, id, status: options.skip ? "skipped" : "aborted", seconds: 0 };
}

/** As nbclient does: the kernel knows best which language it speaks. */
function takeLanguage(notebook: INotebookContent, session: KernelSession): void {
  const language = session.info.language_info;
  if (typeof language === "object" && language !== null) {
    notebook.metadata.language_info = language as INotebookContent["metadata"]["language_info"];
  }
}
