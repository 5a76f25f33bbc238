import path from "node:path";
import { readText, writeAtomically } from "./files.mjs";

/** Our kernel's entry for Jupyter, and JupyterLab's defaults, inside the private environment. */
export const kernelSpecStep = {
  id: "kernelspec",
  title: "kernel TypeScript (Genlab)",
  needs: [],
  // The environment is made anew from time to time, and takes these files with it.
  after: ["venv", "jupyter"],
  ready: (project) => filesOf(project).every(([file, content]) => readText(file) === content),
  async make(project) {
    for (const [file, content] of filesOf(project)) writeAtomically(file, content);
  },
};

/** @returns {[string, string][]} files and what stands in them; node and the folder may move, then they are rewritten */
function filesOf({ root, venv, kernelSpec }) {
  const json = (value) => `${JSON.stringify(value, null, 1)}\n`;
  const kernel = {
    argv: [process.execPath, path.join(root, "build/scripts/kernel/main.js"), "--connection-file", "{connection_file}"],
    display_name: "TypeScript (Genlab)",
    language: "typescript",
    interrupt_mode: "signal",
    // Two heaps for all threads' tensors, not sixteen: what one thread has freed another then uses, 5 % of a notebook's memory.
    env: { TF_CPP_MIN_LOG_LEVEL: "3", MALLOC_ARENA_MAX: "2" },
    metadata: { debugger: false },
  };
  // Nothing phones home: no news, no look for updates.
  const overrides = {
    "@jupyterlab/apputils-extension:notification": { fetchNews: "false", checkForUpdates: false },
    "@jupyterlab/notebook-extension:tracker": { codeCellConfig: { lineNumbers: false } },
  };
  return [
    [path.join(kernelSpec, "kernel.json"), json(kernel)],
    [path.join(venv, "share/jupyter/lab/settings/overrides.json"), json(overrides)],
  ];
}
