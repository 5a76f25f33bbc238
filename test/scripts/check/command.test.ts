import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { register } from "../../../scripts/check/command";
import { CliError, ExitCode } from "../../../scripts/cli-error";
import { readNotebook, writeNotebook } from "../../../scripts/notebook";
import type { Notebook } from "../../../scripts/notebook";
import { METRIC_MIME } from "../../../scripts/check/outputs";
import { metric, notebookOf, stream } from "./notebooks";

const root = path.resolve(__dirname, "../../..");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "genlab-check-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  rmSync(path.join(root, "build/check/b-different-changed.ipynb"), { force: true });
});

/** Runs `genlab check …` in the folder. */
async function check(...args: string[]): Promise<{ exitCode: number; lines: string[]; message: string }> {
  const written: string[] = [];
  const sink = { write: (text: string) => written.push(text) };
  const env = { ...process.env, GENLAB_PROFILE: "", GITHUB_ACTIONS: "" };
  const program = new Command().exitOverride();
  register(program, { cwd: folder, env, stdout: sink, stderr: sink, isTTY: false, root, now: Date.now });
  let [exitCode, message]: [number, string] = [ExitCode.ok, ""];
  try {
    await program.parseAsync(["check", ...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    ({ exitCode, message } = error);
  }
  return { exitCode, message, lines: written.join("").trimEnd().split("\n") };
}

/** A committed notebook whose cells, when executed now, print 2 and record the loss 0.5. */
function training(printed: string, loss: number): Notebook {
  const record = { name: "loss", value: 0.5, unit: "nats", band: { max: 1 }, profile: "standard" };
  const bundle = JSON.stringify({ [METRIC_MIME]: record, "text/plain": "loss: 0.5 nats" });
  const publish = `(globalThis as any)[Symbol.for("genlab.cell")].display(${bundle});`;
  const notebook = notebookOf(
    { source: "console.log(steps + 1);", outputs: [stream(`${printed}\n`)] },
    { source: publish, outputs: [metric("loss", loss, { band: { max: 1 } })] },
  );
  notebook.cells[0]!.outputs = [];
  return notebook;
}

describe("genlab check", { timeout: 120_000 }, () => {
  it("judges each notebook of a folder and ends with the count", async () => {
    writeNotebook(path.join(folder, "a-good.ipynb"), training("2", 0.5));
    writeNotebook(path.join(folder, "b-different.ipynb"), training("3", 0.5));
    const failing = training("2", 0.5);
    failing.cells[1]!.source = 'throw new Error("broken on purpose");';
    writeNotebook(path.join(folder, "c-failing.ipynb"), failing);
    writeFileSync(path.join(folder, "d-unreadable.ipynb"), '{"cells": [');
    const { exitCode, lines } = await check(".", "--jobs", "2", "--json", "report.json", "--junit", "report.xml");
    expect(exitCode).toBe(ExitCode.usage); // the unreadable one has to be seen to first
    expect(lines.at(-1)).toBe("1 passed, 3 failed");
    const text = lines.join("\n");
    expect(text).toMatch(/✓ a-good\.ipynb/);
    expect(text).toMatch(/✗ b-different\.ipynb .* 1 difference: cell 2 \(cell-2\): stdout: expected "3", got "2"/);
    expect(text).toMatch(/-3\n +\+2/);
    expect(text).toMatch(/✗ c-failing\.ipynb .*broken on purpose/);
    expect(text).toMatch(/✗ d-unreadable\.ipynb .*not JSON at line 1, column 12: the file ends early: restore/);
    const report = JSON.parse(readFileSync(path.join(folder, "report.json"), "utf8")) as {
      notebooks: { name: string; result: string; check?: { differences: object[]; metrics: object[] } }[];
    };
    const byName = new Map(report.notebooks.map((each) => [each.name, each]));
    expect(byName.get("a-good.ipynb")).toMatchObject({
      result: "passed",
      check: { metrics: [{ name: "loss", ok: true }] },
    });
    expect(byName.get("b-different.ipynb")).toMatchObject({
      result: "different",
      check: { differences: [{ cell: 2, id: "cell-2", kind: "text", expected: "3", got: "2" }] },
    });
    expect(readFileSync(path.join(folder, "report.xml"), "utf8")).toContain('type="different"');
  });

  it("writes new outputs with --update, after which nothing differs", async () => {
    const file = path.join(folder, "a.ipynb");
    const stale = training("3", 0.25);
    stale.cells[2]!.execution_count = 9;
    writeNotebook(file, stale);
    const updated = await check("a.ipynb", "--update");
    expect(updated.lines.join("\n")).toMatch(/updated, with 2 differences from what was committed/);
    expect(updated.exitCode).toBe(ExitCode.ok);
    expect(readNotebook(file).cells[1]?.outputs).toEqual([stream("2\n")]);
    const again = await check("a.ipynb", "--profile", "standard");
    expect(again.exitCode).toBe(ExitCode.ok);
    expect(again.lines.at(-1)).toBe("1 passed, 0 failed");
  });

  it("refuses options that contradict each other", async () => {
    expect(await check("--update", "--profile", "quick")).toMatchObject({
      exitCode: ExitCode.usage,
      message: expect.stringMatching(/^check: --update writes the committed outputs, .*: leave one/) as string,
    });
    expect((await check("--update", "--param", "a=1")).message).toMatch(/--param may not change it/);
  });
});
