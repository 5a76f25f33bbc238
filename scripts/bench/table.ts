import { TITLES } from "./contenders";
import type { Measurement } from "./probes/probe";
import { contendersOf } from "./results";
import type { Each, SamplerResult, TrainingResult } from "./results";
import type { Spread } from "./statistics";

/** Everything for the terminal. */
export function trainingTables(results: readonly TrainingResult[]): string {
  if (results.length === 0) return "";
  const who = contendersOf(results);
  const others = who.filter((name) => name !== "genlab");
  const head = who.map((name) => TITLES[name]);
  const withSpread = (value: number, [low, high]: [number, number]): string =>
    `${three(value)} (${three(low)}–${three(high)})`;
  return [
    "Milliseconds per training step, median (fastest–slowest round)",
    columns([
      ["workload", ...head],
      ...results.map((one) => [one.name, ...cells(who, one.ms, (ms, name) => withSpread(ms, one.spread[name]!))]),
    ]),
    "",
    "Genlab's time as a share of theirs, round by round: below 1 Genlab is faster",
    columns([
      ["workload", ...others.map((name) => TITLES[name])],
      ...results.map((one) => [one.name, ...cells(others, one.ratio, ratioText)]),
    ]),
    "",
    "Compilation and first step (s) / peak memory of the process (MB)",
    columns([
      ["workload", ...head],
      ...results.map((one) => [
        one.name,
        ...cells(who, one.firstMs, (ms, name) => `${(ms / 1000).toFixed(2)} / ${one.peakMB[name]!.toFixed(0)}`),
      ]),
    ]),
    "",
  ].join("\n");
}

/** Rates, whatever is counted. */
export function samplerTable(results: readonly SamplerResult[]): string {
  if (results.length === 0) return "";
  const who = contendersOf(results);
  return [
    "Per second, median (slowest–fastest round)",
    columns([
      ["sampler", ...who.map((name) => TITLES[name]), "unit"],
      ...results.map((one) => [
        one.name,
        ...cells(who, one.perSecond, (value, name) => {
          const [low, high] = one.spread[name]!;
          return `${three(value)} (${three(low)}–${three(high)})`;
        }),
        one.unit,
      ]),
    ]),
    "",
  ].join("\n");
}

/** "kernel start  812 ms  process to first answer" */
export function measurementLine({ name, value, unit, what }: Measurement): string {
  return `${name.padEnd(16)} ${three(value).padStart(8)} ${unit.padEnd(8)} ${what}`;
}

function cells<T, N extends keyof Each<T>>(
  names: readonly N[],
  values: Each<T>,
  write: (value: T, name: N) => string,
): string[] {
  return names.map((name) => {
    const value = values[name];
    return value === undefined ? "–" : write(value, name);
  });
}

function ratioText({ median, min, max }: Spread): string {
  return `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;
}

/** Three significant digits, as many as such measurements bear: 0.0123, 1.23, 45.6, 789, 12,300. */
export function three(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const rounded = Number(value.toPrecision(3));
  const whole = rounded === 0 ? 1 : Math.floor(Math.log10(Math.abs(rounded))) + 1;
  return rounded.toFixed(Math.max(0, 3 - whole)).replace(/\B(?=(\d{3})+$)(?<!\.\d*)/g, ",");
}

/** Rows below each other: the first column to the left, the others to the right. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, c) => Math.max(...rows.map((row) => [...(row[c] ?? "")].length)));
  const line = (row: readonly string[]): string =>
    row.map((text, c) => (c === 0 ? text.padEnd(widths[c]!) : text.padStart(widths[c]!))).join("  ");
  const [head, ...body] = rows;
  return [line(head!), widths.map((width) => "─".repeat(width)).join("  "), ...body.map(line)].join("\n");
}
