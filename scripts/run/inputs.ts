import { readdirSync, statSync } from "node:fs";
import path from "node:path";

/** A notebook to run. */
export interface NotebookFile {
  /** Absolute. */
  file: string;
  /** As shown to the user: relative to where the command was called, if it lies below. */
  name: string;
}

/** An argument that leads to no notebook; the message is one line: which, what is wrong, what to do. */
export interface InputProblem {
  name: string;
  file: string;
  message: string;
}

/**
 * Turns arguments into notebook files, each once, in the given order: a folder stands for the notebooks right in it,
 * sorted; no argument for the project's notebooks.
 */
export function expandInputs(
  args: readonly string[],
  { cwd, root }: { cwd: string; root: string },
): { files: NotebookFile[]; problems: InputProblem[] } {
  const files = new Map<string, NotebookFile>();
  const problems: InputProblem[] = [];
  const add = (file: string) => files.set(file, { file, name: shownName(file, cwd) });
  for (const arg of args.length === 0 ? [path.join(root, "notebooks")] : args) {
    const file = path.resolve(cwd, arg);
    const problem = (message: string) => problems.push({ name: shownName(file, cwd), file, message });
    let folder: boolean;
    try {
      folder = statSync(file).isDirectory();
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? "";
      problem(
        code === "ENOENT"
          ? "no such file or folder: check the name"
          : `cannot be read (${code}): check its permissions`,
      );
      continue;
    }
    if (!folder) {
      if (file.endsWith(".ipynb")) add(file);
      else problem("not a notebook (its name does not end in .ipynb): name an .ipynb file or a folder of them");
      continue;
    }
    try {
      const found = readdirSync(file, { withFileTypes: true })
        .filter((entry) => entry.name.endsWith(".ipynb") && !entry.name.startsWith(".") && !entry.isDirectory())
        .map((entry) => path.join(file, entry.name))
        .sort();
      if (found.length === 0) problem("a folder without notebooks: name one that holds .ipynb files");
      found.forEach(add);
    } catch (error) {
      problem(`the folder cannot be read (${(error as NodeJS.ErrnoException).code}): check its permissions`);
    }
  }
  return { files: [...files.values()], problems };
}

function shownName(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  return relative === "" ? "." : relative.startsWith("..") ? file : relative;
}
