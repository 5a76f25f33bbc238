import { bin, thresholdFreedmanDiaconis } from "d3-array";
import { makeAxis } from "./axis";
import type { AxisOptions } from "./axis";
import { Figure, houseLayout } from "./figure";
import { formatNumber } from "./format";
import { endLabels, labelRoom, plotSize } from "./labels";
import { marginsFor } from "./margins";
import { ruleLabels, ruleShapes } from "./notes";
import type { Rule } from "./notes";
import { isEmptyList, extent, widened, toNumbers, written } from "./numbers";
import type { Numbers } from "./numbers";
import type { Trace } from "./plotly";
import { colorOf, INK, SIZE, withOpacity } from "./style";
import type { Color } from "./style";

/** One bar in every category. */
export interface Bars {
  name: string;
  values: Numbers;
  /** Half the length of an error bar, for every value. */
  error?: Numbers;
  color?: Color;
}

export interface BarOptions {
  title?: string;
  /** What the categories are: "digit". */
  x: string;
  /** Quantity and unit: "share (%)". */
  y: AxisOptions;
  categories: readonly (string | number)[];
  bars: readonly Bars[];
  /** Writes the values at the ends of the bars; on unless there are more than 16 bars, or rules or error bars are in the way. */
  numbers?: boolean;
  /** Straight lines through the plot: what would be even, what chance gives. */
  rules?: readonly Rule[];
  width?: number;
  height?: number;
}

/**
 * Bars by category; several in a category stand side by side, named in a legend.
 * @throws Error when values and categories differ in number or a title is missing
 */
export function barFigure(options: BarOptions): Figure {
  const who = "barFigure";
  const { categories, bars, rules = [], title, width = SIZE.width, height = SIZE.height } = options;
  if (isEmptyList(bars)) throw new Error(`${who}: no bars: give at least one series`);
  const names = categories.map(String);
  const drawn = bars.map((series) => {
    const read = (values: Numbers, what: string): number[] => {
      const list = toNumbers(values, `${who}: ${series.name}, ${what}`);
      if (list.length === names.length) return list;
      throw new Error(`${who}: ${series.name} has ${list.length} ${what} for ${names.length} categories`);
    };
    return { values: read(series.values, "values"), error: series.error && read(series.error, "errors") };
  });
  const reach = drawn.flatMap(({ values, error }) =>
    values.flatMap((v, i) => [v, v + (error?.[i] ?? 0), v - (error?.[i] ?? 0)]),
  );
  const log = typeof options.y === "object" && options.y.log === true;
  const yAxis = makeAxis(who, "y", options.y, [...reach, ...rules.flatMap((r) => r.y ?? [])], {
    include: [0],
    padding: 0.08,
  });
  const positions = names.map((_, i) => i);
  const ticks = { values: positions, labels: names };
  const xRange: [number, number] = [-0.6, names.length - 0.4];
  const xAxis = makeAxis(who, "x", { title: options.x, ticks, range: xRange }, [], { grid: false });
  for (const key of ["ticks", "ticklen", "tickcolor"]) delete xAxis[key];
  const legend = bars.length > 1;
  const numbers =
    options.numbers ??
    (names.length * bars.length <= 16 && rules.length === 0 && bars.every((series) => series.error === undefined));
  const ruled = ruleShapes(who, rules, xAxis);
  const labels = ruleLabels(rules, xAxis);
  const margin = marginsFor({ y: yAxis, right: labelRoom(labels, xAxis, width), legend, title: title !== undefined });
  const layout = {
    ...houseLayout({
      title,
      width,
      height,
      margin,
      legend,
    }),
    hovermode: "closest",
    barmode: "group",
    bargap: 0.25,
    bargroupgap: 0.08,
    xaxis: xAxis,
    yaxis: yAxis,
    shapes: ruled.shapes,
    annotations: [...ruled.annotations, ...endLabels(labels, xAxis, yAxis, plotSize(width, height, margin))],
  };
  const data = bars.map((series, i): Trace => {
    const { values, error } = drawn[i]!;
    const color = colorOf(i, series.color);
    return {
      type: "bar",
      name: series.name,
      x: positions,
      y: values.map((v) => (log && v <= 0 ? null : written(v))),
      marker: { color: error ? withOpacity(color, 0.55) : color },
      ...(numbers
        ? {
            text: values.map((v) => formatNumber(v, 3)),
            textposition: "outside",
            textfont: { color: INK, size: SIZE.text },
            cliponaxis: false,
          }
        : {}),
      ...(error ? { error_y: { type: "data", array: error.map(written), color, thickness: 2, width: 4 } } : {}),
      customdata: names,
      hovertemplate: `%{customdata}: %{y:.4~g}`,
    };
  });
  return new Figure(data, layout, (w, h) => barFigure({ ...options, width: w, height: h }));
}

export interface HistogramOptions {
  title?: string;
  x: AxisOptions;
  /** "count", or "share (%)" with `share`. */
  y?: AxisOptions;
  series: readonly { name: string; values: Numbers; color?: Color }[];
  /** Number of bins, about; as many as the data carry unless told. */
  bins?: number;
  /** Percent of each series instead of counts. */
  share?: boolean;
  rules?: readonly Rule[];
  width?: number;
  height?: number;
}

/** How often values occur; several series share their bins and lie over each other. */
export function histogramFigure(options: HistogramOptions): Figure {
  const who = "histogramFigure";
  const { series, rules = [], title, width = SIZE.width, height = SIZE.height, share = false } = options;
  if (isEmptyList(series)) throw new Error(`${who}: no series: give at least one`);
  const drawn = series.map((one) => toNumbers(one.values, `${who}: ${one.name}`).filter(Number.isFinite));
  const all = drawn.flat();
  const span = extent(all) ?? [0, 1];
  const domain = widened(span);
  const count = options.bins ?? Math.min(80, Math.max(5, thresholdFreedmanDiaconis(all, ...domain) || 10));
  const edges = bin().domain(domain).thresholds(count);
  const binned = drawn.map((values) =>
    edges(values).map((b) => ({
      from: b.x0!,
      to: b.x1!,
      size: share ? (100 * b.length) / Math.max(1, values.length) : b.length,
    })),
  );
  const xAxis = makeAxis(who, "x", options.x, [...domain, ...rules.flatMap((r) => r.x ?? [])], {
    padding: 0.02,
    grid: false,
  });
  const heights = binned.flatMap((bins) => bins.map((b) => b.size));
  const yAxis = makeAxis(who, "y", options.y ?? (share ? "share (%)" : "count"), heights, { include: [0] });
  const legend = series.length > 1;
  const ruled = ruleShapes(who, rules, xAxis);
  const labels = ruleLabels(rules, xAxis);
  const margin = marginsFor({ y: yAxis, right: labelRoom(labels, xAxis, width), legend, title: title !== undefined });
  const layout = {
    ...houseLayout({
      title,
      width,
      height,
      margin,
      legend,
    }),
    hovermode: "x unified",
    barmode: "overlay",
    bargap: 0,
    xaxis: xAxis,
    yaxis: yAxis,
    shapes: ruled.shapes,
    annotations: [...ruled.annotations, ...endLabels(labels, xAxis, yAxis, plotSize(width, height, margin))],
  };
  const data = binned.map((bins, i): Trace => {
    const color = colorOf(i, series[i]!.color);
    return {
      type: "bar",
      name: series[i]!.name,
      x: bins.map((b) => written((b.from + b.to) / 2)),
      y: bins.map((b) => written(b.size)),
      width: bins.map((b) => written((b.to - b.from) * 0.94)),
      marker: { color: legend ? withOpacity(color, 0.55) : color },
      hovertemplate: "%{y:.4~g}",
    };
  });
  return new Figure(data, layout, (w, h) => histogramFigure({ ...options, width: w, height: h }));
}
