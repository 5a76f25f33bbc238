import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import ts from "typescript";

const root = path.resolve(import.meta.dirname, "../../..");

/**
 * Makes plain JavaScript of sources of this project, in a temporary folder with the same paths, so that a test can run
 * them as a process of their own without a build. Libraries come by NODE_PATH.
 * @param files relative to the project's root
 * @returns the temporary folder
 */
export function transpile(files: readonly string[]): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "genlab-test-"));
  for (const file of files) {
    const { outputText } = ts.transpileModule(readFileSync(path.join(root, file), "utf8"), {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true },
    });
    const target = path.join(folder, file.replace(/\.ts$/, ".js"));
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, outputText);
  }
  return folder;
}

/** Where transpiled files find their libraries. */
export const NODE_PATH = path.join(root, "node_modules");
