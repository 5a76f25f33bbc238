import { CliError, ExitCode } from "../cli-error";
import type { Context } from "../context";
import { writeFileAtomically } from "../notebook";
import { annotations } from "../output/annotations";
import { summary } from "../output/details";
import { RunTimes } from "../output/estimate";
import { jsonReport } from "../output/json-report";
import { junitReport } from "../output/junit";
import { LiveLines } from "../output/live";
import { listenForCtrlC } from "./ctrl-c";
import { expandInputs } from "./inputs";
import { runMany } from "./many";
import type { ManyOptions, ManyResult } from "./many";
import type { SharedOptions } from "./options";

export interface Execution {
  /** The command's name, for the reports. */
  command: string;
  /** Notebooks and folders as named by the user. */
  args: readonly string[];
  options: SharedOptions;
  onFinished?: ManyOptions["onFinished"];
  /** Lines to print between the table of notebooks and the last line. */
  epilogue?: (result: ManyResult) => string[];
}

/**
 * What `run` and `check` do: execute notebooks while showing how it goes, print the table, write the reports.
 * @returns when everything passed
 * @throws CliError with an empty message, since all is said, and the exit status; CliError (usage) for wrong options.
 */
export async function executeNotebooks(execution: Execution, context: Context): Promise<ManyResult> {
  const { options, command } = execution;
  const started = context.now();
  const { files, problems } = expandInputs(execution.args, context);
  const times = new RunTimes(context.root, options.profile);
  const live = new LiveLines(context, times);
  const ctrlC = listenForCtrlC();
  let result: ManyResult;
  try {
    result = await runMany(files, problems, {
      root: context.root,
      env: context.env,
      profile: options.profile,
      kernel: options.kernel,
      timeoutS: options.timeoutS,
      limits: options.limits,
      jobs: options.jobs,
      failFast: options.failFast,
      params: options.params,
      update: options.update,
      out: options.out,
      signal: ctrlC.signal,
      onFinished: execution.onFinished,
      observer: live,
    });
  } finally {
    ctrlC.dispose();
    live.close();
  }
  times.save();
  const unwritten = [
    writeReport(options.json, () => jsonReport({ command, profile: options.profile, started }, result)),
    writeReport(options.junit, () => junitReport(result)),
  ].filter((message) => message !== null);
  const ci = context.env.GITHUB_ACTIONS === "true";
  const [last, ...table] = summary(result.results).reverse();
  const lines = [
    "",
    ...table.reverse(),
    ...(execution.epilogue?.(result) ?? []),
    ...(ci ? annotations(result.results, context.env.GITHUB_WORKSPACE ?? context.root) : []),
    ...unwritten.map((message) => `report not written: ${message}`),
    last,
  ];
  context.stdout.write(lines.join("\n") + "\n");
  const exitCode = result.exitCode === ExitCode.ok && unwritten.length > 0 ? ExitCode.failed : result.exitCode;
  if (exitCode !== ExitCode.ok) throw new CliError("", exitCode);
  return result;
}

/** Writes a report; a full disk must not hide the result of a long run. */
function writeReport(file: string | undefined, text: () => string): string | null {
  try {
    if (file !== undefined) writeFileAtomically(file, text());
    return null;
  } catch (error) {
    if (error instanceof CliError) return error.message;
    throw error;
  }
}
