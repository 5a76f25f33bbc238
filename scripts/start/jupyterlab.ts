import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CliError, ExitCode } from "../cli-error";
import type { Context } from "../context";
import { logFilter } from "./log-filter";
import { announcedPort, answers, serverPlan } from "./server";
import type { ServerPlan, StartOptions } from "./server";
import { processesWith, send } from "./session-processes";

const READY_MS = 120_000;
/** The server asks its kernels to end before it does; a kernel inside a long native call cannot. */
const GRACE_MS = 8_000;

/**
 * Runs JupyterLab until Ctrl-C (or its own Shut Down), and leaves no process behind.
 * @throws CliError when it is not installed, the port is taken, or it ends by itself with an error
 */
export async function runJupyterLab(context: Context, options: StartOptions): Promise<void> {
  const plan = serverPlan(context.root, context.env, options);
  if (!fs.existsSync(path.join(context.root, ".venv/genlab.json")))
    throw new CliError(
      "start: wanted JupyterLab in .venv, found none (set-up says why above). Run: npm run setup",
      ExitCode.setup,
    );
  fs.mkdirSync(path.join(context.root, "notebooks"), { recursive: true });
  fs.mkdirSync(plan.runtime, { recursive: true });

  const server = launch(plan, context);
  const ended = new Promise<number | null>((resolve) => {
    server.once("error", () => resolve(null));
    server.once("exit", (code) => resolve(code));
  });
  let asked = false;
  let stop: () => void = () => undefined;
  const stopped = new Promise<"stopped">((resolve) => (stop = () => resolve("stopped")));
  const onSignal = (): void => {
    if (!asked) context.stderr.write("\nEnding JupyterLab and its kernels …\n");
    asked = true;
    stop();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  try {
    const ready = await Promise.race([waitReady(server, plan, options, ended), stopped]);
    if (ready !== "stopped") {
      announce(context, ready, plan, options);
      await Promise.race([ended, stopped]);
    }
    if (!asked && server.exitCode !== 0) throw serverFailure(plan, options);
  } finally {
    await end(server, plan);
    for (const signal of signals) process.off(signal, onSignal);
  }
}

/** A group (and session) of its own: JupyterLab on a terminal asks before it heeds Ctrl-C, so we translate it. */
function launch(plan: ServerPlan, context: Context): ChildProcess {
  const log = fs.createWriteStream(plan.log);
  const server = spawn(plan.program, plan.args, { env: plan.env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [server.stdout, server.stderr]) {
    const show = logFilter((line) => context.stderr.write(line));
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      log.write(chunk);
      show(chunk);
    });
  }
  return server;
}

async function waitReady(
  server: ChildProcess,
  plan: ServerPlan,
  options: StartOptions,
  ended: Promise<unknown>,
): Promise<number> {
  const deadline = Date.now() + READY_MS;
  let over = false;
  void ended.then(() => (over = true));
  while (!over && Date.now() < deadline) {
    const port = announcedPort(plan.runtime, server.pid ?? -1);
    if (port !== null && (await answers(port, plan.token))) return port;
    await sleep(100);
  }
  throw serverFailure(plan, options);
}

function announce(context: Context, port: number, plan: ServerPlan, options: StartOptions): void {
  const url = `http://127.0.0.1:${port}/lab?token=${plan.token}`;
  const browser = options.browser ? browserCommand(context.env) : null;
  context.stdout.write(`\n  JupyterLab with the TypeScript kernel:  ${url}\n`);
  context.stdout.write(`  ${browser ? "Your browser opens it. " : ""}Ctrl-C here ends it and its kernels.\n\n`);
  if (browser) {
    const opener = spawn(browser, [url], { stdio: "ignore", detached: true });
    opener.once("error", () => context.stderr.write(`No browser could be opened (${browser}): copy the address.\n`));
    opener.unref();
  }
}

/** The program that opens an address; null where there is no display to open it on. */
export function browserCommand(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string | null {
  if (platform === "darwin") return "open";
  return env.DISPLAY || env.WAYLAND_DISPLAY ? env.BROWSER || "xdg-open" : null;
}

function serverFailure(plan: ServerPlan, { port }: StartOptions): CliError {
  const log = fs.existsSync(plan.log) ? fs.readFileSync(plan.log, "utf8") : "";
  if (port !== undefined && /port \d+ is (already in use|not available)|Address already in use/i.test(log))
    return new CliError(`start: wanted port ${port}, it is taken. Choose another: npm start -- --port ${port + 1}`);
  const last = log.trim().split("\n").at(-1) ?? "";
  return new CliError(`start: JupyterLab ended by itself (${last || "it said nothing"}). All it said: ${plan.log}`);
}

async function end(server: ChildProcess, plan: ServerPlan): Promise<void> {
  const alive = (): number[] => processesWith("GENLAB_SESSION", plan.session);
  const running = (): boolean => server.exitCode === null && server.signalCode === null;
  if (server.pid === undefined) return;
  if (running()) send(server.pid, "SIGTERM");
  for (const deadline = Date.now() + GRACE_MS; Date.now() < deadline; await sleep(50))
    if (!running() && alive().length === 0) return;
  // Kernels lead groups of their own; a fork during the sweep is caught by the next round.
  for (let round = 0; round < 20 && (running() || alive().length > 0); round++) {
    send(-server.pid, "SIGKILL");
    for (const pid of alive()) send(pid, "SIGKILL");
    await sleep(50);
  }
}
