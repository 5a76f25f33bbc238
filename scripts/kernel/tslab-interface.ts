import { createRequire } from "node:module";
import { portable } from "./cell";
import type { Cell } from "./cell";
import type { Json } from "../jupyter/wire";

interface DisplayContent {
  data: Record<string, unknown>;
  metadata?: Record<string, unknown>;
  transient?: { display_id?: string };
}

/** `display` of `import * as tslab from "tslab"` writes through this variable of tslab's Jupyter module. */
export function connectTslabDisplay(cellOf: () => Cell | null): void {
  const load = createRequire(require.resolve("tslab/dist/converter"));
  const jupyter = load("./jupyter") as { lastWriteDisplayData: (content: DisplayContent, update?: boolean) => void };
  jupyter.lastWriteDisplayData = ({ data, metadata, transient }, update) => {
    const content: Json = {
      data: portable(data),
      metadata: portable(metadata ?? {}),
      transient: portable(transient ?? {}),
    };
    cellOf()?.publish(update === true ? "update_display_data" : "display_data", content);
  };
}

/** Code that asks the user something gets a clear answer instead of waiting for ever. */
export function refusePrompts(): void {
  const refuse = () => {
    throw new Error("a cell cannot ask for input: put the value in the code, or in the cell tagged parameters");
  };
  for (const name of ["prompt", "confirm", "alert"]) {
    if (!(name in globalThis))
      Object.defineProperty(globalThis, name, { value: refuse, configurable: true, writable: true });
  }
}
