import { isEmptyList } from "./numbers";
import { Figure, houseLayout } from "./figure";
import { titleOf } from "./figure-title";
import { word } from "./plotly";
import type { Annotation, Axis, Layout, Margin, Shape, Trace } from "./plotly";
import { INK, SIZE } from "./style";

export interface PanelOptions {
  title?: string;
  /** Panels in a row; 2 unless told. */
  columns?: number;
  /** Pixels of the whole; 860 unless told. */
  width?: number;
  /** Pixels of a row; 320 unless told. */
  rowHeight?: number;
}

/**
 * Several figures as panels of one: side by side they compare, and one Plotly figure costs a page less than four.
 * @param figures made by the makers of this module; their titles become the panels' titles
 * @throws Error when there is none, or one is no maker's figure
 */
export function panels(figures: readonly Figure[], options: PanelOptions = {}): Figure {
  const { title, columns = Math.min(2, figures.length), width = 860, rowHeight = 320 } = options;
  if (isEmptyList(figures)) throw new Error("panels: no figures: give at least one");
  if (!Number.isInteger(columns) || columns < 1)
    throw new Error(`panels: wanted a whole number of columns, got ${columns}`);
  const rows = Math.ceil(figures.length / columns);
  const head = title === undefined ? 0 : 40;
  const modes = new Set(figures.flatMap((one) => (one.layout.barmode as string | undefined) ?? []));
  if (modes.size > 1)
    throw new Error("panels: bars side by side and histograms cannot share a figure: Plotly has one barmode");
  const data: Trace[] = [];
  const layout: Layout = {
    ...houseLayout({ title, width, height: head + rows * rowHeight, margin: { l: 0, r: 0, t: head, b: 0 } }),
    hovermode: "closest",
  };
  if (title !== undefined) layout.title = { ...(layout.title as object), x: 0.01, xref: "container" };
  const annotations: Annotation[] = [];
  const shapes: Shape[] = [];
  figures.forEach((one, k) => {
    const figure = one.resized?.(width / columns, rowHeight);
    if (figure === undefined)
      throw new Error(`panels: figure ${k} is raw or has panels itself: only makers' figures can be resized`);
    const { l, r, t, b } = figure.layout.margin as Margin;
    const [row, column] = [Math.floor(k / columns), k % columns];
    const x: [number, number] = [
      share(column + l / (width / columns), columns),
      share(column + 1 - r / (width / columns), columns),
    ];
    const y: [number, number] = [1 - share(row + 1 - b / rowHeight, rows), 1 - share(row + t / rowHeight, rows)];
    const n = k === 0 ? "" : String(k + 1);
    const spatial = "scene" in figure.layout;
    if (spatial) layout[`scene${n}`] = { ...(figure.layout.scene as Layout), domain: { x, y } };
    else {
      layout[`xaxis${n}`] = { ...(figure.layout.xaxis as Axis), domain: x, anchor: `y${n}` };
      layout[`yaxis${n}`] = { ...(figure.layout.yaxis as Axis), domain: y, anchor: `x${n}` };
    }
    for (const trace of figure.data) data.push(moved(trace, n, spatial, x, y));
    if (figure.layout.showlegend === true) {
      layout.showlegend = true;
      layout[`legend${n}`] = { ...(figure.layout.legend as Layout), x: x[0], y: y[1] };
    }
    for (const note of (figure.layout.annotations ?? []) as Annotation[]) {
      annotations.push({ ...note, xref: reference(note.xref, n), yref: reference(note.yref, n) });
    }
    for (const shape of (figure.layout.shapes ?? []) as Shape[]) {
      shapes.push({ ...shape, xref: reference(shape.xref, n), yref: reference(shape.yref, n) });
    }
    const name = titleOf(figure.layout.title);
    if (name === "") return;
    annotations.push({
      text: name,
      x: x[0],
      y: y[1],
      xref: "paper",
      yref: "paper",
      xanchor: "left",
      yanchor: "bottom",
      yshift: t - 34,
      showarrow: false,
      font: { size: SIZE.panelTitle + 1, weight: 600, color: INK },
    });
  });
  const mode = [...modes][0];
  if (mode !== undefined)
    Object.assign(layout, { barmode: mode, bargap: figures.find((one) => one.layout.barmode)?.layout.bargap });
  // A legend in one panel must not name the traces of the others.
  if (layout.showlegend === true) {
    const without = new Set(
      figures.flatMap((one, k) => (one.layout.showlegend === true ? [] : k === 0 ? "" : String(k + 1))),
    );
    for (const trace of data)
      if (without.has(/\d*$/.exec(word(trace.xaxis ?? trace.scene))![0])) trace.showlegend = false;
  }
  return new Figure(data, { ...layout, annotations, shapes });
}

function moved(
  trace: Trace,
  n: string,
  spatial: boolean,
  x: readonly [number, number],
  y: readonly [number, number],
): Trace {
  const place = spatial ? { scene: `scene${n}` } : { xaxis: `x${n}`, yaxis: `y${n}` };
  const bar = trace.colorbar as Layout | undefined;
  const len = Number(bar?.len ?? 1) * (y[1] - y[0]);
  return {
    ...trace,
    ...place,
    ...(n === "" ? {} : { legend: `legend${n}` }),
    ...(bar ? { colorbar: { ...bar, x: x[1], y: (y[0] + y[1]) / 2, len } } : {}),
  };
}

/** "x domain" → "x2 domain" */
function reference(ref: string | undefined, n: string): string | undefined {
  return ref?.replace(/^([xy])(?= |$)/, `$1${n}`);
}

function share(part: number, of: number): number {
  return Number((part / of).toFixed(5));
}
