// Node only. TensorFlow 2.21 prints to file descriptor 2 while it loads, before it has read TF_CPP_MIN_LOG_LEVEL.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

/** Lines that TensorFlow prints at every start and that ask nothing of anybody. */
const NOISE = [
  /^WARNING: All log messages before absl::InitializeLog\(\) is called are written to STDERR$/,
  /^[IW]\d{4} [\d:.]+\s+\d+ \S+\.(cc|cu|h):\d+\] /,
  /^\d{4}-\d\d-\d\d [\d:.]+: [IW] \S+\.(cc|cu|h):\d+\] /,
  /^To enable the following instructions: /,
];

/** `text` without TensorFlow's information and warning lines; errors and everything unknown stay. */
export function dropNoise(text: string): string {
  return text
    .split("\n")
    .filter((line) => !NOISE.some((pattern) => pattern.test(line)))
    .join("\n");
}

/**
 * Runs `load` with file descriptor 2 turned into a file, then passes on what is not noise, also when `load` throws.
 * Only where 2 is a terminal or a pipe: those can be opened a second time on Linux (/proc/self/fd) without losing
 * anything. A file would get a second write position, a socket cannot be reopened: there the lines simply stay.
 * Should the process die inside `load`, its last words are in the temporary folder, genlab-tensorflow-PID.log.
 */
export function withoutNativeNoise(load: () => void): void {
  const log = path.join(os.tmpdir(), `genlab-tensorflow-${process.pid}.log`);
  const restore = redirectStderr(log);
  try {
    load();
  } finally {
    restore?.();
  }
}

function redirectStderr(log: string): (() => void) | undefined {
  const { O_WRONLY, O_NOCTTY, O_APPEND } = fs.constants;
  let original: number | undefined;
  let target: number | undefined;
  try {
    const kind = fs.fstatSync(2);
    if (!kind.isFIFO() && !kind.isCharacterDevice()) return undefined;
    original = fs.openSync("/proc/self/fd/2", O_WRONLY | O_NOCTTY | O_APPEND);
    target = fs.openSync(log, "a", 0o600);
  } catch {
    if (original !== undefined) fs.closeSync(original);
    return undefined;
  }
  // Node has no dup2: the lowest free descriptor is given out, so close 2 and open again at once.
  const replace = (by: number): void => {
    fs.closeSync(2);
    fs.openSync(`/proc/self/fd/${by}`, O_WRONLY | O_NOCTTY | O_APPEND);
    fs.closeSync(by);
  };
  const terminal = original;
  replace(target);
  return () => {
    replace(terminal);
    const kept = dropNoise(fs.readFileSync(log, "utf8"));
    fs.rmSync(log, { force: true });
    if (kept.trim() !== "") fs.writeSync(2, kept);
  };
}
