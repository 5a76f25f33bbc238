import { setTimeout as sleep } from "node:timers/promises";
import { describeExit } from "../jupyter/process";
import type { KernelExit } from "../jupyter/process";
import type { ExecuteOutcome } from "../jupyter/execution";
import type { KernelSession } from "../jupyter/session";
import type { Message } from "../jupyter/wire";
import type { CellOptions } from "./cell-options";
import type { CellReport } from "./report";

/** Why a cell was stopped before its end. */
type Stop = { kind: "timeout" } | { kind: "flood"; what: string } | { kind: "interrupted" };

export interface CellRequest {
  index: number;
  id: string;
  code: string;
  options: CellOptions;
  /** How long an interrupted cell may take to stop before the kernel's process group is killed. */
  interruptGraceMs: number;
  /** Settles when the cell has written more than it may, with what it wrote. */
  flood: Promise<string>;
  /** Ctrl-C. */
  signal?: AbortSignal;
  onMessage: (message: Message) => void;
}

/** Tells what a kernel says about a failure, in the words of the protocol or, with stock tslab, from the cell's stderr. */
class FailureNotes {
  error: { ename: string; evalue: string; traceback: string[] } | null = null;
  private stderr = "";

  note(message: Message): void {
    const { content } = message;
    if (message.header.msg_type === "stream" && content.name === "stderr") {
      this.stderr = (this.stderr + String(content.text)).slice(-20_000);
    }
    if (message.header.msg_type === "error") this.error = readError(content);
  }

  /** What a reply of status `error` was about. */
  failure(reply: Record<string, unknown>): {
    type: "error" | "type-error";
    ename: string;
    message: string;
    traceback: string[];
  } {
    const told = this.error ?? readError(reply);
    if (told.ename !== "") {
      const type = TYPE_ERRORS.test(told.ename) ? "type-error" : "error";
      return { type, ename: told.ename, message: oneLine(told.evalue, told.ename), traceback: told.traceback };
    }
    // Stock tslab names no error: its type checker's lines and node's stack trace stand in stderr.
    const lines = this.stderr.split("\n").filter((line) => line.trim() !== "");
    const diagnostic = lines.find((line) => /^\d+:\d+ - /.test(line));
    if (diagnostic !== undefined)
      return { type: "type-error", ename: "TypeScriptError", message: diagnostic, traceback: lines };
    const thrown = lines
      .map((line) => /^(?:Uncaught )?([A-Z]\w*)(?:: (.*))?$/.exec(line))
      .find((match) => match !== null);
    const message = thrown ? thrown[0] : (lines.at(-1) ?? "the kernel reported an error without a name");
    return { type: "error", ename: thrown?.[1] ?? "", message, traceback: lines };
  }

  /** Stock tslab's sign of dropped messages: zeromq refused a send, which surfaced as an unhandled rejection. */
  get sendFailed(): boolean {
    return /Socket is busy writing|EBUSY/.test(this.stderr);
  }
}

/** The name under which kernels report that a cell did not compile. */
const TYPE_ERRORS = /^TypeScript(Syntax)?Error$/;

/** Runs one cell to its end, whatever that is: finished, stopped, or dead. Never throws. */
export async function runCell(
  session: KernelSession,
  request: CellRequest,
  afterFailure: boolean,
): Promise<CellReport> {
  const start = performance.now();
  const base = { index: request.index, id: request.id };
  const done = (rest: Omit<CellReport, "index" | "id" | "seconds">): CellReport => ({
    ...base,
    ...rest,
    seconds: (performance.now() - start) / 1000,
  });
  for (let attempt = 0; ; attempt++) {
    const notes = new FailureNotes();
    const execution = session.execute(request.code, {
      stopOnError: request.options.raises === null,
      onMessage: (message) => {
        notes.note(message);
        request.onMessage(message);
      },
    });
    const stop = await firstStop(execution.outcome, request);
    if (stop === null) {
      const outcome = await execution.outcome;
      // Stock tslab refuses whatever comes within 200 ms of a failure, with a status that no specification has.
      if (outcome.reply && /^abort(ed)?$/.test(outcome.reply.status) && afterFailure && attempt < 30) {
        await sleep(100);
        continue;
      }
      return done(judge(outcome, notes, request.options, session, execution.lost));
    }
    // Who presses Ctrl-C waits at the terminal.
    const graceMs = stop.kind === "interrupted" ? Math.min(2_000, request.interruptGraceMs) : request.interruptGraceMs;
    const stopped = await stopCell(session, execution.outcome, graceMs);
    return done(describeStop(stop, stopped, request.options));
  }
}

async function firstStop(outcome: Promise<ExecuteOutcome>, request: CellRequest): Promise<Stop | null> {
  const stop = new AbortController();
  const { signal } = request;
  const pressed = new Promise<Stop>((resolve) => {
    const interrupted = () => resolve({ kind: "interrupted" });
    if (signal?.aborted) interrupted();
    signal?.addEventListener("abort", interrupted, { once: true, signal: stop.signal });
  });
  const first = await Promise.race<Stop | null>([
    outcome.then(() => null),
    sleep<Stop>(request.options.timeoutS * 1000, { kind: "timeout" }, { signal: stop.signal }).catch(() => null),
    request.flood.then((what): Stop => ({ kind: "flood", what })),
    pressed,
  ]);
  stop.abort();
  return first;
}

/** Interrupts; a kernel that does not come back is killed with its process group. */
async function stopCell(
  session: KernelSession,
  outcome: Promise<ExecuteOutcome>,
  graceMs: number,
): Promise<{ by: "interrupt" | "kill"; exit: ExecuteOutcome["exit"]; heartbeat: boolean }> {
  session.interrupt();
  const timer = new AbortController();
  const back = await Promise.race([outcome, sleep(graceMs, null, { signal: timer.signal }).catch(() => null)]);
  timer.abort();
  if (back !== null) return { by: "interrupt", exit: back.exit, heartbeat: true };
  const heartbeat = await session.heartbeat(500);
  return { by: "kill", exit: await session.kill(), heartbeat };
}

function describeStop(
  stop: Stop,
  { by, exit, heartbeat }: Awaited<ReturnType<typeof stopCell>>,
  options: CellOptions,
): Pick<CellReport, "status" | "message" | "exit"> {
  const end =
    by === "interrupt"
      ? exit === null
        ? "interrupted"
        : `interrupted, which ended the kernel (${describeExit(exit)})`
      : `it did not stop when interrupted, the kernel was killed (its heartbeat ${heartbeat ? "still answered" : "was silent"})`;
  const ended = exit === null ? {} : { exit };
  switch (stop.kind) {
    case "timeout":
      return {
        status: "timeout",
        message: `ran longer than ${options.timeoutS} s (limit from ${options.timeoutFrom}): ${end}`,
        ...ended,
      };
    case "flood":
      return { status: "too-much-output", message: `${stop.what}: ${end}`, ...ended };
    case "interrupted":
      return { status: "aborted", message: `stopped by Ctrl-C: ${end}`, ...ended };
  }
}

function judge(
  outcome: ExecuteOutcome,
  notes: FailureNotes,
  { raises }: CellOptions,
  session: KernelSession,
  lost: number,
): Pick<CellReport, "status" | "message" | "traceback" | "exit"> {
  if (outcome.exit !== null) {
    return { status: "kernel-died", message: lastWords(session, outcome.exit), exit: outcome.exit };
  }
  if (outcome.reply?.status === "error") {
    const failure = notes.failure(outcome.reply);
    if (raises === null) return { status: failure.type, message: failure.message, traceback: failure.traceback };
    if (raises.name !== null && raises.name !== failure.ename) {
      return {
        status: "error",
        message: `expected ${raises.name}, got ${failure.message}`,
        traceback: failure.traceback,
      };
    }
  } else if (outcome.reply !== null && outcome.reply.status !== "ok") {
    return { status: "aborted", message: `the kernel did not run it (status ${outcome.reply.status})` };
  } else if (raises !== null && outcome.reply !== null) {
    return { status: "error", message: `expected ${raises.name ?? "an exception"}, but nothing was thrown` };
  }
  const loss = describeLoss(outcome, notes, session, lost);
  return loss === null ? { status: "ok" } : { status: "output-lost", message: loss };
}

/** How the kernel ended, and the last line that it wrote itself. */
export function lastWords(session: KernelSession, exit: KernelExit): string {
  const last = session.process.stderrTail().at(-1);
  return `${describeExit(exit)}${last === undefined ? "" : `; its last words: ${last}`}`;
}

function describeLoss(
  outcome: ExecuteOutcome,
  notes: FailureNotes,
  session: KernelSession,
  lost: number,
): string | null {
  if (lost > 0) return `${lost} output ${lost === 1 ? "message" : "messages"} lost between kernel and runner`;
  if (outcome.missing === "reply") return "the kernel went idle without a reply: output may be lost";
  if (outcome.missing === "idle") {
    return "the kernel replied but never said that it was idle: output may be lost";
  }
  if (!session.sequence.numbered && notes.sendFailed) return "the kernel could not send all of its output";
  const broken = session.broken.shift();
  return broken === undefined ? null : `a message of the kernel could not be read: ${broken.message}`;
}

function readError(content: Record<string, unknown>): { ename: string; evalue: string; traceback: string[] } {
  return {
    ename: typeof content.ename === "string" ? content.ename : "",
    evalue: typeof content.evalue === "string" ? content.evalue : "",
    traceback: Array.isArray(content.traceback) ? content.traceback.map(String) : [],
  };
}

function oneLine(evalue: string, ename: string): string {
  const line = evalue.split("\n").find((part) => part.trim() !== "");
  return line === undefined ? ename : `${ename}: ${line}`;
}
