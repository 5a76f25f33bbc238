/** What a value looks like, by MIME type: text and SVG as strings, JSON types as objects, pictures in base64. */
export type MimeBundle = Record<string, unknown>;

/** The method by which a value shows itself: the kernel calls it for the last expression of a cell. */
export const DISPLAY: unique symbol = Symbol.for("Jupyter.display") as never;

/** A value that shows itself. */
export interface Displayable {
  [DISPLAY](): MimeBundle | Promise<MimeBundle>;
}

/** Whether a value shows itself. */
export function isDisplayable(value: unknown): value is Displayable {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  return typeof (value as Record<symbol, unknown>)[DISPLAY] === "function";
}
