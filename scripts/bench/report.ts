import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { CliError } from "../cli-error";
import type { Measurement } from "./probes/probe";
import type { SamplerResult, TrainingResult } from "./results";

/** The --json file. */
export interface BenchReport {
  /** Training steps. */
  workloads: TrainingResult[];
  samplers: SamplerResult[];
  /** Kernel start, runner overhead. */
  results: Measurement[];
  /** What could not be measured, one line each. */
  failures: string[];
  plan: { rounds: number; turnMs: number; quick: boolean };
  machine: { cpu: string; cores: number; threads: number; gib: number; device: string };
  versions: Record<string, string>;
  date: string;
}

/** The machine as the operating system tells it. */
export function machineOf(): { cpu: string; cores: number; gib: number } {
  return {
    cpu: os.cpus()[0]?.model.replace(/\s+/g, " ").trim() ?? "",
    cores: os.availableParallelism(),
    gib: Math.round(os.totalmem() / 2 ** 30),
  };
}

/** Numbers with six significant digits: more would be noise. */
export function reportJson(report: BenchReport): string {
  const shorten = (_: string, value: unknown): unknown =>
    typeof value === "number" && Number.isFinite(value) ? Number(value.toPrecision(6)) : value;
  return `${JSON.stringify(report, shorten, 2)}\n`;
}

/**
 * Writes beside and renames.
 * @param option for the message: "--json"
 * @throws CliError when the place cannot be written
 */
export function writeResult(file: string, content: string, option: string): void {
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(`${file}.tmp`, content);
    fs.renameSync(`${file}.tmp`, file);
  } catch (error) {
    throw new CliError(
      `bench: wanted to write ${file}, got ${(error as Error).message}. Choose another ${option} file.`,
    );
  }
}
