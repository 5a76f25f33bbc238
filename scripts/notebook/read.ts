import { isUtf8 } from "node:buffer";
import { readFileSync, statSync } from "node:fs";
import type { INotebookContent } from "@jupyterlab/nbformat";
import { NotebookError } from "./error";
import { completeIds } from "./ids";
import { JsonSyntaxError, parseJson } from "./json-reader";
import { joinTexts } from "./lines";
import { schemaProblem } from "./schema";

/** A notebook in memory: nbformat 4.5, each text one string, each cell with an id of its own. */
export type Notebook = INotebookContent;

const RESTORE = "restore the file from version control, or open it in JupyterLab and save it again";

/**
 * Reads and validates a notebook file. Notebooks of nbformat 4.0–4.4 are upgraded in memory.
 * @throws NotebookError in one line: which file, what is wrong, what to do
 */
export function readNotebook(file: string): Notebook {
  return parseNotebook(readBytes(file), file);
}

/** The same for bytes at hand; `file` is the name in messages. */
export function parseNotebook(bytes: Buffer, file: string): Notebook {
  const notebook = parse(decode(bytes, file), file);
  const from = version(notebook, file);
  if (from < 5) notebook.nbformat_minor = 5;
  const cells: unknown = notebook.cells;
  if (Array.isArray(cells) && cells.every(isObject)) completeIds(notebook.cells);
  const problem = schemaProblem(notebook);
  if (problem !== undefined) throw new NotebookError(file, `not a valid notebook: ${problem}`, RESTORE);
  joinTexts(notebook);
  dropTransient(notebook);
  return notebook;
}

/** What nbformat strips from every file it reads or writes. */
export function dropTransient(notebook: Notebook): void {
  delete notebook.metadata.orig_nbformat;
  delete notebook.metadata.orig_nbformat_minor;
  delete notebook.metadata.signature;
  for (const cell of notebook.cells) delete cell.metadata.trusted;
}

function readBytes(file: string): Buffer {
  try {
    const kind = statSync(file);
    if (!kind.isFile() && !kind.isDirectory()) throw new NotebookError(file, "no ordinary file", "name an .ipynb file");
    return readFileSync(file);
  } catch (error) {
    if (error instanceof NotebookError) throw error;
    switch ((error as NodeJS.ErrnoException).code) {
      case "ENOENT":
        throw new NotebookError(file, "no such file", "check the name");
      case "EISDIR":
        throw new NotebookError(file, "a folder, not a notebook", "name an .ipynb file");
      case "EACCES":
      case "EPERM":
        throw new NotebookError(file, "may not be read", `allow it: chmod u+r '${file}'`);
      default:
        throw new NotebookError(file, `cannot be read (${(error as Error).message})`, "check the disk");
    }
  }
}

function decode(bytes: Buffer, file: string): string {
  if (bytes.length === 0) throw new NotebookError(file, "an empty file", RESTORE);
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    throw new NotebookError(file, "starts with a byte order mark", "save it as UTF-8 without one (Jupyter refuses it)");
  }
  if (isUtf8(bytes)) return bytes.toString("utf8");
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, start);
    if (!isUtf8(bytes.subarray(start, end < 0 ? bytes.length : end))) break;
    start = end + 1;
  }
  throw new NotebookError(file, `line ${line} is not UTF-8`, "save it as UTF-8");
}

function parse(text: string, file: string): Notebook {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const at = `line ${error.line}, column ${error.column}`;
    if (/^(<{7}|={7}|>{7})/m.test(text)) {
      throw new NotebookError(file, `not JSON at ${at}: git's conflict marks stand in it`, "resolve the merge first");
    }
    throw new NotebookError(file, `not JSON at ${at}: ${error.message}`, RESTORE);
  }
  if (!isObject(value)) throw new NotebookError(file, "JSON, but no notebook", "name an .ipynb file");
  return value as Notebook;
}

/** @returns the minor version, with the major one being 4 */
function version(notebook: Partial<Notebook>, file: string): number {
  const { nbformat, nbformat_minor: minor } = notebook;
  const upgrade = "convert it: jupyter nbconvert --to notebook --inplace FILE";
  if (nbformat === undefined) throw new NotebookError(file, 'JSON, but no notebook ("nbformat" is missing)', RESTORE);
  if (nbformat !== 4) {
    const older = typeof nbformat === "number" && nbformat < 4;
    throw new NotebookError(
      file,
      `nbformat is ${JSON.stringify(nbformat)}, wanted 4`,
      older ? upgrade : "save it with a JupyterLab that writes nbformat 4.5",
    );
  }
  if (typeof minor !== "number" || !Number.isInteger(minor) || minor < 0) {
    throw new NotebookError(file, `nbformat_minor is ${JSON.stringify(minor) ?? "missing"}, wanted 0 to 5`, RESTORE);
  }
  if (minor > 5) {
    throw new NotebookError(file, `nbformat 4.${minor} is newer than 4.5`, "save it with a JupyterLab of this project");
  }
  return minor;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
