// SVG as text. No ids and no style sheets: pictures stand inline, many in one page, and must not touch each other.

/** A coordinate: a tenth of a pixel is enough. */
export function num(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** Text as it may stand in XML: characters that XML forbids are left out. */
export function escape(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;");
}

/** `<name a="1">content</name>`; attributes that are undefined are left out. */
export function element(
  name: string,
  attributes: Record<string, string | number | undefined>,
  content?: string,
): string {
  const list = Object.entries(attributes)
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([key, value]) => ` ${key}="${typeof value === "number" ? num(value) : escape(value!)}"`)
    .join("");
  return content === undefined ? `<${name}${list}/>` : `<${name}${list}>${content}</${name}>`;
}

export interface TextStyle {
  x: number;
  y: number;
  color?: string;
  size?: number;
  weight?: number;
  anchor?: "start" | "middle" | "end";
  /** Degrees, about (x, y). */
  turn?: number;
  /** Where y is: at the baseline unless told. */
  place?: "top" | "middle" | "bottom";
}

const LINE = 1.25;

/** Text with the few tags that Plotly knows: br, b, i, sub, sup. */
export function text(words: string, { x, y, color, size = 12, weight, anchor, turn, place }: TextStyle): string {
  const lines = words.split(/<br\s*\/?>/i);
  const rise = { top: 0.8, middle: 0.34 - ((lines.length - 1) * LINE) / 2, bottom: -0.25 - (lines.length - 1) * LINE };
  const baseline = y + (place === undefined ? 0 : rise[place] * size);
  const attributes = {
    x,
    y: baseline,
    fill: color,
    "font-size": size === 12 ? undefined : size,
    "font-weight": weight,
    "text-anchor": anchor === "start" ? undefined : anchor,
    transform: turn === undefined ? undefined : `rotate(${turn} ${num(x)} ${num(y)})`,
  };
  const content = lines.map((line, i) =>
    i === 0 ? inline(line) : `<tspan x="${num(x)}" dy="${LINE}em">${inline(line)}</tspan>`,
  );
  return element("text", attributes, content.join(""));
}

const TAGS: Record<string, string> = {
  b: 'font-weight="700"',
  i: 'font-style="italic"',
  sub: 'font-size="75%" baseline-shift="sub"',
  sup: 'font-size="75%" baseline-shift="super"',
};

/** Known tags that close again become tspans; everything else is words. */
function inline(line: string): string {
  const match = /<(b|i|sub|sup)>(.*?)<\/\1>/i.exec(line);
  if (!match) return escape(line);
  const [whole, tag, inside] = match as unknown as [string, string, string];
  const before = escape(line.slice(0, match.index));
  return `${before}<tspan ${TAGS[tag.toLowerCase()]!}>${inline(inside)}</tspan>${inline(line.slice(match.index + whole.length))}`;
}

/** A line through points; a gap wherever a coordinate is missing. */
export function linePath(points: Iterable<readonly [number, number] | undefined>): string {
  let path = "";
  let [open, lastX, lastY] = [false, 0, 0];
  for (const point of points) {
    if (point === undefined) {
      open = false;
      continue;
    }
    // Whole tenths, so that the differences add up without drift.
    const [x, y] = [Math.round(point[0] * 10), Math.round(point[1] * 10)];
    if (open && x === lastX && y === lastY) continue;
    path += open ? `l${join(x - lastX, y - lastY)}` : `M${join(x, y)}`;
    [open, lastX, lastY] = [true, x, y];
  }
  return path;
}

/** Two coordinates as briefly as SVG allows. */
function join(x: number, y: number): string {
  const [a, b] = [x, y].map((tenths) => String(tenths / 10).replace(/^(-?)0\./, "$1."));
  return b!.startsWith("-") ? `${a}${b}` : `${a} ${b}`;
}

/** SVG's dash pattern for Plotly's. */
export function dashes(dash: unknown): string | undefined {
  return typeof dash === "string" ? { dash: "6 5", dot: "2 4", dashdot: "8 4 2 4", longdash: "10 6" }[dash] : undefined;
}
