// A static picture of a Plotly figure: what GitHub and nbconvert show, neither of which runs Plotly. It draws the part
// of Plotly that the makers of lib/show write; d3 does scales and contours.
import { titleOf } from "../figure-title";
import type { Layout, Margin, Trace } from "../plotly";
import { FONT, INK, SIZE } from "../style";
import { drawColorbar, drawContour, drawHeatmap } from "./field";
import { drawBars, drawScatter } from "./marks";
import { frameOf, planeKey, planesOf } from "./plane";
import type { Box, Plane } from "./plane";
import { drawSurfaces, isSpatial } from "./surface";
import { element, escape, text } from "./svg";
import { drawAnnotations, drawLegend, drawShapes } from "./words";

/** A static picture in a notebook is never larger. */
export const MOST_BYTES = 30_000;

const KNOWN = new Set(["scatter", "scattergl", "bar", "heatmap", "contour", "surface", "scatter3d"]);

/**
 * Draws the figure as SVG of at most `mostBytes`: points are left out until it fits. A figure with a trace type that is not
 * known, or that does not fit, becomes a card with its title that says where to look.
 * @param summary one line for those who hear the page
 */
export function drawPicture(
  data: readonly Trace[],
  layout: Layout,
  summary: string,
  mostBytes: number = MOST_BYTES,
): string {
  const unknown = data.find((trace) => !KNOWN.has(trace.type ?? "scatter"));
  if (unknown)
    return card(layout, summary, `A ${String(unknown.type)} figure: open the notebook in JupyterLab to see it.`);
  for (let detail = 1; detail > 0.01; detail /= 1.5) {
    const svg = draw(data, layout, summary, detail);
    if (Buffer.byteLength(svg) <= mostBytes) return svg;
  }
  return card(layout, summary, "Too rich for a static picture: open the notebook in JupyterLab to see it.");
}

function draw(data: readonly Trace[], layout: Layout, summary: string, detail: number): string {
  const [width, height] = sizeOf(layout);
  const frame = frameOf(width, height, { l: 80, r: 80, t: 100, b: 80, ...(layout.margin as Margin | undefined) });
  const flat = data.filter((trace) => !isSpatial(trace));
  const planes = planesOf(flat, layout, frame);
  const parts: string[] = [drawTitle(layout, frame)];
  for (const [key, plane] of planes) {
    const mine = flat.map((trace, turn) => ({ trace, turn })).filter(({ trace }) => planeKey(trace) === key);
    const fields = mine.filter(({ trace }) => trace.type === "heatmap" || trace.type === "contour");
    // A map hides the axis lines below it, so they come first; lines and points come last.
    parts.push(plane.drawAxes());
    parts.push(
      clip(
        plane.box,
        fields
          .map(({ trace }) =>
            trace.type === "heatmap" ? drawHeatmap(trace, plane) : drawContour(trace, plane, detail),
          )
          .join(""),
      ),
    );
    // Two points a pixel show all that there is to see.
    const share = 1600 / Math.max(1, mine.length - fields.length) + 40;
    const most = Math.max(8, Math.floor(Math.min(share, 2 * plane.box.width) * detail));
    const bars = mine.filter(({ trace }) => trace.type === "bar");
    const overlay = layout.barmode === "overlay";
    const gap = typeof layout.bargap === "number" ? layout.bargap : 0.2;
    bars.forEach(({ trace, turn }, i) => {
      parts.push(
        drawBars(trace, plane, turn, overlay ? { index: 0, count: 1, gap } : { index: i, count: bars.length, gap }),
      );
    });
    const rest = mine.filter((one) => !fields.includes(one) && !bars.includes(one));
    parts.push(clip(plane.box, rest.map(({ trace, turn }) => drawScatter(trace, plane, turn, most)).join("")));
    for (const { trace } of fields) parts.push(drawColorbar(trace, plane.box));
  }
  parts.push(drawSurfaces(data.filter(isSpatial), layout, frame, detail));
  parts.push(
    drawShapes(layout, planes, frame),
    drawLegend(data, layout, frame),
    drawAnnotations(layout, planes, frame),
  );
  return svgOf(width, height, summary, parts.join(""));
}

/** A nested picture cuts off what reaches over its edge, and needs no id. */
function clip(box: Box, content: string): string {
  if (content === "") return "";
  // Two pixels over the edge: a line along it keeps its width.
  const [x, y, w, h] = [box.x - 2, box.y - 2, box.width + 4, box.height + 4];
  return element("svg", { x, y, width: w, height: h, viewBox: `${x} ${y} ${w} ${h}` }, content);
}

function drawTitle(layout: Layout, frame: Box): string {
  const title = layout.title as { text?: string } | string | undefined;
  if (titleOf(title) === "") return "";
  const words = typeof title === "string" ? title : title!.text!;
  return text(words, { x: frame.x, y: 14, size: SIZE.title, weight: 600, place: "top" });
}

function svgOf(width: number, height: number, summary: string, content: string): string {
  const attributes = {
    xmlns: "http://www.w3.org/2000/svg",
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    "font-family": FONT,
    "font-size": "12",
    fill: INK,
    role: "img",
  };
  return element("svg", attributes, `<title>${escape(summary)}</title>${content}`);
}

function card(layout: Layout, summary: string, words: string): string {
  const width = sizeOf(layout)[0];
  const box = element("rect", { x: 1, y: 1, width: width - 2, height: 78, rx: 6, fill: "none", stroke: INK });
  const title = titleOf(layout.title) || summary;
  const lines =
    text(title.slice(0, 90), { x: 20, y: 33, size: SIZE.title, weight: 600 }) + text(words, { x: 20, y: 57 });
  return svgOf(width, 80, summary.slice(0, 500), box + lines);
}

function sizeOf(layout: Layout): [number, number] {
  const side = (value: unknown, otherwise: number): number =>
    typeof value === "number" && value >= 50 ? value : otherwise;
  return [side(layout.width, SIZE.width), side(layout.height, SIZE.height)];
}

export type { Plane };
