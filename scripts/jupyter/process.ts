import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

/** How a process ended: exactly one of the two is set. */
export interface KernelExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** "exit code 3" or "signal SIGKILL". */
export function describeExit(exit: KernelExit): string {
  return exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`;
}

const TAIL_CHARACTERS = 16_384;
const TAIL_LINES = 20;

/** A kernel's operating-system side: a process that leads its own group, so that whatever it starts dies with it. */
export class KernelProcess {
  /** Null while it runs. */
  exit: KernelExit | null = null;
  /** Settles when the process has ended and its stderr has been read. Never rejects. */
  readonly exited: Promise<KernelExit>;
  readonly pid: number;
  private tail = "";

  private constructor(child: ChildProcess, onStderr: (text: string) => void) {
    this.pid = child.pid!;
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.tail = (this.tail + text).slice(-TAIL_CHARACTERS);
      onStderr(text);
    });
    this.exited = new Promise((resolve) => {
      child.on("error", () => undefined); // a failed kill is seen by its caller
      child.once("exit", (code, signal) => {
        const exit = { code, signal };
        this.exit = exit;
        this.signalGroup("SIGKILL"); // what it left behind
        // `close` waits for the pipe's last byte, but a grandchild in a session of its own may hold the pipe open.
        void Promise.race([new Promise((close) => child.once("close", close)), sleep(300)]).then(() => {
          child.stderr!.destroy();
          resolve(exit);
        });
      });
    });
  }

  /**
   * Starts it in a new process group.
   * @throws Error of node (ENOENT, EACCES …) when the command cannot be started.
   */
  static async start(
    argv: string[],
    options: { cwd: string; env: NodeJS.ProcessEnv; onStderr?: (text: string) => void },
  ): Promise<KernelProcess> {
    const child = spawn(argv[0]!, argv.slice(1), {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const process = child.pid === undefined ? null : new KernelProcess(child, options.onStderr ?? (() => undefined));
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    return process!;
  }

  /** The last lines that the process wrote to its stderr. */
  stderrTail(): string[] {
    return this.tail
      .split(/\r?\n/)
      .filter((line) => line.trim() !== "")
      .slice(-TAIL_LINES);
  }

  /** Sends a signal to the whole group; false when there is no process left in it. */
  signalGroup(signal: NodeJS.Signals | 0): boolean {
    try {
      process.kill(-this.pid, signal);
      return true;
    } catch {
      return false;
    }
  }

  /** Ends the group: waits `graceMs`, then SIGTERM, `termMs`, then SIGKILL. Returns when the process is gone. */
  async end(graceMs: number, termMs = 1_500): Promise<KernelExit> {
    if (!(await this.endsWithin(graceMs))) {
      this.signalGroup("SIGTERM");
      if (!(await this.endsWithin(termMs))) this.signalGroup("SIGKILL");
    }
    return this.exited;
  }

  /** Whether the process ends within that time. */
  async endsWithin(milliseconds: number): Promise<boolean> {
    if (this.exit !== null) return true;
    const timer = new AbortController();
    const done = await Promise.race([
      this.exited.then(() => true),
      sleep(milliseconds, false, { signal: timer.signal }).catch(() => false),
    ]);
    timer.abort();
    return done;
  }
}
