import { makeAxis } from "./axis";
import { extent, toNumbers, written } from "./numbers";
import type { Grid, Numbers } from "./numbers";
import { cellEdges, colored, readField } from "./field";
import type { ColorOptions, Colored, Field } from "./field";
import { Figure, houseLayout } from "./figure";
import { endLabels, plotSize } from "./labels";
import { marginsFor } from "./margins";
import type { Axis, Layout, Margin, Trace } from "./plotly";
import { BRIGHT, EDGE, SIZE, textWidth } from "./style";

/** What heat maps and contours have in common. */
export interface FieldOptions extends ColorOptions {
  title?: string;
  /** Quantity and unit of the columns. */
  x: string;
  /** Quantity and unit of the rows. */
  y: string;
  /** z[row][column] or a tensor [rows, columns]. */
  z: Grid;
  width?: number;
  height?: number;
}

export interface HeatmapOptions extends FieldOptions {
  /** Names or positions of the columns; 0, 1, 2, … unless given. Names may repeat (the tokens of a text). */
  columns?: readonly string[] | Numbers;
  /** Names or positions of the rows. */
  rows?: readonly string[] | Numbers;
  /** Where row 0 is: "top" as in a matrix, unless rows are positions on an axis. */
  origin?: "top" | "bottom";
  /** Writes the numbers into the cells, with so many digits after the point. */
  digits?: number;
}

/** A way over a map: the path of a descent. */
export interface Path {
  name: string;
  x: Numbers;
  y: Numbers;
  /** A dot at every step; on unless there are more than 25 steps. */
  dots?: boolean;
}

export interface ContourOptions extends FieldOptions {
  xValues?: Numbers;
  yValues?: Numbers;
  /** Number of steps of colour, about; 14 unless told. */
  levels?: number;
  /** Drawn over the map, named at their ends. */
  paths?: readonly Path[];
  /** Single points with their names: a minimum, a start. */
  marks?: readonly { name: string; x: number; y: number }[];
}

const MOST_PATH = 600;
/** Tick numbers on a side. */
const MOST_NUMBERS = 12;

/**
 * A matrix as colours: attention, a confusion table, weights.
 * @throws Error when sizes do not fit or a title is missing
 */
export function heatmapFigure(options: HeatmapOptions): Figure {
  const who = "heatmapFigure";
  const { width = SIZE.width, title } = options;
  const columns = side(options.columns, `${who}: columns`);
  const rows = side(options.rows, `${who}: rows`);
  const field = readField(who, options.z, columns.values, rows.values);
  checkNames(who, columns, rows, field);
  const color = colored(who, field, options);
  const xAxis = makeAxis(who, "x", named(options.x, columns, field.xValues), cellEdges(field.xValues), {
    padding: 0,
    grid: false,
  });
  const yAxis = makeAxis(who, "y", named(options.y, rows, field.yValues), cellEdges(field.yValues), {
    padding: 0,
    grid: false,
  });
  const origin = options.origin ?? (rows.values === undefined ? "top" : "bottom");
  if (origin === "top") yAxis.range = [yAxis.range![1], yAxis.range![0]];
  const margin = fieldMargin(yAxis, options, color);
  // Cells are square where there is room, unless the rows are positions.
  const cell = (width - margin.l - margin.r) / field.xValues.length;
  const square = margin.t + margin.b + cell * field.yValues.length;
  const height =
    options.height ?? (rows.values === undefined ? Math.round(Math.min(620, Math.max(220, square))) : SIZE.height);
  const trace: Trace = {
    type: "heatmap",
    name: options.value,
    x: field.xValues.map(written),
    y: field.yValues.map(written),
    z: color.z,
    ...color.attributes,
    ...(options.digits === undefined ? {} : { texttemplate: `%{z:.${options.digits}f}` }),
    hovertemplate: `${options.x} %{x}<br>${options.y} %{y}<br>${options.value} %{z:.4~g}<extra></extra>`,
  };
  const layout = { ...houseLayout({ title, width, height, margin }), hovermode: "closest", xaxis: xAxis, yaxis: yAxis };
  return new Figure([trace], layout, (w, h) => heatmapFigure({ ...options, width: w, height: h }));
}

/**
 * A quantity over a plane as steps of colour, with paths over it: a loss surface and a descent.
 * @throws Error when sizes do not fit or a title is missing
 */
export function contourFigure(options: ContourOptions): Figure {
  const who = "contourFigure";
  const { width = SIZE.width, height = SIZE.height, title, paths = [], marks = [] } = options;
  const field = readField(who, options.z, options.xValues, options.yValues);
  const color = colored(who, field, options);
  const xAxis = makeAxis(who, "x", { title: options.x, range: extent(field.xValues)! }, [], { grid: false });
  const yAxis = makeAxis(who, "y", { title: options.y, range: extent(field.yValues)! }, [], { grid: false });
  const margin = fieldMargin(yAxis, options, color);
  const step = levelStep(color.zmin, color.zmax, options.levels ?? 14);
  const start = Math.ceil(color.zmin / step) * step;
  const trace: Trace = {
    type: "contour",
    name: options.value,
    x: field.xValues.map(written),
    y: field.yValues.map(written),
    z: color.z,
    ...color.attributes,
    autocontour: false,
    contours: {
      coloring: "fill",
      start: tidy(start),
      end: tidy(Math.floor(color.zmax / step) * step),
      size: tidy(step),
    },
    line: { width: 0.5, color: "rgba(255,255,255,0.35)" },
    hovertemplate: `${options.x} %{x:.4~g}<br>${options.y} %{y:.4~g}<br>${options.value} ${options.log ? "10^%{z:.3~f}" : "%{z:.4~g}"}<extra></extra>`,
  };
  const drawn = paths.map((path, i) => readPath(who, path, i));
  const ends = [
    ...drawn.flatMap(({ path, x, y, color: ink }) => endOf(path.name, ink, x, y, xAxis, yAxis)),
    ...marks.map((mark) => ({ text: mark.name, color: BRIGHT[0]!, x: mark.x, y: mark.y })),
  ];
  const labels = endLabels(ends, xAxis, yAxis, plotSize(width, height, margin)).map((label) => ({
    ...label,
    xshift: 9,
    bgcolor: "rgba(21,21,21,0.72)",
    borderpad: 2,
  }));
  const layout = {
    ...houseLayout({ title, width, height, margin }),
    hovermode: "closest",
    xaxis: xAxis,
    yaxis: yAxis,
    annotations: labels,
  };
  const data = [trace, ...drawn.flatMap(pathTraces), ...markTraces(marks)];
  return new Figure(data, layout, (w, h) => contourFigure({ ...options, width: w, height: h }));
}

function endOf(
  text: string,
  color: string,
  x: number[],
  y: number[],
  xAxis: Axis,
  yAxis: Axis,
): { text: string; color: string; x: number; y: number }[] {
  const inside = (v: number, axis: Axis): boolean => v >= Math.min(...axis.range!) && v <= Math.max(...axis.range!);
  const last = x.findLastIndex((u, i) => inside(u, xAxis) && inside(y[i]!, yAxis));
  return last < 0 ? [] : [{ text, color, x: x[last]!, y: y[last]! }];
}

interface DrawnPath {
  path: Path;
  x: number[];
  y: number[];
  color: string;
}

function readPath(who: string, path: Path, i: number): DrawnPath {
  const x = toNumbers(path.x, `${who}: ${path.name}, x`);
  const y = toNumbers(path.y, `${who}: ${path.name}, y`);
  if (x.length !== y.length)
    throw new Error(`${who}: ${path.name}: x has ${x.length} values, y has ${y.length}: they must be pairs`);
  return { path, x, y, color: BRIGHT[i % BRIGHT.length]! };
}

/** A dark edge below a bright line: it shows on every colour of the map. */
function pathTraces({ path, x, y, color }: DrawnPath): Trace[] {
  const stride = Math.ceil(x.length / MOST_PATH);
  const kept = x.map((_, i) => i).filter((i) => i % stride === 0 || i === x.length - 1);
  const at = { type: "scatter", x: kept.map((i) => written(x[i]!)), y: kept.map((i) => written(y[i]!)) };
  const dots = path.dots ?? x.length <= 26;
  return [
    {
      ...at,
      mode: "lines",
      name: `${path.name}, edge`,
      line: { color: EDGE, width: 4 },
      hoverinfo: "skip",
      showlegend: false,
    },
    {
      ...at,
      mode: dots ? "lines+markers" : "lines",
      name: path.name,
      line: { color, width: 1.8 },
      ...(dots ? { marker: { color, size: 6, line: { color: EDGE, width: 1 } } } : {}),
      hovertemplate: "%{x:.4~g}, %{y:.4~g}",
    },
  ];
}

function markTraces(marks: readonly { name: string; x: number; y: number }[]): Trace[] {
  return marks.map((mark) => ({
    type: "scatter",
    mode: "markers",
    name: mark.name,
    x: [written(mark.x)],
    y: [written(mark.y)],
    marker: { color: BRIGHT[0], size: 9, symbol: "diamond", line: { color: EDGE, width: 1.5 } },
    hovertemplate: "%{x:.4~g}, %{y:.4~g}",
  }));
}

interface Side {
  names?: string[];
  values?: number[];
}

function side(given: readonly string[] | Numbers | undefined, what: string): Side {
  if (given === undefined) return {};
  if (Array.isArray(given) && given.some((name) => typeof name === "string")) return { names: given.map(String) };
  return { values: toNumbers(given as Numbers, what) };
}

function checkNames(who: string, columns: Side, rows: Side, field: Field): void {
  for (const [what, { names }, count] of [
    ["columns", columns, field.xValues.length],
    ["rows", rows, field.yValues.length],
  ] as const) {
    if (names && names.length !== count) throw new Error(`${who}: ${names.length} names for ${count} ${what}`);
  }
}

/** Names stand as ticks at positions 0, 1, 2, …: as categories, two equal names would become one. */
function named(
  title: string,
  { names, values }: Side,
  positions: number[],
): { title: string; ticks?: { values: number[]; labels: string[] } } {
  if (values) return { title };
  const labels = names ?? positions.map(String);
  // Words are worth reading each; mere numbers crowd, and 0, 5, 10 … say the same.
  const stride = names ? Math.ceil(labels.length / 40) : roundStride(labels.length / MOST_NUMBERS);
  const kept = positions.filter((_, i) => i % stride === 0);
  return { title, ticks: { values: kept, labels: kept.map((at) => labels[at]!) } };
}

/** 1, 2, 5, 10, 20 … */
function roundStride(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  return [1, 2, 5, 10].map((lead) => lead * power).find((stride) => stride >= least)!;
}

function fieldMargin(yAxis: Axis, options: { title?: string }, { attributes }: Colored): Margin {
  const { ticktext } = attributes.colorbar as Layout as { ticktext?: string[] };
  const bar = 12 + 12 + Math.max(30, ...(ticktext ?? []).map((text) => textWidth(text))) + 34;
  return marginsFor({ y: yAxis, right: bar, title: options.title !== undefined });
}

/** A round step: 1, 2, 2.5 or 5 times a power of ten. */
function levelStep(from: number, to: number, count: number): number {
  const rough = (to - from) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const steps = [1, 2, 2.5, 5, 10].map((lead) => lead * power);
  return steps.reduce((best, step) =>
    Math.abs(Math.log(step / rough)) < Math.abs(Math.log(best / rough)) ? step : best,
  );
}

function tidy(value: number): number {
  return Number(value.toPrecision(10));
}
