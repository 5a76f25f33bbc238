/**
 * A fault injector: a kernel without a language, speaking the protocol through our own wire format. A cell's code is a
 * list of commands, one per line: `print TEXT`, `drop` (use up a sequence number without sending), `no-idle`,
 * `no-reply`, `silence` (neither), `exit CODE`, `kill`, `stderr TEXT` (the process's own), `bad-signature`,
 * `sleep MS`, `error NAME MESSAGE`, `exit-later MS CODE`, `late MS TEXT`, `input`, `flood MS`.
 * Arguments: connection file, then `--unnumbered`, `--deaf` (answers nothing), `--interrupt-message`.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Publisher, Reply, Router } from "zeromq";
import { createMessage, decode, encode } from "../../../scripts/jupyter/wire";
import type { Json, Message } from "../../../scripts/jupyter/wire";

const [file, ...flags] = process.argv.slice(2);
const info = JSON.parse(readFileSync(file!, "utf8")) as Record<string, string | number> & { key: string };
const has = (flag: string) => flags.includes(flag);
const session = "faulty";
const iopub = new Publisher({ linger: 0, sendHighWaterMark: 0 });
const shell = new Router({ linger: 0, sendHighWaterMark: 0 });
const control = new Router({ linger: 0 });
const stdin = new Router({ linger: 0 });
const heartbeat = new Reply({ linger: 0 });
let seq = 0;
let count = 0;
let interrupted = false;
let key = info.key;

let sending = Promise.resolve();
function publish(parent: Message, type: string, content: Json): void {
  seq++;
  const message = createMessage(type, content, {
    session,
    parent,
    metadata: has("--unnumbered") ? {} : { genlab: { seq } },
  });
  const frames = encode(message, key);
  sending = sending.then(() => iopub.send(frames));
}

async function reply(socket: Router, parent: Message, type: string, content: Json): Promise<void> {
  const message = createMessage(type, content, { session, parent, identities: parent.identities });
  await socket.send(encode(message, info.key));
}

async function execute(request: Message): Promise<void> {
  const result: Json = { status: "ok", execution_count: ++count, user_expressions: {} };
  let answer = true;
  let idle = true;
  publish(request, "execute_input", { code: request.content.code, execution_count: count });
  for (const line of (request.content.code as string).split("\n")) {
    const [command = "", first = ""] = line.split(" ");
    const rest = line.slice(line.indexOf(" ") + 1);
    switch (command) {
      case "print":
        publish(request, "stream", { name: "stdout", text: `${rest}\n` });
        break;
      case "late":
        setTimeout(
          () => publish(request, "stream", { name: "stdout", text: `${rest.slice(first.length + 1)}\n` }),
          Number(first),
        );
        break;
      case "drop":
        seq++;
        break;
      case "bad-signature":
        key = "wrong";
        publish(request, "stream", { name: "stdout", text: "forged\n" });
        key = info.key;
        break;
      case "no-idle":
        idle = false;
        break;
      case "no-reply":
        answer = false;
        break;
      case "silence":
        return;
      case "stderr":
        process.stderr.write(`${rest}\n`);
        break;
      case "exit":
        await sending;
        process.exitCode = Number(first);
        process.kill(process.pid, "SIGUSR2");
        await sleep(10_000);
        break;
      case "exit-later":
        setTimeout(() => {
          process.exitCode = Number(rest.slice(first.length + 1));
          process.kill(process.pid, "SIGUSR2");
        }, Number(first));
        break;
      case "kill":
        process.kill(process.pid, "SIGKILL");
        await sleep(10_000);
        break;
      case "sleep":
        for (const end = Date.now() + Number(first); Date.now() < end && !interrupted;) await sleep(10);
        break;
      case "flood":
        for (const end = Date.now() + Number(first); Date.now() < end && !interrupted;) {
          publish(request, "stream", { name: "stdout", text: "x".repeat(10_000) });
          await sleep(1);
        }
        break;
      case "input":
        await stdin.send(
          encode(
            createMessage(
              "input_request",
              { prompt: "?" },
              { session, parent: request, identities: request.identities },
            ),
            key,
          ),
        );
        publish(request, "stream", {
          name: "stdout",
          text: JSON.stringify(decode(await stdin.receive(), key).content),
        });
        break;
      case "error": {
        const error = { ename: first, evalue: rest.slice(first.length + 1), traceback: [rest] };
        publish(request, "error", error);
        Object.assign(result, { status: "error", ...error });
        break;
      }
    }
  }
  if (interrupted) {
    Object.assign(result, { status: "error", ename: "KeyboardInterrupt", evalue: "", traceback: [] });
    interrupted = false;
  }
  if (answer) await reply(shell, request, "execute_reply", result);
  if (idle) publish(request, "status", { execution_state: "idle" });
}

async function serveShell(): Promise<void> {
  for await (const frames of shell) {
    const request = decode(frames, info.key);
    publish(request, "status", { execution_state: "busy" });
    if (request.header.msg_type === "execute_request") {
      await execute(request);
      continue;
    }
    await reply(shell, request, "kernel_info_reply", {
      status: "ok",
      protocol_version: "5.3",
      implementation: "faulty",
      implementation_version: "0",
      banner: "",
      language_info: { name: "typescript", version: "0", mimetype: "text/typescript", file_extension: ".ts" },
    });
    publish(request, "status", { execution_state: "idle" });
  }
}

async function serveControl(): Promise<void> {
  for await (const frames of control) {
    const request = decode(frames, info.key);
    const type = request.header.msg_type;
    if (type === "interrupt_request") interrupted = true;
    await reply(control, request, type.replace("request", "reply"), { status: "ok" });
    if (type === "shutdown_request" && !has("--stubborn")) process.kill(process.pid, "SIGUSR2");
  }
}

async function serveHeartbeat(): Promise<void> {
  for await (const frames of heartbeat) await heartbeat.send(frames);
}

async function main(): Promise<void> {
  // eslint-disable-next-line no-restricted-properties -- a kernel process of its own
  process.on("SIGUSR2", () => process.exit());
  if (has("--interrupt-message") || has("--stubborn")) process.on("SIGINT", () => undefined);
  else process.on("SIGINT", () => (interrupted = true));
  if (has("--stubborn")) process.on("SIGTERM", () => undefined);
  if (has("--deaf")) return void (await sleep(120_000));
  const at = (name: string) => `tcp://${info.ip}:${info[`${name}_port`]}`;
  await iopub.bind(at("iopub"));
  await shell.bind(at("shell"));
  await control.bind(at("control"));
  await stdin.bind(at("stdin"));
  await heartbeat.bind(at("hb"));
  await Promise.all([serveShell(), serveControl(), serveHeartbeat()]);
}

void main();
