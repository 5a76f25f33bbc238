import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { InvalidArgumentError } from "commander";
import type { Command } from "commander";
import { CliError } from "../cli-error";
import type { Context } from "../context";
import type { Measurement, Workload } from "./workload";

/** Loaded when called: lib brings TensorFlow with it. */
const WORKLOADS: Record<string, () => Promise<Workload>> = {
  kernel: async () => (await import("./kernel-start.js")).kernelStart,
  runner: async () => (await import("./runner-overhead.js")).runnerOverhead,
  matmul: async () => (await import("./mat-mul.js")).matMul,
};

/** `genlab bench`. */
export function register(program: Command, context: Context): void {
  program
    .command("bench")
    .description("measure what users feel: kernel start, overhead per cell, TensorFlow")
    .option("--only <names>", `some of ${Object.keys(WORKLOADS).join(",")}`, workloadNames)
    .option("--json <file>", "write the numbers, the machine and the versions")
    .action((options: { only?: string[]; json?: string }) => bench(context, options));
}

function workloadNames(text: string): string[] {
  const names = text.split(",");
  if (names.some((name) => !(name in WORKLOADS)))
    throw new InvalidArgumentError(`wanted some of ${Object.keys(WORKLOADS).join(",")}.`);
  return names;
}

async function bench(context: Context, { only, json }: { only?: string[]; json?: string }): Promise<void> {
  const results: Measurement[] = [];
  const failed: string[] = [];
  for (const [name, load] of Object.entries(WORKLOADS)) {
    if (only && !only.includes(name)) continue;
    try {
      for (const result of await (
        await load()
      )(context)) {
        results.push(result);
        const value = result.value.toFixed(result.value < 10 ? 2 : 0);
        context.stdout.write(
          `${result.name.padEnd(16)} ${value.padStart(8)} ${result.unit.padEnd(8)} ${result.what}\n`,
        );
      }
    } catch (error) {
      failed.push(name);
      context.stderr.write(`bench ${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  if (json) writeReport(path.resolve(context.cwd, json), results, context);
  if (failed.length > 0) throw new CliError(`bench: ${failed.join(", ")} could not be measured`);
}

function writeReport(file: string, results: readonly Measurement[], context: Context): void {
  const report = {
    date: new Date(context.now()).toISOString(),
    machine: {
      cpu: os.cpus()[0]?.model ?? "",
      cores: os.availableParallelism(),
      gib: Math.round(os.totalmem() / 2 ** 30),
    },
    versions: { node: process.version },
    results,
  };
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(`${file}.tmp`, `${JSON.stringify(report, null, 2)}\n`);
    fs.renameSync(`${file}.tmp`, file);
  } catch (error) {
    throw new CliError(`bench: wanted to write ${file}, got ${(error as Error).message}. Choose another --json file.`);
  }
}
