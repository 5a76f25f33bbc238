import { inspect } from "node:util";
import { withoutAsyncSymbols } from "./async-symbols";
import { portable } from "./cell";
import type { MimeBundle } from "./cell";
import { isDataFrame, showDataFrame } from "./data-frame";
import { isTensor, previewTensor } from "./tensor-preview";

/** The method by which a value shows itself. */
export const DISPLAY = Symbol.for("Jupyter.display");

const MAX_TEXT = 50_000;
const OPTIONS = { depth: 4, maxArrayLength: 100, maxStringLength: 10_000, breakLength: 100 };

/** The MIME bundle of a cell's last value, or null when there is nothing to show. */
export async function showValue(value: unknown, run: <T>(show: () => T) => T): Promise<MimeBundle | null> {
  if (value === undefined) return null;
  const own = displayMethod(value);
  if (!own) return run(() => describe(value));
  try {
    return checkBundle(await run(own), value);
  } catch (error) {
    if (error instanceof Error && error.name === "Interrupted") throw error;
    const note = `(it could not show itself: ${error instanceof Error ? error.message : String(error)})`;
    return { "text/plain": `${run(() => inspectValue(value))}\n${note}` };
  }
}

function displayMethod(value: unknown): (() => unknown) | null {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return null;
  try {
    const method = (value as Record<symbol, unknown>)[DISPLAY];
    return typeof method === "function" ? () => method.call(value) as unknown : null;
  } catch {
    return null;
  }
}

function checkBundle(bundle: unknown, value: unknown): MimeBundle {
  const isBundle = typeof bundle === "object" && bundle !== null && !Array.isArray(bundle);
  if (!isBundle || Object.keys(bundle).some((mime) => !mime.includes("/"))) {
    throw new Error(
      `its Jupyter.display gave ${inspect(bundle, { depth: 0 })}, expected an object from MIME types to data`,
    );
  }
  const data = portable(bundle as MimeBundle);
  return "text/plain" in data ? data : { ...data, "text/plain": inspectValue(value) };
}

function describe(value: unknown): MimeBundle {
  try {
    if (isTensor(value)) return { "text/plain": shorten(previewTensor(value)) };
    if (isDataFrame(value)) return showDataFrame(value);
  } catch {
    // It only looked like one.
  }
  return { "text/plain": inspectValue(value) };
}

function inspectValue(value: unknown): string {
  try {
    return shorten(withoutAsyncSymbols(inspect(value, OPTIONS)));
  } catch (error) {
    return `[a value that cannot be shown: ${error instanceof Error ? error.message : String(error)}]`;
  }
}

function shorten(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}\n… (${text.length - MAX_TEXT} more characters)`;
}
