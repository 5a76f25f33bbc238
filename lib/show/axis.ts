import { group } from "./format";
import { extent, widened } from "./numbers";
import type { Axis } from "./plotly";
import { GRID, INK, RULE, SIZE } from "./style";

/** An axis: its title with the unit in it ("loss (nats)"), or more about it. */
export type AxisOptions =
  | string
  | {
      title: string;
      /** Written after the title in brackets. */
      unit?: string;
      /** Logarithmic; values ≤ 0 are left out. */
      log?: boolean;
      /** First and last value shown, in the axis's own unit (on a log axis too). */
      range?: readonly [number, number];
      /** Ticks at these values, under these labels. */
      ticks?: { values: readonly number[]; labels: readonly string[] };
    };

export interface AxisStyle {
  /** Share of the range left free at both ends; 0.05 unless told. */
  padding?: number;
  /** Values that must be inside: 0 for bars. */
  include?: readonly number[];
  grid?: boolean;
}

/** The Plotly axis for the given data. @throws Error when the title is missing: every axis says what it shows */
export function makeAxis(
  who: string,
  letter: string,
  options: AxisOptions,
  values: Iterable<number | null>,
  style: AxisStyle = {},
): Axis {
  const given = typeof options === "string" ? { title: options } : options;
  if (typeof given?.title !== "string" || given.title.trim() === "") {
    throw new Error(`${who}: the ${letter} axis has no title: give ${letter}: "quantity (unit)"`);
  }
  const log = given.log === true;
  const range = given.range === undefined ? fit(values, log, style) : checkRange(who, letter, given.range, log);
  const axis: Axis = {
    ...axisStyle(style.grid ?? true),
    title: { text: given.unit ? `${given.title} (${given.unit})` : given.title, standoff: 12 },
    type: log ? "log" : "linear",
    range,
  };
  if (given.ticks) {
    Object.assign(axis, { tickmode: "array", tickvals: [...given.ticks.values], ticktext: [...given.ticks.labels] });
  } else if (log) {
    Object.assign(axis, logTicks(range));
  } else {
    Object.assign(axis, NUMBERS);
  }
  return axis;
}

/** How Plotly writes the numbers of an axis that has no tick labels of its own. */
export const NUMBERS = { separatethousands: true, exponentformat: "power", minexponent: 5 } as const;

/** What every axis has in common. */
export function axisStyle(grid: boolean): Axis {
  return {
    color: INK,
    showgrid: grid,
    ...(grid ? { gridcolor: GRID } : {}),
    zeroline: false,
    showline: true,
    linecolor: RULE,
    ticks: "outside",
    ticklen: 4,
    tickcolor: RULE,
    tickfont: { size: SIZE.text, color: INK },
  };
}

function checkRange(who: string, letter: string, range: readonly [number, number], log: boolean): [number, number] {
  const [from, to] = range;
  if (!Number.isFinite(from) || !Number.isFinite(to) || from === to || (log && (from <= 0 || to <= 0))) {
    throw new Error(`${who}: the ${letter} range [${from}, ${to}] spans nothing${log ? " on a log axis" : ""}`);
  }
  return log ? [Math.log10(from), Math.log10(to)] : [from, to];
}

/** The range that shows all values; on a log axis in powers of ten, as Plotly has it. */
function fit(
  values: Iterable<number | null>,
  log: boolean,
  { padding = 0.05, include = [] }: AxisStyle,
): [number, number] {
  const all = extent([...values, ...(log ? [] : include)], log);
  let [min, max] = all ?? (log ? [1, 10] : [0, 1]);
  if (log) [min, max] = [Math.log10(min), Math.log10(max)];
  [min, max] = log && max - min < 1e-9 ? [min - 0.5, max + 0.5] : widened([min, max]);
  const room = (max - min) * padding;
  // Bars stand on zero, without room below.
  const low = include.includes(0) && min === 0 ? 0 : min - room;
  const high = include.includes(0) && max === 0 ? 0 : max + room;
  return [low, high].map((value) => Number(value.toPrecision(7))) as [number, number];
}

/** Ticks of a log axis from 10^from to 10^to: powers of ten, 1, 2 and 5 between them where few decades show. */
export function logTicks([from, to]: readonly [number, number]): {
  tickmode: "array";
  tickvals: number[];
  ticktext: string[];
} {
  const [low, high] = from < to ? [from, to] : [to, from];
  const span = high - low;
  const every = Math.max(1, Math.ceil(span / 8));
  const leads = span >= 2 ? [1] : span > 1 ? [1, 2, 5] : [1, 2, 3, 5, 7];
  const values: number[] = [];
  for (let power = Math.ceil(low / every - 1) * every; power <= Math.ceil(high); power += every) {
    for (const lead of leads) {
      const value = Number(`${lead}e${power}`);
      const at = Math.log10(value);
      if (at >= low - 1e-9 && at <= high + 1e-9) values.push(value);
    }
  }
  return { tickmode: "array", tickvals: values, ticktext: values.map(powerTick) };
}

/** 0.001 … 1,000 as they are, smaller and larger ones as powers of ten. */
function powerTick(value: number): string {
  return value >= 1e-3 && value <= 1e4 ? plainTick(value) : powerText(value);
}

/** A tick's number: thousands grouped, tiny and huge ones as powers of ten. */
export function plainTick(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return powerText(value);
  return minus(group(String(Number(value.toPrecision(6)))));
}

/** 3e-7 → "3×10⁻⁷", 1000 → "10³" */
export function powerText(value: number): string {
  const [lead, exponent] = value.toExponential(2).split("e") as [string, string];
  const raised = String(Number(exponent)).replace(/[-\d]/g, (c) => SUPERSCRIPT[c]!);
  const rounded = Number(lead);
  return minus(rounded === 1 ? `10${raised}` : `${rounded}×10${raised}`);
}

const SUPERSCRIPT: Record<string, string> = {
  "-": "⁻",
  "0": "⁰",
  "1": "¹",
  "2": "²",
  "3": "³",
  "4": "⁴",
  "5": "⁵",
  "6": "⁶",
  "7": "⁷",
  "8": "⁸",
  "9": "⁹",
};

/** A minus sign instead of a hyphen. */
export function minus(text: string): string {
  return text.replace("-", "−");
}
