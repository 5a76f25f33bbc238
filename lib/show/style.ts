// The house style. Notebooks are read on white (GitHub, nbconvert, JupyterLab light) and on near-black (JupyterLab
// dark, GitHub dark), and a static picture cannot know which: paper is transparent and every colour has a contrast of
// at least 3:1 against both #ffffff and #111111, text at least 4.2:1 (test/lib/show/style.test.ts computes them).

export const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";
/** Text. */
export const INK = "#797979";
/** Lines behind the data. */
export const GRID = "rgba(128,128,128,0.22)";
/** Axis lines. */
export const RULE = "rgba(128,128,128,0.7)";

/** Okabe and Ito's colours for the colour-blind, the light ones darkened until they show on white. */
export const PALETTE = {
  blue: "#1f86c9",
  vermillion: "#d95f02",
  green: "#009e73",
  purple: "#bf6499",
  amber: "#b98400",
  sky: "#3a9bd1",
  grey: "#808080",
  violet: "#8a76d6",
  olive: "#7f8c2a",
  brown: "#a8714a",
} as const;

/** A colour by name, or any colour written as #rrggbb. */
export type Color = keyof typeof PALETTE | `#${string}`;

const ORDER = Object.keys(PALETTE) as readonly (keyof typeof PALETTE)[];

/** The colour of series `i`, or the one asked for. @throws Error on an unknown name */
export function colorOf(i: number, asked?: Color): string {
  if (asked === undefined) return PALETTE[ORDER[i % ORDER.length]!];
  if (asked in PALETTE) return PALETTE[asked as keyof typeof PALETTE];
  if (/^#[0-9a-fA-F]{6}$/.test(asked)) return asked.toLowerCase();
  throw new Error(`figure: unknown colour ${JSON.stringify(asked)}: use ${ORDER.join(", ")} or #rrggbb`);
}

/** For lines over a dark map: bright, drawn with a dark edge. */
export const BRIGHT: readonly string[] = ["#ffffff", "#ffb547", "#ff8fc7", "#8fe3ff", "#c8ff8f"];
export const EDGE = "#151515";

/** "#rrggbb" with an opacity. */
export function withOpacity(color: string, opacity: number): string {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
  return `rgba(${r},${g},${b},${opacity})`;
}

/** Width of a text in pixels, near enough to leave room for it. */
export function textWidth(text: string, size = 12): number {
  const plain = text.replace(/<[^>]*>/g, "");
  let units = 0;
  for (const char of plain) units += /[ilj.,:;'|!\sft]/.test(char) ? 0.34 : /[mwMW]/.test(char) ? 0.9 : 0.58;
  return Math.ceil(units * size);
}

/** Pixels. */
export const SIZE = { width: 720, height: 400, title: 16, panelTitle: 13, text: 12 } as const;
