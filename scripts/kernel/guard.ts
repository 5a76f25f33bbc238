import vm from "node:vm";
import { Phase, Slot } from "./threads";

const KEY = "genlab.kernel.guarded";
const script = new vm.Script(`globalThis[Symbol.for(${JSON.stringify(KEY)})]()`, { filename: "genlab-kernel-guard" });

/** The error of a cell that was interrupted. */
export class Interrupted extends Error {
  override name = "Interrupted";
  constructor() {
    super("the cell was interrupted");
    this.stack = `${this.name}: ${this.message}`;
  }
}

/** Runs code of the user's outside a cell's own run (a value that shows itself, say) so that SIGINT can break it. */
export function guarded<T>(slots: Int32Array, run: () => T): T {
  const before = Atomics.exchange(slots, Slot.phase, Phase.guarded);
  const key = Symbol.for(KEY);
  const holder = globalThis as unknown as Record<symbol, unknown>;
  holder[key] = run;
  try {
    return script.runInThisContext({ breakOnSigint: true }) as T;
  } catch (error) {
    throw isBreak(error) ? new Interrupted() : error;
  } finally {
    delete holder[key];
    Atomics.store(slots, Slot.phase, before);
  }
}

/** Whether vm stopped the code because of SIGINT. */
export function isBreak(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === "ERR_SCRIPT_EXECUTION_INTERRUPTED";
}
