import type { Finding, Metric, MetricRow, Strictness } from "./difference";
import { METRIC_MIME } from "./outputs";
import type { Item } from "./outputs";
import { numbersAgree } from "./text";

/** The metrics among a cell's outputs. A record that is no record counts, with NaN as its value. */
export function metricsOf(items: readonly Item[]): Metric[] {
  return items.flatMap((item) =>
    item.type === "bundle" && METRIC_MIME in item.data ? [parse(item.data[METRIC_MIME])] : [],
  );
}

function parse(record: unknown): Metric {
  const { name, value, unit, band, profile, problem } = (record ?? {}) as Record<string, unknown>;
  return {
    name: typeof name === "string" && name !== "" ? name : "(without a name)",
    value: typeof value === "number" ? value : NaN, // JSON has no NaN: it arrives as null
    unit: typeof unit === "string" ? unit : "",
    band: parseBand(band),
    profile: typeof profile === "string" ? profile : "",
    ...(typeof problem === "string" ? { problem } : {}),
  };
}

function parseBand(band: unknown): Metric["band"] {
  const { min, max } = (band ?? {}) as Record<string, unknown>;
  return { ...(typeof min === "number" ? { min } : {}), ...(typeof max === "number" ? { max } : {}) };
}

/** Values that no unit allows, whatever the training did. */
const SANE: readonly (readonly [unit: RegExp, min: number, max: number])[] = [
  [/^(%|percent)$/, 0, 100],
  [/^(share|fraction|probability|accuracy)/, 0, 1],
  [/^(s|ms|seconds?|minutes?|steps?|count|digits|FID)\b/, 0, Infinity],
];
const LARGEST = 1e12;
/** What sums of float32 may miss a limit by. */
const ROUNDING = 1e-6;

/** Why a value cannot be right in any profile. */
export function insane({ value, unit, problem }: Metric): string | undefined {
  if (!Number.isFinite(value)) return `is not finite${problem === undefined ? "" : ` (${problem})`}`;
  if (Math.abs(value) > LARGEST) return `is beyond ±${LARGEST}`;
  const rule = SANE.find(([pattern]) => pattern.test(unit));
  return rule && (value < rule[1] - ROUNDING || value > rule[2] + ROUNDING) ? `is impossible in "${unit}"` : undefined;
}

export function bandText({ min, max }: Metric["band"]): string {
  if (min === undefined && max === undefined) return "any";
  if (min === undefined) return `≤ ${max}`;
  return max === undefined ? `≥ ${min}` : `${min} … ${max}`;
}

/** Compares the metrics of one cell by name, in order of the committed ones. */
export function compareMetrics(
  expected: readonly Metric[],
  got: readonly Metric[],
  strict: Strictness,
): { findings: Finding[]; rows: Omit<MetricRow, "cell">[] } {
  const findings: Finding[] = [];
  const rows: Omit<MetricRow, "cell">[] = [];
  const rest = [...got];
  const note = (metric: Metric, before: Metric | undefined, after: Metric | undefined, problem: string | undefined) => {
    const { name, unit, band } = metric;
    const [a, b] = [before?.value ?? null, after?.value ?? null];
    rows.push({ name, unit, band, expected: a, got: b, ok: problem === undefined });
    if (problem === undefined) return;
    const message = `metric ${name} ${problem}`;
    findings.push({
      kind: "metric",
      path: `metric ${name}`,
      expected: valueText(before),
      got: valueText(after),
      message,
    });
  };
  for (const before of expected) {
    const at = rest.findIndex(({ name }) => name === before.name);
    const [after] = at < 0 ? [] : rest.splice(at, 1);
    note(after ?? before, before, after, after ? problemOf(before, after, strict) : "is no longer recorded");
  }
  for (const after of rest) note(after, undefined, after, "is new: commit it with --update");
  return { findings, rows };
}

function problemOf(before: Metric, after: Metric, strict: Strictness): string | undefined {
  const wrong = insane(after);
  if (wrong !== undefined) return wrong;
  if (before.unit !== after.unit) return `changed its unit from "${before.unit}" to "${after.unit}"`;
  const outside = strict.bands ? outsideBand(after) : undefined;
  if (outside !== undefined) return `is ${after.value}, ${outside}`;
  const never = insane(before) ?? outsideBand(before);
  if (never !== undefined) return `committed as ${before.value}: ${never}: execute it: genlab run --update`;
  if (!strict.bands) return undefined;
  const { min, max } = after.band;
  if (before.band.min !== min || before.band.max !== max) {
    return `changed its band from ${bandText(before.band)} to ${bandText(after.band)}`;
  }
  const free = min === undefined && max === undefined;
  if (free && strict.values && !numbersAgree(before.value, after.value))
    return `went from ${before.value} to ${after.value}`;
  return undefined;
}

function outsideBand({ value, band: { min, max } }: Metric): string | undefined {
  const out = (min !== undefined && value < min) || (max !== undefined && value > max);
  return out ? `outside its band ${bandText({ min, max })}` : undefined;
}

function valueText(metric: Metric | undefined): string {
  return metric ? `${metric.value}${metric.unit === "" ? "" : ` ${metric.unit}`}` : "nothing";
}
