import { DISPLAY } from "./mime";
import type { MimeBundle } from "./mime";
import { drawPicture } from "./picture/picture";
import type { Layout, Margin, Trace } from "./plotly";
import { axisStyle, NUMBERS } from "./axis";
import { titleOf } from "./figure-title";
import { FONT, INK, PALETTE, SIZE } from "./style";

/** MIME type under which JupyterLab draws a Plotly figure. */
export const PLOTLY_MIME = "application/vnd.plotly.v1+json";

/**
 * A Plotly figure that shows itself: interactive where Plotly is, else as a static SVG picture of at most 30 KB (GitHub,
 * nbconvert), else as one line of text.
 */
export class Figure {
  constructor(
    /** Plotly's traces. */
    readonly data: Trace[],
    /** Plotly's layout, house style included. */
    readonly layout: Layout,
    /** Makes the same figure at another size, to stand as a panel among others; absent for raw figures. */
    readonly resized?: (width: number, height: number) => Figure,
  ) {}

  /** The static picture. @param mostBytes 30 KB unless told: what a notebook can bear */
  toSvg(mostBytes?: number): string {
    return drawPicture(this.data, this.layout, this.toString(), mostBytes);
  }

  /** One line: the title and what is drawn. */
  toString(): string {
    const title = titleOf(this.layout.title);
    const named = this.data.filter((trace) => trace.showlegend !== false && trace.hoverinfo !== "skip");
    const traces = named.map((trace) => trace.name ?? trace.type ?? "scatter");
    const axes = Object.keys(this.layout)
      .filter((key) => /^[xy]axis\d*$/.test(key))
      .map((key) => titleOf((this.layout[key] as { title?: unknown }).title))
      .filter((text) => text !== "");
    const list = [...new Set(traces)].join(", ");
    return [`Figure${title === "" ? "" : `: ${title}`}`, list, [...new Set(axes)].join(" × ")]
      .filter((part) => part !== "")
      .join(" · ");
  }

  [DISPLAY](): MimeBundle {
    return {
      [PLOTLY_MIME]: { data: this.data, layout: this.layout, config: { displaylogo: false } },
      "image/svg+xml": this.toSvg(),
      "text/plain": this.toString(),
    };
  }
}

/**
 * A figure from Plotly's own `data` and `layout`, in the house style wherever the layout says nothing else. The static
 * picture knows the trace types scatter, bar, heatmap, contour and surface; for others it says where to look instead.
 * @throws Error when `data` is no array of traces
 */
export function figure({ data, layout = {} }: { data: Trace[]; layout?: Layout }): Figure {
  if (!Array.isArray(data) || data.some((trace) => typeof trace !== "object" || trace === null)) {
    throw new Error("figure: wanted data: [{ type: … }, …], got no array of traces");
  }
  const axes: Layout = {};
  const flat = data.some((trace) => !SPATIAL.has(trace.type ?? "") && ["x", "y", "z"].some((key) => key in trace));
  const keys = ["xaxis", "yaxis", ...Object.keys(layout).filter((key) => /^[xy]axis\d+$/.test(key))];
  for (const key of flat ? keys : []) {
    const own = (layout[key] ?? {}) as Layout;
    const worded = data.some((trace) => hasWords(trace[key[0]!]));
    const ticks = own.tickvals === undefined && own.type !== "category" && !worded ? NUMBERS : {};
    axes[key] = { ...axisStyle(own.showgrid !== false), ...ticks, automargin: true, ...own, ...titled(own, {}) };
  }
  const margin = layout.showlegend === true ? { l: 64, r: 24, t: 76, b: 54 } : undefined;
  return new Figure(data, {
    ...houseLayout({ margin, legend: layout.showlegend === true, flat }),
    ...layout,
    ...titled(layout, titleStyle()),
    ...axes,
  });
}

function hasWords(values: unknown): boolean {
  return Array.isArray(values) && values.some((value) => typeof value === "string");
}

/** Traces without flat axes, though they have x, y and z. */
const SPATIAL = new Set(["surface", "scatter3d", "mesh3d", "isosurface", "volume", "cone", "streamtube"]);

/** Since Plotly 3 a title is an object. */
function titled({ title }: Layout, style: Layout): Layout {
  if (typeof title === "string") return { title: { ...style, text: title } };
  return typeof title === "object" && title !== null ? { title: { ...style, ...title } } : {};
}

function titleStyle(): Layout {
  return {
    x: 0,
    xref: "paper",
    xanchor: "left",
    y: 1,
    yref: "container",
    yanchor: "top",
    pad: { t: 14, b: 8 },
    font: { size: SIZE.title, color: INK, weight: 600 },
  };
}

export interface HouseOptions {
  title?: string;
  width?: number;
  height?: number;
  margin?: Margin;
  legend?: boolean;
  /** Has a plane with axes. */
  flat?: boolean;
}

/** The layout that all figures share. */
export function houseLayout({
  title,
  width = SIZE.width,
  height = SIZE.height,
  margin,
  legend = false,
  flat = true,
}: HouseOptions): Layout {
  return {
    ...(title === undefined ? {} : { title: { ...titleStyle(), text: title } }),
    width,
    height,
    margin: margin ?? { l: 64, r: 24, t: 48, b: 52 },
    paper_bgcolor: "rgba(0,0,0,0)",
    ...(flat ? { plot_bgcolor: "rgba(0,0,0,0)" } : {}),
    font: { family: FONT, size: SIZE.text, color: INK },
    colorway: Object.values(PALETTE),
    showlegend: legend,
    ...(legend
      ? { legend: { orientation: "h", x: 0, xanchor: "left", y: 1, yanchor: "bottom", bgcolor: "rgba(0,0,0,0)" } }
      : {}),
    hoverlabel: { bgcolor: "#222222", bordercolor: "#555555", font: { color: "#eeeeee", size: SIZE.text } },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: INK, activecolor: "#1f86c9" },
  };
}
