import { word } from "../plotly";
import type { Annotation, Layout, Shape, Trace } from "../plotly";
import { INK, RULE, textWidth } from "../style";
import { traceColor } from "./marks";
import type { Box, Plane } from "./plane";
import { dashes, element, num, text } from "./svg";

/** Where a reference ("x2", "y domain", "paper") puts a value, in pixels. `raw`: on log axes the value is an exponent. */
function resolve(
  value: unknown,
  ref: string,
  planes: Iterable<Plane>,
  names: ReadonlyMap<Plane, string>,
  frame: Box,
  raw: boolean,
): number {
  const letter = ref.startsWith("y") ? "y" : "x";
  const [start, length] = [frame[letter], letter === "x" ? frame.width : frame.height];
  const number = typeof value === "number" ? value : NaN;
  const [name, domain] = ref.split(" ") as [string, string | undefined];
  for (const plane of planes) {
    const [x, y] = names.get(plane)!.split("/") as [string, string];
    if (name !== (letter === "x" ? x : y)) continue;
    const { box } = plane;
    if (domain === "domain") return letter === "x" ? box.x + number * box.width : box.y + (1 - number) * box.height;
    const axis = letter === "x" ? plane.xAxis : plane.yAxis;
    const at = axis.type === "log" && raw ? 10 ** number : value;
    return letter === "x" ? plane.x(at) : plane.y(at);
  }
  return letter === "x" ? start + number * length : start + (1 - number) * length;
}

/** Shapes: lines and rectangles. */
export function drawShapes(layout: Layout, planes: ReadonlyMap<string, Plane>, frame: Box): string {
  const names = new Map([...planes].map(([name, plane]) => [plane, name]));
  const shapes = Array.isArray(layout.shapes) ? (layout.shapes as Shape[]) : [];
  return shapes
    .map((shape) => {
      const x = (value: unknown): number =>
        resolve(value, refOf(shape.xref, "x"), planes.values(), names, frame, false);
      const y = (value: unknown): number =>
        resolve(value, refOf(shape.yref, "y"), planes.values(), names, frame, false);
      const [x0, x1, y0, y1] = [x(shape.x0), x(shape.x1), y(shape.y0), y(shape.y1)];
      if (![x0, x1, y0, y1].every(Number.isFinite)) return "";
      const stroke = {
        stroke: shape.line?.color ?? RULE,
        "stroke-width": shape.line?.width ?? 1,
        "stroke-dasharray": dashes(shape.line?.dash),
      };
      if (shape.type === "line")
        return element("path", { d: `M${num(x0)} ${num(y0)}L${num(x1)} ${num(y1)}`, ...stroke });
      const size = { x: Math.min(x0, x1), y: Math.min(y0, y1), width: Math.abs(x1 - x0), height: Math.abs(y1 - y0) };
      return element("rect", { ...size, fill: shape.fillcolor ?? "none", ...(shape.line?.width === 0 ? {} : stroke) });
    })
    .join("");
}

function refOf(ref: string | undefined, letter: "x" | "y"): string {
  return ref === undefined ? letter : ref === "paper" ? `${letter}paper` : ref;
}

/** Annotations: words, with an arrow where they have one. */
export function drawAnnotations(layout: Layout, planes: ReadonlyMap<string, Plane>, frame: Box): string {
  const names = new Map([...planes].map(([name, plane]) => [plane, name]));
  const list = Array.isArray(layout.annotations) ? (layout.annotations as Annotation[]) : [];
  return list
    .map((one) => {
      const px = resolve(one.x, refOf(one.xref ?? "x", "x"), planes.values(), names, frame, true);
      const py = resolve(one.y, refOf(one.yref ?? "y", "y"), planes.values(), names, frame, true);
      if (!Number.isFinite(px) || !Number.isFinite(py)) return "";
      const color = one.font?.color ?? INK;
      const size = one.font?.size ?? 12;
      if (one.showarrow !== false) return arrow(one, px, py, color, size);
      const [x, y] = [px + (one.xshift ?? 0), py - (one.yshift ?? 0)];
      const anchor = ({ left: "start", right: "end", center: "middle" } as const)[one.xanchor ?? "center"];
      const words = text(one.text, {
        x,
        y,
        color,
        size,
        weight: one.font?.weight,
        anchor,
        place: one.yanchor ?? "middle",
      });
      if (one.bgcolor === undefined) return words;
      const width = textWidth(one.text, size) + 6;
      const left = anchor === "start" ? x - 3 : anchor === "end" ? x - width + 3 : x - width / 2;
      return (
        element("rect", { x: left, y: y - size * 0.72, width, height: size * 1.44, rx: 2, fill: one.bgcolor }) + words
      );
    })
    .join("");
}

function arrow(one: Annotation, x: number, y: number, color: string, size: number): string {
  const [dx, dy] = [one.ax ?? 30, one.ay ?? -30];
  const length = Math.hypot(dx, dy) || 1;
  const [ux, uy] = [dx / length, dy / length];
  const tip = [x + ux * 4, y + uy * 4] as const;
  const wing = (turn: number): string => {
    const [c, s] = [Math.cos(turn), Math.sin(turn)];
    return `M${num(tip[0])} ${num(tip[1])}l${num((ux * c - uy * s) * 6)} ${num((ux * s + uy * c) * 6)}`;
  };
  const d = `M${num(x + dx)} ${num(y + dy)}L${num(tip[0])} ${num(tip[1])}${wing(0.45)}${wing(-0.45)}`;
  // As Plotly has it: the words' edge that faces the point, or their middle where the arrow is upright.
  const steep = Math.abs(dy) > Math.abs(dx) * 0.5;
  const anchor = steep ? "middle" : dx > 0 ? "start" : "end";
  const place = steep ? (dy < 0 ? "bottom" : "top") : "middle";
  const words = text(one.text, { x: x + dx + (steep ? 0 : Math.sign(dx) * 3), y: y + dy, color, size, anchor, place });
  return element("path", { d, stroke: color, fill: "none" }) + words;
}

/** The names of the traces in a row above the plot. */
export function drawLegend(data: readonly Trace[], layout: Layout, frame: Box): string {
  const names = [...new Set(data.map(legendOf))];
  return layout.showlegend === true ? names.map((name) => drawNames(data, name, layout, frame)).join("") : "";
}

function legendOf(trace: Trace): string {
  return typeof trace.legend === "string" ? trace.legend : "legend";
}

function drawNames(data: readonly Trace[], legend: string, layout: Layout, frame: Box): string {
  const shown = data
    .map((trace, turn) => ({ trace, turn }))
    .filter(({ trace }) => legendOf(trace) === legend && trace.showlegend !== false && trace.name !== undefined);
  const first = new Set<string>();
  const parts: string[] = [];
  const { x: across = 0, y: up = 1 } = (layout[legend] ?? {}) as { x?: number; y?: number };
  const left = frame.x + across * frame.width;
  let [x, y] = [left, frame.y + (1 - up) * frame.height - 12];
  for (const { trace, turn } of shown) {
    const name = String(trace.name);
    if (first.has(name)) continue;
    first.add(name);
    const width = textWidth(name) + 40;
    if (x + width > frame.x + frame.width + 40 && x > left) [x, y] = [left, y + 16];
    const color = traceColor(trace, turn);
    const swatch =
      trace.type === "bar"
        ? element("rect", { x, y: y - 5, width: 10, height: 10, fill: color })
        : word(trace.mode, "lines") === "markers"
          ? element("circle", { cx: x + 5, cy: y, r: 4, fill: color })
          : element("path", {
              d: `M${num(x - 2)} ${num(y)}h16`,
              stroke: color,
              "stroke-width": 2,
              "stroke-dasharray": dashes((trace.line as { dash?: string })?.dash),
            });
    parts.push(swatch, text(name, { x: x + 18, y, place: "middle" }));
    x += width;
  }
  return parts.join("");
}
