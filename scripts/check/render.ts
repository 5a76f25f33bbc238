import type pc from "picocolors";
import { alignColumns, plainText, truncate } from "../output/text";
import type { Difference, MetricRow } from "./difference";
import { bandText } from "./metrics";

type Colors = ReturnType<typeof pc.createColors>;

const WIDTH = 160;

/** Where a difference is: `cell 5 (a1b2)`, or `notebook`. */
export function placeOf({ cell, id }: Pick<Difference, "cell" | "id">): string {
  return cell === 0 ? "notebook" : `cell ${cell}${id === "" ? "" : ` (${id})`}`;
}

/** One line: where and what. */
export function differenceLine(difference: Difference): string {
  return plainText(`${placeOf(difference)}: ${whatLine(difference)}`).replaceAll("\n", " ");
}

/** The message, after the path that it does not name itself. */
function whatLine({ path, message }: Difference): string {
  return message.startsWith(path) ? message : `${path}: ${message}`;
}

/** Differences grouped by cell, each with the lines that were expected (−) and that came (+). */
export function renderDifferences(differences: readonly Difference[], colors: Colors): string[] {
  const groups = new Map<string, Difference[]>();
  for (const difference of differences) {
    const place = placeOf(difference);
    groups.set(place, [...(groups.get(place) ?? []), difference]);
  }
  return [...groups].flatMap(([place, group]) => [
    `${colors.bold(place)}${group[0]?.line ? `  ${colors.dim(truncate(group[0].line, 100))}` : ""}`,
    ...group.flatMap((difference) => [
      `  ${clean(whatLine(difference))}`,
      ...changedLines(difference).map((line) => `    ${colored(line, colors)}`),
    ]),
  ]);
}

function changedLines({ diff, expected, got, kind }: Difference): string[] {
  if (diff) return diff.map(clean);
  // The message of these says it all.
  if (kind === "metric" || kind === "convention" || kind === "baseline" || kind === "structure") return [];
  return [`-${clean(expected)}`, `+${clean(got)}`];
}

function clean(text: string): string {
  return truncate(plainText(text).replaceAll("\n", " ⏎ "), WIDTH);
}

function colored(line: string, colors: Colors): string {
  if (line.startsWith("-")) return colors.red(line);
  return line.startsWith("+") ? colors.green(line) : colors.dim(line);
}

/** The table of metrics: expected, got, band. */
export function renderMetrics(rows: readonly MetricRow[], colors: Colors): string[] {
  if (rows.length === 0) return [];
  const number = (value: number | null) => (value === null ? "–" : String(+value.toPrecision(6)));
  const body = rows.map(({ name, expected, got, band, unit, ok }) => [
    ok ? "✓" : "✗",
    name,
    number(expected),
    number(got),
    bandText(band),
    unit,
  ]);
  const lines = alignColumns([["", "metric", "expected", "got", "band", "unit"], ...body], new Set([2, 3]));
  return lines.map((line) => (line.startsWith("✗") ? colors.red(line) : line));
}
