import os from "node:os";
import path from "node:path";
import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import { CliError, ExitCode } from "../cli-error";
import type { Context } from "../context";
import { PROFILES } from "./cell-options";
import type { Profile } from "./cell-options";
import { DEFAULT_LIMITS } from "./outputs";
import type { OutputLimits } from "./outputs";

/** The options that `run` and `check` share, parsed. */
export interface SharedOptions {
  jobs: number;
  failFast: boolean;
  update: boolean;
  /** Absolute. */
  out?: string;
  params: Record<string, string>;
  profile: Profile;
  timeoutS?: number;
  kernel?: string;
  limits: OutputLimits;
  /** Absolute. */
  json?: string;
  /** Absolute. */
  junit?: string;
}

/** What commander hands to a command's action. */
export interface RawOptions {
  jobs?: number;
  keepGoing?: true;
  failFast?: true;
  update?: true;
  out?: string;
  param: Record<string, string>;
  profile?: Profile;
  timeout?: number;
  kernel?: string;
  maxOutput?: number;
  maxMessages?: number;
  json?: string;
  junit?: string;
}

/** Declares the shared options on a command. */
export function addSharedOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--profile <name>", "how long to train (default: $GENLAB_PROFILE, or standard)").choices(PROFILES),
    )
    .option("--jobs <n>", "notebooks at a time (default: 1; 2 in the profile quick)", positiveInteger)
    .option("--keep-going", "run every notebook even if one fails (default)")
    .addOption(new Option("--fail-fast", "stop at the first notebook that fails").conflicts("keepGoing"))
    .option("--update", "write the new outputs into the notebooks that ran without failure")
    .option("--out <dir>", "write every executed notebook, failed ones too, into this folder")
    .option("--param <name=value>", "set a variable of the cell tagged parameters; repeatable", parameter, {})
    .option(
      "--timeout <seconds>",
      "limit per cell where the notebook sets none (default: quick 120, standard 1200)",
      positive,
    )
    .option("--kernel <name>", "use this kernel instead of the notebook's own")
    .option("--max-output <bytes>", `what one cell may write (default: ${DEFAULT_LIMITS.bytes})`, positiveInteger)
    .option("--max-messages <n>", `output messages of one cell (default: ${DEFAULT_LIMITS.messages})`, positiveInteger)
    .option("--json <file>", "write a report as JSON (scripts/output/report.schema.json)")
    .option("--junit <file>", "write a report in JUnit's XML");
}

/**
 * Completes the options by environment and defaults.
 * @throws CliError (usage) when GENLAB_PROFILE names no profile.
 */
export function readSharedOptions(raw: RawOptions, { cwd, env }: Pick<Context, "cwd" | "env">): SharedOptions {
  const named = raw.profile ?? (env.GENLAB_PROFILE || "standard");
  const profile = PROFILES.find((each) => each === named);
  if (profile === undefined) {
    throw new CliError(
      `GENLAB_PROFILE is "${named}", expected ${PROFILES.join(", ")}: correct or unset it`,
      ExitCode.usage,
    );
  }
  const absolute = (file: string | undefined) => (file === undefined ? undefined : path.resolve(cwd, file));
  return {
    // Quick runs are half kernel start and type checking, each on one core. Longer ones use all cores themselves, and
    // their times are part of what is shown. The numbers do not depend on it: TensorFlow's thread count stays the same.
    jobs: raw.jobs ?? (profile === "quick" ? Math.min(2, os.availableParallelism()) : 1),
    failFast: raw.failFast === true,
    update: raw.update === true,
    out: absolute(raw.out),
    params: raw.param,
    profile,
    timeoutS: raw.timeout,
    kernel: raw.kernel,
    limits: {
      bytes: raw.maxOutput ?? DEFAULT_LIMITS.bytes,
      messages: raw.maxMessages ?? DEFAULT_LIMITS.messages,
    },
    json: absolute(raw.json),
    junit: absolute(raw.junit),
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value > 0 && value <= 2_000_000) return value;
  throw new InvalidArgumentError("Expected a number above 0 (at most 2,000,000).");
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError("Expected a whole number above 0.");
}

function parameter(text: string, before: Record<string, string>): Record<string, string> {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("Expected NAME=VALUE.");
  return { ...before, [text.slice(0, at).trim()]: text.slice(at + 1) };
}
