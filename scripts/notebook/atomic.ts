import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { CliError } from "../cli-error";

/**
 * Replaces a file's content, or leaves it as it is: a temporary file beside it, flushed, then renamed.
 * @throws CliError naming the file and the cause
 */
export function writeFileAtomically(file: string, text: string): void {
  const target = realTarget(file);
  const temporary = path.join(path.dirname(target), `.${path.basename(target)}.${randomBytes(4).toString("hex")}.tmp`);
  try {
    const descriptor = openSync(temporary, "wx", 0o666);
    try {
      const bytes = Buffer.from(text, "utf8");
      for (let done = 0; done < bytes.length;) done += writeSync(descriptor, bytes, done);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    const mode = modeOf(target);
    if (mode !== undefined) chmodSync(temporary, mode & 0o7777);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    const { code, message } = error as NodeJS.ErrnoException;
    const cure = CURES.get(code ?? "") ?? "check the folder";
    throw new CliError(`${file}: not written (${code ?? message}), the old content stands: ${cure}`);
  }
}

const CURES = new Map([
  ["ENOSPC", "the disk is full, free some space"],
  ["EDQUOT", "your quota is used up, free some space"],
  ["EFBIG", "the file would exceed the size limit"],
  ["EACCES", "allow writing in its folder"],
  ["EPERM", "allow writing in its folder"],
  ["EROFS", "the disk is read-only"],
  ["ENOENT", "its folder does not exist, make it first"],
]);

function realTarget(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return path.resolve(file);
  }
}

function modeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.mode;
}
