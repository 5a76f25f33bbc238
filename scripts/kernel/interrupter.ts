import { Session } from "node:inspector";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { BREAK_HOOK, Phase, Slot } from "./threads";

/** How long the main thread may take to answer before it counts as computing. */
const PATIENCE_MS = 150;

/**
 * Brings an interrupt to the main thread, whatever it is doing.
 *
 * Code that vm runs with `breakOnSigint` takes SIGINT itself. Everything else (continuations after an await, timers,
 * idleness) leaves it to the sentinel thread, which tells us. Then: an idle event loop answers our message; the compiler is
 * left to finish and looks at a flag; a loop that computes is terminated through the inspector.
 */
export class Interrupter {
  private timer: NodeJS.Timeout | null = null;
  private breaking = false;
  /** Resolves when a SIGINT no longer ends the process. */
  readonly guarding: Promise<void>;

  constructor(
    private readonly slots: Int32Array,
    private readonly notify: () => void,
  ) {
    const sentinel = new Worker(path.join(__dirname, "sentinel.js"));
    this.guarding = new Promise((resolve) => {
      sentinel.on("message", (message) => (message === "up" ? resolve() : this.interrupt()));
    });
  }

  interrupt(): void {
    Atomics.store(this.slots, Slot.interrupt, 1);
    this.notify();
    this.timer ??= setInterval(() => this.insist(), PATIENCE_MS);
  }

  /** The main thread has answered. */
  seen(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
  }

  private insist(): void {
    const phase = Atomics.load(this.slots, Slot.phase);
    if (phase === Phase.compiling) return;
    // vm had not yet begun to listen when the first signal came.
    if (phase === Phase.guarded) process.kill(process.pid, "SIGINT");
    else this.breakLoop();
  }

  /**
   * Pauses the loop, prepares, and terminates it as it resumes: between two separate requests a loop of awaits would go
   * on and fill the stack of async ids again, and Node aborts the process over that.
   */
  private breakLoop(): void {
    if (this.breaking) return;
    this.breaking = true;
    const session = new Session();
    session.connectToMainThread();
    const end = () => {
      session.disconnect();
      this.breaking = false;
    };
    session.once("Debugger.paused", () => {
      // The loop has ended by itself meanwhile, and what is paused is innocent.
      if (this.timer === null) return session.post("Debugger.resume", end);
      const expression = `globalThis[Symbol.for(${JSON.stringify(BREAK_HOOK)})]()`;
      session.post("Runtime.evaluate", { expression, returnByValue: true }, (error, answer) => {
        const ready = !error && answer.result.value === true;
        session.post("Debugger.resume", { terminateOnResume: ready }, end);
      });
    });
    session.post("Debugger.enable");
    session.post("Debugger.pause");
  }
}
