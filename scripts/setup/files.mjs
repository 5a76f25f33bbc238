import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

/**
 * SHA-256 of strings and byte arrays, hex; each part is length-prefixed, so that parts cannot run into each other.
 * @param {...(string | Uint8Array)} parts
 */
export function hashOf(...parts) {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex");
}

/** The file's text, or null when there is none. */
export function readText(file) {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
    throw error;
  }
}

/** The file's JSON value; null when it is missing or not JSON (a stamp that cannot be read counts as none). */
export function readJson(file) {
  try {
    return JSON.parse(readText(file) ?? "null");
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Writes a temporary file beside `file` and renames it: readers see the old content or the new, never half. */
export function writeAtomically(file, content) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    fs.writeFileSync(temporary, content);
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/** Every file below `folder` that `wanted` accepts, as sorted paths relative to it; nothing when it does not exist. */
export function filesBelow(folder, wanted, skipped = () => false) {
  /** @type {string[]} */
  const found = [];
  const visit = (relative) => {
    let entries;
    try {
      entries = fs.readdirSync(path.join(folder, relative), { withFileTypes: true });
    } catch (error) {
      if (error.code === "ENOENT") return;
      throw error;
    }
    for (const entry of entries) {
      const name = path.join(relative, entry.name);
      if (entry.isDirectory() && !skipped(name)) visit(name);
      else if (entry.isFile() && wanted(name)) found.push(name);
    }
  };
  visit("");
  return found.sort();
}

/** Bytes in all files below `folder`, as far as they can be read while others write there. */
export function bytesBelow(folder) {
  let total = 0;
  try {
    for (const entry of fs.readdirSync(folder, { withFileTypes: true, recursive: true }))
      if (entry.isFile()) total += fs.statSync(path.join(entry.parentPath ?? entry.path, entry.name)).size;
  } catch {
    // A file vanished between listing and measuring: the number is only shown.
  }
  return total;
}
