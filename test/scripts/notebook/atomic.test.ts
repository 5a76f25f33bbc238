import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import ts from "typescript";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CliError } from "../../../scripts/cli-error";
import {
  dropVolatile,
  formatNotebook,
  NotebookError,
  writeFileAtomically,
  writeNotebook,
} from "../../../scripts/notebook";
import type { Notebook } from "../../../scripts/notebook";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "genlab-atomic-"));
  file = path.join(folder, "a.ipynb");
  writeFileSync(file, "old");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const empty: Notebook = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [] };
const here = () => readdirSync(folder).sort();

describe("writeNotebook", () => {
  it("replaces the file and leaves nothing beside it", () => {
    writeNotebook(file, empty);
    expect(readFileSync(file, "utf8")).toBe(formatNotebook(empty));
    expect(here()).toEqual(["a.ipynb"]);
  });

  it("refuses to write what would be no notebook", () => {
    const bad = { ...empty, cells: [{ cell_type: "code", metadata: {}, source: "" }] } as Notebook;
    expect(() => writeNotebook(file, bad)).toThrow(NotebookError);
    expect(() => writeNotebook(file, bad)).toThrow(
      /not written, the result would be no valid notebook: cell 1: "id" is m/,
    );
    expect(readFileSync(file, "utf8")).toBe("old");
  });
});

describe("writeFileAtomically", () => {
  it("keeps permissions", () => {
    chmodSync(file, 0o640);
    writeFileAtomically(file, "new");
    expect(statSync(file).mode & 0o777).toBe(0o640);
  });

  it("writes through a symbolic link", () => {
    const link = path.join(folder, "link.ipynb");
    symlinkSync("a.ipynb", link);
    writeFileAtomically(link, "new");
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(file, "utf8")).toBe("new");
    expect(here()).toEqual(["a.ipynb", "link.ipynb"]);
  });

  it("says when the folder does not exist", () => {
    const action = () => writeFileAtomically(path.join(folder, "none", "a.ipynb"), "new");
    expect(action).toThrow(CliError);
    expect(action).toThrow(/not written \(ENOENT\), the old content stands: its folder does not exist/);
  });

  it("leaves the old file when the new one cannot take its place", () => {
    mkdirSync(path.join(folder, "b.ipynb", "full"), { recursive: true });
    expect(() => writeFileAtomically(path.join(folder, "b.ipynb"), "new")).toThrow(/not written \(EISDIR|ENOTEMPTY\)/);
    expect(here()).toEqual(["a.ipynb", "b.ipynb"]);
  });
});

/** The writer as JavaScript, for processes of its own. */
function builtWriter(): string {
  const built = path.join(folder, "built");
  mkdirSync(path.join(built, "notebook"), { recursive: true });
  for (const name of ["cli-error", "notebook/atomic"]) {
    const source = readFileSync(path.resolve(__dirname, "../../../scripts", `${name}.ts`), "utf8");
    const options = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true };
    writeFileSync(path.join(built, `${name}.js`), ts.transpile(source, options));
  }
  return path.join(built, "notebook/atomic.js");
}

/** Runs the writer under a shell that limits it. */
function inLimitedShell(limit: string, size: number) {
  const program = `
    const { writeFileAtomically } = require(process.argv[1]);
    try { writeFileAtomically(process.argv[2], "x".repeat(${size})); console.log("written"); }
    catch (error) { console.log(error.message); }`;
  const command = ["-e", program, builtWriter(), file];
  return spawnSync("sh", ["-c", `${limit}; exec "$0" "$@"`, process.execPath, ...command], { encoding: "utf8" });
}

describe("a crash", () => {
  it("leaves one whole content, whenever it comes", async () => {
    const program = `
      const { writeFileAtomically } = require(process.argv[1]);
      for (let i = 0; ; i++) { writeFileAtomically(process.argv[2], "ab"[i % 2].repeat(3_000_000)); console.log(i); }`;
    for (const writes of [1, 3, 4]) {
      const child = spawn(process.execPath, ["-e", program, builtWriter(), file], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let seen = 0;
      for await (const chunk of child.stdout) {
        seen += String(chunk).split("\n").length - 1;
        if (seen >= writes) child.kill("SIGKILL");
      }
      expect(readFileSync(file, "utf8")).toMatch(/^(a{3000000}|b{3000000})$/);
    }
  });
});

describe("a disk that takes only part of the file", () => {
  it("leaves the old content and nothing else", () => {
    // A file size limit makes write(2) fail half-way, as a full disk does; SIGXFSZ is ignored so that it is an error.
    const { stdout } = inLimitedShell("trap '' XFSZ; ulimit -f 64", 1_000_000);
    expect(stdout).toMatch(/not written \(EFBIG\), the old content stands: the file would exceed the size limit/);
    expect(readFileSync(file, "utf8")).toBe("old");
    expect(here()).toEqual(["a.ipynb", "built"]);
  });

  it("and takes a file within the limit", () => {
    const { stdout } = inLimitedShell("ulimit -f 64", 1000);
    expect(stdout).toBe("written\n");
    expect(readFileSync(file, "utf8")).toHaveLength(1000);
  });
});

describe("dropVolatile", () => {
  it("drops traces of execution and viewing, keeps what the notebook is", () => {
    const cell = {
      cell_type: "code",
      id: "a",
      source: "",
      execution_count: 1,
      metadata: { tags: ["trained"], execution: { "iopub.status.busy": "2024" }, collapsed: true, scrolled: "auto" },
      outputs: [],
    };
    const metadata = { kernelspec: { name: "tslab", display_name: "T" }, widgets: {}, genlab: { timeout_s: 3 } };
    const notebook: Notebook = { ...empty, metadata, cells: [cell] };
    dropVolatile(notebook);
    expect(notebook.cells[0]?.metadata).toEqual({ tags: ["trained"] });
    expect(Object.keys(notebook.metadata)).toEqual(["kernelspec", "genlab"]);
  });
});
