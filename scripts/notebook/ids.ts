import { createHash } from "node:crypto";
import type { ICell } from "@jupyterlab/nbformat";

const VALID = /^[a-zA-Z0-9-_]{1,64}$/;

/**
 * Gives an id to each cell that lacks a valid one or repeats an earlier cell's, in place. Ids come from the cell's own
 * type and source, so the same file always gets the same ids, and a cell inserted elsewhere does not change them.
 */
export function completeIds(cells: ICell[]): void {
  const taken = new Set<unknown>();
  for (const cell of cells) if (isValid(cell.id)) taken.add(cell.id);
  const seen = new Set<unknown>();
  for (const cell of cells) {
    if (!isValid(cell.id) || seen.has(cell.id)) cell.id = freeId(cell, taken);
    seen.add(cell.id);
    taken.add(cell.id);
  }
}

function isValid(id: unknown): boolean {
  return typeof id === "string" && VALID.test(id);
}

function freeId(cell: ICell, taken: ReadonlySet<unknown>): string {
  const text = `${cell.cell_type}\n${String(cell.source)}`;
  for (let round = 0; ; round++) {
    const id = createHash("sha256").update(`${round}\n${text}`).digest("hex").slice(0, 8);
    if (!taken.has(id)) return id;
  }
}
