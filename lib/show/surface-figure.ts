import { readField, colored } from "./field";
import type { ColorOptions } from "./field";
import { Figure, houseLayout } from "./figure";
import { toNumbers, written } from "./numbers";
import type { Grid, Numbers } from "./numbers";
import type { Layout, Trace } from "./plotly";
import { BRIGHT, INK, SIZE } from "./style";

export interface SurfaceOptions extends ColorOptions {
  title?: string;
  /** Quantity and unit. */
  x: string;
  y: string;
  /** z[row][column] or a tensor [rows, columns]; `value` is its title. */
  z: Grid;
  xValues?: Numbers;
  yValues?: Numbers;
  /** Ways over the surface: a descent. */
  paths?: readonly { name: string; x: Numbers; y: Numbers; z: Numbers }[];
  /** Where the eye stands, in multiples of the scene; over the lowest corner unless told. */
  eye?: { x: number; y: number; z: number };
  width?: number;
  height?: number;
}

/**
 * A quantity over a plane as a surface that can be turned; the static picture shows it from the same side. Where
 * numbers must be read off, a contour figure serves better.
 * @throws Error when sizes do not fit or a title is missing
 */
export function surfaceFigure(options: SurfaceOptions): Figure {
  const who = "surfaceFigure";
  const { title, width = SIZE.width, height = 460, paths = [] } = options;
  for (const key of ["x", "y"] as const) {
    if (typeof options[key] !== "string" || options[key].trim() === "")
      throw new Error(`${who}: the ${key} axis has no title: give ${key}: "quantity (unit)"`);
  }
  const field = readField(who, options.z, options.xValues, options.yValues);
  const color = colored(who, field, options);
  const eye = options.eye ?? lowestCorner(color.z);
  const { zmin, zmax, colorscale, colorbar } = color.attributes;
  const log = options.log === true;
  // A hair above the surface, which would hide it otherwise.
  const lift = (color.zmax - color.zmin) * 0.012;
  const height3d = (value: number): number | null => written((log ? Math.log10(value) : value) + lift);
  const surface: Trace = {
    type: "surface",
    name: options.value,
    x: field.xValues.map(written),
    y: field.yValues.map(written),
    z: color.z,
    cmin: zmin,
    cmax: zmax,
    cauto: false,
    colorscale,
    colorbar: { ...(colorbar as Layout), len: 0.8 },
    lighting: { ambient: 0.85, diffuse: 0.5, specular: 0.05, roughness: 0.9 },
    hovertemplate: `${options.x} %{x:.4~g}<br>${options.y} %{y:.4~g}<br>${options.value} ${log ? "10^%{z:.3~f}" : "%{z:.4~g}"}<extra></extra>`,
  };
  const lines = paths.map((path, i): Trace => {
    const [x, y, z] = (["x", "y", "z"] as const).map((key) => toNumbers(path[key], `${who}: ${path.name}, ${key}`)) as [
      number[],
      number[],
      number[],
    ];
    if (x.length !== y.length || x.length !== z.length)
      throw new Error(`${who}: ${path.name}: x, y and z have ${x.length}, ${y.length} and ${z.length} values`);
    const ink = BRIGHT[i % BRIGHT.length]!;
    return {
      type: "scatter3d",
      mode: "lines+markers",
      name: path.name,
      x: x.map(written),
      y: y.map(written),
      z: z.map(height3d),
      line: { color: ink, width: 5 },
      marker: { color: ink, size: 3, line: { color: "#151515", width: 1 } },
      hovertemplate: `${path.name}<br>%{x:.4~g}, %{y:.4~g}<extra></extra>`,
    };
  });
  const axis = (words: string): Layout => ({
    title: { text: words, font: { size: SIZE.text, color: INK } },
    color: INK,
    gridcolor: "#8a8a8a",
    gridwidth: 0.5,
    showbackground: false,
    zeroline: false,
    tickfont: { size: 11, color: INK },
  });
  const { tickvals, ticktext } = colorbar as { tickvals?: number[]; ticktext?: string[] };
  const layout = {
    ...houseLayout({
      title,
      width,
      height,
      flat: false,
      margin: { l: 12, r: 96, t: title === undefined ? 8 : 44, b: 8 },
    }),
    scene: {
      xaxis: axis(options.x),
      yaxis: axis(options.y),
      zaxis: { ...axis(options.value), ...(tickvals ? { tickmode: "array", tickvals, ticktext } : {}) },
      aspectmode: "manual",
      aspectratio: { x: 1.25, y: 1.25, z: 0.875 },
      camera: { eye, center: { x: 0, y: 0, z: -0.12 } },
    },
  };
  return new Figure([surface, ...lines], layout, (w, h) => surfaceFigure({ ...options, width: w, height: h }));
}

/** From the lowest corner nothing hides the valley. */
function lowestCorner(z: readonly (readonly (number | null)[])[]): { x: number; y: number; z: number } {
  const corners = [-1, 1].flatMap((y) => [-1, 1].map((x) => ({ x: 1.45 * x, y: 1.65 * y, z: 1.05 })));
  const height = ({ x, y }: { x: number; y: number }): number =>
    (y < 0 ? z[0]! : z.at(-1)!).at(x < 0 ? 0 : -1) ?? Infinity;
  return corners.reduce((best, corner) => (height(corner) < height(best) ? corner : best));
}
