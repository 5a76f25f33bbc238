import { accessSync, constants, mkdirSync } from "node:fs";
import path from "node:path";
import type { INotebookContent } from "@jupyterlab/nbformat";
import { CliError, ExitCode } from "../cli-error";
import { readNotebook, setParameters, writeNotebook } from "../notebook";
import type { InputProblem, NotebookFile } from "./inputs";
import { runNotebook } from "./notebook";
import type { RunOptions } from "./notebook";
import type { ProgressEvent } from "../jupyter/progress";
import { isFailure } from "./report";
import type { CellReport, NotebookRun } from "./report";

/** What a command makes of a finished run, beyond that every cell ran: the check's comparison. */
export interface Verdict {
  exitCode: ExitCode;
  /** One line. */
  message: string;
  /** To be printed below: the differences, readable. */
  lines?: string[];
  /** What concerns single cells, for JUnit and annotations; index −1 stands for the notebook as a whole. */
  cells?: { index: number; message: string }[];
  /** Goes into the JSON report as `check`. */
  data?: unknown;
}

/** What became of one argument. */
export interface NotebookResult extends NotebookFile {
  result: "passed" | "failed" | "different" | "bad-input" | "interrupted" | "not-run";
  exitCode: ExitCode;
  /** One line; null when all is well. */
  message: string | null;
  run: NotebookRun | null;
  verdict: Verdict | null;
}

export interface FinishedNotebook extends NotebookFile {
  /** As read from the file, parameters not yet set. */
  committed: INotebookContent;
  run: NotebookRun;
}

/** Told about everything that happens, to show it. */
export interface RunObserver {
  onStart?(notebook: NotebookFile): void;
  onCell?(notebook: NotebookFile, position: number, count: number): void;
  onProgress?(notebook: NotebookFile, event: ProgressEvent): void;
  onCellDone?(notebook: NotebookFile, report: CellReport): void;
  onResult?(result: NotebookResult): void;
}

export interface ManyOptions extends Omit<RunOptions, "cwd" | "events"> {
  /** Notebooks at a time. */
  jobs: number;
  /** Whether the first failure ends all. */
  failFast: boolean;
  params?: Readonly<Record<string, string>>;
  /** Write the new outputs into the notebooks that ran without failure. */
  update?: boolean;
  /** Write every executed notebook, failed ones too, into this folder (absolute). */
  out?: string;
  /** Judges a finished run; not called for one that was interrupted. */
  onFinished?: (notebook: FinishedNotebook) => Verdict | null | Promise<Verdict | null>;
  observer?: RunObserver;
}

export interface ManyResult {
  /** In the order of the arguments; bad arguments first. */
  results: NotebookResult[];
  exitCode: ExitCode;
  seconds: number;
}

/**
 * Runs notebooks, each in a kernel of its own. Nothing that happens to one stops the others, unless `failFast`.
 * @throws CliError (usage) when `out` cannot be written to.
 */
export async function runMany(
  files: readonly NotebookFile[],
  problems: readonly InputProblem[],
  options: ManyOptions,
): Promise<ManyResult> {
  const start = performance.now();
  if (options.out !== undefined) prepareFolder(options.out);
  const results: NotebookResult[] = problems.map((problem) => badInput(problem, problem.message));
  for (const result of results) options.observer?.onResult?.(result);
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const ordered = new Array<NotebookResult>(files.length);
  const outNames = new Set<string>();
  let next = 0;
  const worker = async () => {
    while (next < files.length) {
      const at = next++;
      const notebook = files[at]!;
      const result = signal.aborted
        ? notRun(notebook)
        : await runOne(notebook, { ...options, signal }, outNames, options.signal);
      ordered[at] = result;
      if (options.failFast && result.exitCode !== ExitCode.ok) stop.abort();
      options.observer?.onResult?.(result);
    }
  };
  if (options.failFast && problems.length > 0) stop.abort();
  await Promise.all(Array.from({ length: Math.max(1, Math.min(options.jobs, files.length)) }, worker));
  results.push(...ordered);
  return { results, exitCode: worstExitCode(results, options.signal), seconds: (performance.now() - start) / 1000 };
}

/** The status of the whole: the one that must be seen to first. */
const SEVERITY: readonly ExitCode[] = [
  ExitCode.ok,
  ExitCode.different,
  ExitCode.failed,
  ExitCode.usage,
  ExitCode.setup,
  ExitCode.interrupted,
];

function worstExitCode(results: readonly NotebookResult[], signal: AbortSignal | undefined): ExitCode {
  if (signal?.aborted) return ExitCode.interrupted;
  // With --fail-fast the notebooks that were stopped are not the reason.
  const reasons = results.filter((result) => result.result !== "interrupted" && result.result !== "not-run");
  const worst = Math.max(0, ...reasons.map((result) => SEVERITY.indexOf(result.exitCode)));
  return SEVERITY[worst]!;
}

async function runOne(
  notebook: NotebookFile,
  options: ManyOptions,
  outNames: Set<string>,
  ctrlC: AbortSignal | undefined,
): Promise<NotebookResult> {
  const { observer } = options;
  let committed: INotebookContent;
  let run: NotebookRun;
  let out: string | null = null;
  try {
    committed = readNotebook(notebook.file);
    const prepared = setParameters(committed, options.params ?? {}, notebook.name);
    if (options.out !== undefined) out = outFile(options.out, notebook, outNames);
    observer?.onStart?.(notebook);
    run = await runNotebook(prepared, {
      ...options,
      cwd: path.dirname(notebook.file),
      events: {
        onCell: (position, count) => observer?.onCell?.(notebook, position, count),
        onCellDone: (report) => observer?.onCellDone?.(notebook, report),
        onProgress: (event) => observer?.onProgress?.(notebook, event),
      },
    });
  } catch (error) {
    if (error instanceof CliError) return { ...badInput(notebook, error.message), exitCode: error.exitCode };
    // A fault of ours must not take the other notebooks with it.
    return badInput(notebook, `internal error: ${(error as Error).stack ?? String(error)}`, ExitCode.failed);
  }
  if (run.status === "interrupted") {
    const message = ctrlC?.aborted ? "stopped by Ctrl-C" : "stopped, since another notebook failed (--fail-fast)";
    return { ...notebook, result: "interrupted", exitCode: ExitCode.interrupted, message, run, verdict: null };
  }
  let verdict: Verdict | null = null;
  try {
    verdict = (await options.onFinished?.({ ...notebook, committed, run })) ?? null;
    if (out !== null) writeNotebook(out, run.notebook);
    if (options.update && run.status === "ok") writeNotebook(notebook.file, run.notebook);
  } catch (error) {
    const message =
      error instanceof CliError ? error.message : `internal error: ${(error as Error).stack ?? String(error)}`;
    return { ...notebook, result: "failed", exitCode: ExitCode.failed, message, run, verdict };
  }
  return { ...notebook, ...judge(run, verdict), run, verdict };
}

function judge(run: NotebookRun, verdict: Verdict | null): Pick<NotebookResult, "result" | "exitCode" | "message"> {
  if (run.status === "failed") return { result: "failed", exitCode: ExitCode.failed, message: failureLine(run) };
  if (verdict === null || verdict.exitCode === ExitCode.ok) {
    return { result: "passed", exitCode: ExitCode.ok, message: null };
  }
  const result = verdict.exitCode === ExitCode.different ? "different" : "failed";
  return { result, exitCode: verdict.exitCode, message: verdict.message };
}

/** The first failure of a run in one line. */
function failureLine(run: NotebookRun): string {
  const first = run.cells.find(isFailure);
  if (first === undefined) return run.message ?? "failed";
  return `cell ${first.index + 1} (${first.id}): ${first.status}: ${first.message ?? ""}`;
}

function badInput(notebook: NotebookFile, text: string, exitCode: ExitCode = ExitCode.usage): NotebookResult {
  // The reader's messages begin with the file, ours do not; the name is shown beside the message anyway.
  const message = [notebook.file, notebook.name].reduce(
    (rest, prefix) => (rest.startsWith(`${prefix}: `) ? rest.slice(prefix.length + 2) : rest),
    text,
  );
  const { file, name } = notebook;
  const result = exitCode === ExitCode.usage ? "bad-input" : "failed";
  return { file, name, result, exitCode, message, run: null, verdict: null };
}

function notRun(notebook: NotebookFile): NotebookResult {
  return { ...notebook, result: "not-run", exitCode: ExitCode.ok, message: null, run: null, verdict: null };
}

function outFile(folder: string, notebook: NotebookFile, taken: Set<string>): string {
  const name = path.basename(notebook.file);
  if (taken.has(name)) {
    throw new CliError(
      `another notebook of this name goes to the same folder ${folder}: run them one after the other`,
      ExitCode.usage,
    );
  }
  taken.add(name);
  return path.join(folder, name);
}

function prepareFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    throw new CliError(
      `--out ${folder}: cannot be written to (${code}): choose another folder, or allow writing in it`,
      ExitCode.usage,
    );
  }
}
