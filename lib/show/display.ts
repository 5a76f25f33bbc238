import { createRequire } from "node:module";
import { currentCell } from "../train/cell";
import type { MimeBundle } from "./mime";

/** Where a bundle goes: a new output, or in place of an earlier one. */
export interface DisplayTarget {
  id: string;
  update: boolean;
}

interface StockTslab {
  lastWriteDisplayData?:
    ((data: { data: MimeBundle; metadata: object; transient: { display_id: string } }, update: boolean) => void) | null;
}

/**
 * Puts a bundle on display: in the running cell of our kernel, else in the cell of stock tslab, else its plain text on
 * stdout, where an update that says nothing new is left out.
 */
export function display(bundle: MimeBundle, { id, update }: DisplayTarget): void {
  const cell = currentCell();
  if (cell !== undefined) return cell.display(bundle, { id, update });
  const write = stockTslab()?.lastWriteDisplayData;
  if (typeof write === "function") return write({ data: bundle, metadata: {}, transient: { display_id: id } }, update);
  const text = plainText(bundle);
  if (update && printed?.id === id && printed.text === text) return;
  printed = { id, text };
  process.stdout.write(`${text}\n`);
}

let printed: { id: string; text: string } | undefined;

/** The module of the stock kernel that runs us, if one does: found among the loaded ones, never loaded by us. */
function stockTslab(): StockTslab | undefined {
  const loaded = createRequire(__filename).cache;
  for (const file in loaded) {
    if (/[\\/]tslab[\\/]dist[\\/]jupyter\.js$/.test(file)) return loaded[file]?.exports as StockTslab;
  }
  return undefined;
}

function plainText(bundle: MimeBundle): string {
  const text = bundle["text/plain"];
  return typeof text === "string" ? text : `[${Object.keys(bundle).join(", ")}]`;
}
