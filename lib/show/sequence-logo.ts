import { AMINO_ACIDS } from "../data/proteins";
import { LogoRaster } from "./logo-raster";
import { DISPLAY } from "./mime";
import type { MimeBundle } from "./mime";
import { element, text } from "./picture/svg";
import type { TextStyle } from "./picture/svg";
import { FONT, INK, PALETTE, RULE, textWidth } from "./style";

/** Capitals of 100 × 100, as strokes. */
const LETTERS: Record<string, string> = {
  A: "M8 100 50 8 92 100M25 70H75",
  C: "M92 30A43 43 0 1 0 92 70",
  D: "M10 9H42A41 41 0 0 1 42 91H10Z",
  E: "M92 9H10V91H92M10 50H80",
  F: "M92 9H10V100M10 50H80",
  G: "M90 28A43 43 0 1 0 91 62V55H58",
  H: "M10 0V100M90 0V100M10 50H90",
  I: "M20 9H80M20 91H80M50 9V91",
  K: "M10 0V100M92 0 12 60M42 38 94 100",
  L: "M10 0V91H92",
  M: "M9 100V12L50 70 91 12V100",
  N: "M10 100V12L90 88V0",
  P: "M10 100V9H58A26 26 0 0 1 58 60H10",
  Q: "M50 8A42 42 0 1 0 50.1 8ZM58 62 94 98",
  R: "M10 100V9H58A25 25 0 0 1 58 58H10M52 58 92 100",
  S: "M88 26C80 2 14 2 14 29 14 58 88 42 88 71 88 98 20 98 11 74",
  T: "M4 9H96M50 9V100",
  V: "M8 0 50 92 92 0",
  W: "M6 0 28 90 50 22 72 90 94 0",
  Y: "M8 0 50 50 92 0M50 50V100",
};

/** Colours by what a residue is like. */
const KINDS = [
  { name: "water-avoiding", letters: "AFILMVWY", color: PALETTE.grey },
  { name: "polar", letters: "HNQST", color: PALETTE.green },
  { name: "positive", letters: "KR", color: PALETTE.blue },
  { name: "negative", letters: "DE", color: PALETTE.vermillion },
  { name: "special", letters: "CGP", color: PALETTE.amber },
];

/** A profile of amino acids. */
export interface LogoRow {
  /** Stands on the left. */
  name: string;
  /** [site][20]: chances in the order of AMINO_ACIDS */
  sites: readonly ArrayLike<number>[];
}

export interface LogoOptions {
  title: string;
  /** Pixels of a site's width, 7 or more; as many as fit into 720 unless told. */
  pitch?: number;
}

const [LEFT, TOP, ROW, GAP] = [92, 62, 92, 24];
/** Letters lower than this cannot be read. */
const LEAST = 5;
/** Nor narrower: a picture of many sites is wide instead. */
const LEAST_PITCH = 7;

/** A drawing that shows itself. */
export class SequenceLogo {
  constructor(
    readonly svg: string,
    /** The same as a PNG file: an SVG is not shown in a notebook that is not trusted. */
    readonly png: Buffer,
    readonly summary: string,
  ) {}

  toString(): string {
    return this.summary;
  }

  [DISPLAY](): MimeBundle {
    return { "image/svg+xml": this.svg, "image/png": this.png.toString("base64"), "text/plain": this.summary };
  }
}

/**
 * Sequence logos [Schneider & Stephens 1990], one below the other: at each site a stack as high as what the site tells, log₂ 20 bits
 * less its entropy, of letters as high as they are frequent, the commonest above.
 * @throws Error without a row, where a site's 20 chances are below 0 or do not add up to 1, and for sites too narrow to read
 */
export function sequenceLogo(rows: readonly LogoRow[], { title, pitch }: LogoOptions): SequenceLogo {
  if (rows.length === 0) throw new Error("sequenceLogo: no profiles: give at least one { name, sites }");
  const sites = Math.max(...rows.map((row) => row.sites.length));
  const step = pitch ?? Math.max(LEAST_PITCH, Math.min(30, Math.floor((720 - LEFT - 12) / sites)));
  if (!(step >= LEAST_PITCH && step < Infinity)) {
    throw new Error(`sequenceLogo: pitch ${step}, wanted ${LEAST_PITCH} or more pixels: leave it out for what fits`);
  }
  const [width, height] = [LEFT + sites * step + 12, TOP + rows.length * (ROW + GAP) + 12];
  const most = Math.log2(AMINO_ACIDS.length);
  const parts: string[] = [];
  const raster = new LogoRaster(Math.ceil(width), height);
  const write = (words: string, style: TextStyle): void => {
    parts.push(text(words, { ...style, place: "middle" }));
    raster.text(words, style);
  };
  write(title, { x: 4, y: 16, color: INK, size: 16, weight: 600, anchor: "start" });
  legend(write);
  rows.forEach(({ name, sites }, r) => {
    const bottom = TOP + r * (ROW + GAP) + ROW;
    write(name, { x: 4, y: bottom - ROW / 2, color: INK, anchor: "start" });
    parts.push(
      element("path", { d: `M${LEFT - 4} ${bottom - ROW}V${bottom}H${width - 10}`, stroke: RULE, fill: "none" }),
    );
    raster.rule([LEFT - 4, bottom - ROW], [LEFT - 4, bottom], INK);
    raster.rule([LEFT - 4, bottom], [width - 10, bottom], INK);
    for (const [bits, y] of [
      [0, bottom],
      [4, bottom - (4 / most) * ROW],
    ] as const) {
      write(String(bits), { x: LEFT - 9, y, color: INK, anchor: "end" });
    }
    sites.forEach((chances, site) => {
      parts.push(stack(name, site, chances, LEFT + site * step, bottom, step, raster));
      if (site % 5 === 4 || site === 0) {
        write(String(site + 1), { x: LEFT + (site + 0.5) * step, y: bottom + 10, color: INK, anchor: "middle" });
      }
    });
  });
  write("bits", { x: LEFT - 9, y: TOP - 12, color: INK, anchor: "end" });
  const summary = `${title}: sequence logo of ${rows.map((row) => `${row.name} (${row.sites.length} sites)`).join(", ")}`;
  const svg = element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${width} ${height}`,
      width: String(width),
      height: String(height),
      "font-family": FONT,
      "font-size": "12",
      role: "img",
      "aria-label": summary,
    },
    parts.join(""),
  );
  return new SequenceLogo(svg, raster.png(), summary);
}

function legend(write: (words: string, style: TextStyle) => void): void {
  let x = LEFT;
  for (const { name, letters, color } of KINDS) {
    const words = `${letters} ${name}`;
    write(words, { x, y: 38, color, size: 11, anchor: "start" });
    x += textWidth(words, 11) + 16;
  }
}

/** A site's letters. */
function stack(
  name: string,
  site: number,
  chances: ArrayLike<number>,
  x: number,
  bottom: number,
  step: number,
  raster: LogoRaster,
): string {
  const p = Array.from(chances);
  const sum = p.reduce((a, b) => a + b, 0);
  if (p.length !== AMINO_ACIDS.length || !(Math.abs(sum - 1) < 1e-3)) {
    throw new Error(
      `sequenceLogo: site ${site + 1} of ${name} has ${p.length} chances that add up to ${sum}, wanted 20 and 1`,
    );
  }
  const below = p.find((q) => q < 0);
  if (below !== undefined) {
    throw new Error(`sequenceLogo: site ${site + 1} of ${name} has a chance of ${below}, wanted 0 or more`);
  }
  const entropy = p.reduce((h, q) => h - (q > 0 ? q * Math.log2(q) : 0), 0);
  const tall = (ROW * (Math.log2(AMINO_ACIDS.length) - entropy)) / Math.log2(AMINO_ACIDS.length);
  let y = bottom;
  return [...AMINO_ACIDS]
    .map((letter, i) => ({ letter, height: tall * p[i]! }))
    .sort((a, b) => a.height - b.height)
    .map(({ letter, height }) => {
      y -= height;
      if (height < LEAST) return "";
      const { color } = KINDS.find(({ letters }) => letters.includes(letter))!;
      const [sx, sy] = [(step - 2) / 100, (height - 0.8) / 100].map((scale) => Math.round(scale * 1e4) / 1e4);
      raster.letter({ path: LETTERS[letter]!, x: x + 1, y, width: step - 2, height: height - 0.8, color });
      const place = `translate(${Math.round(10 * x + 10) / 10} ${Math.round(10 * y) / 10})scale(${sx} ${sy})`;
      return element("path", {
        d: LETTERS[letter]!,
        transform: place,
        stroke: color,
        fill: "none",
        "stroke-width": "18",
      });
    })
    .join("");
}
