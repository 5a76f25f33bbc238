import { contours as d3contours } from "d3-contour";
import { colorAt, hex, SCALES } from "../color-scale";
import type { Colorscale } from "../color-scale";
import { extent, widened } from "../numbers";
import { cellEdges } from "../field";
import { encodePng } from "../png";
import { word } from "../plotly";
import type { Layout, Trace } from "../plotly";
import { INK } from "../style";
import { asNumber, listOf } from "./marks";
import { isList, ticksOf } from "./plane";
import type { Box, Plane } from "./plane";
import { element, linePath, num, text } from "./svg";

interface FieldData {
  z: (number | null)[][];
  x: number[];
  y: number[];
  zmin: number;
  zmax: number;
  scale: Colorscale;
}

/** The numbers of a heat map, contour or surface, with defaults filled in. */
export function readFieldTrace(trace: Trace): FieldData {
  const z = listOf(trace.z).map((row) => listOf(row).map(asNumber));
  const width = Math.max(0, ...z.map((row) => row.length));
  const side = (values: unknown, count: number): number[] => {
    const numbers = listOf(values).map(asNumber);
    const known = numbers.length >= count && numbers.every((value) => value !== null);
    return Array.from({ length: count }, (_, i) => (known ? numbers[i]! : i));
  };
  const [low, high] = extent(z.flat()) ?? [0, 1];
  const [zmin, zmax] = widened([asNumber(trace.zmin ?? trace.cmin) ?? low, asNumber(trace.zmax ?? trace.cmax) ?? high]);
  return {
    z,
    x: side(trace.x, width),
    y: side(trace.y, z.length),
    zmin,
    zmax,
    scale: scaleOf(trace),
  };
}

function scaleOf(trace: Trace): Colorscale {
  const given = trace.colorscale;
  const stops = isList(given) ? (Array.from(given) as Colorscale) : SCALES.sequential;
  return trace.reversescale === true ? [...stops].reverse().map(([at, color]) => [1 - at, color] as const) : stops;
}

/** Cells of one colour each, as a small PNG whose cells are whole pixels; their numbers where the trace asks. */
export function drawHeatmap(trace: Trace, plane: Plane): string {
  const field = readFieldTrace(trace);
  const { z, zmin, zmax, scale } = field;
  const [rows, columns] = [z.length, field.x.length];
  if (rows === 0 || columns === 0) return "";
  const color = (value: number): [number, number, number] => colorAt(scale, (value - zmin) / (zmax - zmin));
  const [xEdges, yEdges] = [cellEdges(field.x).map((x) => plane.x(x)), cellEdges(field.y).map((y) => plane.y(y))];
  if (![...xEdges, ...yEdges].every(Number.isFinite)) return "";
  const even = isEven(xEdges) && isEven(yEdges);
  const parts: string[] = [];
  if (even) {
    const [left, right] = [Math.min(xEdges[0]!, xEdges.at(-1)!), Math.max(xEdges[0]!, xEdges.at(-1)!)];
    const [top, bottom] = [Math.min(yEdges[0]!, yEdges.at(-1)!), Math.max(yEdges[0]!, yEdges.at(-1)!)];
    const [flipX, flipY] = [xEdges[0]! > xEdges.at(-1)!, yEdges[0]! > yEdges.at(-1)!];
    // Whole pixels per cell: a viewer that smooths has little left to smooth.
    const k = Math.max(1, Math.min(16, Math.floor(320 / Math.max(rows, columns))));
    const pixels = new Uint8Array(rows * k * columns * k * 4);
    const stride = columns * k * 4;
    for (let r = 0; r < rows; r++) {
      const line = pixels.subarray(r * k * stride, (r * k + 1) * stride);
      for (let c = 0; c < columns; c++) {
        const value = z[flipY ? rows - 1 - r : r]![flipX ? columns - 1 - c : c] ?? null;
        if (value === null) continue;
        const rgba = [...color(value), 255];
        for (let px = c * k; px < (c + 1) * k; px++) line.set(rgba, 4 * px);
      }
      for (let copy = 1; copy < k; copy++) pixels.set(line, (r * k + copy) * stride);
    }
    const png = encodePng({ width: columns * k, height: rows * k, data: pixels, channels: 4 });
    parts.push(
      element("image", {
        x: left,
        y: top,
        width: right - left,
        height: bottom - top,
        preserveAspectRatio: "none",
        style: "image-rendering:pixelated",
        href: `data:image/png;base64,${png.toString("base64")}`,
      }),
    );
  } else {
    z.forEach((row, i) =>
      row.forEach((value, j) => {
        if (value === null) return;
        const [x0, x1, y0, y1] = [xEdges[j]!, xEdges[j + 1]!, yEdges[i]!, yEdges[i + 1]!];
        parts.push(
          element("rect", {
            x: Math.min(x0, x1),
            y: Math.min(y0, y1),
            width: Math.abs(x1 - x0),
            height: Math.abs(y1 - y0),
            fill: hex(color(value)),
          }),
        );
      }),
    );
  }
  const digits = /%\{z:\.(\d+)f\}/.exec(word(trace.texttemplate))?.[1];
  if (digits !== undefined) {
    z.forEach((row, i) =>
      row.forEach((value, j) => {
        if (value === null) return;
        const [r, g, b] = color(value);
        const dark = 0.299 * r + 0.587 * g + 0.114 * b < 140;
        parts.push(
          text(value.toFixed(Number(digits)), {
            x: plane.x(field.x[j]),
            y: plane.y(field.y[i]),
            anchor: "middle",
            place: "middle",
            size: 11,
            color: dark ? "#fff" : "#111",
          }),
        );
      }),
    );
  }
  return parts.join("");
}

function isEven(edges: readonly number[]): boolean {
  const step = edges[1]! - edges[0]!;
  return edges.every((edge, i) => Math.abs(edge - edges[0]! - i * step) < Math.abs(step) * 0.01 + 1e-6);
}

/** Filled steps of colour between levels; `detail` below 1 leaves out points. */
export function drawContour(trace: Trace, plane: Plane, detail: number): string {
  const field = readFieldTrace(trace);
  const { z, zmin, zmax, scale } = field;
  const [rows, columns] = [z.length, field.x.length];
  if (rows < 2 || columns < 2) return "";
  const levels = levelsOf(trace, zmin, zmax);
  const step = levels.length > 1 ? levels[1]! - levels[0]! : zmax - zmin;
  const flat = z.flatMap((row) => row.map((value) => value ?? NaN));
  const generator = d3contours().size([columns, rows]).smooth(true);
  const parts: string[] = [];
  // Below the first level: the colour of the step that ends there.
  const shade = (level: number): string => hex(colorAt(scale, (level + step / 2 - zmin) / (zmax - zmin)));
  const { box } = plane;
  if (flat.every(Number.isFinite)) {
    parts.push(
      element("rect", {
        x: box.x,
        y: box.y,
        width: box.width,
        height: box.height,
        fill: shade((levels[0] ?? zmin) - step),
      }),
    );
  }
  const lines = (trace.contours as { coloring?: string } | undefined)?.coloring === "lines";
  for (const level of levels) {
    let d = "";
    for (const ring of generator.contour(flat, level).coordinates.flat()) {
      const points = ring.map(
        ([gx, gy]) => [plane.x(along(field.x, gx! - 0.5)), plane.y(along(field.y, gy! - 0.5))] as const,
      );
      const kept = simplify(points, 0.15 / detail);
      if (kept.length > 2 && kept.flat().every(Number.isFinite)) d += `${linePath(kept)}z`;
    }
    if (d === "") continue;
    const color = shade(level);
    const style = lines
      ? { fill: "none", stroke: color, "stroke-width": 1.5 }
      : { fill: color, stroke: "#fff", "stroke-opacity": "0.3", "stroke-width": 0.5 };
    parts.push(element("path", { d, ...style }));
  }
  return parts.join("");
}

function levelsOf(trace: Trace, zmin: number, zmax: number): number[] {
  const { start, end, size } = (trace.contours ?? {}) as { start?: number; end?: number; size?: number };
  if (typeof start === "number" && typeof end === "number" && typeof size === "number" && size > 0) {
    const count = Math.min(200, Math.floor((end - start) / size + 1e-6) + 1);
    return Array.from({ length: Math.max(0, count) }, (_, i) => start + i * size);
  }
  return Array.from({ length: 12 }, (_, i) => zmin + ((i + 1) * (zmax - zmin)) / 13);
}

/** The value between list[i] and list[i + 1] at a broken index, from the first to the last. */
function along(list: readonly number[], index: number): number {
  const i = Math.min(list.length - 1, Math.max(0, index));
  const whole = Math.min(list.length - 2, Math.floor(i));
  return list[whole]! + (list[whole + 1]! - list[whole]!) * (i - whole);
}

/** Ramer, Douglas and Peucker: leaves out points nearer than `tolerance` pixels to the line without them. */
function simplify(points: readonly (readonly [number, number])[], tolerance: number): (readonly [number, number])[] {
  if (points.length < 3) return [...points];
  const keep = new Set<number>([0, points.length - 1, points.length >> 1]);
  const stack: [number, number][] = [
    [0, points.length >> 1],
    [points.length >> 1, points.length - 1],
  ];
  for (let span = stack.pop(); span !== undefined; span = stack.pop()) {
    const [from, to] = span;
    const [a, b] = [points[from]!, points[to]!];
    const length = Math.hypot(b[0] - a[0], b[1] - a[1]);
    let [worst, at] = [tolerance, -1];
    for (let i = from + 1; i < to; i++) {
      const p = points[i]!;
      const off =
        length === 0
          ? Math.hypot(p[0] - a[0], p[1] - a[1])
          : Math.abs((b[0] - a[0]) * (a[1] - p[1]) - (a[0] - p[0]) * (b[1] - a[1])) / length;
      if (off > worst) [worst, at] = [off, i];
    }
    if (at < 0) continue;
    keep.add(at);
    stack.push([from, at], [at, to]);
  }
  return [...keep].sort((a, b) => a - b).map((i) => points[i]!);
}

/** The bar that says what the colours mean, right of the plane. */
export function drawColorbar(trace: Trace, box: Box): string {
  if (trace.showscale === false) return "";
  const { zmin, zmax, scale } = readFieldTrace(trace);
  const bar = (trace.colorbar ?? {}) as Layout & {
    title?: { text?: string };
    tickvals?: number[];
    ticktext?: string[];
  };
  const x = box.x + box.width + 12;
  const steps = Math.min(40, Math.ceil(box.height / 8));
  const parts = Array.from({ length: steps }, (_, i) => {
    const y = box.y + box.height * (1 - (i + 1) / steps);
    return element("path", {
      d: `M${num(x)} ${num(y)}h12v${num(box.height / steps + (i === 0 ? 0 : 0.6))}h-12z`,
      fill: hex(colorAt(scale, (i + 0.5) / steps)),
    });
  });
  const ticks = ticksOf(
    {
      range: [zmin, zmax],
      type: "linear",
      ...(bar.tickvals ? { tickvals: bar.tickvals, ticktext: bar.ticktext } : {}),
    },
    [],
    box.height / 50,
  );
  let widest = 0;
  for (const [value, label] of ticks) {
    const y = box.y + box.height * (1 - (value - zmin) / (zmax - zmin));
    if (y < box.y - 1 || y > box.y + box.height + 1) continue;
    widest = Math.max(widest, label.length * 6.6);
    parts.push(text(label, { x: x + 18, y, place: "middle" }));
  }
  const title = bar.title?.text;
  if (title)
    parts.push(
      text(title, {
        x: x + 34 + widest,
        y: box.y + box.height / 2,
        anchor: "middle",
        turn: 90,
        place: "middle",
        color: INK,
      }),
    );
  return parts.join("");
}
