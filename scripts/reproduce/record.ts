import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Recipe, Reproduced } from "./recipe";

/** What is kept of a run. @param weights the file that it wrote, if any */
export async function recordOf(
  recipe: Recipe,
  made: Reproduced,
  {
    seconds,
    now,
    weights,
    data,
  }: { seconds: number; now: number; weights: string | undefined; data?: { name: string; sha256: string } | undefined },
): Promise<Record<string, unknown>> {
  return {
    name: recipe.name,
    description: recipe.description,
    command: `genlab reproduce ${recipe.name}${recipe.data === undefined ? "" : " --data FILE"}`,
    ...(weights !== undefined && checksum(weights)),
    ...(data !== undefined && { data: { name: data.name, sha256: data.sha256 } }),
    config: recipe.config,
    metrics: made.metrics,
    steps: made.steps,
    seconds: Math.round(seconds),
    machine: `${os.cpus()[0]?.model.trim() ?? "unknown"}, ${os.availableParallelism()} threads`,
    versions: { node: process.version, ...(await tensorflowVersions()) },
    date: new Date(now).toISOString().slice(0, 10),
  };
}

/** Whole or not at all: a crash leaves the record before. */
export function writeRecord(file: string, record: Record<string, unknown>): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`);
  fs.renameSync(`${file}.new`, file);
}

function checksum(file: string): Record<string, string | number> {
  const bytes = fs.readFileSync(file);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { file: path.basename(file), bytes: bytes.length, sha256 };
}

async function tensorflowVersions(): Promise<Record<string, string>> {
  const { tf, useDevice } = await import("genlab");
  const { tensorflow, backend } = await useDevice();
  return {
    tfjs: tf.version["tfjs-core"] ?? "unknown",
    backend: tensorflow === null ? backend : `tensorflow ${tensorflow}`,
  };
}
