import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ExitCode } from "../../../scripts/cli-error";
import type { CliError } from "../../../scripts/cli-error";
import { findKernel, kernelNames } from "../../../scripts/jupyter/kernelspec";

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), "genlab-test-"))));
afterEach(() => rmSync(folder, { recursive: true }));

function add(place: string, name: string, spec: unknown): void {
  mkdirSync(path.join(folder, place, "kernels", name), { recursive: true });
  writeFileSync(
    path.join(folder, place, "kernels", name, "kernel.json"),
    typeof spec === "string" ? spec : JSON.stringify(spec),
  );
}

function search(env: NodeJS.ProcessEnv = {}) {
  return { root: folder, env: { HOME: path.join(folder, "home"), ...env } };
}

function failure(name: string): CliError {
  try {
    findKernel(name, search());
  } catch (error) {
    return error as CliError;
  }
  throw new Error("nothing was thrown");
}

describe("findKernel", () => {
  it("runs our own kernel by the present node, whatever tslab is installed elsewhere", () => {
    add("home/.local/share/jupyter", "tslab", { argv: ["tslab"], language: "typescript" });
    expect(failure("tslab").message).toMatch(/^the kernel is not built \(.*main\.js is missing\): run npm run setup$/);
    expect(failure("tslab").exitCode).toBe(ExitCode.setup);
    const main = path.join(folder, "build/scripts/kernel/main.js");
    mkdirSync(path.dirname(main), { recursive: true });
    writeFileSync(main, "");
    expect(findKernel("tslab", search())).toMatchObject({
      argv: [process.execPath, main, "--connection-file", "{connection_file}"],
      interruptMode: "signal",
    });
  });

  it("takes JUPYTER_PATH before the environment's folder before the user's", () => {
    for (const place of ["a", "b", ".venv/share/jupyter", "home/.local/share/jupyter"])
      add(place, "deno", { argv: [place] });
    const env = { JUPYTER_PATH: ["b", "a"].map((each) => path.join(folder, each)).join(":") };
    expect(findKernel("deno", search(env)).argv).toEqual(["b"]);
    rmSync(path.join(folder, "b"), { recursive: true });
    expect(findKernel("deno", search(env)).argv).toEqual(["a"]);
    expect(findKernel("deno", search()).argv).toEqual([".venv/share/jupyter"]);
    rmSync(path.join(folder, ".venv"), { recursive: true });
    expect(findKernel("deno", search()).argv).toEqual(["home/.local/share/jupyter"]);
    expect(kernelNames(search())).toEqual(expect.arrayContaining(["deno", "tslab"]));
  });

  it("fills in folder, prefix, environment and the interpreter that belongs to the kernel", () => {
    mkdirSync(path.join(folder, ".venv/bin"), { recursive: true });
    writeFileSync(path.join(folder, ".venv/bin/python"), "");
    add(".venv/share/jupyter", "python3", {
      argv: ["python", "-m", "ipykernel", "{resource_dir}", "{prefix}", "{connection_file}"],
      env: { A: "${HOME}/x", B: "$UNKNOWN" },
      interrupt_mode: "message",
      display_name: "Python 3",
    });
    const prefix = path.join(folder, ".venv");
    expect(findKernel("python3", search())).toMatchObject({
      argv: [
        path.join(prefix, "bin/python"),
        "-m",
        "ipykernel",
        path.join(prefix, "share/jupyter/kernels/python3"),
        prefix,
        "{connection_file}",
      ],
      env: { A: path.join(folder, "home/x"), B: "$UNKNOWN" },
      interruptMode: "message",
      displayName: "Python 3",
    });
  });

  it.each([
    ["nemo", undefined, /^no kernel "nemo" \(there are: .*tslab.*\): install it, or choose one with --kernel$/],
    ["broken", "{", /^kernel "broken": .*kernel\.json is not readable JSON/],
    ["empty", { argv: [] }, /^kernel "empty": .*kernel\.json has no argv list of strings: reinstall the kernel$/],
    ["odd", { argv: ["a", 1] }, /has no argv list of strings/],
  ])("says what is wrong with %s in one line", (name, spec, message) => {
    if (spec !== undefined) add(".venv/share/jupyter", name, spec);
    expect(failure(name).message).toMatch(message);
    expect(failure(name).exitCode).toBe(ExitCode.usage);
  });
});
