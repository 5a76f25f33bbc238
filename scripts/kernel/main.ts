// The kernel: `node main.js --connection-file FILE`. The main thread runs cells; server.ts, a thread of its own, speaks to
// Jupyter.
import { writeSync } from "node:fs";
import path from "node:path";
import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import { connectionFile, readConnection } from "./arguments";
import { installBreakHook, isClearing } from "./break-hook";
import { context } from "./cell";
import type { CellInterface } from "./cell";
import { Channel } from "./channel";
import { captureStdio } from "./stdio";
import { Phase, SLOTS, Slot } from "./threads";
import type { ConnectionInfo, ServerData, ToMain } from "./threads";
import type { Session } from "./session";

// The kernel is a program of its own: it ends its process, and flushes before a cell does.
// eslint-disable-next-line no-restricted-properties
const exitProcess = process.exit.bind(process);

function log(line: string): void {
  writeSync(2, `genlab kernel: ${line}\n`);
}

// Compiling cells leaves much behind, and V8 lets a heap grow fourfold before it sweeps where memory is plenty: a notebook would hold
// half a gigabyte of nothing beside its tensors.
setFlagsFromString("--heap-growing-percent=40");

function start(connection: ConnectionInfo): void {
  let session: Session | null = null;
  captureStdio(() => context.getStore() ?? session?.current ?? null); // first: a new Worker opens process.stdout
  const shared = new SharedArrayBuffer(SLOTS * Int32Array.BYTES_PER_ELEMENT);
  const server = new Worker(path.join(__dirname, "server.js"), {
    workerData: { connection, shared } satisfies ServerData,
  });
  const slots = new Int32Array(shared);
  Atomics.store(slots, Slot.phase, Phase.compiling);
  const channel = new Channel(server, slots);
  let terminated = false;
  let exiting = false;

  const exit = (code?: number | string | null): never => {
    if (!exiting) {
      exiting = true;
      channel.drain();
    }
    return exitProcess(code);
  };
  Object.assign(process, { exit });

  server.on("error", (error) => {
    log(error.message);
    exitProcess(1);
  });
  server.on("message", (message: ToMain) => {
    switch (message.type) {
      case "execute":
        void session?.run(message).catch((error: Error) => log(`a cell failed in the kernel: ${error.stack}`));
        break;
      case "ask":
        if (session)
          channel.post({ type: "answer", id: message.id, reply: session.answer(message.question, message.content) });
        break;
      case "load":
        void import("./session.js")
          .then((loaded) => {
            session = loaded.Session.open(channel, path.dirname(__filename));
            channel.post({ type: "ready" });
          })
          .catch((error: Error) => {
            log(`the converter does not load: ${error.message}`);
            exitProcess(1);
          });
        break;
      case "interrupt":
        channel.post({ type: "interrupt-seen" });
        session?.interrupt(terminated);
        terminated = false;
        break;
      case "exit":
        exit(message.code);
    }
  });

  installBreakHook(() => (terminated = true));
  process.on("uncaughtException", (error) => {
    if (!isClearing(error) && session?.fault(error) !== true) log(`uncaught: ${error.stack ?? error}`);
  });
  process.on("unhandledRejection", (reason) => {
    if (session?.fault(reason) !== true) log(`unhandled rejection: ${String(reason)}`);
  });
  // Node's own warnings name a process id and differ between versions: they belong in the log, not in a notebook.
  process.removeAllListeners("warning");
  process.on("warning", (warning) => log(`${warning.name}: ${warning.message}`));
  Object.defineProperty(globalThis, Symbol.for("genlab.cell"), {
    get: (): CellInterface | undefined => (context.getStore() ?? session?.current)?.interface,
    configurable: true,
  });
}

try {
  start(readConnection(connectionFile(process.argv.slice(2))));
} catch (error) {
  log((error as Error).message);
  process.exitCode = 2;
}
