import type { Finding, Strictness } from "./difference";
import { phraseAgrees } from "./text";

type Json = Record<string, unknown>;

/** What a figure is, without its numbers. */
interface Shape {
  traces: { type: string; name: string; lengths: Map<string, string>; missing: Map<string, number> }[];
  titles: Map<string, string>;
}

const TITLED = /^(?:[xyz]axis\d*|polar\d*|coloraxis\d*)$/;

/**
 * Compares two Plotly figures by structure: number, types and names of traces, titles of figure and axes and, where
 * `strict.lengths`, the lengths of the data. Numbers in names count only where `strict.values`.
 */
export function compareFigures(expected: unknown, got: unknown, strict: Strictness, path: string): Finding[] {
  const [a, b] = [shapeOf(expected), shapeOf(got)];
  const findings: Finding[] = [];
  const note = (where: string, before: string, after: string, message: string) =>
    findings.push({ kind: "figure", path: `${path} ${where}`, expected: before, got: after, message });
  if (a.traces.length !== b.traces.length) {
    const [before, after] = [summary(a), summary(b)];
    note("data", before, after, `the figure has ${b.traces.length} traces, expected ${a.traces.length}`);
    return findings;
  }
  a.traces.forEach((before, i) => {
    const after = b.traces[i];
    if (!after) return;
    const place = `data[${i}]`;
    const which = `trace ${i + 1}${before.name === "" ? "" : ` (${before.name})`}`;
    if (before.type !== after.type)
      note(`${place}.type`, before.type, after.type, `${which} is of type ${after.type}, expected ${before.type}`);
    if (!phraseAgrees(before.name, after.name, strict.values)) {
      note(`${place}.name`, before.name, after.name, `${which} is named "${after.name}", expected "${before.name}"`);
    }
    for (const key of new Set([...before.lengths.keys(), ...after.lengths.keys()])) {
      const [x, y] = [before.lengths.get(key) ?? "nothing", after.lengths.get(key) ?? "nothing"];
      if (strict.lengths ? x !== y : (x === "nothing") !== (y === "nothing")) {
        note(`${place}.${key}`, x, y, `${which} has ${y} in ${key}, expected ${x}`);
      }
      const [had, has] = [before.missing.get(key) ?? 0, after.missing.get(key) ?? 0];
      if (had === 0 && has > 0)
        note(`${place}.${key}`, "numbers", `${has} missing`, `${which}: ${has} values of ${key} are not finite`);
    }
  });
  for (const key of new Set([...a.titles.keys(), ...b.titles.keys()])) {
    const [x, y] = [a.titles.get(key) ?? "", b.titles.get(key) ?? ""];
    if (!phraseAgrees(x, y, strict.values))
      note(`layout.${key}`, x, y, `the title of ${key} is "${y}", expected "${x}"`);
  }
  return findings;
}

function summary({ traces }: Shape): string {
  return traces.map(({ type, name }) => (name === "" ? type : `${type} "${name}"`)).join(", ");
}

function shapeOf(figure: unknown): Shape {
  const { data, layout } = asObject(figure);
  return {
    traces: (Array.isArray(data) ? data : []).map((trace: unknown) => shapeOfTrace(asObject(trace))),
    titles: titlesOf(asObject(layout)),
  };
}

function shapeOfTrace(trace: Json): Shape["traces"][number] {
  const lengths = new Map<string, string>();
  const missing = new Map<string, number>();
  for (const [key, value] of Object.entries(trace)) {
    if (!Array.isArray(value) && !isTypedArray(value)) continue;
    lengths.set(key, sizeText(value));
    missing.set(key, countMissing(value));
  }
  const type = typeof trace.type === "string" ? trace.type : "scatter"; // Plotly's default
  return { type, name: typeof trace.name === "string" ? trace.name : "", lengths, missing };
}

/** Plotly also takes arrays as base64: { dtype: "f4", bdata: "…", shape? }. */
function isTypedArray(value: unknown): value is { dtype: string; bdata: string; shape?: unknown } {
  const { dtype, bdata } = asObject(value);
  return typeof dtype === "string" && typeof bdata === "string";
}

function sizeText(value: unknown[] | { dtype: string; bdata: string; shape?: unknown }): string {
  if (!Array.isArray(value)) {
    const bytes = Number(/\d$/.exec(value.dtype)?.[0] ?? 1);
    const shape = typeof value.shape === "string" ? ` as ${value.shape}` : "";
    return `${Math.floor((value.bdata.replace(/=+$/, "").length * 3) / 4 / bytes)} values${shape}`;
  }
  const widths = new Set(value.map((row) => (Array.isArray(row) ? row.length : -1)));
  if (widths.size === 1 && !widths.has(-1)) return `${value.length} × ${[...widths].join("")} values`;
  return `${value.length} values`;
}

function countMissing(value: unknown): number {
  if (!Array.isArray(value)) return 0;
  return value.reduce<number>(
    (sum, item) => sum + (Array.isArray(item) ? countMissing(item) : item === null ? 1 : 0),
    0,
  );
}

function titlesOf(layout: Json): Map<string, string> {
  const titles = new Map<string, string>();
  const own = titleText(layout.title);
  if (own !== undefined) titles.set("figure", own);
  for (const [key, value] of Object.entries(layout)) {
    const object = asObject(value);
    if (TITLED.test(key)) addTitle(titles, key, object);
    if (!/^scene\d*$/.test(key)) continue;
    for (const axis of ["xaxis", "yaxis", "zaxis"]) addTitle(titles, `${key}.${axis}`, asObject(object[axis]));
  }
  return titles;
}

function addTitle(titles: Map<string, string>, key: string, axis: Json): void {
  const text = titleText(axis.title);
  if (text !== undefined) titles.set(key, text);
}

function titleText(title: unknown): string | undefined {
  const text = typeof title === "string" ? title : asObject(title).text;
  return typeof text === "string" && text !== "" ? text : undefined;
}

function asObject(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}
