import { InvalidArgumentError } from "commander";
import type { Command } from "commander";
import { CliError, ExitCode } from "../cli-error";
import type { Context } from "../context";
import { PARTS, PART_NAMES } from "./parts";
import type { Part, PartName, PartReport } from "./parts";
import { closingLine, strict, total } from "./tally";
import type { Tally } from "./tally";

/** `genlab test`. */
export function register(program: Command, context: Context): void {
  program
    .command("test")
    .description("lint, types, unit and integration tests, and every notebook in the quick profile")
    .option("--only <parts>", `some of ${PART_NAMES.join(",")}`, partNames)
    .action(async ({ only }: { only?: PartName[] }) => {
      const parts = PARTS.filter((part) => !only || only.includes(part.name));
      const { failed } = await runParts(parts, context);
      process.exitCode = failed > 0 ? ExitCode.failed : ExitCode.ok;
    });
}

function partNames(text: string): PartName[] {
  return text.split(",").map((name) => {
    const known = PART_NAMES.find((each) => each === name.trim());
    if (!known) throw new InvalidArgumentError(`wanted some of ${PART_NAMES.join(",")}.`);
    return known;
  });
}

/**
 * Runs the parts one after the other, all of them whatever happens, and prints a summary whose last line is the tally.
 * @returns the sum
 * @throws CliError when interrupted
 */
export async function runParts(parts: readonly Part[], context: Context): Promise<Tally> {
  let interrupted = false;
  const onInterrupt = (): void => void (interrupted = true);
  process.on("SIGINT", onInterrupt);
  const reports: PartReport[] = [];
  try {
    for (const part of parts) {
      context.stdout.write(`\n── ${part.name}\n`);
      const report = await runPart(part, context);
      reports.push(report);
      context.stdout.write(`${summary(report)}\n`);
      if (interrupted) throw new CliError("test: interrupted", ExitCode.interrupted);
    }
  } finally {
    process.off("SIGINT", onInterrupt);
  }
  const sum = total(reports);
  context.stdout.write(`\n${reports.map((report) => `${summary(report)}\n`).join("")}${closingLine(sum)}\n`);
  return sum;
}

async function runPart(part: Part, context: Context): Promise<PartReport> {
  const began = context.now();
  let result: Tally & { remark?: string };
  try {
    result = await part.run(context);
  } catch (error) {
    result = { passed: 0, failed: 1, skipped: 0, remark: error instanceof Error ? error.message : String(error) };
  }
  const { skipped, remark = "" } = result;
  const inCi = context.env.CI !== undefined && !/^(|0|false)$/.test(context.env.CI);
  const tally = inCi ? strict(result) : result;
  return {
    name: part.name,
    passed: tally.passed,
    failed: tally.failed,
    skipped: tally.skipped,
    seconds: (context.now() - began) / 1000,
    remark: inCi && skipped > 0 ? `${skipped} skipped, which CI counts as failed; ${remark}` : remark,
  };
}

function summary(report: PartReport): string {
  const mark = report.failed > 0 ? "✗" : "✓";
  const seconds = report.seconds.toFixed(1).padStart(6);
  return `${mark} ${report.name.padEnd(10)} ${seconds} s  ${closingLine(report)}${report.remark ? `  (${report.remark})` : ""}`;
}
