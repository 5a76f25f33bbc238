import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { InvalidArgumentError } from "commander";
import type { Command } from "commander";
import { CliError, ExitCode } from "../cli-error";
import type { Context } from "../context";
import type { Recipe } from "./recipe";

/** Loaded when called: lib brings TensorFlow with it. */
const RECIPES: Record<string, () => Promise<Recipe>> = {
  "digit-classifier": async () => (await import("./recipes/digit-classifier.js")).digitClassifier,
};

/** `genlab reproduce`. */
export function register(program: Command, context: Context, recipes = RECIPES): void {
  program
    .command("reproduce")
    .description("train again what lies in data/: weights, and a record of how they were made")
    .argument("<name>", Object.keys(recipes).join(", "))
    .option("--out <dir>", "where to write instead of data/")
    .option("--epochs <n>", "fewer epochs than the recipe's, for a try", wholeNumber)
    .action((name: string, options: { out?: string; epochs?: number }) => reproduce(name, options, recipes, context));
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("wanted a whole number, 1 or more.");
  return Number(text);
}

async function reproduce(
  name: string,
  { out, epochs }: { out?: string; epochs?: number },
  recipes: typeof RECIPES,
  context: Context,
): Promise<void> {
  const load = recipes[name];
  if (load === undefined) {
    throw new CliError(`reproduce: no recipe ${name}: there is ${Object.keys(recipes).join(", ")}`, ExitCode.usage);
  }
  if (epochs !== undefined && out === undefined) {
    throw new CliError(
      "reproduce: --epochs makes weaker weights: add --out, so that data/ keeps the good ones",
      ExitCode.usage,
    );
  }
  const recipe = await load();
  const folder = out === undefined ? path.join(context.root, "data") : path.resolve(context.cwd, out);
  fs.mkdirSync(folder, { recursive: true });
  const file = path.join(folder, recipe.file);
  const started = context.now();
  const log = (line: string): void => void context.stdout.write(`${line}\n`);
  const made = await recipe.make({ out: file, epochs, log });
  const bytes = fs.readFileSync(file);
  const record = {
    name: recipe.name,
    description: recipe.description,
    command: `genlab reproduce ${recipe.name}`,
    file: recipe.file,
    bytes: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    ...made,
    seconds: Math.round((context.now() - started) / 1000),
    machine: `${os.cpus()[0]?.model.trim() ?? "unknown"}, ${os.availableParallelism()} threads`,
    versions: { node: process.version, ...(await tensorflowVersions()) },
    date: new Date(context.now()).toISOString().slice(0, 10),
  };
  const target = path.join(folder, `${recipe.name}.json`);
  fs.writeFileSync(`${target}.new`, `${JSON.stringify(record, null, 2)}\n`);
  fs.renameSync(`${target}.new`, target);
  const metrics = Object.entries(made.metrics).map(([key, { value, unit }]) => `${key} ${value} ${unit}`);
  log(`${recipe.file}: ${bytes.length.toLocaleString("en")} bytes · ${metrics.join(" · ")} · ${record.seconds} s`);
}

async function tensorflowVersions(): Promise<Record<string, string>> {
  const { tf, useDevice } = await import("genlab");
  const { tensorflow, backend } = await useDevice();
  return {
    tfjs: tf.version["tfjs-core"] ?? "unknown",
    backend: tensorflow === null ? backend : `tensorflow ${tensorflow}`,
  };
}
