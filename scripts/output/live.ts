import { createLogUpdate } from "log-update";
import pc from "picocolors";
import type { Context } from "../context";
import type { NotebookFile } from "../run/inputs";
import type { NotebookResult, RunObserver } from "../run/many";
import type { ProgressEvent } from "../jupyter/progress";
import { describeResult } from "./details";
import { remainingSeconds } from "./estimate";
import type { RunTimes } from "./estimate";
import { duration, plainText, truncate } from "./text";

interface Running {
  start: number;
  cell: number;
  count: number;
  progress: ProgressEvent | null;
  progressAt: number;
}

const REDRAW_MS = 200;
/** Without a terminal: how often a running notebook says where it is. */
const PLAIN_MS = 30_000;

/**
 * Shows what is going on: on a terminal one line per running notebook that redraws itself, otherwise plain lines.
 * What is finished scrolls up as one line, with details below it when something failed.
 */
export class LiveLines implements RunObserver {
  private readonly running = new Map<string, Running>();
  private readonly redraw: ReturnType<typeof createLogUpdate> | null;
  private readonly timer: NodeJS.Timeout;
  private readonly colors: ReturnType<typeof pc.createColors>;

  constructor(
    private readonly context: Pick<Context, "stdout" | "isTTY" | "now" | "env">,
    private readonly times: RunTimes,
  ) {
    this.colors = pc.createColors(context.isTTY && !context.env.NO_COLOR);
    // The cursor stays visible: hiding it installs signal handlers of its own, which would swallow SIGTERM.
    // A terminal of no height (some CI systems' idea of one) would show nothing at all.
    const redraws = context.isTTY && (context.stdout as NodeJS.WriteStream).rows !== 0;
    this.redraw = redraws
      ? createLogUpdate(context.stdout as NodeJS.WriteStream, { showCursor: true, defaultWidth: 100 })
      : null;
    this.timer = setInterval(() => this.tick(), this.redraw ? REDRAW_MS : PLAIN_MS);
    this.timer.unref();
  }

  onStart(notebook: NotebookFile): void {
    this.running.set(notebook.file, { start: this.context.now(), cell: 0, count: 0, progress: null, progressAt: 0 });
    if (!this.redraw) this.write(`${notebook.name}: started`);
  }

  onCell(notebook: NotebookFile, position: number, count: number): void {
    const state = this.running.get(notebook.file);
    if (state) Object.assign(state, { cell: position, count, progress: null });
  }

  onProgress(notebook: NotebookFile, event: ProgressEvent): void {
    const state = this.running.get(notebook.file);
    if (state) Object.assign(state, { progress: event.done ? null : event, progressAt: this.context.now() });
  }

  onResult(result: NotebookResult): void {
    this.running.delete(result.file);
    if (result.result === "passed") this.times.note(result.file, result.run?.seconds ?? 0);
    this.write(...describeResult(result, this.colors));
  }

  /** Prints lines above the live ones. */
  write(...lines: string[]): void {
    this.redraw?.clear();
    this.context.stdout.write(lines.join("\n") + "\n");
    if (this.redraw) this.tick();
  }

  /** Ends the live lines; what is printed afterwards stands below. */
  close(): void {
    clearInterval(this.timer);
    this.redraw?.clear();
  }

  private tick(): void {
    const lines = [...this.running].map(([file, state]) => this.line(file, state));
    if (this.redraw) {
      if (lines.length === 0) return this.redraw.clear();
      const width = (this.context.stdout as NodeJS.WriteStream).columns || 100;
      this.redraw(lines.map((line) => truncate(line, width - 1)).join("\n"));
    } else if (lines.length > 0) {
      this.context.stdout.write(lines.map((line) => `${line}\n`).join(""));
    }
  }

  private line(file: string, { start, cell, count, progress, progressAt }: Running): string {
    const now = this.context.now();
    const elapsed = (now - start) / 1000;
    const name = file.slice(file.lastIndexOf("/") + 1);
    const cellEta =
      progress?.etaSeconds === undefined ? undefined : Math.max(0, progress.etaSeconds - (now - progressAt) / 1000);
    const left = remainingSeconds({ elapsed, cell, count, cellEta, before: this.times.before(file) });
    return [
      name,
      cell === 0 ? "kernel starts" : `cell ${cell} of ${count}`,
      duration(elapsed),
      ...(left === null ? [] : [`ETA ${duration(left)}`]),
      ...(progress === null ? [] : [plainText(progress.text).replace(/\s+/g, " ")]),
    ].join("  ");
  }
}
