// A small Jupyter client for these tests: the real built kernel as a process, real sockets, every message kept.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { Dealer, Request, Subscriber } from "zeromq";
import { createMessage, decode, encode } from "../../../scripts/jupyter/wire";
import type { Json, Message } from "../../../scripts/jupyter/wire";

export const ROOT = path.resolve(import.meta.dirname, "../../..");
export const KERNEL = path.join(ROOT, "build/scripts/kernel/main.js");

export interface Execution {
  reply: Json;
  /** Iopub messages of this request, in order. */
  messages: Message[];
  /** All stdout text. */
  stdout: string;
  stderr: string;
  /** The bundle of execute_result. */
  result: Record<string, unknown> | undefined;
  error: { ename: string; evalue: string; traceback: string[] } | undefined;
  /** Displayed bundles, in order, with updates. */
  displays: Message[];
}

export interface StartOptions {
  cwd?: string;
  key?: string;
  env?: Record<string, string>;
  /** Arguments between main.js and the connection file. */
  flag?: string;
  detached?: boolean;
}

export class TestKernel {
  readonly session = randomUUID();
  readonly iopub: Message[] = [];
  readonly replies: Message[] = [];
  stderr = "";
  exit: { code: number | null; signal: string | null } | null = null;
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
  private readonly watchers = new Set<() => void>();
  private readonly sockets: (Dealer | Subscriber)[] = [];
  private readonly sending = { shell: Promise.resolve(), control: Promise.resolve() };

  private constructor(
    readonly process: ChildProcess,
    readonly folder: string,
    readonly key: string,
    private readonly ports: number[],
    private readonly shell = new Dealer({ linger: 0, receiveHighWaterMark: 0 }),
    private readonly control = new Dealer({ linger: 0, receiveHighWaterMark: 0 }),
    private readonly subscriber = new Subscriber({ linger: 0, receiveHighWaterMark: 0 }),
  ) {
    process.stderr?.on("data", (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.exited = new Promise((resolve) =>
      process.on("exit", (code, signal) => {
        this.exit = { code, signal };
        this.changed();
        resolve(this.exit);
      }),
    );
    this.sockets.push(shell, control, subscriber);
  }

  static async start(options: StartOptions = {}): Promise<TestKernel> {
    if (!existsSync(KERNEL)) throw new Error(`${KERNEL} is missing: run npm run setup`);
    const ports = await freePorts(5);
    const [shell_port, iopub_port, stdin_port, control_port, hb_port] = ports;
    const key = options.key ?? randomUUID();
    const folder = mkdtempSync(path.join(os.tmpdir(), "genlab-kernel-test-"));
    const file = path.join(folder, "connection.json");
    const info = { transport: "tcp", ip: "127.0.0.1", key, signature_scheme: "hmac-sha256" };
    writeFileSync(file, JSON.stringify({ ...info, shell_port, iopub_port, stdin_port, control_port, hb_port }));
    const child = spawn(process.execPath, [KERNEL, options.flag ?? "--connection-file", file], {
      cwd: options.cwd ?? ROOT,
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: "3", ...options.env },
      stdio: ["ignore", "ignore", "pipe"],
      detached: options.detached ?? true,
    });
    const kernel = new TestKernel(child, folder, key, ports);
    await kernel.connect();
    return kernel;
  }

  private async connect(): Promise<void> {
    const address = (i: number) => `tcp://127.0.0.1:${this.ports[i]}`;
    for (const socket of [this.shell, this.control, this.subscriber]) socket.reconnectInterval = 20;
    this.subscriber.subscribe();
    this.shell.connect(address(0));
    this.subscriber.connect(address(1));
    this.control.connect(address(3));
    void this.receive(this.subscriber, this.iopub);
    void this.receive(this.shell, this.replies);
    void this.receive(this.control, this.replies);
    // A subscriber that joins late misses the first messages: ask until a status comes through.
    for (let attempt = 0; attempt < 100 && this.iopub.length === 0; attempt++) {
      const id = this.send("control", "kernel_info_request", {});
      await this.until(() => this.exit !== null || this.iopub.length > 0, 300).catch(() => undefined);
      if (this.exit) throw new Error(`the kernel ended at once (${JSON.stringify(this.exit)}): ${this.stderr}`);
      void id;
    }
    await this.request("kernel_info_request", {});
  }

  private async receive(socket: Dealer | Subscriber, into: Message[]): Promise<void> {
    try {
      for await (const frames of socket) {
        into.push(decode(frames, this.key));
        this.changed();
      }
    } catch {
      // closed
    }
  }

  private changed(): void {
    for (const watcher of [...this.watchers]) watcher();
  }

  /** Resolves when the condition holds; checked at every message. */
  until(condition: () => boolean, timeoutMs = 40_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = () => {
        if (!condition()) return;
        clearTimeout(timer);
        this.watchers.delete(check);
        resolve();
      };
      const timer = setTimeout(() => {
        this.watchers.delete(check);
        reject(new Error(`the kernel did not get there in ${timeoutMs} ms; stderr: ${this.stderr}`));
      }, timeoutMs);
      this.watchers.add(check);
      check();
    });
  }

  /** Sends a request and gives its msg_id. */
  send(channel: "shell" | "control", type: string, content: Json): string {
    const message = createMessage(type, content, { session: this.session });
    this.sendFrames(channel, encode(message, this.key));
    return message.header.msg_id;
  }

  sendFrames(channel: "shell" | "control", frames: Buffer[]): void {
    this.sending[channel] = this.sending[channel].then(() => this[channel].send(frames)).catch(() => undefined);
  }

  of(id: string): Message[] {
    return this.iopub.filter((message) => message.parent_header.msg_id === id);
  }

  reply(id: string): Message | undefined {
    return this.replies.find((message) => message.parent_header.msg_id === id);
  }

  isIdle(id: string): boolean {
    return this.of(id).some((m) => m.header.msg_type === "status" && m.content.execution_state === "idle");
  }

  /** Sends a request and waits for its reply and its idle. */
  async request(
    type: string,
    content: Json,
    channel: "shell" | "control" = "shell",
    timeoutMs?: number,
  ): Promise<Json> {
    const id = this.send(channel, type, content);
    await this.until(() => this.reply(id) !== undefined && this.isIdle(id), timeoutMs);
    return this.reply(id)!.content;
  }

  /** Sends an execute_request and gives its msg_id. */
  submit(code: string, options: Json = {}): string {
    return this.send("shell", "execute_request", { ...EXECUTE, code, ...options });
  }

  /** Waits for an execution to be over. */
  async finish(id: string, timeoutMs?: number): Promise<Execution> {
    await this.until(() => this.reply(id) !== undefined && this.isIdle(id), timeoutMs);
    return this.execution(id);
  }

  execution(id: string): Execution {
    const messages = this.of(id);
    const text = (name: string) =>
      messages
        .filter((m) => m.header.msg_type === "stream" && m.content.name === name)
        .map((m) => m.content.text as string)
        .join("");
    const content = (type: string) => messages.find((m) => m.header.msg_type === type)?.content;
    return {
      reply: this.reply(id)?.content ?? {},
      messages,
      stdout: text("stdout"),
      stderr: text("stderr"),
      result: content("execute_result")?.data as Record<string, unknown> | undefined,
      error: content("error") as unknown as Execution["error"],
      displays: messages.filter((m) => /^(update_)?display_data$/.test(m.header.msg_type)),
    };
  }

  async run(code: string, options: Json = {}, timeoutMs?: number): Promise<Execution> {
    return this.finish(this.submit(code, options), timeoutMs);
  }

  async heartbeat(): Promise<string> {
    const socket = new Request({ linger: 0, receiveTimeout: 2000 });
    socket.connect(`tcp://127.0.0.1:${this.ports[4]}`);
    await socket.send("ping");
    const [frame] = await socket.receive();
    socket.close();
    return frame!.toString();
  }

  async stop(): Promise<void> {
    if (!this.exit) {
      try {
        process.kill(-this.process.pid!, "SIGKILL");
      } catch {
        this.process.kill("SIGKILL");
      }
      await this.exited;
    }
    for (const socket of this.sockets) socket.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const EXECUTE: Json = {
  silent: false,
  store_history: true,
  user_expressions: {},
  allow_stdin: false,
  stop_on_error: true,
};

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<net.Server>((resolve) => {
          const server = net.createServer();
          server.listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
