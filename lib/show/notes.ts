import { coordinate } from "./labels";
import type { EndLabel } from "./labels";
import type { Annotation, Axis, Shape } from "./plotly";
import { colorOf, INK, SIZE } from "./style";
import type { Color } from "./style";

/** Words with an arrow to a point. */
export interface Note {
  x: number;
  y: number;
  text: string;
  /** Where the words stand, in pixels from the point; [30, -30] unless told: right of it, above it. */
  offset?: readonly [number, number];
}

/** A straight dashed line right through the plot, with its name on it: a baseline, a limit, a known value. */
export interface Rule {
  /** Horizontal, at this height. */
  y?: number;
  /** Vertical, at this place. */
  x?: number;
  name?: string;
  color?: Color;
}

/** Notes as Plotly annotations. */
export function noteAnnotations(notes: readonly Note[], x: Axis, y: Axis): Annotation[] {
  return notes.map((note) => ({
    text: note.text,
    x: coordinate(x, note.x),
    y: coordinate(y, note.y),
    xref: "x",
    yref: "y",
    showarrow: true,
    ax: note.offset?.[0] ?? 30,
    ay: note.offset?.[1] ?? -30,
    arrowcolor: INK,
    arrowwidth: 1,
    arrowhead: 2,
    arrowsize: 0.9,
    standoff: 4,
    font: { color: INK, size: SIZE.text },
  }));
}

/** The names of horizontal rules stand at their right ends, among the names of the lines. */
export function ruleLabels(rules: readonly Rule[], x: Axis): EndLabel[] {
  const end = x.type === "log" ? 10 ** x.range![1] : x.range![1];
  return rules.flatMap((rule) =>
    rule.y === undefined || !rule.name
      ? []
      : [{ text: rule.name, color: rule.color === undefined ? INK : colorOf(0, rule.color), x: end, y: rule.y }],
  );
}

/** Rules as Plotly shapes, and the names of the vertical ones as annotations. @throws Error when a rule has not exactly one of x and y */
export function ruleShapes(
  who: string,
  rules: readonly Rule[],
  x: Axis,
): { shapes: Shape[]; annotations: Annotation[] } {
  const shapes: Shape[] = [];
  const annotations: Annotation[] = [];
  for (const rule of rules) {
    if ((rule.x === undefined) === (rule.y === undefined)) {
      throw new Error(`${who}: a rule has either x or y, got ${JSON.stringify(rule)}`);
    }
    const color = rule.color === undefined ? INK : colorOf(0, rule.color);
    const line = { color, width: 1, dash: "dash" };
    const font = { color, size: SIZE.text };
    const common = { showarrow: false, font, text: rule.name ?? "" };
    if (rule.y !== undefined) {
      shapes.push({ type: "line", xref: "x domain", x0: 0, x1: 1, yref: "y", y0: rule.y, y1: rule.y, line });
    } else {
      shapes.push({ type: "line", xref: "x", x0: rule.x!, x1: rule.x!, yref: "y domain", y0: 0, y1: 1, line });
      annotations.push({
        ...common,
        x: coordinate(x, rule.x!),
        xref: "x",
        y: 1,
        yref: "y domain",
        xanchor: "left",
        yanchor: "top",
        xshift: 4,
      });
    }
  }
  return { shapes, annotations: annotations.filter((annotation) => annotation.text !== "") };
}
