import path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createExecutor } from "tslab/dist/executor";
import type { Executor } from "tslab/dist/executor";
import type { Json } from "../jupyter/wire";
import { Cell, context } from "./cell";
import type { Channel } from "./channel";
import { answer } from "./completion";
import { Conversion } from "./conversion";
import { Interrupted, guarded, isBreak } from "./guard";
import { showValue } from "./show-value";
import { importsGenlab, staleBuild } from "./stale-build";
import { Phase, Slot } from "./threads";
import type { ExecuteCommand, Question } from "./threads";
import { connectTslabDisplay, refusePrompts } from "./tslab-interface";
import { Tracebacks } from "./traceback";
import type { ErrorReport } from "./traceback";
import { reportDiagnostics } from "./type-errors";

/** After an interrupt, the time in which a cell that watches its signal may save and stop … */
const COOPERATIVE_MS = 10_000;
/** … and one that does not. */
const GRACE_MS = 100;

type Outcome = { value: unknown } | { error: ErrorReport };

/** Runs cells, one after the other, in the process's global scope. */
export class Session {
  /** The cell under way. */
  current: Cell | null = null;
  private readonly conversion: Conversion;
  private readonly executor: Executor;
  private readonly tracebacks: Tracebacks;
  private readonly cells = new Map<number, Cell>();
  private scripts = 0;
  private count = 0;
  private value: { value: unknown } | null = null;
  private thrown: { reason: unknown } | null = null;
  /** The cell that an interrupt ends although its promise is pending. */
  private forced: Cell | null = null;
  private checkedBuild = false;

  constructor(
    private readonly channel: Channel,
    options: { cwd: string; root: string; kernelFolder: string },
  ) {
    const { slots } = channel;
    this.conversion = new Conversion(() => {
      if (Atomics.exchange(slots, Slot.interrupt, 0) === 1) throw new Interrupted();
      Atomics.store(slots, Slot.phase, Phase.guarded);
    });
    this.tracebacks = new Tracebacks(this.conversion, options.root, options.kernelFolder);
    this.tracebacks.install();
    const { converter } = this.conversion;
    const converters = { node: converter, browser: converter, close: () => converter.close() };
    this.executor = createExecutor(options.cwd, converters, {
      log: (value: unknown) => (this.value = { value }),
      // One argument is what the cell threw; more are a diagnostic, which the conversion keeps.
      error: (...parameters: unknown[]) => {
        if (parameters.length === 1) this.thrown = { reason: parameters[0] };
      },
    });
  }

  /** A session in the process's working directory; files are named relative to the project's root. */
  static open(channel: Channel, kernelFolder: string): Session {
    // build/scripts/kernel
    const root = path.resolve(kernelFolder, "../../..");
    const session = new Session(channel, { cwd: process.cwd(), root, kernelFolder });
    connectTslabDisplay(() => context.getStore() ?? session.current);
    refusePrompts();
    Atomics.store(channel.slots, Slot.phase, Phase.loop);
    return session;
  }

  /** Runs a cell and posts its input, outputs, result or error, and the reply. */
  async run({ cell: id, code, silent, storeHistory, userExpressions }: ExecuteCommand): Promise<void> {
    const count = this.count + 1;
    if (storeHistory) this.count = count;
    const cell = new Cell(id, `cell [${count}]`, silent, this.channel);
    this.current = cell;
    cell.publish("execute_input", { code, execution_count: count });
    if (!this.checkedBuild && importsGenlab(code)) {
      this.checkedBuild = true;
      cell.stream("stderr", staleBuild(process.cwd()) ?? "");
    }
    let output: string | null = null;
    let outcome = await this.evaluate(cell, code, cell.label);
    if ("value" in outcome) {
      try {
        const bundle = await this.show(cell, outcome.value);
        if (bundle) {
          cell.publish("execute_result", { execution_count: count, data: bundle, metadata: {} });
          output = String(bundle["text/plain"]);
        }
      } catch (error) {
        outcome = { error: this.tracebacks.report(error) };
      }
    }
    let reply: Json;
    if ("error" in outcome) {
      cell.publish("error", { ...outcome.error });
      reply = { status: "error", ...outcome.error, execution_count: count, user_expressions: {}, payload: [] };
    } else {
      const expressions = await this.evaluateAll(cell, userExpressions);
      reply = { status: "ok", execution_count: count, user_expressions: expressions, payload: [] };
    }
    cell.running = false;
    this.current = null;
    this.channel.post({ type: "executed", cell: id, reply, output });
  }

  answer(question: Question, content: Json): Json {
    try {
      return answer(question, content, this.executor, this.conversion);
    } catch (error) {
      const { ename, evalue, traceback } = this.tracebacks.report(error);
      return { status: "error", ename, evalue, traceback };
    }
  }

  /**
   * An interrupt has come: the cell's signal is aborted; if the cell goes on, it is reported as interrupted.
   * @param terminated whether its code has been stopped already, so that its promise will never settle.
   */
  interrupt(terminated: boolean): void {
    const cell = this.current;
    if (!cell) return;
    const again = cell.aborted;
    cell.abort();
    const grace = cell.cooperative ? COOPERATIVE_MS : GRACE_MS;
    const force = () => {
      if (!cell.running || this.current !== cell) return;
      this.forced = cell;
      this.executor.interrupt();
    };
    if (terminated || again) force();
    else setTimeout(force, grace);
  }

  /** An unhandled rejection, or an exception in a callback: it fails the cell that started it, or is shown there. */
  fault(reason: unknown): boolean {
    const origin = this.tracebacks.origin(reason);
    const cell = context.getStore() ?? (origin === null ? null : this.cells.get(origin)) ?? this.current;
    if (!cell) return false;
    if (cell.running) {
      cell.failure ??= { reason };
      this.executor.interrupt();
    } else cell.publish("error", { ...this.tracebacks.report(reason) });
    return true;
  }

  private async evaluate(cell: Cell, code: string, label: string): Promise<Outcome> {
    const { slots } = this.channel;
    const script = ++this.scripts;
    this.cells.set(script, cell);
    this.tracebacks.add(script, label, code);
    this.conversion.begin(script);
    this.value = null;
    this.thrown = null;
    let succeeded = false;
    try {
      Atomics.store(slots, Slot.interrupt, 0);
      Atomics.store(slots, Slot.phase, Phase.compiling);
      const running = context.run(cell, () => this.executor.execute(code));
      Atomics.store(slots, Slot.phase, Phase.loop);
      succeeded = await running;
    } catch (reason) {
      this.thrown = { reason };
    } finally {
      Atomics.store(slots, Slot.phase, Phase.loop);
    }
    // Node reports unhandled rejections when the microtasks are done: a rejected promise as last value fails its cell.
    await nextTurn();
    try {
      return this.outcome(cell, script, code, succeeded);
    } catch (error) {
      // What the cell threw throws when it is looked at: that too must be answered.
      return { error: this.tracebacks.report(error) };
    }
  }

  private outcome(cell: Cell, script: number, code: string, succeeded: boolean): Outcome {
    if (cell.failure) return { error: this.tracebacks.report(cell.failure.reason) };
    const last = this.conversion.last;
    if (this.thrown) {
      const { reason } = this.thrown;
      const stopped = this.forced === cell || isBreak(reason);
      const aborted = cell.aborted && (reason as Error | null)?.name === "AbortError";
      if (stopped) cell.abort();
      return { error: this.tracebacks.report(stopped || aborted ? new Interrupted() : reason) };
    }
    if (!succeeded) return { error: reportDiagnostics(script, code, last?.diagnostics ?? [], this.tracebacks) };
    if (this.value) return this.value;
    // tslab leaves a null where it was.
    const name = last?.lastExpressionVar;
    if (name === undefined || this.executor.locals[name] !== null) return { value: undefined };
    delete this.executor.locals[name];
    return { value: null };
  }

  private show(cell: Cell, value: unknown): Promise<Record<string, unknown> | null> {
    const shown = context.run(cell, () => showValue(value, (run) => guarded(this.channel.slots, run)));
    const interrupted = new Promise<never>((_, reject) => {
      const { signal } = cell.interface;
      if (signal.aborted) return;
      signal.addEventListener("abort", () => reject(new Interrupted()), { once: true });
    });
    interrupted.catch(() => undefined);
    return Promise.race([shown, interrupted]);
  }

  private async evaluateAll(cell: Cell, expressions: Record<string, string>): Promise<Json> {
    const results: Json = {};
    for (const [name, expression] of Object.entries(expressions)) {
      // A label of its own, lest it stand for the cell in later tracebacks.
      const label = `${cell.label.slice(0, -1)} user_expressions]`;
      const outcome = await this.evaluate(cell, `(${expression})`, label);
      if ("error" in outcome) results[name] = { status: "error", ...outcome.error };
      else {
        const data = (await this.show(cell, outcome.value)) ?? { "text/plain": "undefined" };
        results[name] = { status: "ok", data, metadata: {} };
      }
    }
    return results;
  }
}
