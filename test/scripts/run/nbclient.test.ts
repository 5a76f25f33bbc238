import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import type { ICodeCell, INotebookContent, IOutput } from "@jupyterlab/nbformat";
import { afterAll, describe, expect, it } from "vitest";
import { readNotebook, writeNotebook } from "../../../scripts/notebook";
import { runNotebook } from "../../../scripts/run/notebook";
import { KernelFolder, root } from "../jupyter/kernels";
import { notebookOf } from "./notebooks";

const kernels = new KernelFolder();
afterAll(() => kernels.remove());

const python = path.join(root, ".venv/bin/python");
const source = notebookOf([
  "console.log('a'); console.log('b'); console.error('c'); console.log('d'); 6 * 7",
  `const cell = (globalThis as any)[Symbol.for("genlab.cell")];
   cell.display({ "text/plain": "one" }, { id: "x", metadata: { m: 1 } }); cell.display({ "text/plain": "two" });`,
  `(globalThis as any)[Symbol.for("genlab.cell")].display({ "text/plain": "new", "text/html": "<b>new</b>" }, { id: "x", update: true });
   (globalThis as any)[Symbol.for("genlab.cell")].display({ "text/plain": "again" }, { id: "x" });`,
  { source: "null!.x", metadata: { tags: ["raises-exception"] } },
  { source: "throw new RangeError('far')", metadata: { tags: ["raises-exception"] } },
  { source: "console.log('not run')", metadata: { tags: ["skip-execution"] } },
  "",
  "console.log('last')",
]);

const EXECUTE = `
import sys, nbformat
from nbclient import NotebookClient
nb = nbformat.read(sys.argv[1], 4)
NotebookClient(nb, timeout=60, resources={"metadata": {"path": sys.argv[3]}}).execute()
nbformat.write(nb, sys.argv[2])
`;

/** nbclient stores each piece of a stream for itself, as the kernel sent it; JupyterLab and we join neighbours. */
function joined(notebook: INotebookContent): unknown[] {
  return notebook.cells.map((cell) => {
    const { outputs, execution_count } = cell as ICodeCell;
    const result: IOutput[] = [];
    for (const output of outputs) {
      const text = output.output_type === "stream" ? ([output.text].flat() as string[]).join("") : "";
      const last = result.at(-1);
      if (output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name) {
        last.text = (last.text as string) + text;
      } else result.push(output.output_type === "stream" ? { ...output, text } : output);
    }
    return { outputs: result, execution_count };
  });
}

describe("the outputs of a notebook", () => {
  it.runIf(existsSync(python) || process.env.CI)("are those that nbclient gives it", { timeout: 120_000 }, async () => {
    const main = path.join(root, "build/scripts/kernel/main.js");
    kernels.add("tslab", [process.execPath, main, "--connection-file", "{connection_file}"]);
    const [before, after] = ["before", "after"].map((name) => path.join(kernels.folder, `${name}.ipynb`)) as [
      string,
      string,
    ];
    writeNotebook(before, source);
    writeFileSync(path.join(kernels.folder, "execute.py"), EXECUTE);
    const [ours] = await Promise.all([
      runNotebook(source, { root, cwd: kernels.folder, env: kernels.env(), profile: "quick" }),
      promisify(execFile)(python, [path.join(kernels.folder, "execute.py"), before, after, kernels.folder], {
        env: kernels.env({ GENLAB_PROFILE: "quick" }),
      }),
    ]);
    const theirs = readNotebook(after);
    expect(joined(ours.notebook)).toEqual(joined(theirs));
    expect(ours.notebook.metadata.language_info).toEqual(theirs.metadata.language_info);
    expect(ours.cells.map((cell) => cell.status)).toEqual(["ok", "ok", "ok", "ok", "ok", "skipped", "skipped", "ok"]);
  });
});
