// A sequence logo as pixels: JupyterLab shows no SVG of a notebook that is not trusted, but a PNG it does.
import { drawLine, LINE_HEIGHT, lineWidth } from "./pixel-font";
import type { TextStyle } from "./picture/svg";
import { encodePng } from "./png";

/** Half a letter's stroke, and the places inside a pixel that are asked whether it has ink. */
const REACH = 9;
const INSIDE = [0.25, 0.75];
/** Pieces into which a curve is cut. */
const PIECES = 12;

type Point = readonly [number, number];

/** Strokes as lines of points. @param path SVG's M, H, V, L, C, A (circles) and Z, all absolute */
function strokes(path: string): Point[][] {
  const tokens = path.match(/[A-Z]|-?[\d.]+/g)!;
  const lines: Point[][] = [];
  let [command, x, y] = ["M", 0, 0];
  for (let at = 0; at < tokens.length;) {
    if (/[A-Z]/.test(tokens[at]!)) command = tokens[at++]!;
    const next = (): number => Number(tokens[at++]);
    const line = lines.at(-1)!;
    const [x0, y0] = [x, y];
    if (command === "Z") {
      line.push(line[0]!);
      continue;
    }
    if (command === "C") {
      const [x1, y1, x2, y2] = [next(), next(), next(), next()];
      [x, y] = [next(), next()];
      for (let i = 1; i <= PIECES; i++) {
        const [t, u] = [i / PIECES, 1 - i / PIECES];
        const mix = (a: number, b: number, c: number, d: number): number =>
          u ** 3 * a + 3 * u * u * t * b + 3 * u * t * t * c + t ** 3 * d;
        line.push([mix(x0, x1, x2, x), mix(y0, y1, y2, y)]);
      }
    } else if (command === "A") {
      const radius = next();
      at += 2;
      const [large, sweep] = [next() === 1, next() === 1];
      [x, y] = [next(), next()];
      line.push(...arc([x0, y0], [x, y], radius, large, sweep));
    } else {
      if (command !== "V") x = next();
      if (command !== "H") y = next();
      if (command === "M") lines.push([[x, y]]);
      else line.push([x, y]);
      if (command === "M") command = "L";
    }
  }
  return lines;
}

/** Points on a circle between two, the second included [SVG 2, appendix B.2.4]. */
function arc([x0, y0]: Point, [x1, y1]: Point, radius: number, large: boolean, sweep: boolean): Point[] {
  const [dx, dy] = [(x0 - x1) / 2, (y0 - y1) / 2];
  const half = dx * dx + dy * dy;
  const r = Math.max(radius, Math.sqrt(half));
  const k = (large === sweep ? -1 : 1) * Math.sqrt(Math.max(0, r * r - half) / half);
  const [cx, cy] = [k * dy + (x0 + x1) / 2, -k * dx + (y0 + y1) / 2];
  const from = Math.atan2(y0 - cy, x0 - cx);
  let turn = Math.atan2(y1 - cy, x1 - cx) - from;
  if (sweep && turn < 0) turn += 2 * Math.PI;
  if (!sweep && turn > 0) turn -= 2 * Math.PI;
  return Array.from({ length: 2 * PIECES }, (_, i) => {
    const angle = from + (turn * (i + 1)) / (2 * PIECES);
    return [cx + r * Math.cos(angle), cy + r * Math.sin(angle)] as const;
  });
}

/** Whether a stroke passes a point. */
function inked(lines: readonly Point[][], x: number, y: number): boolean {
  return lines.some((line) =>
    line.some(([x1, y1], i) => {
      if (i === 0) return false;
      const [x0, y0] = line[i - 1]!;
      const [dx, dy] = [x1 - x0, y1 - y0];
      const along = Math.max(0, Math.min(1, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1)));
      return (x - x0 - along * dx) ** 2 + (y - y0 - along * dy) ** 2 <= REACH * REACH;
    }),
  );
}

/** Where a letter of 100 × 100 stands. */
export interface LetterPlace {
  path: string;
  x: number;
  y: number;
  width: number;
  height: number;
  color: string;
}

/** Transparent paper on which letters, words and lines are drawn. */
export class LogoRaster {
  private readonly data: Uint8Array;
  private readonly known = new Map<string, Point[][]>();

  constructor(
    private readonly width: number,
    private readonly height: number,
  ) {
    this.data = new Uint8Array(4 * width * height);
  }

  letter({ path, x, y, width, height, color }: LetterPlace): void {
    const lines = this.known.get(path) ?? strokes(path);
    this.known.set(path, lines);
    for (let row = Math.floor(y); row < y + height; row++) {
      for (let column = Math.floor(x); column < x + width; column++) {
        let hits = 0;
        for (const v of INSIDE) {
          for (const u of INSIDE) {
            const [px, py] = [((column + u - x) * 100) / width, ((row + v - y) * 100) / height];
            if (px >= 0 && px <= 100 && py >= 0 && py <= 100 && inked(lines, px, py)) hits++;
          }
        }
        if (hits > 0) this.dot(column, row, color, (255 * hits) / INSIDE.length ** 2);
      }
    }
  }

  /** A line of words, in the font's one size, its middle at y. */
  text(words: string, { x, y, color = "#000000", anchor = "start" }: TextStyle): void {
    const left = x - { start: 0, middle: 0.5, end: 1 }[anchor] * lineWidth(words);
    drawLine(words, Math.round(left), Math.round(y - LINE_HEIGHT / 2), (column, row, opacity) =>
      this.dot(column, row, color, opacity),
    );
  }

  /** A line along pixels, upright or level. */
  rule([x0, y0]: Point, [x1, y1]: Point, color: string): void {
    for (let y = Math.round(y0); y <= y1; y++) for (let x = Math.round(x0); x <= x1; x++) this.dot(x, y, color, 178);
  }

  png(): Buffer {
    return encodePng({ width: this.width, height: this.height, channels: 4, data: this.data });
  }

  private dot(x: number, y: number, color: string, opacity: number): void {
    if (x < 0 || x >= this.width || y < 0 || y >= this.height) return;
    const at = 4 * (y * this.width + x);
    [1, 3, 5].forEach((from, i) => (this.data[at + i] = parseInt(color.slice(from, from + 2), 16)));
    this.data[at + 3] = Math.max(this.data[at + 3]!, Math.round(opacity));
  }
}
