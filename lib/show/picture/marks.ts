import { decimate, LARGEST } from "../numbers";
import { word } from "../plotly";
import type { Trace } from "../plotly";
import { colorOf } from "../style";
import { isList } from "./plane";
import type { Plane } from "./plane";
import { dashes, element, linePath, num, text } from "./svg";

interface Ink {
  color?: string;
  width?: number;
  dash?: string;
}

interface Marker {
  color?: unknown;
  size?: unknown;
  symbol?: string;
  opacity?: number;
  line?: Ink;
}

/** Colour of a trace: its own, or its turn's. */
export function traceColor(trace: Trace, turn: number): string {
  const line = (trace.line as Ink | undefined)?.color;
  const marker = (trace.marker as Marker | undefined)?.color;
  const lined = word(trace.mode, "lines").includes("lines") && trace.type !== "bar";
  const asked = lined ? (line ?? marker) : (marker ?? line);
  return typeof asked === "string" ? asked : colorOf(turn);
}

/** Lines, areas, points and error bars of a scatter trace. `most` limits the points that are drawn. */
export function drawScatter(trace: Trace, plane: Plane, turn: number, most: number): string {
  const ys = listOf(trace.y);
  const xs = isList(trace.x) ? listOf(trace.x) : ys.map((_, i) => i);
  const mode = typeof trace.mode === "string" ? trace.mode : ys.length < 20 ? "lines+markers" : "lines";
  const color = traceColor(trace, turn);
  const line = (trace.line ?? {}) as Ink;
  const parts: string[] = [];
  const place = (i: number): readonly [number, number] | undefined => {
    const [x, y] = [plane.x(xs[i]), plane.y(ys[i])];
    // Far outside is as good as just outside, and shorter to write.
    const far = plane.box.height;
    return Number.isFinite(x) && Number.isFinite(y)
      ? [x, Math.min(plane.box.y + 2 * far, Math.max(plane.box.y - far, y))]
      : undefined;
  };
  if (trace.fill === "toself") {
    const half = Math.floor(ys.length / 2);
    const stride = Math.max(1, Math.ceil(half / (most / 2)));
    const kept = ys
      .map((_, i) => i)
      .filter((i) => i % stride === 0 || i === half - 1 || i === half || i === ys.length - 1);
    const d = linePath(kept.map(place));
    if (d !== "") parts.push(element("path", { d: `${d}z`, fill: word(trace.fillcolor, color) }));
  } else if (trace.fill === "tozeroy") {
    const zero = plane.y(plane.yAxis.type === "log" ? 10 ** plane.yAxis.range![0] : 0);
    const points = decimate(ys.map(asNumber), most).flatMap((i) => place(i) ?? []);
    if (points.length > 0) {
      const pairs = Array.from({ length: points.length / 2 }, (_, i) => [points[2 * i]!, points[2 * i + 1]!] as const);
      const d = linePath([[pairs[0]![0], zero], ...pairs, [pairs.at(-1)![0], zero]]);
      parts.push(
        element("path", {
          d: `${d}z`,
          fill: word(trace.fillcolor, color),
          "fill-opacity": trace.fillcolor ? undefined : 0.3,
        }),
      );
    }
  }
  const width = line.width ?? 2;
  if (mode.includes("lines") && width > 0) {
    const d = linePath(keptPoints(ys.map(asNumber), most).map(place));
    if (d !== "") {
      parts.push(
        element("path", {
          d,
          fill: "none",
          stroke: line.color ?? color,
          "stroke-width": width,
          "stroke-linejoin": "round",
          "stroke-dasharray": dashes(line.dash),
        }),
      );
    }
  }
  parts.push(drawErrors(trace, xs, ys, plane, color));
  if (mode.includes("markers")) parts.push(drawMarkers(trace, thin(ys.length, most), place, turn));
  const opacity = typeof trace.opacity === "number" ? trace.opacity : undefined;
  const all = parts.join("");
  return opacity === undefined ? all : element("g", { opacity: String(opacity) }, all);
}

/** A line in shorter pieces than this on the average is no curve but a field of strokes. */
const STROKE = 12;

/** Points of a line that are drawn. Of a field of strokes (arrows, say) whole ones are left out: a stroke cut short misleads. */
function keptPoints(ys: readonly (number | null)[], most: number): number[] {
  const ends = ys.flatMap((y, i) => (y === null || !Number.isFinite(y) ? [i] : []));
  if (ends.length * STROKE < ys.length) return decimate(ys, most);
  const stride = Math.ceil(ys.length / (3 * most));
  const starts = [0, ...ends.map((end) => end + 1)];
  return starts.flatMap((start, k) => {
    const end = ends[k] ?? ys.length - 1;
    return k % stride === 0 ? Array.from({ length: Math.max(0, end - start + 1) }, (_, i) => start + i) : [];
  });
}

/** At most `most` of n points, evenly chosen. */
function thin(n: number, most: number): number[] {
  const stride = Math.max(1, Math.ceil(n / most));
  return Array.from({ length: Math.ceil(n / stride) }, (_, i) => i * stride);
}

function drawMarkers(
  trace: Trace,
  kept: number[],
  place: (i: number) => readonly [number, number] | undefined,
  turn: number,
): string {
  const marker = (trace.marker ?? {}) as Marker;
  const plain = traceColor({ ...trace, mode: "markers" }, turn);
  const size = typeof marker.size === "number" ? marker.size : 6;
  // Points of one colour are one path of dots: a stroke of no length with round ends.
  const groups = new Map<string, (readonly [number, number])[]>();
  for (const i of kept) {
    const point = place(i);
    if (point === undefined) continue;
    const own = isList(marker.color) && typeof marker.color[i] === "string" ? marker.color[i] : plain;
    groups.set(own, [...(groups.get(own) ?? []), point]);
  }
  const parts: string[] = [];
  for (const [color, points] of groups) {
    const edge = marker.line?.width ?? 0;
    if (marker.symbol === "diamond") {
      const r = size / 1.5;
      const d = points
        .map(([x, y]) => `M${num(x)} ${num(y - r)}l${num(r)} ${num(r)} ${num(-r)} ${num(r)} ${num(-r)} ${num(-r)}z`)
        .join("");
      parts.push(
        element("path", {
          d,
          fill: color,
          stroke: edge > 0 ? marker.line!.color : undefined,
          "stroke-width": edge || undefined,
        }),
      );
      continue;
    }
    const d = points.map(([x, y]) => `M${num(x)} ${num(y)}h0`).join("");
    const dots = (width: number, stroke: string): string =>
      element("path", {
        d,
        fill: "none",
        stroke,
        "stroke-width": width,
        "stroke-linecap": "round",
        "stroke-opacity": marker.opacity,
      });
    if (edge > 0 && marker.line?.color) parts.push(dots(size + 2 * edge, marker.line.color));
    parts.push(dots(size, color));
  }
  return parts.join("");
}

function drawErrors(trace: Trace, xs: readonly unknown[], ys: readonly unknown[], plane: Plane, color: string): string {
  const error = trace.error_y as { array?: unknown; color?: string; thickness?: number; width?: number } | undefined;
  if (!isList(error?.array)) return "";
  const cap = error.width ?? 3;
  let d = "";
  for (const [i, y] of ys.entries()) {
    const [size, x] = [asNumber(error.array[i]), plane.x(xs[i])];
    if (size === null || typeof y !== "number") continue;
    const [low, high] = [plane.y(y - size), plane.y(y + size)];
    if (![x, low, high].every(Number.isFinite)) continue;
    d += `M${num(x)} ${num(low)}V${num(high)}M${num(x - cap)} ${num(high)}h${cap * 2}M${num(x - cap)} ${num(low)}h${cap * 2}`;
  }
  return d === ""
    ? ""
    : element("path", { d, stroke: error.color ?? color, fill: "none", "stroke-width": error.thickness ?? 1.5 });
}

/** The bars of one trace; `index` of `count` that stand side by side. */
export function drawBars(
  trace: Trace,
  plane: Plane,
  turn: number,
  group: { index: number; count: number; gap: number },
): string {
  const ys = listOf(trace.y);
  const xs = isList(trace.x) ? listOf(trace.x) : ys.map((_, i) => i);
  const widths = isList(trace.width) ? listOf(trace.width) : [];
  const color = traceColor(trace, turn);
  const base = plane.yAxis.type === "log" ? plane.box.y + plane.box.height : plane.y(0);
  const centres = xs.map((x) => plane.x(x)).filter(Number.isFinite);
  const apart = centres.slice(1).flatMap((x, i) => Math.abs(x - centres[i]!) || []);
  const step = Math.min(plane.box.width * 0.6, ...apart);
  const slot = (step * (1 - group.gap)) / group.count;
  const colors = (trace.marker as Marker | undefined)?.color;
  const parts: string[] = [];
  const words: string[] = [];
  let d = "";
  xs.forEach((x, i) => {
    const [centre, top] = [plane.x(x), plane.y(ys[i])];
    if (!Number.isFinite(centre) || !Number.isFinite(top)) return;
    const own = asNumber(widths[i]);
    const width = own === null ? slot * 0.92 : Math.abs(plane.x(Number(x) + own / 2) - plane.x(Number(x) - own / 2));
    const middle = own === null ? centre + (group.index - (group.count - 1) / 2) * slot : centre;
    const box = `M${num(middle - width / 2)} ${num(base)}V${num(top)}h${num(width)}V${num(base)}z`;
    if (isList(colors) && typeof colors[i] === "string") parts.push(element("path", { d: box, fill: colors[i] }));
    else d += box;
    const label = isList(trace.text) ? trace.text[i] : undefined;
    if (typeof label === "string" && label !== "") {
      const error = asNumber((trace.error_y as { array?: ArrayLike<unknown> } | undefined)?.array?.[i]);
      const above = Number(ys[i]) >= 0;
      const end = error === null ? top : plane.y(Number(ys[i]) + (above ? error : -error));
      words.push(
        text(label, { x: middle, y: end + (above ? -3 : 3), anchor: "middle", place: above ? "bottom" : "top" }),
      );
    }
  });
  if (d !== "") parts.unshift(element("path", { d, fill: color }));
  const shifted = xs.map((x) => (typeof x === "number" ? x : 0));
  parts.push(
    drawErrors(
      { ...trace, x: shifted },
      xs,
      ys,
      offsetPlane(plane, (group.index - (group.count - 1) / 2) * slot),
      color,
    ),
  );
  return parts.join("") + words.join("");
}

function offsetPlane(plane: Plane, by: number): Plane {
  return Object.assign(Object.create(plane) as Plane, { x: (value: unknown) => plane.x(value) + by });
}

export function listOf(value: unknown): unknown[] {
  return isList(value) ? Array.from(value) : [];
}

/** A finite number, or null. */
export function asNumber(value: unknown): number | null {
  if (value === null || value === undefined || value === "") return null;
  const number = Number(value);
  return Math.abs(number) <= LARGEST ? number : null;
}
