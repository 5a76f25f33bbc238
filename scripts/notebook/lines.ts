import type { INotebookContent } from "@jupyterlab/nbformat";

/** Every character sequence at which Python's str.splitlines ends a line. */
const LINE_END = /\r\n|[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]/g; // eslint-disable-line no-control-regex

/** Python's `text.splitlines(True)`: lines with their ends; the empty text has none. */
export function splitLines(text: string): string[] {
  const lines: string[] = [];
  let start = 0;
  for (const end of text.matchAll(LINE_END)) {
    const next = end.index + end[0].length;
    lines.push(text.slice(start, next));
    start = next;
  }
  if (start < text.length) lines.push(text.slice(start));
  return lines;
}

type Bundle = Record<string, unknown>;

/** nbformat keeps these MIME types as JSON, whatever they hold. */
function isJson(mime: string): boolean {
  return mime === "application/json" || (mime.startsWith("application/") && mime.endsWith("+json"));
}

function isText(mime: string): boolean {
  return mime.startsWith("text/") || mime === "application/javascript" || mime === "image/svg+xml";
}

function isLines(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((line) => typeof line === "string");
}

function change(bundle: Bundle, key: string, what: (value: unknown) => unknown): void {
  if (key in bundle) bundle[key] = what(bundle[key]);
}

/** Applies `field` to each multi-line text of the notebook and `mime` to each MIME bundle, in place. */
function walk(notebook: INotebookContent, field: (value: unknown) => unknown, mime: (bundle: Bundle) => void): void {
  for (const cell of notebook.cells as Bundle[]) {
    change(cell, "source", field);
    for (const attachment of Object.values((cell.attachments ?? {}) as Bundle)) mime(attachment as Bundle);
    if (cell.cell_type !== "code") continue;
    for (const output of (cell.outputs ?? []) as Bundle[]) {
      if (output.output_type === "execute_result" || output.output_type === "display_data") {
        mime((output.data ?? {}) as Bundle);
      } else if (output.output_type === "stream") {
        change(output, "text", field);
      }
    }
  }
}

/** Joins the lists of lines that files hold, in place, as nbformat does on reading. */
export function joinTexts(notebook: INotebookContent): void {
  walk(
    notebook,
    (value) => (isLines(value) ? value.join("") : value),
    (bundle) => {
      for (const key of Object.keys(bundle)) {
        const value = bundle[key];
        if (!isJson(key) && isLines(value)) bundle[key] = value.join("");
      }
    },
  );
}

/** Splits texts into lists of lines, in place, as nbformat does on writing. */
export function splitTexts(notebook: INotebookContent): void {
  const split = (value: unknown) => (typeof value === "string" ? splitLines(value) : value);
  walk(notebook, split, (bundle) => {
    for (const key of Object.keys(bundle)) if (isText(key)) change(bundle, key, split);
  });
}
