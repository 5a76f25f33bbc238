import type { ExitCode } from "../cli-error";
import type { ManyResult } from "../run/many";

export interface ReportHead {
  command: string;
  profile: string;
  /** Milliseconds since the epoch. */
  started: number;
}

/** The report that `--json` writes; its shape is documented by report.schema.json. */
export function jsonReport(head: ReportHead, { results, exitCode, seconds }: ManyResult): string {
  const count = (...kinds: string[]) => results.filter((result) => kinds.includes(result.result)).length;
  const report = {
    schema: "genlab-report/1",
    command: head.command,
    profile: head.profile,
    started: new Date(head.started).toISOString(),
    seconds: round(seconds),
    exitCode: exitCode satisfies ExitCode,
    passed: count("passed"),
    failed: count("failed", "different", "bad-input"),
    notRun: count("not-run", "interrupted"),
    notebooks: results.map(({ file, name, result, message, run, verdict }) => ({
      file,
      name,
      result,
      message,
      ...(run === null
        ? {}
        : {
            seconds: round(run.seconds),
            startSeconds: round(run.startSeconds),
            lost: run.lost,
            numbered: run.numbered,
            kernelStderrTail: run.kernelStderrTail,
            cells: run.cells.map((cell) => ({ ...cell, seconds: round(cell.seconds) })),
          }),
      ...(verdict?.data === undefined ? {} : { check: verdict.data }),
    })),
  };
  return JSON.stringify(report, null, 2) + "\n";
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
