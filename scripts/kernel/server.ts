// The server thread: it owns every socket, keeps the queue of requests, and hands cells to the main thread.
import { randomUUID } from "node:crypto";
import { writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { createMessage } from "../jupyter/wire";
import type { Json, Message } from "../jupyter/wire";
import { History } from "./history";
import { Interrupter } from "./interrupter";
import { kernelInfo } from "./kernel-info";
import { endProcess, watchParent } from "./process-group";
import { Publisher } from "./publisher";
import { Sockets } from "./sockets";
import type { Channel } from "./sockets";
import { Slot } from "./threads";
import type { Question, ServerData, ToMain, ToServer } from "./threads";

const QUESTIONS = new Map<string, Question>([
  ["complete_request", "complete"],
  ["inspect_request", "inspect"],
  ["is_complete_request", "is_complete"],
]);

class Server {
  private readonly session = randomUUID();
  private readonly slots: Int32Array;
  private readonly sockets: Sockets;
  private readonly publisher: Publisher;
  private readonly interrupter: Interrupter;
  private readonly history = new History();
  /** Requests on shell, in the order of arrival; the first one may be under way. */
  private readonly queue: Message[] = [];
  private readonly aborted = new Set<Message>();
  private working = false;
  /** Whether a cell is on the main thread. */
  private executing = false;
  /** The request of every cell so far: late output names its cell. */
  private readonly cells: Message[] = [];
  private readonly waiting = new Map<string, (message: ToServer) => void>();
  private readonly ready: Promise<void>;
  private setReady!: () => void;

  constructor(
    private readonly main: MessagePort,
    data: ServerData,
  ) {
    this.slots = new Int32Array(data.shared);
    this.sockets = new Sockets(data.connection, log);
    this.publisher = new Publisher(this.sockets.iopub, data.connection.key, this.session, (characters) => {
      Atomics.sub(this.slots, Slot.pending, characters);
      Atomics.notify(this.slots, Slot.pending);
    });
    this.ready = new Promise((resolve) => (this.setReady = resolve));
    this.interrupter = new Interrupter(this.slots, () => this.toMain({ type: "interrupt" }));
    main.on("message", (message: ToServer) => this.fromMain(message));
  }

  async start(): Promise<void> {
    await this.interrupter.guarding;
    this.toMain({ type: "load" });
    await this.sockets.bind();
    this.publisher.publish(null, "status", { execution_state: "starting" });
    this.sockets.listen((channel, message) => {
      if (channel === "control") void this.control(message);
      else {
        this.queue.push(message);
        void this.work();
      }
    });
    watchParent(() => void this.end());
  }

  private toMain(message: ToMain): void {
    this.main.postMessage(message);
  }

  private fromMain(message: ToServer): void {
    switch (message.type) {
      case "ready":
        this.setReady();
        break;
      case "stream":
        this.publisher.stream(this.cells[message.cell] ?? null, message.name, message.text);
        break;
      case "publish":
        this.publisher.publish(this.cells[message.cell] ?? null, message.message, message.content);
        break;
      case "executed":
        this.settle(`cell ${message.cell}`, message);
        break;
      case "answer":
        this.settle(`ask ${message.id}`, message);
        break;
      case "interrupt-seen":
        this.interrupter.seen();
        break;
      case "drain":
        void this.drain();
        break;
    }
  }

  private settle(key: string, message: ToServer): void {
    this.waiting.get(key)?.(message);
    this.waiting.delete(key);
  }

  private wait(key: string): Promise<ToServer> {
    return new Promise((resolve) => this.waiting.set(key, resolve));
  }

  /** Answers the requests on shell one after the other. */
  private async work(): Promise<void> {
    if (this.working) return;
    this.working = true;
    // Clients count a cell's time from when kernel_info is answered, so that waits for the converter too.
    await this.ready;
    for (let request = this.queue.shift(); request; request = this.queue.shift()) {
      const type = request.header.msg_type;
      this.status("busy", request);
      try {
        if (type === "execute_request") await this.execute(request);
        else if (QUESTIONS.has(type)) await this.ask(request, QUESTIONS.get(type)!);
        else await this.answer("shell", request);
      } catch (error) {
        log(`${type} failed: ${(error as Error).message}`);
      }
      this.status("idle", request);
    }
    this.working = false;
  }

  private async control(request: Message): Promise<void> {
    this.status("busy", request);
    try {
      await this.answer("control", request);
    } catch (error) {
      log(`${request.header.msg_type} failed: ${(error as Error).message}`);
    }
    this.status("idle", request);
  }

  private async execute(request: Message): Promise<void> {
    const started = new Date().toISOString();
    if (this.aborted.delete(request)) {
      await this.reply("shell", request, "execute_reply", { status: "aborted" }, { started, status: "aborted" });
      return;
    }
    const { content } = request;
    const silent = content.silent === true;
    const storeHistory = !silent && content.store_history !== false;
    const code = typeof content.code === "string" ? content.code : "";
    const cell = this.cells.push({ ...request, content: {}, buffers: [] }) - 1;
    const executed = this.wait(`cell ${cell}`);
    this.toMain({
      type: "execute",
      cell,
      code,
      silent,
      storeHistory,
      userExpressions: (content.user_expressions ?? {}) as Record<string, string>,
    });
    this.executing = true;
    const done = await executed;
    this.executing = false;
    if (done.type !== "executed") return;
    if (storeHistory) this.history.add(done.reply.execution_count as number, code, done.output);
    if (done.reply.status === "error" && content.stop_on_error !== false) await this.abortBatch();
    await this.reply("shell", request, "execute_reply", done.reply, { started, status: done.reply.status });
  }

  /** Every execute_request that has reached this process belongs to the failing batch; what comes later runs. */
  private async abortBatch(): Promise<void> {
    do await new Promise((resolve) => setImmediate(resolve));
    while (this.sockets.shellReadable);
    for (const request of this.queue) {
      if (request.header.msg_type === "execute_request") this.aborted.add(request);
    }
  }

  private asked = 0;
  private async ask(request: Message, question: Question): Promise<void> {
    const id = ++this.asked;
    const answered = this.wait(`ask ${id}`);
    this.toMain({ type: "ask", id, question, content: request.content });
    const answer = await answered;
    if (answer.type === "answer") await this.reply("shell", request, `${question}_reply`, answer.reply);
  }

  /** Answers what needs no cell. */
  private async answer(channel: Channel, request: Message): Promise<void> {
    const { content } = request;
    switch (request.header.msg_type) {
      case "kernel_info_request":
        return this.reply(channel, request, "kernel_info_reply", kernelInfo());
      case "comm_info_request":
        return this.reply(channel, request, "comm_info_reply", { status: "ok", comms: {} });
      case "history_request":
        return this.reply(channel, request, "history_reply", this.history.reply(content));
      case "interrupt_request":
        // Between cells the main thread hears of it before the next cell, which must not be hit.
        if (this.executing) process.kill(process.pid, "SIGINT");
        else this.interrupter.interrupt();
        return this.reply(channel, request, "interrupt_reply", { status: "ok" });
      case "shutdown_request":
        return this.shutdown(channel, request, content.restart === true);
      case "comm_open":
        // No comm target lives here: the spec asks to close what cannot be opened.
        return this.publisher.publish(request, "comm_close", { comm_id: content.comm_id, data: {} });
      case "comm_msg":
      case "comm_close":
        return;
      default:
        log(`ignored the unknown request ${request.header.msg_type}`);
    }
  }

  private async shutdown(channel: Channel, request: Message, restart: boolean): Promise<void> {
    const content = { status: "ok", restart };
    this.publisher.publish(request, "shutdown_reply", content);
    await this.reply(channel, request, "shutdown_reply", content);
    this.status("idle", request);
    await this.publisher.drain();
    // The sockets close only with the process: its last messages leave while the others end.
    await this.end();
  }

  private end(): Promise<void> {
    return endProcess(
      () => this.toMain({ type: "exit", code: 0 }),
      () => this.draining,
    );
  }

  private draining = false;
  private async drain(): Promise<void> {
    this.draining = true;
    await this.publisher.drain();
    this.sockets.close();
    Atomics.store(this.slots, Slot.drained, 1);
    Atomics.notify(this.slots, Slot.drained);
  }

  private status(state: "busy" | "idle", request: Message): void {
    this.publisher.publish(request, "status", { execution_state: state });
  }

  private async reply(channel: Channel, to: Message, type: string, content: Json, metadata: Json = {}): Promise<void> {
    const message = createMessage(type, content, {
      session: this.session,
      username: to.header.username,
      parent: to,
      identities: to.identities,
      metadata,
    });
    await this.sockets.send(channel, message);
  }
}

/** The kernel's own voice: the real stderr, which Jupyter's log and the runner show. */
function log(line: string): void {
  writeSync(2, `genlab kernel: ${line}\n`);
}

if (parentPort) {
  const server = new Server(parentPort, workerData as ServerData);
  void server.start();
}
