import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { CliError } from "../cli-error";
import { reapOnExit } from "../jupyter/reaper";

/** How to start a contender: a program that answers each JSON line on stdin with one on stdout. */
export interface Launch {
  /** As in the table: "torch". */
  name: string;
  argv: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
}

/** What a contender can be asked, and what it answers. */
export interface Requests {
  hello: { ask: object; answer: { threads: number; device: string; versions: Record<string, string> } };
  /** Builds a workload and makes its first steps; peers take weights and inputs from `file`. */
  load: {
    ask: { workload: string; kind: "training" | "sampler"; size: Record<string, number>; file: string | null };
    /** null: a loss that is not finite, which JSON cannot write. */
    answer: { losses: (number | null)[]; firstMs: number };
  };
  /** Writes weights, inputs and config of a workload, for the peers. */
  export: { ask: { workload: string; size: Record<string, number>; file: string }; answer: object };
  /** `turns` steps or calls in a row; count: steps made, or samples. */
  run: { ask: { turns: number }; answer: { ms: number; count: number } };
  memory: { ask: object; answer: { peakMB: number } };
}

interface Answer {
  id?: unknown;
  ok?: unknown;
  result?: unknown;
  error?: unknown;
}

/** Lines of a contender's stderr that are kept to explain its end. */
const TAIL_LINES = 5;

/**
 * A contender in a process of its own, so that its peak memory is its own. It waits for a request, blocked on its stdin,
 * while another one computes.
 */
export class Contender {
  readonly name: string;
  private readonly child: ChildProcess;
  private readonly forget: () => void;
  private waiting: { resolve(line: string): void; reject(error: Error): void } | null = null;
  private ended: string | null = null;
  private tail: string[] = [];
  private requests = 0;

  constructor({ name, argv, cwd, env }: Launch) {
    this.name = name;
    const [program, ...args] = argv;
    // A group of its own, so that what it starts (torch.compile's workers) ends with it.
    this.child = spawn(program!, args, { cwd, env, detached: true, stdio: ["pipe", "pipe", "pipe"] });
    this.forget = reapOnExit(() => this.kill());
    this.child.once("error", (error) => this.end(`cannot be started (${(error as NodeJS.ErrnoException).code})`));
    this.child.once("close", (code, signal) => this.end(`ended (${signal ?? `exit code ${code}`})`));
    this.child.stdin!.on("error", () => undefined); // its end is told by "close"
    createInterface(this.child.stdout!).on("line", (line) => this.waiting?.resolve(line));
    createInterface(this.child.stderr!).on("line", (line) => {
      if (line.trim() !== "") this.tail = [...this.tail, line].slice(-TAIL_LINES);
    });
  }

  /**
   * @param timeoutMs a contender that does not answer in time is killed
   * @throws CliError naming the contender: it died, hung, answered nonsense or said that it could not
   */
  async ask<K extends keyof Requests>(
    request: K,
    parameters: Requests[K]["ask"],
    timeoutMs: number,
  ): Promise<Requests[K]["answer"]> {
    const id = ++this.requests;
    const line = await this.exchange(JSON.stringify({ id, do: request, ...parameters }), request, timeoutMs);
    let answer: Answer;
    try {
      answer = JSON.parse(line) as Answer;
    } catch {
      throw this.failure(`answered "${request}" with no JSON: ${line.slice(0, 200)}`);
    }
    if (typeof answer !== "object" || answer === null || answer.id !== id)
      throw this.failure(`answered "${request}" with another answer's line: ${line.slice(0, 200)}`);
    if (answer.ok !== true) throw this.failure(`could not ${request}: ${String(answer.error)}`);
    return answer.result as Requests[K]["answer"];
  }

  private exchange(line: string, request: string, timeoutMs: number): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.ended !== null) return reject(this.failure(`${this.ended}, wanted "${request}"`));
      const timer = setTimeout(() => {
        this.kill();
        settle(() => reject(this.failure(`did not answer "${request}" within ${timeoutMs / 1000} s and was killed`)));
      }, timeoutMs);
      const settle = (then: () => void): void => {
        clearTimeout(timer);
        this.waiting = null;
        then();
      };
      this.waiting = {
        resolve: (answer) => settle(() => resolve(answer)),
        reject: (error) => settle(() => reject(error)),
      };
      this.child.stdin!.write(`${line}\n`);
    });
  }

  private end(how: string): void {
    this.ended ??= how;
    this.forget();
    this.waiting?.reject(this.failure(this.ended));
  }

  private failure(what: string): CliError {
    const said = this.tail.length > 0 ? `. Its last words: ${this.tail.map((line) => line.trim()).join(" | ")}` : "";
    return new CliError(`${this.name} ${what}${said}`);
  }

  /** Ends it and all that it started. */
  kill(): void {
    if (this.child.pid === undefined) return;
    try {
      process.kill(-this.child.pid, "SIGKILL");
    } catch {
      // It ended by itself.
    }
  }
}
