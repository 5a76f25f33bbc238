import { colorAt } from "../color-scale";
import { extent, widened } from "../numbers";
import { word } from "../plotly";
import type { Layout, Trace } from "../plotly";
import { GRID } from "../style";
import { drawColorbar, readFieldTrace } from "./field";
import { asNumber, listOf } from "./marks";
import type { Box } from "./plane";
import { element, linePath, num, text } from "./svg";

type Point = readonly [number, number, number];
type Cells = (number | null)[];
type Ranges = readonly (readonly [number, number])[];

/** Whether a trace stands in space. */
export function isSpatial(trace: Trace): boolean {
  return trace.type === "surface" || trace.type === "scatter3d";
}

/** Surfaces and lines in space, seen from where Plotly's camera stands, without perspective. */
export function drawSurfaces(traces: readonly Trace[], layout: Layout, frame: Box, detail: number): string {
  const scenes = [...new Set(traces.map((trace) => word(trace.scene, "scene")))];
  return scenes
    .map((name) => {
      const scene = (layout[name] ?? {}) as Layout;
      const { x = [0, 1], y = [0, 1] } = (scene.domain ?? {}) as { x?: [number, number]; y?: [number, number] };
      const box = {
        x: frame.x + x[0] * frame.width,
        y: frame.y + (1 - y[1]) * frame.height,
        width: (x[1] - x[0]) * frame.width,
        height: (y[1] - y[0]) * frame.height,
      };
      return drawScene(
        traces.filter((trace) => word(trace.scene, "scene") === name),
        scene,
        box,
        detail,
      );
    })
    .join("");
}

function drawScene(traces: readonly Trace[], scene: Layout, box: Box, detail: number): string {
  const ranges = rangesOf(traces);
  const view = viewOf(scene, box);
  const place = (p: Point): readonly [number, number] => view.project(unit(p, ranges));
  const parts: string[] = [drawFloor(scene, ranges, view)];
  const tiles: { depth: number; svg: string }[] = [];
  for (const trace of traces) if (trace.type === "surface") tiles.push(...tilesOf(trace, ranges, view, box, detail));
  tiles.sort((a, b) => a.depth - b.depth);
  parts.push(...tiles.map((tile) => tile.svg));
  for (const trace of traces) {
    if (trace.type !== "scatter3d") continue;
    const [xs, ys, zs] = [trace.x, trace.y, trace.z].map((list) => listOf(list).map(asNumber)) as [Cells, Cells, Cells];
    const stride = Math.max(1, Math.ceil(xs.length / (150 * detail)));
    const points = xs
      .map((x, i) => [x, ys[i] ?? null, zs[i] ?? null] as const)
      .map((at) => (at.every((part) => part !== null) ? place(at as Point) : undefined))
      .filter((_, i) => i % stride === 0 || i === xs.length - 1);
    const line = (trace.line ?? {}) as { color?: string; width?: number };
    const marker = (trace.marker ?? {}) as { color?: string; size?: number };
    const d = linePath(points);
    const color = line.color ?? marker.color ?? "#ffffff";
    if (word(trace.mode, "lines").includes("lines")) {
      parts.push(
        element("path", { d, fill: "none", stroke: "#151515", "stroke-width": 4, "stroke-linejoin": "round" }),
      );
      parts.push(element("path", { d, fill: "none", stroke: color, "stroke-width": 2, "stroke-linejoin": "round" }));
    }
    const dots = points.flatMap((p) => (p ? `M${num(p[0])} ${num(p[1])}h0` : [])).join("");
    if (word(trace.mode).includes("markers")) {
      parts.push(
        element("path", {
          d: dots,
          stroke: "#151515",
          "stroke-width": (marker.size ?? 4) + 3,
          "stroke-linecap": "round",
        }),
      );
      parts.push(
        element("path", { d: dots, stroke: color, "stroke-width": marker.size ?? 4, "stroke-linecap": "round" }),
      );
    }
  }
  const surface = traces.find((trace) => trace.type === "surface");
  if (surface) parts.push(drawColorbar(surface, { ...box, y: box.y + box.height * 0.1, height: box.height * 0.8 }));
  return parts.join("");
}

interface View {
  project(p: Point): readonly [number, number];
  /** Larger is nearer to the eye. */
  depth(p: Point): number;
}

/** Orthographic, from the scene's camera, scaled so that the cube [−1, 1]³ (its height × 0.7) fills the box. */
function viewOf(scene: Layout, box: Box): View {
  const eye = (scene.camera as { eye?: { x: number; y: number; z: number } } | undefined)?.eye ?? {
    x: 1.25,
    y: 1.25,
    z: 1.25,
  };
  const turn = Math.atan2(eye.y, eye.x);
  const tilt = Math.atan2(eye.z, Math.hypot(eye.x, eye.y));
  const [ct, st, cp, sp] = [Math.cos(turn), Math.sin(turn), Math.cos(tilt), Math.sin(tilt)];
  const flat = ([x, y, z]: Point): readonly [number, number] => [
    -st * x + ct * y,
    -(sp * (-ct * x - st * y) + cp * z * 0.7),
  ];
  const corners = [-1, 1].flatMap((x) => [-1, 1].flatMap((y) => [-1, 1].map((z) => flat([x, y, z]))));
  const [us, vs] = [corners.map((c) => c[0]), corners.map((c) => c[1])];
  const [u0, u1, v0, v1] = [Math.min(...us), Math.max(...us), Math.min(...vs), Math.max(...vs)];
  const scale = Math.min((box.width * 0.86) / (u1 - u0), (box.height * 0.9) / (v1 - v0));
  const [cx, cy] = [
    box.x + box.width / 2 - (scale * (u0 + u1)) / 2,
    box.y + box.height * 0.47 - (scale * (v0 + v1)) / 2,
  ];
  return {
    project: (p) => {
      const [u, v] = flat(p);
      return [cx + scale * u, cy + scale * v];
    },
    depth: ([x, y, z]) => cp * (ct * x + st * y) + sp * z * 0.7,
  };
}

/** Into the cube [−1, 1]³. */
function unit(p: Point, ranges: Ranges): Point {
  return p.map((value, k) => (2 * (value - ranges[k]![0])) / (ranges[k]![1] - ranges[k]![0]) - 1) as unknown as Point;
}

function rangesOf(traces: readonly Trace[]): Ranges {
  const all: number[][] = [[], [], []];
  for (const trace of traces) {
    if (trace.type === "surface") {
      const field = readFieldTrace(trace);
      all[0]!.push(...field.x);
      all[1]!.push(...field.y);
      for (const row of field.z) for (const value of row) if (value !== null) all[2]!.push(value);
    } else if (!traces.some((other) => other.type === "surface")) {
      [trace.x, trace.y, trace.z].forEach((list, k) => all[k]!.push(...listOf(list).flatMap((v) => asNumber(v) ?? [])));
    }
  }
  return all.map((values) => {
    return widened(extent(values) ?? [0, 1]);
  });
}

/** Quadrilaterals of one colour, at most about 20 × 20 of them. */
function tilesOf(trace: Trace, ranges: Ranges, view: View, box: Box, detail: number): { depth: number; svg: string }[] {
  const { z, x, y, zmin, zmax, scale } = readFieldTrace(trace);
  const side = Math.max(4, Math.floor(Math.min(21, box.width / 24) * Math.sqrt(detail)));
  const pick = (count: number): number[] => {
    const steps = Math.min(side, count - 1);
    return Array.from({ length: steps + 1 }, (_, i) => Math.round((i * (count - 1)) / Math.max(1, steps)));
  };
  const [rows, columns] = [pick(z.length), pick(x.length)];
  const tiles: { depth: number; svg: string }[] = [];
  for (let r = 1; r < rows.length; r++) {
    for (let c = 1; c < columns.length; c++) {
      const corners = [
        [rows[r - 1]!, columns[c - 1]!],
        [rows[r - 1]!, columns[c]!],
        [rows[r]!, columns[c]!],
        [rows[r]!, columns[c - 1]!],
      ] as const;
      const heights = corners.map(([i, j]) => z[i]![j] ?? null);
      if (heights.some((height) => height === null)) continue;
      const points = corners.map(([i, j], k) => unit([x[j]!, y[i]!, heights[k]!], ranges));
      const mean = heights.reduce<number>((sum, height) => sum + height!, 0) / 4;
      const color = short(colorAt(scale, (mean - zmin) / (zmax - zmin)));
      const d = `${linePath(points.map((p) => view.project(p)))}z`;
      const depth = points.reduce((sum, p) => sum + view.depth([p[0], p[1], p[2] * 0.2]), 0);
      tiles.push({ depth, svg: `<path d="${d}" fill="${color}" stroke="${color}" stroke-width=".6"/>` });
    }
  }
  return tiles;
}

/** "#rgb": short, and 16 steps a channel are enough for tiles. */
function short(color: readonly number[]): string {
  return `#${color.map((part) => Math.round(part / 17).toString(16)).join("")}`;
}

/** The floor's edges with the names of its axes. */
function drawFloor(scene: Layout, ranges: Ranges, view: View): string {
  const at = (x: number, y: number, z: number): readonly [number, number] => view.project([x, y, z]);
  const lines: string[] = [];
  for (const t of [-1, -0.5, 0, 0.5, 1]) {
    lines.push(linePath([at(t, -1, -1), at(t, 1, -1)]), linePath([at(-1, t, -1), at(1, t, -1)]));
  }
  const parts = [element("path", { d: lines.join(""), stroke: GRID, fill: "none" })];
  const titled = (key: string): string =>
    String(((scene[key] as Layout | undefined)?.title as { text?: string } | undefined)?.text ?? "");
  // The two floor edges that face the eye.
  const front = (["x", "y"] as const).map((letter) => {
    const options = [-1, 1].map(
      (s) =>
        (letter === "x"
          ? [
              [-1, s],
              [1, s],
            ]
          : [
              [s, -1],
              [s, 1],
            ]) as [[number, number], [number, number]],
    );
    return options.sort((a, b) => mid(b)[1] - mid(a)[1])[0]!;
  });
  function mid([a, b]: [[number, number], [number, number]]): readonly [number, number] {
    return at((a[0] + b[0]) / 2, (a[1] + b[1]) / 2, -1);
  }
  const centre = at(0, 0, -1);
  front.forEach((edge, k) => {
    const middle = mid(edge);
    const away = middle[0] < centre[0] ? -1 : 1;
    parts.push(
      text(titled(k === 0 ? "xaxis" : "yaxis"), {
        x: middle[0] + away * 26,
        y: middle[1] + 20,
        anchor: away < 0 ? "end" : "start",
        place: "middle",
        size: 13,
      }),
    );
    for (const [index, end] of edge.entries()) {
      const p = at(end[0], end[1], -1);
      const value = ranges[k]![index === 0 ? 0 : 1];
      parts.push(
        text(String(Number(value.toPrecision(3))).replace("-", "−"), {
          x: p[0] + away * 8,
          y: p[1] + 10,
          anchor: away < 0 ? "end" : "start",
          place: "middle",
        }),
      );
    }
  });
  return parts.join("");
}
