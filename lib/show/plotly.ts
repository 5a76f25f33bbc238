// The part of Plotly's JSON that the makers write and the static picture reads.

/** A trace as Plotly takes it. */
export interface Trace {
  type?: string;
  name?: string;
  [attribute: string]: unknown;
}

/** A layout as Plotly takes it. */
export interface Layout {
  [attribute: string]: unknown;
}

export interface Axis {
  title?: { text?: string; standoff?: number };
  type?: string;
  range?: [number, number];
  domain?: [number, number];
  anchor?: string;
  tickvals?: number[];
  ticktext?: string[];
  [attribute: string]: unknown;
}

export interface Annotation {
  text: string;
  x: number;
  y: number;
  xref?: string;
  yref?: string;
  xanchor?: "left" | "center" | "right";
  yanchor?: "top" | "middle" | "bottom";
  xshift?: number;
  yshift?: number;
  showarrow?: boolean;
  ax?: number;
  ay?: number;
  align?: "left" | "center" | "right";
  font?: { color?: string; size?: number; weight?: number };
  bgcolor?: string;
  [attribute: string]: unknown;
}

export interface Shape {
  type: "line" | "rect";
  x0: number;
  x1: number;
  y0: number;
  y1: number;
  xref?: string;
  yref?: string;
  line?: { color?: string; width?: number; dash?: string };
  fillcolor?: string;
  [attribute: string]: unknown;
}

export interface Margin {
  l: number;
  r: number;
  t: number;
  b: number;
}

/** An attribute that should be a word, or what it is without one. */
export function word(value: unknown, otherwise = ""): string {
  return typeof value === "string" ? value : otherwise;
}
