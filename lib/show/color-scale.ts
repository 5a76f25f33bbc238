/** Stops of a colour scale, as Plotly takes them: from 0 to 1. */
export type Colorscale = readonly (readonly [number, string])[];

// Viridis (van der Walt and Smith, CC0): even steps of lightness, safe for colour-blind eyes, readable in grey.
const VIRIDIS =
  "440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26828e 21918c 1fa088 28ae80 3fbc73 5ec962 84d44b addc30 d8e219 fde725";
// Blue – light grey – orange: two directions from a neutral middle.
const DIVERGING = "1b4f8c 2f79b5 6aa7d0 a9cde4 ececec f5c89a e9973e cc6a0c 8f4400";
const GREYS = "000000 ffffff";

/** The scales by their names. */
export const SCALES: Readonly<Record<"sequential" | "diverging" | "grey", Colorscale>> = {
  sequential: stops(VIRIDIS),
  diverging: stops(DIVERGING),
  grey: stops(GREYS),
};

function stops(list: string): Colorscale {
  const colors = list.split(" ");
  return colors.map((color, i) => [Number((i / (colors.length - 1)).toFixed(4)), `#${color}`] as const);
}

/** Red, green, blue (0–255) at `at` in [0, 1] of a scale; outside of it the end's colour. */
export function colorAt(scale: Colorscale, at: number): [number, number, number] {
  const t = Math.min(1, Math.max(0, at));
  let i = 1;
  while (i < scale.length - 1 && scale[i]![0] < t) i++;
  const [from, to] = [scale[i - 1]!, scale[i]!];
  const share = to[0] === from[0] ? 1 : Math.min(1, Math.max(0, (t - from[0]) / (to[0] - from[0])));
  const [a, b] = [parse(from[1]), parse(to[1])];
  return [0, 1, 2].map((k) => Math.round(a[k]! + (b[k]! - a[k]!) * share)) as [number, number, number];
}

/** "#rrggbb" */
export function hex(color: readonly number[]): string {
  return `#${color.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

/** "#rrggbb" or "rgb(r,g,b)" as numbers; black when it is neither. */
export function parse(color: string): [number, number, number] {
  const short = /^#([0-9a-f]{6})$/i.exec(color)?.[1];
  if (short !== undefined)
    return [0, 2, 4].map((at) => parseInt(short.slice(at, at + 2), 16)) as [number, number, number];
  const parts =
    color
      .match(/[\d.]+/g)
      ?.slice(0, 3)
      .map(Number) ?? [];
  return parts.length === 3 ? (parts as [number, number, number]) : [0, 0, 0];
}
