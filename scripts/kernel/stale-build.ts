import { readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const IMPORT = /\bfrom\s*["']genlab["']|\b(?:import|require)\s*\(\s*["']genlab["']/;

/** Whether a cell's code imports the package genlab. */
export function importsGenlab(code: string): boolean {
  return IMPORT.test(code);
}

/** One line when the package genlab, as seen from `folder`, was edited after it was built; else null. */
export function staleBuild(folder: string): string | null {
  let root: string;
  try {
    root = path.dirname(createRequire(path.join(folder, "cell.js")).resolve("genlab/package.json"));
  } catch {
    return null; // the import itself will say that the package is missing
  }
  const built = newest(path.join(root, "dist"), () => true);
  if (!built) return null;
  const source = newest(root, (file) => file.endsWith(".ts") && !file.endsWith(".d.ts"), ["dist", "node_modules"]);
  if (!source || source.time <= built.time) return null;
  const name = path.relative(path.dirname(root), source.file);
  return `genlab: ${name} is newer than the build in dist: cells run the old code. Run \`npm run watch\` and restart the kernel.\n`;
}

interface Dated {
  file: string;
  time: number;
}

function newest(folder: string, accept: (file: string) => boolean, skip: readonly string[] = []): Dated | null {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return null;
  }
  let best: Dated | null = null;
  for (const entry of entries) {
    const file = path.join(folder, entry.name);
    let found: Dated | null = null;
    if (entry.isDirectory()) found = skip.includes(entry.name) ? null : newest(file, accept);
    else if (accept(file)) found = { file, time: statSync(file).mtimeMs };
    if (found && (!best || found.time > best.time)) best = found;
  }
  return best;
}
