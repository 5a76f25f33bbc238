import { execFile, spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { Command, CommanderError } from "commander";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CliError } from "../../../scripts/cli-error";
import type { Context } from "../../../scripts/context";
import { register } from "../../../scripts/run/command";
import { addSharedOptions, readSharedOptions } from "../../../scripts/run/options";
import type { RawOptions } from "../../../scripts/run/options";
import { eventually, KernelFolder, root } from "../jupyter/kernels";
import { saveNotebook } from "./notebooks";

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

const save = (name: string, cells: string[]) => saveNotebook(path.join(folder, name), cells, { kernel: "faulty" });

/** Runs the command in this process. */
async function genlab(args: string[], env: NodeJS.ProcessEnv = {}) {
  let stdout = "";
  const context: Context = {
    cwd: folder,
    env: kernels.env({ GITHUB_ACTIONS: undefined, GENLAB_PROFILE: "quick", ...env }),
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: () => undefined },
    isTTY: false,
    root,
    now: Date.now,
  };
  const program = new Command("genlab").exitOverride().configureOutput({ writeErr: () => undefined });
  register(program, context);
  program.commands.forEach((command) => command.exitOverride().copyInheritedSettings(program));
  const error = await program.parseAsync(["run", ...args], { from: "user" }).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error !== null && !(error instanceof CliError)) throw error as Error;
  return { exitCode: error?.exitCode ?? 0, message: error?.message ?? "", lines: stdout.trimEnd().split("\n") };
}

describe("genlab run", () => {
  it("prints how it went, the counts last, and writes the reports", async () => {
    save("a.ipynb", ["print a"]);
    save("b.ipynb", ["error RangeError too far"]);
    const result = await genlab([".", "--json", "r.json", "--junit", "r.xml"]);
    expect(result).toMatchObject({ exitCode: 1, message: "" });
    expect(result.lines.at(-1)).toBe("1 passed, 1 failed");
    expect(result.lines.join("\n")).toContain("cell 1 (c0): error: RangeError: too far");
    expect(JSON.parse(readFileSync(path.join(folder, "r.json"), "utf8"))).toMatchObject({
      command: "run",
      profile: "quick",
      exitCode: 1,
    });
    expect(readFileSync(path.join(folder, "r.xml"), "utf8")).toContain(
      '<testsuites name="genlab" tests="2" failures="1"',
    );
    expect((await genlab(["a.ipynb"])).exitCode).toBe(0);
    expect((await genlab(["c.ipynb"])).exitCode).toBe(2);
  });

  it("annotates under GitHub Actions; a report that cannot be written does not hide the result", async () => {
    save("b.ipynb", ["error RangeError too far"]);
    const env = { GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: kernels.folder };
    const result = await genlab(["b.ipynb", "--json", "no/such/folder/r.json"], env);
    expect(result.lines.filter((line) => line.startsWith("::error "))).toEqual([
      "::error file=notebooks/b.ipynb,line=4,title=b.ipynb%2C cell 1::error: RangeError: too far%0ARangeError too far",
    ]);
    expect(result.lines.at(-2)).toMatch(/^report not written: .*r\.json/);
    expect(result.lines.at(-1)).toBe("0 passed, 1 failed");
  });

  it("does not write parameters into a notebook", async () => {
    const before = readFileSync(save("a.ipynb", ["print a"]), "utf8");
    const result = await genlab(["a.ipynb", "--update", "--param", "n=1"]);
    expect(result).toMatchObject({ exitCode: 2, message: expect.stringContaining("use --out DIR instead") as string });
    expect(readFileSync(path.join(folder, "a.ipynb"), "utf8")).toBe(before);
  });

  it("passes profile, kernel, limits and parameters on", async () => {
    saveNotebook(path.join(folder, "a.ipynb"), ["print " + "x".repeat(500)], { kernel: "nemo" });
    const { lines } = await genlab(["a.ipynb", "--kernel", "faulty", "--max-output", "100", "--timeout", "5"]);
    expect(lines.join("\n")).toContain("too-much-output: more than 100 bytes of output");
  });
});

describe("the shared options", () => {
  function parse(args: string[], env: NodeJS.ProcessEnv = {}) {
    const command = addSharedOptions(new Command("x"))
      .exitOverride()
      .configureOutput({ writeErr: () => undefined });
    command.parse(args, { from: "user" });
    return readSharedOptions(command.opts<RawOptions>(), { cwd: "/somewhere", env });
  }

  it("have defaults that depend on the profile, which comes from option, environment, or is standard", () => {
    expect(parse([])).toMatchObject({ profile: "standard", jobs: 1, failFast: false, update: false, params: {} });
    expect(parse([], { GENLAB_PROFILE: "quick" }).jobs).toBeLessThanOrEqual(2);
    expect(parse(["--profile", "long"], { GENLAB_PROFILE: "quick" }).profile).toBe("long");
    expect(() => parse([], { GENLAB_PROFILE: "fast" })).toThrow(
      'GENLAB_PROFILE is "fast", expected quick, standard, long: correct or unset it',
    );
  });

  it("are read as written", () => {
    const args = "--jobs 3 --fail-fast --update --out o --timeout 1.5 --kernel k --json j --junit /x/y";
    expect(parse([...args.split(" "), "--param", "a=1", "--param", "b=x=y"])).toMatchObject({
      jobs: 3,
      failFast: true,
      update: true,
      out: "/somewhere/o",
      timeoutS: 1.5,
      kernel: "k",
      json: "/somewhere/j",
      junit: "/x/y",
      params: { a: "1", b: "x=y" },
    });
  });

  it.each([
    ["--jobs", "0"],
    ["--jobs", "1.5"],
    ["--timeout", "-1"],
    ["--timeout", "soon"],
    ["--param", "novalue"],
    ["--param", "=1"],
    ["--profile", "fast"],
    ["--max-output", "none"],
    ["--fail-fast", "--keep-going"],
  ])("refuse %s %s", (...args) => expect(() => parse(args)).toThrow(CommanderError));
});

describe("the program", () => {
  const bin = path.join(root, "scripts/genlab.cjs");

  it("ends at one Ctrl-C, even if it arrives twice: status 130, files untouched, nothing left behind", async () => {
    const file = save("a.ipynb", ["print a", "sleep 20000"]);
    save("b.ipynb", ["print b"]);
    const before = readFileSync(file, "utf8");
    const child = spawn(process.execPath, [bin, "run", ".", "--update", "--profile", "standard"], {
      cwd: folder,
      env: kernels.env(),
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.on("data", (part: Buffer) => (text += part.toString()));
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    expect(await eventually(() => kernels.leftovers().length === 1, 15_000)).toBe(true);
    await eventually(() => false, 1_500);
    child.kill("SIGINT");
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(text).toContain("stopped by Ctrl-C");
    expect(text.trimEnd().split("\n").at(-1)).toBe("0 passed, 0 failed, 2 not run");
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  it("leaves the old file whole when the disk takes no more", async () => {
    const file = save("a.ipynb", ["print " + "x".repeat(20_000)]);
    const before = readFileSync(file, "utf8");
    // A limit on the size of files, in blocks of 1 KiB, refuses the write as a full disk does.
    const run = promisify(execFile)(
      "bash",
      ["-c", `ulimit -f 12; exec "${process.execPath}" "${bin}" run --update a.ipynb`],
      {
        cwd: folder,
        env: kernels.env(),
      },
    );
    const error = (await run.catch((reason: unknown) => reason)) as { code: number; stdout: string };
    expect(error.code).toBe(1);
    expect(error.stdout).toContain("not written (EFBIG), the old content stands");
    expect(readFileSync(file, "utf8")).toBe(before);
    expect(readdirSync(folder)).toEqual(["a.ipynb"]);
  });
});
