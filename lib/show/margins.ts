import { ticks as ticksOf } from "d3-array";
import { plainTick } from "./axis";
import type { Axis, Margin } from "./plotly";
import { textWidth } from "./style";

/** What takes room around a plot. */
export interface Around {
  y: Axis;
  /** Width of the labels at the right end of the lines. */
  right?: number;
  legend?: boolean;
  title?: boolean;
}

/** Margins that hold tick labels, axis titles, title and legend, computed from their texts. */
export function marginsFor({ y, right = 0, legend = false, title = true }: Around): Margin {
  return {
    l: Math.round(Math.min(260, tickWidth(y) + 44)),
    r: Math.round(Math.max(24, right + 14)),
    t: (title ? 48 : 16) + (legend ? 24 : 0),
    b: 54,
  };
}

/** Width of the widest tick label. */
export function tickWidth(axis: Axis): number {
  return Math.max(14, ...tickTexts(axis).map((text) => textWidth(text)));
}

function tickTexts({ ticktext, range = [0, 1], type }: Axis): string[] {
  if (ticktext) return ticktext;
  if (type === "log") return ["10⁻⁰"];
  return ticksOf(Math.min(...range), Math.max(...range), 6).map(plainTick);
}
