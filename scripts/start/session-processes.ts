import fs from "node:fs";

/**
 * Process ids whose environment carries `name=value`: all that a server started, whatever process group or parent they
 * have by now. Empty where the system has no /proc.
 */
export function processesWith(name: string, value: string): number[] {
  const wanted = `${name}=${value}`;
  let entries: string[];
  try {
    entries = fs.readdirSync("/proc");
  } catch {
    return [];
  }
  return entries
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter((entry) => {
      try {
        return fs.readFileSync(`/proc/${entry}/environ`, "latin1").split("\0").includes(wanted);
      } catch {
        return false; // another user's, or gone
      }
    })
    .map(Number);
}

/** Sends a signal; false when there is no such process (group). A negative number means a group. */
export function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
