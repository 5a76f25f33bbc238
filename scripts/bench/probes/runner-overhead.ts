import type { INotebookContent } from "@jupyterlab/nbformat";
import { runNotebook } from "../../run/notebook";
import { median } from "../statistics";
import type { Probe } from "./probe";

const CELLS = 40;

/** What the runner and the kernel add to each cell, type check included: cells that compute next to nothing. */
export const runnerOverhead: Probe = async ({ root, env }) => {
  const notebook: INotebookContent = {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: "tslab", display_name: "TypeScript (Genlab)", language: "typescript" } },
    cells: Array.from({ length: CELLS }, (_, index) => ({
      cell_type: "code",
      id: `cell-${index}`,
      metadata: {},
      execution_count: null,
      outputs: [],
      source: `const value${index} = ${index} + 1;\nvalue${index}`,
    })),
  };
  const run = await runNotebook(notebook, { root, cwd: root, env, profile: "quick" });
  const bad = run.cells.find((cell) => cell.status !== "ok");
  if (bad) throw new Error(`runner overhead: cell ${bad.index} ended with "${bad.status}": ${bad.message ?? ""}`);
  const spans = run.cells.map((cell) => cell.seconds * 1000);
  return [
    {
      name: "cell overhead",
      value: median(spans),
      unit: "ms",
      what: `median of ${CELLS} trivial cells, type check included`,
    },
  ];
};
