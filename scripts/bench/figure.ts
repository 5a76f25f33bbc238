import { Figure, figure, panels } from "genlab";
import { TITLES } from "./contenders";
import type { ContenderName } from "./contenders";
import { contendersOf } from "./results";
import type { TrainingResult } from "./results";
import { three } from "./table";

/** Ours stands out; the others are named at the axis and need no colour of their own. */
const OURS = "#1f86c9";
const OTHERS = "#8c8c8c";
const BAR = 13;
const ROW = 24;
/** A panel takes 2.3 KB. */
const MOST_BYTES = 100_000;

/**
 * The README's picture: for each workload the milliseconds per training step of every contender, a panel each, because
 * a step takes from one to hundreds of milliseconds. Transparent, in colours that show on white and on black.
 */
export function benchFigure(results: readonly TrainingResult[], machine: string): string {
  const who = contendersOf(results);
  const rowHeight = who.length * ROW + 88;
  const all = results.map((result) => panel(result, who, 430, rowHeight));
  const columns = Math.min(2, all.length);
  const title = `Milliseconds per training step, shorter is better · ${machine}`;
  return panels(all, { title, columns, width: columns * 430, rowHeight }).toSvg(MOST_BYTES);
}

function panel(result: TrainingResult, who: readonly ContenderName[], width: number, height: number): Figure {
  const place = (i: number): number => who.length - 1 - i; // the first on top
  const shown = who.filter((name) => result.ms[name] !== undefined);
  const most = Math.max(...shown.map((name) => result.spread[name]![1]));
  const line = (x: [number, number], y: number, color: string, lineWidth: number) => ({
    type: "scatter",
    mode: "lines",
    x,
    y: [y, y],
    line: { color, width: lineWidth },
    showlegend: false,
  });
  const data = shown.flatMap((name) => {
    const y = place(who.indexOf(name));
    return [
      line([0, result.ms[name]!], y, name === "genlab" ? OURS : OTHERS, BAR),
      line(result.spread[name]!, y, "#5a5a5a", 1.5),
    ];
  });
  const styled = figure({
    data,
    layout: {
      title: result.name,
      width,
      height,
      margin: { l: 112, r: 56, t: 40, b: 46 },
      xaxis: { range: [0, most * 1.02], title: "ms per step" },
      yaxis: {
        range: [-0.6, who.length - 0.4],
        showgrid: false,
        ticks: "",
        tickvals: who.map((_, i) => place(i)),
        ticktext: who.map((name) => TITLES[name]),
      },
    },
  });
  const annotations = shown.map((name) => ({
    text: name === "genlab" ? `<b>${three(result.ms[name]!)}</b>` : three(result.ms[name]!),
    x: result.spread[name]![1],
    y: place(who.indexOf(name)),
    xref: "x",
    yref: "y",
    xanchor: "left",
    yanchor: "middle",
    xshift: 6,
    showarrow: false,
    font: { size: 12, color: "#797979" },
  }));
  return new Figure(styled.data, { ...styled.layout, annotations }, (w, h) => panel(result, who, w, h));
}
