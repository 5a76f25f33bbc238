import { writeFileAtomically } from "./atomic";
import { NotebookError } from "./error";
import { pythonJson } from "./json-writer";
import { joinTexts, splitTexts } from "./lines";
import { copyJson } from "./number";
import { dropTransient } from "./read";
import type { Notebook } from "./read";
import { schemaProblem } from "./schema";

/** The text that Jupyter itself (nbformat.write) would give this notebook. */
export function formatNotebook(notebook: Notebook): string {
  const copy = copyJson(notebook);
  joinTexts(copy); // lists of lines may be cut anywhere
  splitTexts(copy);
  dropTransient(copy);
  return pythonJson(copy) + "\n";
}

/**
 * Writes a notebook atomically, as Jupyter would write it. Permissions stay, a symbolic link stays a link.
 * @throws NotebookError if the notebook is not valid nbformat 4.5; the file is untouched then
 * @throws CliError if the disk does not take it; the old file is whole then
 */
export function writeNotebook(file: string, notebook: Notebook): void {
  const problem = schemaProblem(notebook);
  if (problem !== undefined) {
    throw new NotebookError(
      file,
      `not written, the result would be no valid notebook: ${problem}`,
      "report this as a bug",
    );
  }
  writeFileAtomically(file, formatNotebook(notebook));
}
