import fs from "node:fs";
import path from "node:path";
import { InvalidArgumentError } from "commander";
import type { Command } from "commander";
import { CliError, ExitCode } from "../cli-error";
import type { Context } from "../context";
import { sha256Of } from "../download/fetch-file";
import { cacheFolder, downloadPath, readManifest } from "../download/manifest";
import { listenForCtrlC } from "../run/ctrl-c";
import type { Recipe } from "./recipe";
import { loadRecipe, recipeNames } from "./recipes";
import { recordOf, writeRecord } from "./record";
import { RecipeSitting } from "./sitting";

interface Options {
  out?: string;
  steps?: number;
  data?: string;
  restart?: boolean;
}

/** Where recipes come from; loading one loads TensorFlow. */
export interface Cookbook {
  names: () => string[];
  load: (name: string) => Recipe;
}

const COOKBOOK: Cookbook = { names: recipeNames, load: loadRecipe };

/** `genlab reproduce`. */
export function register(program: Command, context: Context, cookbook = COOKBOOK): void {
  program
    .command("reproduce")
    .description("train again what lies in data/: our own weights, and the figures of paper-length runs")
    .argument("<name>", cookbook.names().join(", "))
    .option("--out <dir>", "where to write instead of data/")
    .option("--steps <n>", "a few steps instead of the recipe's, for a try", wholeNumber)
    .option("--data <file>", "the data set of a recipe that needs one, instead of what `genlab download` fetched")
    .option("--restart", "drop the checkpoint of an interrupted run instead of going on from it")
    .action((name: string, options: Options) => reproduce(name, options, cookbook, context));
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("wanted a whole number, 1 or more.");
  return Number(text);
}

async function reproduce(name: string, options: Options, cookbook: Cookbook, context: Context): Promise<void> {
  const { out, steps, restart = false } = options;
  if (!cookbook.names().includes(name)) {
    const message = `reproduce: no recipe ${name}: there is ${cookbook.names().join(", ")}`;
    throw new CliError(message, ExitCode.usage);
  }
  if (steps !== undefined && out === undefined) {
    const message = "reproduce: --steps makes a weaker model: add --out, so that data/ keeps the good one";
    throw new CliError(message, ExitCode.usage);
  }
  // As for notebooks (setup/kernelspec.mjs): TensorFlow calls it an error when its optimizer leaves a part of a graph as it is.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "3"; // read once, while it loads
  const recipe = cookbook.load(name);
  const data = await dataOf(recipe, options.data, context);
  if (data?.name !== recipe.data && out === undefined) {
    const given = options.data === undefined ? data?.file : `--data ${options.data}`;
    const cure = `add --out, so that data/ keeps the figures of ${recipe.data}`;
    const message = `reproduce: ${given} is not ${recipe.data} (its sha256 differs): ${cure}`;
    throw new CliError(message, ExitCode.usage);
  }
  const folder = out === undefined ? path.join(context.root, "data") : path.resolve(context.cwd, out);
  const [weights, record] =
    recipe.kind === "weights"
      ? [path.join(folder, `${name}.safetensors`), path.join(folder, `${name}.json`)]
      : [undefined, path.join(folder, "results", `${name}.json`)];
  fs.mkdirSync(path.dirname(record), { recursive: true });
  const checkpoints = path.join(cacheFolder(context.env), "reproduce");
  fs.mkdirSync(checkpoints, { recursive: true });
  if (restart) removeCheckpoints(checkpoints, name);

  const log = (line: string): void => void context.stdout.write(`${line}\n`);
  const { CheckpointError, useDevice } = await import("genlab");
  log(String(await useDevice()));
  const ctrlC = listenForCtrlC();
  const { signal } = ctrlC;
  const sitting = new RecipeSitting({
    recipe,
    out: weights ?? folder,
    steps,
    data,
    folder: checkpoints,
    signal,
    log,
    now: context.now,
  });
  try {
    const made = await recipe.make(sitting);
    const { seconds } = sitting;
    writeRecord(record, await recordOf(recipe, made, { seconds, now: context.now(), weights, data }));
    sitting.removeCheckpoints();
    const metrics = Object.entries(made.metrics).map(([key, { value, unit }]) => `${key} ${value} ${unit}`);
    log(`${[`wrote ${record}`, ...metrics].join(" · ")} · ${Math.round(seconds)} s`);
  } catch (error) {
    if (error instanceof CheckpointError) {
      throw new CliError(`reproduce: ${error.message.replace(/ to start afresh$/, ", or call with --restart")}`);
    }
    if (!signal.aborted) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new CliError(`${message.replace("run the cell again", "call it again")}`, ExitCode.interrupted);
  } finally {
    ctrlC.dispose();
  }
}

/**
 * The file of a recipe's data set, which has another name where it is another file than the published one.
 * @throws CliError when there is none, or the recipe takes none
 */
async function dataOf(
  recipe: Recipe,
  given: string | undefined,
  context: Context,
): Promise<{ file: string; name: string; sha256: string } | undefined> {
  if (recipe.data === undefined) {
    if (given === undefined) return undefined;
    throw new CliError(`reproduce: ${recipe.name} takes no --data: its data come with the packages`, ExitCode.usage);
  }
  const known = readManifest(context.root).find(({ name }) => name === recipe.data);
  if (known === undefined) throw new Error(`data/downloads.json has no ${recipe.data}, which ${recipe.name} needs`);
  const file = given === undefined ? downloadPath(known, context.env) : path.resolve(context.cwd, given);
  if (!fs.statSync(file, { throwIfNoEntry: false })?.isFile()) {
    const message =
      given === undefined
        ? `${recipe.name} needs ${recipe.data}: run genlab download ${recipe.data}, or give a file of yours with --data`
        : `--data ${given} is no file: check the path`;
    throw new CliError(`reproduce: ${message}`, ExitCode.usage);
  }
  const sha256 = await sha256Of(file);
  return { file, name: sha256 === known.sha256 ? known.name : `another file than ${known.name}`, sha256 };
}

/** Those of one recipe: NAME.safetensors, NAME.part.safetensors, NAME.try-5.safetensors. */
function removeCheckpoints(folder: string, name: string): void {
  for (const file of fs.readdirSync(folder)) {
    if (file.startsWith(`${name}.`)) fs.rmSync(path.join(folder, file), { force: true });
  }
}
