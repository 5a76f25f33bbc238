// A quantity over a plane: what heat maps, contours and surfaces have in common.
import { extent, widened, toGrid, toNumbers } from "./numbers";
import type { Grid, Numbers } from "./numbers";
import { logTicks } from "./axis";
import { SCALES } from "./color-scale";
import type { Layout } from "./plotly";
import { INK, SIZE } from "./style";

/** A quantity sampled over a plane. */
export interface Field {
  /** z[row][column]: row i belongs to yValues[i], column j to xValues[j]. */
  z: number[][];
  xValues: number[];
  yValues: number[];
}

/**
 * Samples a function on a regular grid: `contourFigure({ ...sampleGrid((w, b) => loss(w, b), [-1, 5], [-2, 4]), … })`.
 * @param points samples per side, 61 unless told
 */
export function sampleGrid(
  f: (x: number, y: number) => number,
  xRange: readonly [number, number],
  yRange: readonly [number, number],
  points = 61,
): Field {
  if (!Number.isInteger(points) || points < 2)
    throw new Error(`sampleGrid: wanted at least 2 points a side, got ${points}`);
  const side = ([from, to]: readonly [number, number]): number[] =>
    Array.from({ length: points }, (_, i) => Number((from + ((to - from) * i) / (points - 1)).toPrecision(12)));
  const [xValues, yValues] = [side(xRange), side(yRange)];
  return { z: yValues.map((y) => xValues.map((x) => f(x, y))), xValues, yValues };
}

/** What colours mean. */
export interface ColorOptions {
  /** Quantity and unit, written beside the colour bar. */
  value: string;
  /** "sequential" unless told; "diverging" has its neutral middle at zero; "grey" is for pictures. */
  colors?: keyof typeof SCALES;
  /** Values at both ends of the colours; smallest and largest unless told. */
  range?: readonly [number, number];
  /** Colours by powers of ten; values ≤ 0 are left out. */
  log?: boolean;
}

/** Reads a field. @throws Error when the sizes do not fit */
export function readField(who: string, z: Grid, xValues: Numbers | undefined, yValues: Numbers | undefined): Field {
  const grid = toGrid(z, `${who}: z`);
  const side = (values: Numbers | undefined, name: string, count: number): number[] => {
    if (values === undefined) return Array.from({ length: count }, (_, i) => i);
    const read = toNumbers(values, `${who}: ${name}`);
    if (read.length !== count) throw new Error(`${who}: ${name} has ${read.length} values, z has ${count}`);
    return read;
  };
  return {
    z: grid,
    xValues: side(xValues, "xValues", grid[0]!.length),
    yValues: side(yValues, "yValues", grid.length),
  };
}

export interface Colored {
  /** The numbers that are drawn: logarithms where colours go by powers of ten. */
  z: (number | null)[][];
  zmin: number;
  zmax: number;
  /** Plotly's attributes of the colours, colour bar included. */
  attributes: Layout;
}

/** The field's numbers as colours. */
export function colored(who: string, field: Field, options: ColorOptions): Colored {
  if (typeof options.value !== "string" || options.value.trim() === "") {
    throw new Error(`${who}: the colours have no title: give value: "quantity (unit)"`);
  }
  const log = options.log === true;
  const z = field.z.map((row) => row.map((value) => round(log ? (value > 0 ? Math.log10(value) : NaN) : value)));
  const scaled = options.range?.map((value) => (log ? Math.log10(value) : value)) as [number, number] | undefined;
  let [zmin, zmax] = scaled ?? extent(z.flat()) ?? [0, 1];
  if (options.colors === "diverging" && scaled === undefined) {
    const most = Math.max(Math.abs(zmin), Math.abs(zmax)) || 1;
    [zmin, zmax] = [-most, most];
  }
  [zmin, zmax] = widened([zmin, zmax]);
  return {
    z,
    zmin,
    zmax,
    attributes: {
      zmin,
      zmax,
      zauto: false,
      colorscale: SCALES[options.colors ?? "sequential"].map(([at, color]) => [at, color]),
      colorbar: {
        title: { text: options.value, side: "right", font: { size: SIZE.text, color: INK } },
        thickness: 12,
        len: 1,
        lenmode: "fraction",
        x: 1,
        xpad: 12,
        y: 0.5,
        ypad: 0,
        outlinewidth: 0,
        tickfont: { size: SIZE.text, color: INK },
        ...(log ? logBarTicks(zmin, zmax) : {}),
      },
    },
  };
}

function logBarTicks(zmin: number, zmax: number): Layout {
  const { tickmode, tickvals, ticktext } = logTicks([zmin, zmax]);
  return { tickmode, tickvals: tickvals.map(Math.log10), ticktext };
}

function round(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(5)) : null;
}

/** Cells reach halfway to their neighbours. */
export function cellEdges(centres: readonly number[]): number[] {
  if (centres.length === 1) return [centres[0]! - 0.5, centres[0]! + 0.5];
  const inner = centres.slice(1).map((c, i) => (c + centres[i]!) / 2);
  const [first, last] = [centres[0]!, centres.at(-1)!];
  return [2 * first - inner[0]!, ...inner, 2 * last - inner.at(-1)!];
}
