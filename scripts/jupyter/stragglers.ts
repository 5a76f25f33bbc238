import { readdirSync, readFileSync } from "node:fs";

/** A variable that names the kernel; whatever the kernel starts inherits it. */
export const MARK = "GENLAB_KERNEL_CONNECTION";

/**
 * Kills what a kernel has started in process groups of its own (`detached`), which outlives the kernel's group. Found by
 * the mark in the environment, so on Linux only; elsewhere nothing is done.
 * @param connectionFile the value of the mark, unique to the kernel
 */
export function killStragglers(connectionFile: string): void {
  let pids: string[];
  try {
    pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return;
  }
  const mark = `${MARK}=${connectionFile}\0`;
  for (const pid of pids) {
    try {
      if (readFileSync(`/proc/${pid}/environ`, "latin1").includes(mark)) process.kill(Number(pid), "SIGKILL");
    } catch {
      // Another user's, or gone in the meantime.
    }
  }
}
