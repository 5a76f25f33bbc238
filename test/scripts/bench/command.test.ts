import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { register } from "../../../scripts/bench/command";
import { kernelEnvironment, peerContenders } from "../../../scripts/bench/contenders";
import { planOf } from "../../../scripts/bench/options";
import type { BenchReport } from "../../../scripts/bench/report";
import { ExitCode } from "../../../scripts/cli-error";
import { realContext } from "../../../scripts/context";
import type { Context } from "../../../scripts/context";

const root = path.resolve(import.meta.dirname, "../../..");

let folder: string;
beforeEach(() => void (folder = fs.mkdtempSync(path.join(os.tmpdir(), "genlab-bench-"))));
afterEach(() => fs.rmSync(folder, { recursive: true }));

let shown: string;
let said: string;
async function bench(args: readonly string[], context: Partial<Context> = {}): Promise<void> {
  [shown, said] = ["", ""];
  const program = new Command("genlab").exitOverride().configureOutput({ writeErr: () => undefined });
  register(program, {
    ...realContext(),
    root,
    cwd: folder,
    stdout: { write: (text: string) => (shown += text) },
    stderr: { write: (text: string) => (said += text) },
    now: () => 0,
    ...context,
  });
  for (const command of program.commands) command.exitOverride().copyInheritedSettings(program);
  await program.parseAsync(["bench", ...args], { from: "user" });
}

/** A root with our build and, in place of PyTorch, a Python of our making. */
function rootWithPython(script: string): string {
  fs.mkdirSync(path.join(folder, "build/peers-venv/bin"), { recursive: true });
  fs.symlinkSync(path.join(root, "build/scripts"), path.join(folder, "build/scripts"));
  fs.writeFileSync(path.join(folder, "build/peers-venv/genlab.json"), "{}");
  fs.writeFileSync(path.join(folder, "build/peers-venv/bin/python"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return folder;
}

it("measures a real training step and a real rate, prints them, writes report and figure", async () => {
  await bench(["--quick", "--only", "mlp,mat-mul", "--json", "out/bench.json", "--figure", "out/bench.svg"]);
  expect(shown).toMatch(/^workload +Genlab +TF\.js eager$/m);
  expect(shown).toMatch(/^mlp C128 B16 +[\d.,]+ \([\d.,]+–[\d.,]+\) +[\d.,]+ \([\d.,]+–[\d.,]+\)$/m);
  expect(shown).toMatch(/^mat-mul \[1024×128\]·\[128×512\] float32 .* GFLOP\/s$/m);
  expect(said).toBe("measuring mlp C128 B16 …\nmeasuring mat-mul [1024×128]·[128×512] float32 …\n");
  const report = JSON.parse(fs.readFileSync(path.join(folder, "out/bench.json"), "utf8")) as BenchReport;
  expect(report).toMatchObject({ failures: [], date: "1970-01-01T00:00:00.000Z", plan: { rounds: 2, quick: true } });
  const [mlp] = report.workloads;
  expect(mlp).toMatchObject({ name: "mlp C128 B16", ratioToFastestPeer: null });
  expect(Object.keys(mlp!.ms)).toEqual(["genlab", "eager"]);
  for (const each of [mlp!.ms, mlp!.peakMB, mlp!.firstMs, report.samplers[0]!.perSecond])
    for (const value of Object.values(each)) expect(value).toBeGreaterThan(0);
  expect(mlp!.loss.eager).toBeCloseTo(mlp!.loss.genlab!, 4);
  expect(report.machine.threads).toBeGreaterThan(0);
  expect(report.versions.tfjs).toMatch(/^4\./);
  expect(fs.readFileSync(path.join(folder, "out/bench.svg"), "utf8")).toMatch(/^<svg .*mlp C128 B16/s);
  expect(fs.existsSync(path.join(root, "build/bench"))).toBe(false);
}, 120_000);

describe("a command line", () => {
  it.each([
    [["--only", "mlp,gtp"], /wanted some of kernel,runner,.*mlp/],
    [["--rounds", "0"], /wanted a whole number from 1 to 999/],
    [["--rounds", "many"], /wanted a whole number from 1 to 999/],
    [["--peer"], /unknown option '--peer'/],
  ])("with %j is refused", async (args, message) => {
    await expect(bench(args)).rejects.toThrow(message);
  });

  it("says how long everything runs", () => {
    expect(planOf({})).toMatchObject({ rounds: 7, turnMs: 400 });
    expect(planOf({ quick: true })).toMatchObject({ rounds: 2 });
    expect(planOf({ quick: true, rounds: 3 })).toMatchObject({ rounds: 3 });
  });
});

describe("peers", () => {
  it("that are not set up are a failure that says how to", () => {
    expect(() => peerContenders({ ...realContext(), root: folder }, 2)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/^bench: PyTorch and JAX are not set up: npm run bench -- --peers/) as string,
        exitCode: ExitCode.setup,
      }) as Error,
    );
  });

  it("that are broken are a failure that names them, before anything is measured", async () => {
    const broken = rootWithPython('echo "ImportError: libtorch_cpu.so" >&2; exit 1');
    await expect(bench(["--peers", "--quick", "--only", "mlp"], { root: broken })).rejects.toThrow(
      /^bench: torch ended \(exit code 1\)\. Its last words: ImportError: libtorch_cpu\.so$/,
    );
    expect(shown + said).toBe("");
  }, 60_000);

  it("get as many threads as we, and nothing of the user's Python", () => {
    const env = { PYTHONPATH: "/mine", PATH: "/bin" };
    const peers = peerContenders({ ...realContext(), root: rootWithPython(""), env }, 3);
    expect(peers.map(({ name }) => name)).toEqual(["torch", "torchCompile", "jax"]);
    for (const { name, argv, env: theirs } of peers) {
      expect(argv.slice(-2)).toEqual([name, "3"]);
      expect(theirs).toMatchObject({ OMP_NUM_THREADS: "3", NPROC: "3", JAX_PLATFORMS: "cpu", PATH: "/bin" });
      expect(theirs.PYTHONPATH).toBeUndefined();
    }
  });
});

it("gives our contenders what Jupyter's kernelspec gives a notebook's kernel", () => {
  rootWithPython("");
  const spec = path.join(folder, ".venv/share/jupyter/kernels/tslab");
  fs.mkdirSync(spec, { recursive: true });
  fs.writeFileSync(path.join(spec, "kernel.json"), JSON.stringify({ env: { TF_CPP_MIN_LOG_LEVEL: "3", EXTRA: "1" } }));
  expect(kernelEnvironment(folder, {})).toMatchObject({ TF_CPP_MIN_LOG_LEVEL: "3", EXTRA: "1" });
});

it("goes on when a workload fails, and ends badly naming it", async () => {
  const broken = rootWithPython("");
  fs.unlinkSync(path.join(broken, "build/scripts"));
  fs.cpSync(path.join(root, "build/scripts"), path.join(broken, "build/scripts"), { recursive: true });
  fs.symlinkSync(path.join(root, "node_modules"), path.join(broken, "node_modules"));
  const contender = path.join(broken, "build/scripts/bench/contender/genlab-contender.js");
  const text = fs.readFileSync(contender, "utf8");
  fs.writeFileSync(
    contender,
    text.replace("async load(", 'async load() { throw new Error("no such op"); } async old('),
  );
  await expect(
    bench(["--quick", "--only", "mlp,mat-mul", "--json", "bench.json"], { root: broken, cwd: broken }),
  ).rejects.toThrow("bench: 2 could not be measured: mlp C128 B16, mat-mul [1024×128]·[128×512] float32");
  expect(said).toContain("bench: mlp C128 B16: genlab could not load: no such op");
  const report = JSON.parse(fs.readFileSync(path.join(broken, "bench.json"), "utf8")) as BenchReport;
  expect(report.failures).toHaveLength(2);
}, 120_000);
