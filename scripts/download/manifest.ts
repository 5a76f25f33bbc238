import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { CliError, ExitCode } from "../cli-error";

/** A data set that is fetched when a user asks for it, never by a notebook: an entry of data/downloads.json. */
export interface Download {
  name: string;
  /** What it is, in a line. */
  title: string;
  /** Its name in the cache folder. */
  file: string;
  url: string;
  bytes: number;
  /** Of the whole file, hexadecimal. */
  sha256: string;
  /** Licence. */
  terms: string;
}

/** All entries. @throws CliError when the manifest cannot be read or an entry is incomplete */
export function readManifest(root: string): Download[] {
  const file = path.join(root, "data", "downloads.json");
  const fail = (why: string): never => {
    throw new CliError(`data/downloads.json ${why}: check it out again`, ExitCode.setup);
  };
  let entries: unknown;
  try {
    entries = JSON.parse(fs.readFileSync(file, "utf8"));
  } catch (error) {
    return fail(`cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
  if (!Array.isArray(entries)) return fail("is no list");
  for (const entry of entries as Partial<Download>[]) {
    const whole = [entry.name, entry.title, entry.url, entry.terms].every((text) => typeof text === "string");
    const safe = /^[\w-][\w.-]*$/.test(entry.file ?? ""); // a plain name: it becomes part of a path
    if (!whole || !safe || !(Number(entry.bytes) > 0) || !/^[0-9a-f]{64}$/.test(entry.sha256 ?? "")) {
      fail(`has an incomplete entry, ${JSON.stringify(entry.name)}`);
    }
  }
  return entries as Download[];
}

/** The user's cache folder, by the XDG specification: outside the work tree, to be made again at any time. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  const base = env.XDG_CACHE_HOME;
  // The specification: a relative path is to be ignored.
  const root = base !== undefined && path.isAbsolute(base) ? base : path.join(env.HOME ?? os.homedir(), ".cache");
  return path.join(root, "genlab");
}

/** Where a download lies, there or not. */
export function downloadPath({ file }: Download, env: NodeJS.ProcessEnv): string {
  return path.join(cacheFolder(env), "downloads", file);
}
