import { spawn } from "node:child_process";
import fs from "node:fs";

/** Processes under way, each the leader of its own group. @type {Map<number, import("node:child_process").ChildProcess>} */
const running = new Map();
/** @type {Set<() => void>} */
const listeners = new Set();

/** Stands in every child's environment: a set-up killed before it recorded a child is still known to have started it. */
const MARK = "GENLAB_SET_UP_BY";

/** Process ids under way with the tick each started at: the pair tells a process from a later one with its number. */
export function runningChildren() {
  return [...running.keys()].map((pid) => ({ pid, started: startTick(pid) }));
}

/** Calls `listener` whenever a child starts or ends; the result undoes it. */
export function onChildrenChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * Runs a program to its end in a process group of its own, so that all it started can be ended with it.
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number }} [options]
 * @returns {Promise<{ code: number | null, signal: string | null, output: string, missing: boolean }>} `missing`: there is no such program
 */
export function run(program, args, { cwd, env, timeoutMs } = {}) {
  return new Promise((resolve) => {
    const marked = { ...(env ?? process.env), [MARK]: `${process.pid}:${startTick(process.pid)}` };
    const child = spawn(program, args, { cwd, env: marked, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (text) => (output = (output + text).slice(-200_000));
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    const timer = timeoutMs && setTimeout(() => kill(-child.pid), timeoutMs);
    const done = (result) => {
      clearTimeout(timer);
      if (child.pid) running.delete(child.pid);
      for (const listener of listeners) listener();
      resolve({ code: null, signal: null, missing: false, output, ...result });
    };
    if (child.pid) running.set(child.pid, child);
    for (const listener of listeners) listener();
    child.once("error", (error) => done({ output: String(error), missing: error.code === "ENOENT" }));
    child.once("close", (code, signal) => done({ code, signal }));
  });
}

/** Ends every process that `run` started, and theirs. */
export function killAll() {
  for (const pid of running.keys()) kill(-pid);
}

/** @param {number} target a process, or minus a group's leader for the whole group */
function kill(target) {
  try {
    process.kill(target, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}

/**
 * Ends what a set-up that was itself killed (kill -9, power) left running, so that it cannot write into our files.
 * @param {{ pid: number, started: string | null, children?: { pid: number, started: string | null }[] }} holder as its lock
 *   recorded itself
 */
export function killLeftovers(holder) {
  for (const { pid, started } of holder.children ?? []) {
    const tick = startTick(pid);
    if (tick === null || tick === started) kill(-pid); // another tick: the number belongs to someone else by now
  }
  for (const pid of markedBy(`${holder.pid}:${holder.started}`)) kill(pid);
}

/** Processes whose environment names the set-up that started them; none where the system has no /proc. */
function markedBy(setUp) {
  const isMarked = (pid) => {
    try {
      return fs.readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`${MARK}=${setUp}`);
    } catch {
      return false;
    }
  };
  return fs.existsSync("/proc") ? fs.readdirSync("/proc").filter(Number).map(Number).filter(isMarked) : [];
}

/** The clock tick at which a process started, or null when it is not running (or the system has no /proc). */
export function startTick(pid) {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}
