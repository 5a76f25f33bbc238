import fs from "node:fs";
import { dataFile } from "./paths";

/** A paper-length run, as `genlab reproduce NAME` recorded it in data/results/NAME.json. */
export interface PaperRun {
  name: string;
  description: string;
  config: Record<string, unknown>;
  metrics: Record<string, { value: number; unit: string }>;
  steps: number;
  /** Of training and measuring, all sittings together. */
  seconds: number;
  /** In words. */
  machine: string;
  versions: Record<string, string>;
  /** YYYY-MM-DD */
  date: string;
}

/**
 * The record of a paper-length run, to stand beside a notebook's own short one.
 * @returns undefined where the run has not been made: `genlab reproduce NAME` makes it
 * @throws Error when the file is no such record
 */
export function paperRun(name: string): PaperRun | undefined {
  const file = dataFile(`results/${name}.json`);
  if (!fs.existsSync(file)) return undefined;
  const cure = `run genlab reproduce ${name} again`;
  let record: PaperRun;
  try {
    record = JSON.parse(fs.readFileSync(file, "utf8")) as PaperRun;
  } catch (cause) {
    throw new Error(`paperRun: data/results/${name}.json is not JSON: ${cure}`, { cause });
  }
  const bad = Object.entries(record.metrics ?? {}).find(([, metric]) => !Number.isFinite(metric?.value));
  if (record.name !== name || record.metrics === undefined || bad !== undefined) {
    const why = bad === undefined ? "is no record of it" : `has no number for ${bad[0]}`;
    throw new Error(`paperRun: data/results/${name}.json ${why}: ${cure}`);
  }
  return record;
}

/** One metric of it. @returns NaN where the run has not been made, or did not measure it */
export function paperMetric(name: string, metric: string): number {
  return paperRun(name)?.metrics[metric]?.value ?? NaN;
}
