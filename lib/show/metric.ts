import { randomUUID } from "node:crypto";
import { display } from "./display";
import { formatNumber } from "./format";

/** MIME type of a metric record. */
export const METRIC_MIME = "application/vnd.genlab.metric+json";

/** A measured number and the band it should lie in. */
export interface MetricOptions {
  /** What was measured, dotted from general to special: "gan.fid". One name once a notebook. */
  name: string;
  value: number;
  /** "nats", "%", "s", …; "" for a pure number. */
  unit: string;
  /** The check fails below this, in the standard profile. */
  min?: number;
  /** The check fails above this, in the standard profile. */
  max?: number;
}

/** What is stored in the notebook beside the readable text. */
export interface MetricRecord {
  name: string;
  /** null where the value is no finite number; then `problem` says what it was. */
  value: number | null;
  unit: string;
  band: { min?: number; max?: number };
  profile: string;
  problem?: string;
}

/**
 * Records a metric: one readable line, and the record that `genlab check` compares with its band. Never throws: a
 * value that is no finite number is recorded as such, and the check reports it.
 */
export function metric(options: MetricOptions): void {
  const record = metricRecord(options);
  try {
    display({ "text/plain": metricText(record), [METRIC_MIME]: record }, { id: randomUUID(), update: false });
  } catch (error) {
    console.warn(`metric: ${record.name} could not be displayed: ${String(error)}`);
  }
}

/** The record of whatever was handed in, however wrong. */
export function metricRecord(options: MetricOptions): MetricRecord {
  const given = (typeof options === "object" && options !== null ? options : {}) as Partial<Record<string, unknown>>;
  const { name, value, unit, min, max } = given;
  const finite = typeof value === "number" && Number.isFinite(value);
  return {
    name: typeof name === "string" && name !== "" ? name : "(without a name)",
    value: finite ? value : null,
    unit: typeof unit === "string" ? unit : "",
    band: { ...(isLimit(min) ? { min } : {}), ...(isLimit(max) ? { max } : {}) },
    // As it is, known or not: a wrong name is the profile's own error to report.
    profile: process.env.GENLAB_PROFILE || "standard",
    ...(finite ? {} : { problem: `the value is ${describe(value)}, not a finite number` }),
  };
}

/** "gan.fid: 12.3 (band ≤ 15)" */
export function metricText({ name, value, unit, band, problem }: MetricRecord): string {
  const spaced = unit === "" ? "" : ` ${unit}`;
  const { min, max } = band;
  const limits =
    min !== undefined && max !== undefined
      ? ` (band ${formatNumber(min)} … ${formatNumber(max)})`
      : min !== undefined
        ? ` (band ≥ ${formatNumber(min)})`
        : max !== undefined
          ? ` (band ≤ ${formatNumber(max)})`
          : "";
  return value === null ? `${name}: ${problem}` : `${name}: ${formatNumber(value, 5)}${spaced}${limits}`;
}

function isLimit(limit: unknown): limit is number {
  return typeof limit === "number" && Number.isFinite(limit);
}

function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (typeof value === "object" && value !== null) return "an object";
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}
