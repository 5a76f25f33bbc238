import path from "node:path";
import type { Command } from "commander";
import { CliError } from "../cli-error";
import type { Context } from "../context";
import { parseNames, parseRounds, planOf } from "./options";
import type { BenchOptions } from "./options";
import type { Measurement, Probe } from "./probes/probe";
import { machineOf, reportJson, writeResult } from "./report";
import type { BenchReport } from "./report";
import { goalLines } from "./results";
import type { SamplerResult, TrainingResult } from "./results";
import { assemble, runWorkloads } from "./run";
import { measurementLine, samplerTable, trainingTables } from "./table";
import { workloadNames } from "./workloads";

const PROBES: Record<string, () => Promise<Probe>> = {
  kernel: async () => (await import("./probes/kernel-start.js")).kernelStart,
  runner: async () => (await import("./probes/runner-overhead.js")).runnerOverhead,
};

/** `genlab bench`. */
export function register(program: Command, context: Context): void {
  const names = [...Object.keys(PROBES), ...workloadNames()];
  program
    .command("bench")
    .description("measure training steps, samplers, compile time, memory, kernel start and overhead per cell")
    .option("--only <names>", `some of ${names.join(",")}`, parseNames(names))
    .option("--peers", "the same steps in PyTorch, torch.compile and JAX; npm run bench -- --peers sets them up")
    .option("--rounds <n>", "turns of each contender; 7 unless told", parseRounds)
    .option("--quick", "the smallest size and a moment each: to see that it works")
    .option("--json <file>", "write the numbers, the machine and the versions")
    .option("--figure <file.svg>", "draw the training steps")
    .action((options: BenchOptions) => bench(context, options));
}

async function bench(context: Context, options: BenchOptions): Promise<void> {
  const { only, peers = false, quick = false, json, figure } = options;
  const wanted = (name: string): boolean => only === undefined || only.includes(name);
  const say = (text: string): void => void context.stdout.write(`${text}\n`);
  const failures: string[] = [];
  const failed = (line: string): void => {
    failures.push(line);
    context.stderr.write(`bench: ${line}\n`);
  };
  const plan = planOf(options);
  const workloads: TrainingResult[] = [];
  const samplers: SamplerResult[] = [];
  const results: Measurement[] = [];

  const field = await assemble(context, peers);
  const machine = machineOf();
  say(`${machine.cpu}, ${field.threads} threads · ${versionsLine(field.versions)}\n`);
  for (const [name, load] of Object.entries(PROBES)) {
    if (!wanted(name)) continue;
    try {
      const measured = await (await load())(context);
      results.push(...measured);
      measured.forEach((one) => say(measurementLine(one)));
    } catch (error) {
      failed(`${name}: ${(error as Error).message}`);
    }
  }
  const names = workloadNames().filter(wanted);
  await runWorkloads(
    names,
    { context, field, plan, quick },
    {
      began: (name) => context.stderr.write(`measuring ${name} …\n`),
      training: (result) => workloads.push(result),
      sampler: (result) => samplers.push(result),
      failed,
    },
  );
  for (const text of [trainingTables(workloads), samplerTable(samplers)]) if (text !== "") say(`\n${text}`);
  goalLines(workloads).forEach(say);

  const report: BenchReport = {
    workloads,
    samplers,
    results,
    failures,
    plan: { rounds: plan.rounds, turnMs: plan.turnMs, quick },
    machine: { ...machine, threads: field.threads, device: field.device },
    versions: field.versions,
    date: new Date(context.now()).toISOString(),
  };
  if (json !== undefined) writeResult(path.resolve(context.cwd, json), reportJson(report), "--json");
  if (figure !== undefined) {
    if (workloads.length === 0) throw new CliError("bench: no training step was measured, so there is no figure");
    const { benchFigure } = await import("./figure.js");
    const svg = benchFigure(workloads, `${machine.cpu}, ${field.threads} threads`);
    writeResult(path.resolve(context.cwd, figure), svg, "--figure");
  }
  if (failures.length > 0)
    throw new CliError(`bench: ${failures.length} could not be measured: ${failures.map(nameIn).join(", ")}`);
}

function versionsLine(versions: Readonly<Record<string, string>>): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(" · ");
}

function nameIn(line: string): string {
  return line.split(":")[0]!;
}
