import { writeFileSync } from "node:fs";
import type { ICell, INotebookContent } from "@jupyterlab/nbformat";

/** A code cell: its source, or with metadata. */
export type CellSpec = string | { source: string; metadata?: Record<string, unknown>; type?: string };

/** A valid notebook with these code cells, whose ids are c0, c1, … */
export function notebookOf(cells: CellSpec[], { kernel = "tslab", ...metadata }: Record<string, unknown> = {}) {
  return {
    cells: cells.map((cell, index): ICell => {
      const { source, metadata: own = {}, type = "code" } = typeof cell === "string" ? { source: cell } : cell;
      const common = { id: `c${index}`, cell_type: type, source, metadata: own };
      return (type === "code" ? { ...common, execution_count: null, outputs: [] } : common) as ICell;
    }),
    metadata: { kernelspec: { name: kernel, display_name: kernel, language: "typescript" }, ...metadata },
    nbformat: 4,
    nbformat_minor: 5,
  } as INotebookContent;
}

export function saveNotebook(file: string, cells: CellSpec[], metadata: Record<string, unknown> = {}): string {
  writeFileSync(file, JSON.stringify(notebookOf(cells, metadata), null, 1) + "\n");
  return file;
}
