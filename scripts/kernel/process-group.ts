import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { isAlive } from "../jupyter/is-alive";

interface Process {
  pid: number;
  parent: number;
  group: number;
}

/** Time that processes started by cells have to end by themselves. */
const GRACE_MS = 300;
/** Time in which the main thread must hear that it should leave; it does not while a cell computes. */
const HEAR_MS = 1000;
/** Time for its exit handlers then. */
const EXIT_MS = 5000;

/**
 * Ends this process and what its cells started: the whole process group when this process leads it (Jupyter starts
 * kernels so), else only its descendants, since the group is then someone else's.
 * @param leave asks the main thread to exit with 0.
 * @param heard whether it has heard that; if not, the process is killed.
 */
export async function endProcess(leave: () => void, heard: () => boolean): Promise<void> {
  const own = others();
  for (const pid of own) signal(pid, "SIGTERM");
  for (let waited = 0; waited < GRACE_MS && own.some(isAlive); waited += 20) await pause(20);
  for (const pid of own) signal(pid, "SIGKILL");
  leave();
  for (let waited = 0; waited < HEAR_MS && !heard(); waited += 20) await pause(20);
  if (heard()) await pause(EXIT_MS);
  process.kill(process.pid, "SIGKILL");
}

/** Calls back once when the process named by JPY_PARENT_PID is gone (a zombie counts, once we have another parent). */
export function watchParent(onGone: () => void): void {
  const named = Number(process.env.JPY_PARENT_PID);
  if (!Number.isInteger(named) || named <= 1) return;
  const starter = process.ppid;
  const timer = setInterval(() => {
    if (isAlive(named) && (starter !== named || process.ppid === starter)) return;
    clearInterval(timer);
    onGone();
  }, 500);
  timer.unref();
}

/** The processes that end with this one. */
function others(): number[] {
  const all = processes();
  const self = all.find(({ pid }) => pid === process.pid);
  if (!self) return [];
  const mine = new Set([process.pid]);
  // Parents have no smaller number than their children for sure, so go on until nothing is added.
  for (let size = 0; size !== mine.size;) {
    size = mine.size;
    for (const { pid, parent, group } of all) {
      if (mine.has(parent) || (self.group === process.pid && group === self.group)) mine.add(pid);
    }
  }
  mine.delete(process.pid);
  return [...mine];
}

function processes(): Process[] {
  if (process.platform === "linux") {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        try {
          // "pid (command) state ppid pgrp …": the command may hold spaces and parentheses.
          const stat = readFileSync(`/proc/${name}/stat`, "utf8");
          const [, parent, group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
          return [{ pid: Number(name), parent: Number(parent), group: Number(group) }];
        } catch {
          return []; // ended meanwhile
        }
      });
  }
  try {
    const table = execFileSync("ps", ["-A", "-o", "pid=,ppid=,pgid="], { encoding: "utf8" });
    return table
      .trim()
      .split("\n")
      .map((line) => line.trim().split(/\s+/).map(Number))
      .map(([pid = 0, parent = 0, group = 0]) => ({ pid, parent, group }));
  } catch {
    return [];
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended.
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
