import type pc from "picocolors";
import type { NotebookResult } from "../run/many";
import { isFailure } from "../run/report";
import type { CellReport } from "../run/report";
import { alignColumns, duration, plainText } from "./text";

type Colors = ReturnType<typeof pc.createColors>;

const TRACEBACK_LINES = 20;

/** A finished notebook: one line, and what a reader needs to understand a failure, indented below it. */
export function describeResult(result: NotebookResult, colors: Colors): string[] {
  const { run, name } = result;
  const time = run === null ? "" : `  ${cellCount(result)}  ${duration(run.seconds)}`;
  switch (result.result) {
    case "passed":
      return [`${colors.green("✓")} ${name}${time}`, ...indent(result.verdict?.lines ?? [])];
    case "not-run":
      return [`${colors.dim("-")} ${name}  not run`];
    case "interrupted":
      return [`${colors.yellow("!")} ${name}${time}  ${result.message}`];
    default:
      return [`${colors.red("✗")} ${name}${time}  ${plainText(result.message ?? "")}`, ...indent(details(result))];
  }
}

/** "12 of 14 cells". */
function cellCount({ run }: NotebookResult): string {
  const meant = run?.cells.filter((cell) => cell.status !== "skipped") ?? [];
  const ran = meant.filter((cell) => cell.status !== "aborted");
  const cells = meant.length === 1 ? "cell" : "cells";
  return ran.length === meant.length ? `${ran.length} ${cells}` : `${ran.length} of ${meant.length} ${cells}`;
}

function details(result: NotebookResult): string[] {
  const { run, verdict } = result;
  if (run === null) return [];
  const bad = run.cells.filter(isFailure);
  const [first, ...others] = bad;
  return [
    ...(first === undefined ? [] : traceback(first, run.kernelStderrTail)),
    ...others.map((cell) => `cell ${cell.index + 1} (${cell.id}): ${cell.status}: ${plainText(cell.message ?? "")}`),
    ...(run.message === undefined ? [] : kernelLines(run.kernelStderrTail)),
    ...(verdict?.lines ?? []),
  ];
}

function traceback(cell: CellReport, stderr: string[]): string[] {
  if (cell.status === "kernel-died") return kernelLines(stderr);
  const lines = (cell.traceback ?? []).flatMap((part) => plainText(part).split("\n"));
  const rest = lines.length - TRACEBACK_LINES;
  return rest > 1 ? [...lines.slice(0, TRACEBACK_LINES), `… ${rest} more lines`] : lines;
}

function kernelLines(stderr: string[]): string[] {
  return stderr.length === 0 ? [] : ["the kernel's stderr ended with:", ...indent(stderr.map(plainText))];
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => (line === "" ? "" : `    ${line}`));
}

/** The table of all notebooks, and the line that counts them. */
export function summary(results: readonly NotebookResult[]): string[] {
  const rows = results.map((result) => [
    result.name,
    result.result,
    result.run === null ? "" : cellCount(result),
    result.run === null ? "" : duration(result.run.seconds),
  ]);
  const table = alignColumns([["notebook", "result", "cells", "time"], ...rows], new Set([2, 3]));
  return [...table, ...lossNote(results), "", countLine(results)];
}

/** "14 passed, 1 failed"; whatever did not pass and was begun has failed. */
export function countLine(results: readonly NotebookResult[]): string {
  const count = (...kinds: NotebookResult["result"][]) => results.filter(({ result }) => kinds.includes(result)).length;
  const notRun = count("not-run", "interrupted");
  const rest = notRun === 0 ? "" : `, ${notRun} not run`;
  return `${count("passed")} passed, ${count("failed", "different", "bad-input")} failed${rest}`;
}

function lossNote(results: readonly NotebookResult[]): string[] {
  const silent = results.filter(({ run }) => run !== null && !run.numbered && run.message === undefined);
  if (silent.length === 0) return [];
  return [
    `note: the kernel of ${silent.length} did not number its messages, so that lost output may go unnoticed there`,
  ];
}
