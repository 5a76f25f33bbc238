import { scaleLinear, scaleLog } from "d3-scale";
import { logTicks, minus, plainTick, powerText } from "../axis";
import { titleOf } from "../figure-title";
import { extent, LARGEST, widened } from "../numbers";
import { word } from "../plotly";
import type { Axis, Layout, Margin, Trace } from "../plotly";
import { GRID, RULE } from "../style";
import { element, text } from "./svg";

/** A rectangle in pixels. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** One pair of axes in its place. */
export class Plane {
  constructor(
    readonly box: Box,
    readonly xAxis: Axis,
    readonly yAxis: Axis,
    private readonly xScale: (value: number) => number,
    private readonly yScale: (value: number) => number,
    private readonly categories: { x: string[]; y: string[] },
  ) {}

  /** Pixels from the left of the picture; NaN when the value has no place on the axis. */
  x(value: unknown): number {
    return at(value, this.xScale, this.xAxis, this.categories.x);
  }

  y(value: unknown): number {
    return at(value, this.yScale, this.yAxis, this.categories.y);
  }

  /** Grid, ticks, tick labels and titles. */
  drawAxes(): string {
    const { box } = this;
    const bottom = box.y + box.height;
    const parts: string[] = [];
    const [lines, ticks, words] = [[] as string[], [] as string[], [] as string[]];
    let clear = -Infinity;
    for (const [value, label] of ticksOf(this.xAxis, this.categories.x, box.width / 90)) {
      const x = this.x(value);
      if (!(x >= box.x - 0.5 && x <= box.x + box.width + 0.5)) continue;
      if (this.xAxis.showgrid !== false) lines.push(`M${x.toFixed(1)} ${box.y}v${box.height}`);
      if (this.xAxis.ticks) ticks.push(`M${x.toFixed(1)} ${bottom}v4`);
      const half = label.length * 3.3;
      if (x - half < clear + 4) continue;
      clear = x + half;
      words.push(text(label, { x, y: bottom + 8, anchor: "middle", place: "top" }));
    }
    for (const [value, label] of ticksOf(this.yAxis, this.categories.y, box.height / 50)) {
      const y = this.y(value);
      if (!(y >= box.y - 0.5 && y <= bottom + 0.5)) continue;
      if (this.yAxis.showgrid !== false) lines.push(`M${box.x} ${y.toFixed(1)}h${box.width}`);
      if (this.yAxis.ticks) ticks.push(`M${box.x} ${y.toFixed(1)}h-4`);
      words.push(text(label, { x: box.x - 8, y, anchor: "end", place: "middle" }));
    }
    if (lines.length > 0) parts.push(element("path", { d: lines.join(""), stroke: GRID }));
    parts.push(
      element("path", { d: `M${box.x} ${box.y}V${bottom}h${box.width}${ticks.join("")}`, stroke: RULE, fill: "none" }),
    );
    parts.push(...words);
    const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    const [xTitle, yTitle] = [rawTitle(this.xAxis), rawTitle(this.yAxis)];
    if (xTitle !== "")
      parts.push(text(xTitle, { x: middle.x, y: bottom + 30, size: 13, anchor: "middle", place: "top" }));
    if (yTitle !== "") {
      const left = box.x - labelRoom(words);
      parts.push(
        text(yTitle, { x: Math.max(left, 12), y: middle.y, size: 13, anchor: "middle", turn: -90, place: "middle" }),
      );
    }
    return parts.join("");
  }
}

/** Room for the widest tick label left of the axis. */
function labelRoom(words: readonly string[]): number {
  const widest = Math.max(2, ...words.filter((w) => w.includes("end")).map((w) => w.replace(/<[^>]*>/g, "").length));
  return widest * 6.6 + 26;
}

function rawTitle(axis: Axis): string {
  const { title } = axis as { title?: unknown };
  return titleOf(title) === "" ? "" : typeof title === "string" ? title : (title as { text: string }).text;
}

function at(value: unknown, scale: (value: number) => number, axis: Axis, categories: string[]): number {
  if (value === null || value === undefined) return NaN;
  const number = typeof value === "number" ? value : categories.indexOf(word(value));
  if (!(Math.abs(number) <= LARGEST) || (axis.type === "log" && number <= 0)) return NaN;
  return scale(number);
}

/** The ticks of an axis with their labels. */
export function ticksOf(axis: Axis, categories: readonly string[], count: number): [number, string][] {
  const { tickvals, ticktext, range } = axis as Required<Axis>;
  if (Array.isArray(tickvals)) return tickvals.map((value, i) => [value, ticktext?.[i] ?? plainTick(value)]);
  if (categories.length > 0) return categories.map((name, i) => [i, name]);
  const [low, high] = range[0] < range[1] ? range : [range[1], range[0]];
  if (axis.type === "log") {
    const { tickvals: values, ticktext: labels } = logTicks([low, high]);
    return values.map((value, i) => [value, labels[i]!]);
  }
  const scale = scaleLinear().domain([low, high]);
  const amount = Math.max(2, Math.min(10, Math.round(count)));
  const large = Math.max(Math.abs(low), Math.abs(high));
  const format = large >= 1e7 || large < 1e-4 ? powerText : scale.tickFormat(amount);
  return scale.ticks(amount).map((value) => [value, value === 0 ? "0" : minus(format(value).replace("−", "-"))]);
}

/** The plane of every pair of axes that traces use, by its key "x2/y2". */
export function planesOf(data: readonly Trace[], layout: Layout, frame: Box): Map<string, Plane> {
  const planes = new Map<string, Plane>();
  for (const trace of data) {
    const key = planeKey(trace);
    if (planes.has(key)) continue;
    const mine = data.filter((other) => planeKey(other) === key);
    const [xName, yName] = key.split("/") as [string, string];
    const x = readAxis(layout, xName, "x", mine);
    const y = readAxis(layout, yName, "y", mine);
    const [x0, x1] = x.axis.domain ?? [0, 1];
    const [y0, y1] = y.axis.domain ?? [0, 1];
    const box = {
      x: Math.round(frame.x + x0 * frame.width),
      y: Math.round(frame.y + (1 - y1) * frame.height),
      width: Math.round((x1 - x0) * frame.width),
      height: Math.round((y1 - y0) * frame.height),
    };
    const xScale = scaleOf(x.axis, [box.x, box.x + box.width]);
    const yScale = scaleOf(y.axis, [box.y + box.height, box.y]);
    planes.set(key, new Plane(box, x.axis, y.axis, xScale, yScale, { x: x.categories, y: y.categories }));
  }
  return planes;
}

/** "x/y" for a trace on the first pair of axes. */
export function planeKey(trace: Trace): string {
  return `${word(trace.xaxis, "x")}/${word(trace.yaxis, "y")}`;
}

/** The frame inside the margins. */
export function frameOf(width: number, height: number, margin: Margin): Box {
  return { x: margin.l, y: margin.t, width: width - margin.l - margin.r, height: height - margin.t - margin.b };
}

function readAxis(
  layout: Layout,
  name: string,
  letter: "x" | "y",
  traces: readonly Trace[],
): { axis: Axis; categories: string[] } {
  const given = (layout[name.replace(letter, `${letter}axis`)] ?? {}) as Axis;
  const values = traces.flatMap((trace) => valuesOf(trace, letter));
  const words = given.type === "category" || values.some((value) => typeof value === "string" && !isNumeric(value));
  const categories = words ? [...new Set(values.map(String))] : [];
  if (isRange(given.range)) return { axis: given, categories };
  const log = given.type === "log";
  const numbers = words ? [-0.5, categories.length - 0.5] : values.map(Number);
  const flat = traces.some((trace) => trace.type === "bar") ? [0] : [];
  let [min, max] = extent(log || letter === "x" ? numbers : [...numbers, ...flat], log) ?? (log ? [1, 10] : [0, 1]);
  if (log) [min, max] = [Math.log10(min), Math.log10(max)];
  [min, max] = widened([min, max]);
  const tight = words || traces.every((trace) => trace.type === "heatmap" || trace.type === "contour");
  const room = tight ? 0 : (max - min) * 0.05;
  const range: [number, number] = [min === 0 && flat.length > 0 ? 0 : min - room, max + room];
  return { axis: { ...given, range: given.autorange === "reversed" ? [range[1], range[0]] : range }, categories };
}

function valuesOf(trace: Trace, letter: "x" | "y"): unknown[] {
  const own = trace[letter];
  if (isList(own)) return Array.from(own);
  const z = trace.z;
  if (isList(z)) {
    const count = letter === "y" ? z.length : isList(z[0]) ? z[0].length : 0;
    return Array.from({ length: count }, (_, i) => i);
  }
  const other = trace[letter === "x" ? "y" : "x"];
  return isList(other) ? Array.from(other, (_, i) => i) : [];
}

/** An array or a typed array. */
export function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function isRange(range: unknown): range is [number, number] {
  return (
    isList(range) &&
    range.length === 2 &&
    Number.isFinite(range[0]) &&
    Number.isFinite(range[1]) &&
    range[0] !== range[1]
  );
}

function isNumeric(value: string): boolean {
  return value.trim() !== "" && Number.isFinite(Number(value));
}

function scaleOf(axis: Axis, pixels: [number, number]): (value: number) => number {
  const [from, to] = axis.range!;
  if (axis.type === "log")
    return scaleLog()
      .domain([10 ** from, 10 ** to])
      .range(pixels);
  return scaleLinear().domain([from, to]).range(pixels);
}
