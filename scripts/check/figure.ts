import type { Finding, Strictness } from "./difference";
import { phraseAgrees } from "./text";

type Json = Record<string, unknown>;

/** What a figure is, without its numbers. */
interface Shape {
  traces: { type: string; name: string; data: Map<string, Data> }[];
  titles: Map<string, string>;
  /** Types of axes that say one, such as "log". */
  axes: Map<string, string>;
  /** Annotations: names on lines, titles of panels. */
  notes: string[];
}

interface Data {
  size: string;
  count: number;
  /** Values that are not finite: JSON has null in their place. */
  missing: number;
}

const NOTHING: Data = { size: "nothing", count: 0, missing: 0 };

const TITLED = /^(?:[xyz]axis\d*|polar\d*|coloraxis\d*)$/;

/**
 * Compares two Plotly figures by structure: number, types and names of traces, titles of figure, axes and colour bars,
 * types of axes, values that are not finite and, where `strict.lengths`, the lengths of the data. Annotations, and
 * numbers in names, count only where `strict.values`.
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
    for (const key of new Set([...before.data.keys(), ...after.data.keys()])) {
      const [x, y] = [before.data.get(key) ?? NOTHING, after.data.get(key) ?? NOTHING];
      if (strict.lengths ? x.size !== y.size : (x === NOTHING) !== (y === NOTHING)) {
        note(`${place}.${key}`, x.size, y.size, `${which} has ${y.size} in ${key}, expected ${x.size}`);
      }
      const allGone = y.missing === y.count;
      if (y.missing > x.missing && (x.missing === 0 || allGone || strict.values)) {
        const message = `${which}: ${y.missing} values of ${key} are not finite, expected ${x.missing}`;
        note(`${place}.${key}`, `${x.missing} missing`, `${y.missing} missing`, message);
      }
    }
  });
  for (const key of new Set([...a.titles.keys(), ...b.titles.keys()])) {
    const [x, y] = [a.titles.get(key) ?? "", b.titles.get(key) ?? ""];
    if (!phraseAgrees(x, y, strict.values)) note(key, x, y, `the title of ${key} is "${y}", expected "${x}"`);
  }
  for (const key of new Set([...a.axes.keys(), ...b.axes.keys()])) {
    const [x, y] = [a, b].map(({ axes }) => axes.get(key) ?? "of no type") as [string, string];
    if (x !== y) note(`layout.${key}.type`, x, y, `${key} is ${y}, expected ${x}`);
  }
  if (!strict.values) return findings;
  if (a.notes.length !== b.notes.length) {
    const [before, after] = [a, b].map(({ notes }) => notes.join(", ")) as [string, string];
    note("layout.annotations", before, after, `the figure has ${b.notes.length} notes, expected ${a.notes.length}`);
    return findings;
  }
  a.notes.forEach((before, i) => {
    const after = b.notes[i] ?? "";
    if (phraseAgrees(before, after, true)) return;
    note(`layout.annotations[${i}]`, before, after, `a note is "${after}", expected "${before}"`);
  });
  return findings;
}

function summary({ traces }: Shape): string {
  return traces.map(({ type, name }) => (name === "" ? type : `${type} "${name}"`)).join(", ");
}

function shapeOf(figure: unknown): Shape {
  const object = asObject(figure);
  const [traces, layout] = [listOf(object.data), asObject(object.layout)];
  const axes = Object.entries(layout).flatMap(([key, axis]): [string, string][] => {
    const { type } = asObject(axis);
    return TITLED.test(key) && typeof type === "string" ? [[key, type]] : [];
  });
  return {
    traces: traces.map(shapeOfTrace),
    titles: titlesOf(traces, layout),
    axes: new Map(axes),
    notes: listOf(layout.annotations).map(({ text }) => (typeof text === "string" ? text : "")),
  };
}

function shapeOfTrace(trace: Json): Shape["traces"][number] {
  const data = new Map<string, Data>();
  for (const [key, value] of Object.entries(trace)) {
    if (Array.isArray(value)) data.set(key, { size: sizeText(value), ...countsOf(value) });
    else if (isTypedArray(value)) data.set(key, { size: typedSizeText(value), count: NaN, missing: 0 });
  }
  const type = typeof trace.type === "string" ? trace.type : "scatter"; // Plotly's default
  return { type, name: typeof trace.name === "string" ? trace.name : "", data };
}

/** Plotly also takes arrays as base64: { dtype: "f4", bdata: "…", shape? }. */
interface TypedArray {
  dtype: string;
  bdata: string;
  shape?: unknown;
}

function isTypedArray(value: unknown): value is TypedArray {
  const { dtype, bdata } = asObject(value);
  return typeof dtype === "string" && typeof bdata === "string";
}

function typedSizeText({ dtype, bdata, shape }: TypedArray): string {
  const bytes = Number(/\d$/.exec(dtype)?.[0] ?? 1);
  const count = Math.floor((bdata.replace(/=+$/, "").length * 3) / 4 / bytes);
  return `${count} values${typeof shape === "string" ? ` as ${shape}` : ""}`;
}

function sizeText(values: readonly unknown[]): string {
  const widths = new Set(values.flatMap((row) => (Array.isArray(row) ? [row.length] : [])));
  return `${[values.length, ...(widths.size > 0 ? [[...widths].join(" or ")] : [])].join(" × ")} values`;
}

function countsOf(values: readonly unknown[]): { count: number; missing: number } {
  const flat: unknown[] = values.flat(Infinity);
  return { count: flat.length, missing: flat.filter((value) => value === null).length };
}

function titlesOf(traces: readonly Json[], layout: Json): Map<string, string> {
  const titles = new Map<string, string>();
  const own = titleText(layout.title);
  if (own !== undefined) titles.set("figure", own);
  traces.forEach(({ colorbar }, i) => addTitle(titles, `data[${i}].colorbar`, asObject(colorbar)));
  for (const [key, value] of Object.entries(layout)) {
    const object = asObject(value);
    if (TITLED.test(key)) addTitle(titles, key, object);
    addTitle(titles, `${key}.colorbar`, asObject(object.colorbar));
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

function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(asObject) : [];
}

function asObject(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}
