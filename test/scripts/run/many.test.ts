import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import type { ICodeCell, INotebookContent } from "@jupyterlab/nbformat";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ExitCode } from "../../../scripts/cli-error";
import { expandInputs } from "../../../scripts/run/inputs";
import { runMany } from "../../../scripts/run/many";
import type { ManyOptions, NotebookResult } from "../../../scripts/run/many";
import { KernelFolder, root } from "../jupyter/kernels";
import { saveNotebook } from "./notebooks";
import type { CellSpec } from "./notebooks";

const kernels = new KernelFolder();
const folder = path.join(kernels.folder, "notebooks");
beforeAll(() => {
  kernels.watchTmp();
  kernels.addFaulty("faulty");
});
beforeEach(() => mkdirSync(folder));
afterEach(() => {
  expect(kernels.leftovers()).toEqual([]);
  rmSync(folder, { recursive: true });
});
afterAll(() => kernels.remove());

const save = (name: string, cells: CellSpec[], kernel = "faulty") =>
  saveNotebook(path.join(folder, `${name}.ipynb`), cells, { kernel });

async function run(args: string[], options: Partial<ManyOptions> = {}) {
  const { files, problems } = expandInputs(args, { cwd: folder, root });
  const result = await runMany(files, problems, {
    root,
    env: kernels.env(),
    profile: "quick",
    jobs: 1,
    failFast: false,
    ...options,
  });
  return { ...result, by: Object.fromEntries(result.results.map((each) => [each.name, each.result])) };
}

const text = (file: string): unknown[] =>
  (JSON.parse(readFileSync(file, "utf8")) as INotebookContent).cells.map(
    (cell) => (cell as ICodeCell).outputs[0]?.text,
  );

describe("expandInputs", () => {
  it("takes files and folders, each notebook once, in order", () => {
    for (const name of ["b.ipynb", "a.ipynb", ".hidden.ipynb", "a.txt"]) writeFileSync(path.join(folder, name), "");
    mkdirSync(path.join(folder, ".ipynb_checkpoints"));
    writeFileSync(path.join(folder, ".ipynb_checkpoints/a-checkpoint.ipynb"), "");
    const at = { cwd: folder, root: kernels.folder };
    expect(expandInputs(["b.ipynb", "."], at).files.map(({ name }) => name)).toEqual(["b.ipynb", "a.ipynb"]);
    // Without arguments: the project's own.
    expect(expandInputs([], at).files.map(({ name }) => name)).toEqual(["a.ipynb", "b.ipynb"]);
  });

  it("says in one line what is wrong with an argument", () => {
    mkdirSync(path.join(folder, "empty"));
    writeFileSync(path.join(folder, "a.txt"), "");
    const { problems } = expandInputs(["nope.ipynb", "empty", "a.txt"], { cwd: folder, root });
    expect(problems.map(({ name, message }) => `${name}: ${message}`)).toEqual([
      "nope.ipynb: no such file or folder: check the name",
      "empty: a folder without notebooks: name one that holds .ipynb files",
      "a.txt: not a notebook (its name does not end in .ipynb): name an .ipynb file or a folder of them",
    ]);
  });
});

describe("runMany", () => {
  it("runs every good notebook beside every bad input, and names each fault", async () => {
    save("good", ["print a"]);
    save("lost-kernel", ["print a"], "nemo");
    save("bad-limit", [{ source: "print a", metadata: { genlab: { timeout_s: -1 } } }]);
    writeFileSync(path.join(folder, "text.ipynb"), "no JSON");
    writeFileSync(path.join(folder, "old.ipynb"), JSON.stringify({ nbformat: 3, nbformat_minor: 0, worksheets: [] }));
    const result = await run([".", "nope.ipynb"]);
    expect(result.by).toEqual({
      "good.ipynb": "passed",
      "lost-kernel.ipynb": "bad-input",
      "bad-limit.ipynb": "bad-input",
      "text.ipynb": "bad-input",
      "old.ipynb": "bad-input",
      "nope.ipynb": "bad-input",
    });
    expect(result.exitCode).toBe(ExitCode.usage);
    const message = (name: string) => result.results.find((each) => each.name === name)?.message ?? "";
    expect(message("lost-kernel.ipynb")).toMatch(/^no kernel "nemo" \(there are: /);
    expect(message("bad-limit.ipynb")).toMatch(/^the time limit in the metadata of cell c0 is -1/);
    expect(message("text.ipynb")).toMatch(/^not JSON/);
    expect(message("old.ipynb")).toMatch(/^nbformat is 3, wanted 4/);
    for (const { message: line } of result.results) expect(line ?? "").not.toContain("\n");
  });

  it("keeps going after a failure, or stops at it", async () => {
    save("1", ["error E x"]);
    save("2", ["print a"]);
    expect(await run(["."])).toMatchObject({
      by: { "1.ipynb": "failed", "2.ipynb": "passed" },
      exitCode: ExitCode.failed,
    });
    const fast = await run(["."], { failFast: true });
    expect(fast).toMatchObject({ by: { "1.ipynb": "failed", "2.ipynb": "not-run" }, exitCode: ExitCode.failed });
  });

  it("runs several at a time, as many as told; with fail-fast the others are stopped", async () => {
    for (const name of ["1", "2", "3"]) save(name, ["sleep 700"]);
    let running = 0;
    let most = 0;
    const observer = {
      onStart: () => void (most = Math.max(most, ++running)),
      onResult: () => void running--,
    };
    expect((await run(["."], { jobs: 2, observer })).exitCode).toBe(ExitCode.ok);
    expect(most).toBe(2);
    save("1", ["sleep 300\nerror E x"]);
    save("2", ["sleep 20000"]);
    const fast = await run(["."], { jobs: 2, failFast: true });
    expect(fast.by).toEqual({ "1.ipynb": "failed", "2.ipynb": "interrupted", "3.ipynb": "not-run" });
    expect(fast.exitCode).toBe(ExitCode.failed);
    expect(fast.seconds).toBeLessThan(15);
  });

  it("writes nothing unless told; --update writes what ran well, --out everything", async () => {
    const [good, bad] = [save("good", ["print a"]), save("bad", ["print b", "error E x"])];
    const before = [good, bad].map((file) => readFileSync(file, "utf8"));
    await run(["."]);
    const out = path.join(folder, "new/out");
    expect([good, bad].map((file) => readFileSync(file, "utf8"))).toEqual(before);
    await run([good, bad], { update: true, out });
    expect(text(good)).toEqual(["a\n"].map((line) => [line]));
    expect(readFileSync(bad, "utf8")).toBe(before[1]);
    expect(readdirSync(out).sort()).toEqual(["bad.ipynb", "good.ipynb"]);
    expect(readFileSync(path.join(out, "good.ipynb"))).toEqual(readFileSync(good));
    expect(text(path.join(out, "bad.ipynb"))[0]).toEqual(["b\n"]);
  });

  it("refuses an --out that is the notebook's own folder: it would write failures and parameters into the source", async () => {
    const file = save("a", ["print a", "error E x"]);
    const before = readFileSync(file, "utf8");
    symlinkSync(folder, path.join(folder, "link"));
    for (const out of [folder, path.join(folder, "link")]) {
      const own = await run(["a.ipynb"], { out });
      expect(own.by).toEqual({ "a.ipynb": "bad-input" });
      expect(own.results[0]!.message).toMatch(
        /^--out .* is where this notebook itself lies: choose another folder, or use --update$/,
      );
    }
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  it("refuses an --out that cannot be written to before anything runs, and two notebooks of one name", async () => {
    save("a", ["print a"]);
    writeFileSync(path.join(folder, "file"), "");
    await expect(run(["."], { out: path.join(folder, "file/out") })).rejects.toThrow(
      /^--out .*: cannot be written to \(/,
    );
    mkdirSync(path.join(folder, "sub"));
    saveNotebook(path.join(folder, "sub/a.ipynb"), ["print a"], { kernel: "faulty" });
    const twice = await run(["a.ipynb", "sub"], { out: path.join(folder, "out") });
    expect(twice.by).toEqual({ "a.ipynb": "passed", "sub/a.ipynb": "bad-input" });
    expect(twice.results[1]!.message).toContain("another notebook of this name goes to the same folder");
  });

  it("says so when the result cannot be written, keeps the old file, and runs the others", async () => {
    const [a] = [save("a", ["print a"]), save("b", ["print b"])];
    const out = path.join(folder, "out");
    mkdirSync(path.join(out, "a.ipynb"), { recursive: true }); // a folder where the file should go
    const before = readFileSync(a, "utf8");
    const result = await run(["."], { out });
    expect(result).toMatchObject({ by: { "a.ipynb": "failed", "b.ipynb": "passed" }, exitCode: ExitCode.failed });
    expect(result.results[0]!.message).toContain("not written");
    expect(readFileSync(a, "utf8")).toBe(before);
    expect(readdirSync(out).sort()).toEqual(["a.ipynb", "b.ipynb"]);
  });

  it("sets parameters, and refuses a name that the notebook does not have", async () => {
    const cell = { source: "const text = 1\nprint a", metadata: { tags: ["parameters"] } };
    save("a", [{ ...cell, source: "const n = 1;" }]);
    save("b", ["print b"]);
    const out = path.join(folder, "out");
    const result = await run(["."], { params: { n: "7" }, out });
    expect(result.by).toEqual({ "a.ipynb": "passed", "b.ipynb": "bad-input" });
    expect(result.results[1]!.message).toMatch(/^--param n: no code cell is tagged/);
    expect(existsSync(path.join(out, "b.ipynb"))).toBe(false);
    const written = JSON.parse(readFileSync(path.join(out, "a.ipynb"), "utf8")) as INotebookContent;
    expect(written.cells[0]!.source).toEqual(["const n = 7;"]);
  });

  it("lets a command judge what ran, and survives its judge", async () => {
    save("a", ["print a"]);
    save("b", ["print b"]);
    save("c", ["print c"]);
    const result = await run(["."], {
      onFinished: ({ name, committed, run: finished }) => {
        if (name === "b.ipynb") throw new Error("bug");
        expect((committed.cells[0] as ICodeCell).outputs).toEqual([]);
        expect((finished.notebook.cells[0] as ICodeCell).outputs).toHaveLength(1);
        return name === "a.ipynb" ? null : { exitCode: ExitCode.different, message: "1 difference" };
      },
    });
    expect(result.by).toEqual({ "a.ipynb": "passed", "b.ipynb": "failed", "c.ipynb": "different" });
    expect(result.results[1]!.message).toMatch(/^internal error: Error: bug/);
    expect(result.exitCode).toBe(ExitCode.failed);
  });

  it("stops at Ctrl-C: the running notebook is interrupted and not written, the rest not begun", async () => {
    save("a", ["print a"]);
    const b = save("b", ["sleep 20000"]);
    save("c", ["print c"]);
    const before = readFileSync(b, "utf8");
    const stop = new AbortController();
    const seen: NotebookResult[] = [];
    const result = await run(["."], {
      signal: stop.signal,
      update: true,
      observer: {
        onCell: ({ name }) => void (name === "b.ipynb" && setTimeout(() => stop.abort(), 200)),
        onResult: (each) => void seen.push(each),
      },
    });
    expect(result.by).toEqual({ "a.ipynb": "passed", "b.ipynb": "interrupted", "c.ipynb": "not-run" });
    expect(result.exitCode).toBe(ExitCode.interrupted);
    expect(seen).toEqual(result.results);
    expect(readFileSync(b, "utf8")).toBe(before);
  });

  it("says which file may not be read", async () => {
    const file = save("a", ["print a"]);
    chmodSync(file, 0o000);
    const result = await run(["a.ipynb"]);
    // Root reads everything.
    if (process.getuid?.() === 0) expect(result.by).toEqual({ "a.ipynb": "passed" });
    else expect(result.results[0]!.message).toMatch(/^may not be read: /);
  });
});
