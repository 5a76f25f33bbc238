import { makeAxis } from "./axis";
import type { AxisOptions } from "./axis";
import { Figure, houseLayout } from "./figure";
import { coordinate, endLabels, labelRoom, lastVisible, plotSize } from "./labels";
import type { EndLabel } from "./labels";
import { marginsFor } from "./margins";
import { noteAnnotations, ruleLabels, ruleShapes } from "./notes";
import type { Note, Rule } from "./notes";
import { median } from "d3-array";
import { isEmptyList, decimate, toNumbers, written } from "./numbers";
import type { Numbers } from "./numbers";
import type { Annotation, Axis, Trace } from "./plotly";
import { colorOf, SIZE, withOpacity } from "./style";
import type { Color } from "./style";

/** A line; values that are not finite leave a gap. */
export interface Line {
  name: string;
  /** 0, 1, 2, … unless given. */
  x?: Numbers;
  y: Numbers;
  /** The area between two lines: a deviation, a confidence interval. */
  band?: { low: Numbers; high: Numbers };
  color?: Color;
  /** Pixels, 2 unless told. */
  width?: number;
  dashed?: boolean;
  /** Faint: the raw numbers behind a smoothed line. Not labelled. */
  faint?: boolean;
  /** A dot at every point, for a few points. */
  dots?: boolean;
}

/** A cloud of points. */
export interface Points {
  name: string;
  x: Numbers;
  y: Numbers;
  color?: Color;
  /** Diameter in pixels, 6 unless told. */
  size?: number;
  /** Half the height of an error bar, for every point. */
  error?: Numbers;
  /** What is said about a point when the pointer is over it. */
  hover?: readonly string[];
}

/** What line and scatter figures have in common. */
export interface PlotOptions {
  /** One idea; may be missing in a panel. */
  title?: string;
  /** Quantity and unit: "step", "time (s)". */
  x: AxisOptions;
  y: AxisOptions;
  /** Straight lines through the plot. */
  rules?: readonly Rule[];
  /** Words with an arrow. */
  notes?: readonly Note[];
  /** Pixels; 720 × 400 unless told. */
  width?: number;
  height?: number;
}

export interface LineOptions extends PlotOptions {
  lines: readonly Line[];
  points?: readonly Points[];
}

export interface ScatterOptions extends PlotOptions {
  points: readonly Points[];
  lines?: readonly Line[];
}

/** More points than this are thinned out, keeping every peak: the figure stays light, the line looks the same. */
const MOST_POINTS = 2000;
/** More names than this stand in a legend, not at the lines. */
const MOST_LABELS = 12;
/** More clouds of points than this are named at their middles. */
const MOST_LEGEND = 4;

/**
 * Lines over a common x axis, each named at its end.
 * ```ts
 * lineFigure({ title: "Loss", x: "step", y: { title: "loss (nats)", log: true }, lines: [{ name: "train", y: losses }] })
 * ```
 * @throws Error when an axis has no title or x, y and band differ in length
 */
export function lineFigure(options: LineOptions): Figure {
  if (isEmptyList(options.lines)) throw new Error("lineFigure: no lines: give at least one");
  return plot("lineFigure", options);
}

/**
 * Clouds of points, with lines where wanted.
 * @throws Error when an axis has no title or x and y differ in length
 */
export function scatterFigure(options: ScatterOptions): Figure {
  if (isEmptyList(options.points)) throw new Error("scatterFigure: no points: give at least one cloud");
  return plot("scatterFigure", options);
}

interface Drawn {
  x: number[];
  y: number[];
  low?: number[];
  high?: number[];
  error?: number[];
}

function plot(who: string, options: PlotOptions & { lines?: readonly Line[]; points?: readonly Points[] }): Figure {
  const { lines = [], points = [], rules = [], notes = [], title, width = SIZE.width, height = SIZE.height } = options;
  const drawnLines = lines.map((line) => readLine(who, line));
  const drawnPoints = points.map((cloud) => readLine(who, cloud));
  const drawn = [...drawnLines, ...drawnPoints];
  const xs = [...drawn.flatMap((one) => one.x), ...rules.flatMap((rule) => rule.x ?? [])];
  const ys = [
    ...drawn.flatMap((one) => [one.y, one.low ?? [], one.high ?? []].flat()),
    ...drawn.flatMap((one) => (one.error ?? []).flatMap((e, i) => [one.y[i]! - e, one.y[i]! + e])),
    ...rules.flatMap((rule) => rule.y ?? []),
  ];
  const xAxis = makeAxis(who, "x", options.x, xs, { padding: points.length > 0 ? 0.04 : 0.015 });
  const yAxis = makeAxis(who, "y", options.y, ys);

  const named = lines.filter((line) => line.faint !== true).length + points.length;
  const clouds = points.length > MOST_LEGEND;
  const legend = points.length > 0 ? named > 1 && !clouds : named > MOST_LABELS;
  const labels: EndLabel[] = ruleLabels(rules, xAxis);
  if (!legend && named > 1) {
    lines.forEach((line, i) => {
      if (line.faint) return;
      const end = lastVisible(drawnLines[i]!.x, drawnLines[i]!.y, xAxis, yAxis);
      if (end) labels.push({ text: line.name, color: colorOf(i, line.color), x: end[0], y: end[1] });
    });
  }
  const bare = marginsFor({ y: yAxis, legend, title: title !== undefined });
  const right = labelRoom(labels, xAxis, width - bare.l - bare.r);
  const margin = marginsFor({ y: yAxis, right, legend, title: title !== undefined });
  const ruled = ruleShapes(who, rules, xAxis);
  const layout = {
    ...houseLayout({ title, width, height, margin, legend }),
    hovermode: points.length > 0 ? "closest" : "x unified",
    xaxis: xAxis,
    yaxis: yAxis,
    shapes: ruled.shapes,
    annotations: [
      ...endLabels(labels, xAxis, yAxis, plotSize(width, height, margin)),
      ...ruled.annotations,
      ...(clouds ? cloudLabels(points, drawnPoints, xAxis, yAxis) : []),
      ...noteAnnotations(notes, xAxis, yAxis),
    ],
  };
  const bands = lines.flatMap((line, i) => bandTrace(line, drawnLines[i]!, colorOf(i, line.color)));
  const data = [
    ...bands,
    ...lines.map((line, i) => lineTrace(line, drawnLines[i]!, colorOf(i, line.color))),
    ...points.map((cloud, i) => pointTrace(cloud, drawnPoints[i]!, colorOf(lines.length + i, cloud.color))),
  ];
  return new Figure(data, layout, (w, h) => plot(who, { ...options, width: w, height: h }));
}

/** Names in the middle of clouds, on a dark ground that shows on every colour. */
function cloudLabels(points: readonly Points[], drawn: readonly Drawn[], xAxis: Axis, yAxis: Axis): Annotation[] {
  return points.flatMap((cloud, i) => {
    const [x, y] = [median(drawn[i]!.x), median(drawn[i]!.y)];
    if (x === undefined || y === undefined) return [];
    return {
      text: cloud.name,
      x: coordinate(xAxis, x),
      y: coordinate(yAxis, y),
      xref: "x",
      yref: "y",
      showarrow: false,
      font: { color: "#ffffff", size: SIZE.text },
      bgcolor: "rgba(21,21,21,0.72)",
      borderpad: 2,
    };
  });
}

function readLine(who: string, line: Line | Points): Drawn {
  if (typeof line.name !== "string") throw new Error(`${who}: every line and every cloud of points has a name`);
  const what = `${who}: ${line.name}`;
  const y = toNumbers(line.y, `${what}, y`);
  const x = line.x === undefined ? y.map((_, i) => i) : toNumbers(line.x, `${what}, x`);
  if (x.length !== y.length)
    throw new Error(`${what}: x has ${x.length} values, y has ${y.length}: they must be pairs`);
  const drawn: Drawn = { x, y };
  const beside = (key: "low" | "high" | "error", values: Numbers): void => {
    const read = toNumbers(values, `${what}, ${key}`);
    if (read.length !== y.length) throw new Error(`${what}: ${key} has ${read.length} values, y has ${y.length}`);
    drawn[key] = read;
  };
  if ("band" in line && line.band) {
    beside("low", line.band.low);
    beside("high", line.band.high);
  }
  if ("error" in line && line.error) beside("error", line.error);
  return drawn;
}

function lineTrace(line: Line, { x, y }: Drawn, color: string): Trace {
  const kept = decimate(y, MOST_POINTS);
  return {
    type: "scatter",
    mode: line.dots ? "lines+markers" : "lines",
    name: line.name,
    x: kept.map((i) => written(x[i]!)),
    y: kept.map((i) => written(y[i]!)),
    line: { color, width: line.width ?? (line.faint ? 1 : 2), ...(line.dashed ? { dash: "dash" } : {}) },
    ...(line.dots ? { marker: { color, size: 6 } } : {}),
    ...(line.faint ? { opacity: 0.4, showlegend: false } : {}),
    hovertemplate: "%{y:.4~g}",
  };
}

function bandTrace(line: Line, { x, low, high }: Drawn, color: string): Trace[] {
  if (!low || !high) return [];
  const finite = x.map((_, i) => i).filter((i) => Number.isFinite(low[i]!) && Number.isFinite(high[i]!));
  const stride = Math.ceil(finite.length / (MOST_POINTS / 2));
  const there = finite.filter((_, i) => i % stride === 0 || i === finite.length - 1);
  const back = [...there].reverse();
  return [
    {
      type: "scatter",
      mode: "lines",
      name: `${line.name}, band`,
      x: [...there, ...back].map((i) => written(x[i]!)),
      y: [...there.map((i) => written(high[i]!)), ...back.map((i) => written(low[i]!))],
      fill: "toself",
      fillcolor: withOpacity(color, 0.2),
      line: { width: 0, color },
      hoverinfo: "skip",
      showlegend: false,
    },
  ];
}

function pointTrace(cloud: Points, { x, y, error }: Drawn, color: string): Trace {
  const many = x.length > 300;
  return {
    type: "scatter",
    mode: "markers",
    name: cloud.name,
    x: x.map(written),
    y: y.map(written),
    marker: { color, size: cloud.size ?? (many ? 4 : 7), ...(many ? { opacity: 0.7 } : {}) },
    ...(error ? { error_y: { type: "data", array: error.map(written), color, thickness: 1.2, width: 3 } } : {}),
    ...(cloud.hover ? { text: [...cloud.hover], hovertemplate: "%{text}<br>%{x:.4~g}, %{y:.4~g}" } : {}),
  };
}
