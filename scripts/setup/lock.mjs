// One set-up at a time per project, kill -9 included. The lock is a folder of numbered files; the highest number is the
// truth and is never deleted, only followed by a higher one or marked as released. So a stale lock is taken over by
// creating the next number, which the file system grants to exactly one process, and nobody ever deletes a lock that
// another process has just taken.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { killLeftovers, onChildrenChange, runningChildren, startTick } from "./children.mjs";
import { readJson, readText, writeAtomically } from "./files.mjs";

const BEAT_MS = 2_000;
/** On another machine or in another container no process can be looked up: there, silence of this length means death. */
const SILENT_MS = 20_000;

/**
 * Waits for the lock, takes it, and ends what a killed predecessor left running.
 * @param {string} folder
 * @param {(holder: { pid: number }) => void} onWait called once when another process holds it
 * @returns {Promise<() => void>} releases it
 */
export async function takeLock(folder, onWait) {
  fs.mkdirSync(folder, { recursive: true });
  for (let waited = false; ;) {
    const top = highest(folder);
    const holder = top === 0 ? null : readJson(path.join(folder, String(top)));
    if (holder && !holder.released && isAlive(holder, path.join(folder, String(top)))) {
      if (!waited) onWait(holder);
      waited = true;
      await new Promise((resolve) => setTimeout(resolve, 200));
      continue;
    }
    const mine = path.join(folder, String(top + 1));
    if (!createWith(mine, identity())) continue;
    if (highest(folder) !== top + 1) {
      fs.rmSync(mine, { force: true }); // the lock had moved on while we looked
      continue;
    }
    if (holder && !holder.released && holder.host === identity().host) killLeftovers(holder);
    for (const name of fs.readdirSync(folder))
      if (Number(name) < top + 1) fs.rmSync(path.join(folder, name), { force: true });
    return hold(mine);
  }
}

function hold(file) {
  // A full disk must not end what runs under the lock: the record of children is then merely old.
  const write = () => {
    try {
      writeAtomically(file, JSON.stringify({ ...identity(), children: runningChildren() }));
    } catch {
      return;
    }
  };
  const forget = onChildrenChange(write);
  const beat = setInterval(write, BEAT_MS);
  beat.unref();
  return () => {
    clearInterval(beat);
    forget();
    try {
      writeAtomically(file, JSON.stringify({ ...identity(), released: true }));
    } catch {
      fs.truncateSync(file); // takes no space, and an empty lock is nobody's
    }
  };
}

function identity() {
  const boot = (readText("/proc/sys/kernel/random/boot_id") ?? "").trim();
  return { pid: process.pid, started: startTick(process.pid), host: `${os.hostname()} ${boot}` };
}

function isAlive(holder, file) {
  if (holder.host !== identity().host) {
    try {
      return Date.now() - fs.statSync(file).mtimeMs < SILENT_MS;
    } catch {
      return false;
    }
  }
  if (holder.started !== null) return startTick(holder.pid) === holder.started;
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function highest(folder) {
  return Math.max(0, ...fs.readdirSync(folder).map(Number).filter(Number.isInteger));
}

/** Creates the file with its content in one step; false when it exists. */
function createWith(file, value) {
  const draft = path.join(path.dirname(file), `draft.${process.pid}`);
  fs.writeFileSync(draft, JSON.stringify(value));
  try {
    fs.linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  } finally {
    fs.rmSync(draft, { force: true });
  }
}
