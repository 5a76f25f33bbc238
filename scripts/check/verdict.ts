import { mkdirSync } from "node:fs";
import path from "node:path";
import type pc from "picocolors";
import { ExitCode } from "../cli-error";
import { setParameters, writeNotebook } from "../notebook";
import type { FinishedNotebook, Verdict } from "../run/many";
import type { SharedOptions } from "../run/options";
import { conventionProblems } from "./baseline";
import type { CheckReport, Difference } from "./difference";
import { checkNotebook } from "./notebook";
import { differenceLine, renderDifferences, renderMetrics } from "./render";

export interface JudgeOptions extends Pick<SharedOptions, "params" | "profile" | "update"> {
  /** The project's root; its notebooks/ must keep to the conventions of the series, others are only told. */
  root: string;
  /** Where the command was called: files are named relative to it. */
  cwd: string;
  colors: ReturnType<typeof pc.createColors>;
}

/**
 * Compares a finished run with its committed notebook.
 *
 * With `update`, unless a cell failed, the new outputs replace the committed ones, so that only what is wrong in themselves still counts:
 * metrics outside their bands, stored errors, broken conventions.
 */
export function judge(finished: FinishedNotebook, options: JudgeOptions): Verdict {
  const { profile, colors, root, cwd } = options;
  const committed = setParameters(finished.committed, options.params, finished.name);
  const report = checkNotebook(committed, finished.run, profile);
  const { differences } = report;
  if (options.update && finished.run.status === "ok") return judgeUpdate(finished, report, options);
  const conventions = conventionProblems(committed);
  const ours = path.dirname(finished.file) === path.join(root, "notebooks");
  if (ours) differences.push(...conventions);
  const notes = ours ? [] : conventions.map((problem) => `note: ${differenceLine(problem)}`);
  const changed = differences.length > 0 ? [leaveChanged(finished, root, cwd)] : [];
  const showMetrics = profile === "standard" || report.metrics.some(({ ok }) => !ok);
  return {
    exitCode: differences.length > 0 ? ExitCode.different : ExitCode.ok,
    message: summary(differences),
    lines: [
      ...renderDifferences(differences, colors),
      ...(showMetrics ? renderMetrics(report.metrics, colors) : []),
      ...notes,
      ...changed,
    ],
    cells: perCell(differences),
    data: { ...report, conventions },
  };
}

function judgeUpdate(finished: FinishedNotebook, report: CheckReport, { profile, colors }: JudgeOptions): Verdict {
  const { run } = finished;
  const still = [...checkNotebook(run.notebook, run, profile).differences, ...conventionProblems(run.notebook)];
  const count = report.differences.length;
  return {
    exitCode: still.length > 0 ? ExitCode.different : ExitCode.ok,
    message: summary(still),
    lines: [
      ...renderDifferences(still, colors),
      ...renderMetrics(report.metrics, colors),
      ...(count > 0 ? [`updated, with ${plural(count)} from what was committed:`] : []),
      ...report.differences.map((difference) => `  ${differenceLine(difference)}`),
    ],
    cells: perCell(still),
    data: { ...report, remaining: still },
  };
}

function summary(differences: readonly Difference[]): string {
  const [first] = differences;
  return first ? `${plural(differences.length)}: ${differenceLine(first)}` : "as committed";
}

function plural(count: number): string {
  return `${count} ${count === 1 ? "difference" : "differences"}`;
}

function perCell(differences: readonly Difference[]): { index: number; message: string }[] {
  return differences.map((each) => ({ index: each.cell - 1, message: differenceLine(each) }));
}

/** Leaves the executed notebook where a person, or CI's upload, finds it. */
function leaveChanged({ file, run }: FinishedNotebook, root: string, cwd: string): string {
  const folder = path.join(root, "build", "check");
  const target = path.join(folder, path.basename(file).replace(/(\.ipynb)?$/, "-changed.ipynb"));
  try {
    mkdirSync(folder, { recursive: true });
    writeNotebook(target, run.notebook);
    return `as executed now: ${path.relative(cwd, target)}`;
  } catch (error) {
    return `the executed notebook was not kept: ${(error as Error).message}`;
  }
}
