import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { display } from "./display";
import type { DisplayTarget } from "./display";
import { PLOTLY_MIME } from "./figure";
import { DISPLAY, isDisplayable } from "./mime";
import type { MimeBundle } from "./mime";
import { isTensor } from "./numbers";

/** An output that can be replaced in place. */
export interface DisplayHandle {
  /** The output's display id. */
  readonly id: string;
  /** Shows `value` in place of what is there. */
  update(value: unknown): void;
}

/**
 * Shows a value now, in the middle of a cell, as the last expression of a cell would be shown: figures, pictures,
 * tables and every value that shows itself richly, tensors with shape and numbers, strings as they are.
 * @param options.id display id, a new one unless given
 * @returns a handle whose `update(value)` replaces the output in place
 */
export function show(value: unknown, options: { id?: string } = {}): DisplayHandle {
  const id = options.id ?? randomUUID();
  put(value, { id, update: false });
  return { id, update: (next) => replace(next, id) };
}

/**
 * JupyterLab's Plotly renderer never redraws: it keeps the first graph, whatever comes after it. A picture of another
 * type in between makes JupyterLab throw the renderer away.
 */
function replace(value: unknown, id: string): void {
  const target = { id, update: true };
  const bundle = bundleOf(value);
  if (!(bundle instanceof Promise) && PLOTLY_MIME in bundle) {
    display(Object.fromEntries(Object.entries(bundle).filter(([mime]) => mime !== PLOTLY_MIME)), target);
  }
  put(value, target);
}

function put(value: unknown, target: DisplayTarget): void {
  const bundle = bundleOf(value);
  // A rejection belongs to the cell: the kernel reports it there.
  if (bundle instanceof Promise) void bundle.then((ready) => display(ready, target));
  else display(bundle, target);
}

/** The MIME bundle that stands for any value. */
export function bundleOf(value: unknown): MimeBundle | Promise<MimeBundle> {
  if (isDisplayable(value)) return value[DISPLAY]();
  return { "text/plain": plainTextOf(value) };
}

function plainTextOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (isTensor(value)) return value.toString(true);
  return inspect(value, { depth: 4, maxArrayLength: 100 });
}
