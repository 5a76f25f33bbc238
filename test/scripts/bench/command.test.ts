import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Command } from "commander";
import { expect, it } from "vitest";
import { register } from "../../../scripts/bench/command";
import { median, timed } from "../../../scripts/bench/workload";
import { realContext } from "../../../scripts/context";

it("takes the middle of several times, without the warm-up", async () => {
  expect(median([5, 1, 100])).toBe(5);
  expect(median([4, 1, 2, 100])).toBe(3);
  expect(median([])).toBeNaN();
  let calls = 0;
  expect(await timed(4, 2, () => (calls += 1))).toHaveLength(4);
  expect(calls).toBe(6);
});

it("prints one line per number and writes them with machine and versions", async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "genlab-bench-"));
  try {
    let shown = "";
    const stdout = { write: (text: string) => (shown += text) };
    const program = new Command().exitOverride();
    register(program, { ...realContext(), root: path.resolve(import.meta.dirname, "../../.."), cwd: folder, stdout });
    await program.parseAsync(["bench", "--only", "matmul", "--json", "out/bench.json"], { from: "user" });
    expect(shown).toMatch(/^matMul +\d+(\.\d+)? GFLOP\/s +\[1024×128\]·\[128×512\] float32 on (tensorflow|cpu), .*\n$/);
    const report = JSON.parse(fs.readFileSync(path.join(folder, "out/bench.json"), "utf8")) as {
      machine: { cores: number };
      results: { name: string; value: number }[];
    };
    expect(report.machine.cores).toBeGreaterThan(0);
    expect(report.results.map(({ name }) => name)).toEqual(["matMul"]);
    expect(report.results[0]?.value).toBeGreaterThan(0);
    await expect(
      program.parseAsync(["bench", "--only", "matmul", "--json", "out/bench.json/in-a-file.json"], { from: "user" }),
    ).rejects.toThrow(/^bench: wanted to write .*in-a-file\.json, got .*Choose another --json file\.$/);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}, 90_000);
