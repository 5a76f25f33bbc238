// A label at a line's end is read at once where a legend is looked up. Labels that would overlap are moved apart.
import type { Annotation, Axis, Margin } from "./plotly";
import { SIZE, textWidth } from "./style";

/** A label and the point it belongs to, in data units. */
export interface EndLabel {
  text: string;
  color: string;
  x: number;
  y: number;
}

/** Height of a line of labels in pixels. */
const LINE = 15;

/** Where a value lies on an axis, 0 at its start and 1 at its end. */
export function position(axis: Axis, value: number): number {
  const [from, to] = axis.range!;
  const at = axis.type === "log" ? Math.log10(value) : value;
  return (at - from) / (to - from);
}

/** The last point of a line that can be seen. */
export function lastVisible(
  x: readonly (number | null)[],
  y: readonly (number | null)[],
  xAxis: Axis,
  yAxis: Axis,
): [number, number] | undefined {
  for (let i = y.length - 1; i >= 0; i--) {
    const [u, v] = [x[i], y[i]];
    if (u === null || v === null || u === undefined || v === undefined) continue;
    const [across, up] = [position(xAxis, u), position(yAxis, v)];
    if (across >= -1e-6 && across <= 1 + 1e-6 && up >= -1e-6 && up <= 1 + 1e-6) return [u, v];
  }
  return undefined;
}

/** Pixels that labels need right of the plot. */
export function labelRoom(labels: readonly EndLabel[], xAxis: Axis, plotWidth: number): number {
  const over = labels.map((label) => textWidth(label.text) + 8 - (1 - position(xAxis, label.x)) * plotWidth);
  return Math.min(240, Math.max(0, ...over));
}

/** The labels as Plotly annotations, moved apart where they would overlap. */
export function endLabels(
  labels: readonly EndLabel[],
  xAxis: Axis,
  yAxis: Axis,
  plot: { width: number; height: number },
): Annotation[] {
  const placed = labels.map((label) => ({
    label,
    left: position(xAxis, label.x) * plot.width,
    wanted: (1 - position(yAxis, label.y)) * plot.height,
  }));
  placed.sort((a, b) => a.wanted - b.wanted);
  const groups = cluster(placed);
  const shifts = new Map<EndLabel, number>();
  for (const group of groups)
    spread(
      group.map((p) => p.wanted),
      plot.height,
    ).forEach((y, i) => shifts.set(group[i]!.label, group[i]!.wanted - y));
  return labels.map((label) => ({
    text: label.text,
    x: coordinate(xAxis, label.x),
    y: coordinate(yAxis, label.y),
    xref: "x",
    yref: "y",
    xanchor: "left",
    yanchor: "middle",
    xshift: 5,
    yshift: Math.round(shifts.get(label) ?? 0) || 0, // never −0, which JSON lacks
    showarrow: false,
    align: "left",
    font: { color: label.color, size: SIZE.text },
  }));
}

/** Annotations on a log axis stand at the exponent. */
export function coordinate(axis: Axis, value: number): number {
  return axis.type === "log" ? Number(Math.log10(value).toPrecision(7)) : value;
}

/** Only labels that start in the same column can overlap; near enough, those within 90 pixels. */
function cluster<T extends { left: number }>(placed: T[]): T[][] {
  const groups: T[][] = [];
  for (const one of placed) {
    const near = groups.find((group) => Math.abs(group[0]!.left - one.left) < 90);
    if (near) near.push(one);
    else groups.push([one]);
  }
  return groups;
}

/** The nearest positions to the wanted (ascending) ones that are a line apart and inside the plot. */
export function spread(wanted: readonly number[], height: number, line: number = LINE): number[] {
  const n = wanted.length;
  const step = n > 1 ? Math.min(line, height / (n - 1)) : line;
  // Blocks of touching labels, each centred on the mean of what its members want.
  const blocks: { from: number; count: number; sum: number }[] = [];
  wanted.forEach((want, i) => {
    let block = { from: i, count: 1, sum: want };
    for (;;) {
      const before = blocks.at(-1);
      if (before === undefined || top(before) + before.count * step <= top(block)) break;
      blocks.pop();
      const sum = before.sum + block.sum;
      block = { from: before.from, count: before.count + block.count, sum };
    }
    blocks.push(block);
  });
  function top(block: { count: number; sum: number }): number {
    const free = block.sum / block.count - ((block.count - 1) / 2) * step;
    return Math.min(Math.max(free, 0), height - (block.count - 1) * step);
  }
  return blocks.flatMap((block) => Array.from({ length: block.count }, (_, i) => top(block) + i * step));
}

/** The plot's size inside its margins. */
export function plotSize(width: number, height: number, margin: Margin): { width: number; height: number } {
  return { width: width - margin.l - margin.r, height: height - margin.t - margin.b };
}
