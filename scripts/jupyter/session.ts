import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Channels } from "./channels";
import type { RequestChannel } from "./channels";
import type { Connection } from "./connection";
import { Execution } from "./execution";
import type { KernelSpec } from "./kernelspec";
import type { KernelExit, KernelProcess } from "./process";
import { Sequence } from "./sequence";
import { killStragglers } from "./stragglers";
import { createMessage } from "./wire";
import type { Json, Message } from "./wire";

export interface ExecuteOptions {
  /** Whether the kernel aborts the requests queued behind this one when it fails; default true. */
  stopOnError?: boolean;
  /** Every iopub message of this execution, in order; late ones too. */
  onMessage?: (message: Message) => void;
}

/** How long the second half of an answer (reply, idle) may take once the first half is there. */
const HALF_ANSWER_MS = 5_000;

/** A running kernel and the connection to it. */
export class KernelSession {
  readonly sequence = new Sequence();
  /** The content of the kernel's kernel_info_reply. */
  info: Json = {};
  /** Messages that could not be read. */
  broken: Error[] = [];
  private readonly id = randomUUID();
  private readonly channels: Channels;
  private readonly executions = new Map<string, Execution>();
  private readonly waiting = new Map<string, (reply: Message) => void>();
  private readonly listeners = new Map<string, (message: Message) => void>();
  private lastArrival = 0;
  private ended: Promise<KernelExit> | null = null;

  constructor(
    readonly spec: KernelSpec,
    readonly process: KernelProcess,
    private readonly connection: Connection,
    private readonly forget: () => void,
  ) {
    this.channels = new Channels(connection.info, this.id, {
      onMessage: (channel, message) => this.receive(channel, message),
      onIopub: (message) => this.receiveIopub(message),
      onBroken: (error) => this.broken.push(error),
    });
    void process.exited.then(async (exit) => {
      await this.quiet(50, 1_000);
      for (const execution of this.executions.values()) execution.died(exit);
    });
  }

  /** Executes code; the outcome comes when both the reply and the closing idle are there, or the kernel has died. */
  execute(code: string, options: ExecuteOptions = {}): Execution {
    const request = createMessage(
      "execute_request",
      {
        code,
        silent: false,
        store_history: true,
        user_expressions: {},
        allow_stdin: false,
        stop_on_error: options.stopOnError ?? true,
      },
      { session: this.id },
    );
    const execution = new Execution(request.header.msg_id, options.onMessage ?? (() => undefined), HALF_ANSWER_MS);
    this.executions.set(execution.id, execution);
    if (this.process.exit !== null) execution.died(this.process.exit);
    this.channels.send("shell", request);
    return execution;
  }

  /** Sends a request and returns the reply, or null if none came in that time or the kernel died. */
  async request(channel: RequestChannel, type: string, content: Json, timeoutMs: number): Promise<Message | null> {
    const message = createMessage(type, content, { session: this.id });
    const id = message.header.msg_id;
    const stop = new AbortController();
    const reply = new Promise<Message>((resolve) => this.waiting.set(id, resolve));
    this.channels.send(channel, message);
    const result = await Promise.race([
      reply,
      this.process.exited.then(() => null),
      sleep(timeoutMs, null, { signal: stop.signal }).catch(() => null),
    ]);
    stop.abort();
    this.waiting.delete(id);
    return result;
  }

  /**
   * Asks for kernel_info until its reply and its iopub echo have both arrived: then the subscription is live, and no
   * output of a later request can be missed. Also proves that all iopub messages sent before have arrived.
   * @returns false when that did not happen in time, or the kernel died.
   */
  async synchronize(timeoutMs: number, retryMs = 1_000): Promise<boolean> {
    const end = Date.now() + timeoutMs;
    while (Date.now() < end && this.process.exit === null) {
      const message = createMessage("kernel_info_request", {}, { session: this.id });
      const id = message.header.msg_id;
      const stop = new AbortController();
      const idle = new Promise<boolean>((resolve) =>
        this.listeners.set(id, (echo) => {
          if (isIdle(echo)) resolve(true);
        }),
      );
      const reply = new Promise<boolean>((resolve) =>
        this.waiting.set(id, (answer) => {
          this.info = answer.content;
          resolve(true);
          // The reply is there but its echo is not: the subscription came too late for it; ask again soon.
          sleep(100, null, { signal: stop.signal }).then(
            () => stop.abort(),
            () => undefined,
          );
        }),
      );
      const timer = sleep(Math.min(retryMs, Math.max(1, end - Date.now())), false, { signal: stop.signal });
      this.channels.send("shell", message);
      const both = await Promise.race([
        Promise.all([reply, idle]).then(() => true),
        timer.catch(() => false),
        this.process.exited.then(() => false),
      ]);
      stop.abort();
      this.waiting.delete(id);
      this.listeners.delete(id);
      if (both) return true;
    }
    return false;
  }

  /** Interrupts the running cell in the way that the kernelspec asks for. */
  interrupt(): void {
    if (this.process.exit !== null) return;
    if (this.spec.interruptMode === "message") {
      this.channels.send("control", createMessage("interrupt_request", {}, { session: this.id }));
    } else {
      this.process.signalGroup("SIGINT");
    }
  }

  /** Whether the kernel's heartbeat answers. */
  heartbeat(timeoutMs: number): Promise<boolean> {
    return this.channels.heartbeat(timeoutMs);
  }

  /** Asks the kernel to end, then SIGTERM, then SIGKILL to its process group; nothing is left afterwards. */
  shutdown(graceMs = 3_000): Promise<KernelExit> {
    if (this.process.exit === null) {
      this.channels.send("control", createMessage("shutdown_request", { restart: false }, { session: this.id }));
    }
    return this.end(graceMs);
  }

  /** Ends the process group without asking: SIGTERM, after `termMs` SIGKILL. */
  kill(termMs = 1_500): Promise<KernelExit> {
    return this.end(0, termMs);
  }

  private end(graceMs: number, termMs?: number): Promise<KernelExit> {
    this.ended ??= this.process.end(graceMs, termMs).then(async (exit) => {
      killStragglers(this.connection.file);
      await this.quiet(20, 500);
      this.channels.close();
      this.connection.remove();
      this.forget();
      return exit;
    });
    return this.ended;
  }

  private receive(channel: RequestChannel, message: Message): void {
    if (channel === "stdin") {
      // We said allow_stdin: false; a kernel that asks all the same gets an empty line instead of waiting for ever.
      if (message.header.msg_type === "input_request") {
        this.channels.send("stdin", createMessage("input_reply", { value: "" }, { session: this.id, parent: message }));
      }
      return;
    }
    const parent = message.parent_header.msg_id ?? "";
    this.waiting.get(parent)?.(message);
    if (message.header.msg_type === "execute_reply") this.executions.get(parent)?.replied(message);
  }

  private receiveIopub(message: Message): void {
    this.lastArrival = performance.now();
    const parent = message.parent_header.msg_id ?? "";
    const execution = this.executions.get(parent);
    const missing = this.sequence.note(message);
    // Whose message is missing cannot be known; the cells that are running are the ones to be doubted.
    if (missing > 0)
      for (const each of this.executions.values()) if (each === execution || !each.finished) each.lost += missing;
    this.listeners.get(parent)?.(message);
    execution?.received(message);
  }

  /** Waits until no iopub message has arrived for a while. */
  private async quiet(milliseconds: number, atMost: number): Promise<void> {
    const end = performance.now() + atMost;
    do await sleep(milliseconds);
    while (performance.now() - this.lastArrival < milliseconds && performance.now() < end);
  }
}

function isIdle(message: Message): boolean {
  return message.header.msg_type === "status" && message.content.execution_state === "idle";
}
