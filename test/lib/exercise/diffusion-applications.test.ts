import { diffusionApplicationsChecks } from "../../../lib/exercise/diffusion-applications";
import { judgeCheckers } from "./judging";
import type { Case } from "./judging";

type Name = keyof typeof diffusionApplicationsChecks;
type List = readonly number[];
type Rows = readonly List[];
interface Square {
  x: number;
  y: number;
  size: number;
}
const sum = (v: List) => v.reduce((a, b) => a + b, 0);
const mean = (v: List) => sum(v) / v.length;

const slant =
  (angle: (xy: number, yy: number, xx: number) => number, shift = 1) =>
  (pixels: Rows) => {
    const [cx, cy] = [0, 1].map((k) => shift * mean(pixels.map((p) => p[k]!))) as [number, number];
    const of = (f: (x: number, y: number) => number) => sum(pixels.map(([x, y]) => f(x! - cx, y! - cy)));
    return angle(
      of((x, y) => x * y),
      of((_, y) => y * y),
      of((x) => x * x),
    );
  };
const degrees = (slope: number) => (Math.atan(slope) / Math.PI) * 180;

const wishes =
  (f: (n: number, a: number, b: number, s: number, t: number) => number) =>
  (none: List, a: List, b: List, s: number, t: number) =>
    none.map((n, i) => f(n, a[i]!, b[i]!, s, t));

const overlap =
  (both: (w: number, h: number) => number, divide: (a: number, b: number, both: number) => number) =>
  (a: Square, b: Square) => {
    const side = (k: "x" | "y") => Math.min(a[k] + a.size, b[k] + b.size) - Math.max(a[k], b[k]);
    const shared = both(side("x"), side("y"));
    return shared / divide(a.size ** 2, b.size ** 2, shared);
  };
const cut = (w: number, h: number) => Math.max(0, w) * Math.max(0, h);
const union = (a: number, b: number, both: number) => a + b - both;

const squared = (a: number, b: number) => (a - b) ** 2;
const pairs = (v: List, error: (a: number, b: number) => number) => mean(v.flatMap((a) => v.map((b) => error(a, b))));
const fromMean = (v: List, error: (a: number, b: number) => number) => mean(v.map((a) => error(a, mean(v))));

const bits =
  (scale: (column: List, all: List) => number, round = Math.round) =>
  (w: Rows) =>
    w.map((row) =>
      row.map((value, c) =>
        round(
          value /
            scale(
              w.map((other) => other[c]!),
              w.flat(),
            ),
        ),
      ),
    );
const most = (v: List) => Math.max(...v.map(Math.abs));

const size = (shape: List) => shape.reduce((a, b) => a * b, 1);
const bytes =
  (matrix: (shape: List) => number, vector = 4) =>
  (shapes: Rows) =>
    sum(shapes.map((shape) => (shape.length === 1 ? vector * shape[0]! : matrix(shape))));

const cases: Record<Name, Case> = {
  slantOf: {
    right: slant((xy, yy) => degrees(-xy / yy)),
    wrong: [
      [slant((xy, yy) => degrees(xy / yy)), /y counts downwards/],
      [slant((xy, _, xx) => degrees(-xy / xx)), /variance of y/],
      [slant((xy, yy) => degrees(-xy / yy), 0), /subtract the means/],
      [slant((xy, yy) => -xy / yy), /that is the slope/],
      [slant((xy, yy) => Math.atan(-xy / yy)), /radians/],
    ],
  },
  twoWishes: {
    right: wishes((n, a, b, s, t) => n + s * (a - n) + t * (b - n)),
    wrong: [
      [wishes((n, a, b, s, t) => s * (a - n) + t * (b - n)), /start at ε without a text/],
      [wishes((n, a, b, s, t) => n + s * a + t * b), /a step is a difference/],
      [wishes((_, a, b, s, t) => s * a + t * b), /guess without a text is missing/],
      [wishes((n, a, b, s, t) => n + (s * (a - n)) / 2 + (t * (b - n)) / 2), /averaged the two steps/],
      [wishes((n, a, b, s, t) => n + s * (a - n) + t * (b - a)), /both start at the one without/],
      [wishes((n, a, b, s, t) => n + t * (a - n) + s * (b - n)), /weights are swapped/],
    ],
  },
  boxOverlap: {
    right: overlap(cut, union),
    wrong: [
      [overlap((w, h) => w * h, union), /cut each side off at 0/],
      [overlap((w, h) => Math.max(0, w * h), union), /two negative sides/],
      [overlap((w, h) => w * Math.max(0, h), union), /only the height/],
      [overlap((w, h) => (h < 0 ? 0 : w * h), union), /only the height/],
      [overlap((w, h) => Math.max(0, w) * h, union), /only the width/],
      [overlap((w, h) => (w < 0 ? 0 : w * h), union), /only the width/],
      [overlap(cut, (a, b) => a + b), /subtract the intersection/],
      [overlap(cut, () => 1), /area of the intersection/],
      [overlap(cut, (a, b) => Math.min(a, b)), /divided by the smaller box/],
    ],
  },
  twoErrors: {
    right: (v: List) => ({ mean: fromMean(v, squared), sample: pairs(v, squared) }),
    wrong: [
      [(v: List) => ({ mean: fromMean(v, squared), sample: fromMean(v, squared) }), /take all pairs/],
      [(v: List) => ({ mean: pairs(v, squared), sample: fromMean(v, squared) }), /swapped/],
      [(v: List) => ({ mean: 0, sample: pairs(v, squared) }), /before they are squared/],
      [
        (v: List) => ({
          mean: fromMean(v, (a, b) => Math.abs(a - b)),
          sample: pairs(v, (a, b) => Math.abs(a - b)),
        }),
        /square them/,
      ],
      [
        (v: List) => ({ mean: fromMean(v, squared), sample: (pairs(v, squared) * v.length) / (v.length - 1) }),
        /drawn independently/,
      ],
    ],
  },
  eightBitWeights: {
    right: bits((column) => most(column) / 127 || 1),
    wrong: [
      [bits((column) => most(column) / 127), /a column of zeros/],
      [bits((column) => most(column) / 128 || 1), /the largest is 127/],
      [bits((column) => most(column) / 127 || 1, Math.trunc), /cut the fraction off/],
      [bits((_, all) => most(all) / 127), /one scale for all/],
      [(w: Rows) => w.map((row) => row.map((value) => Math.round((127 * value) / most(row)))), /scale for each row/],
      [bits((column) => most(column) / 128), /the largest is 127/],
      [bits((column) => most(column) / 255), /a side has 127/],
      [bits((column) => Math.max(...column) / 127), /extreme may be negative/],
      [bits((column) => most(column) / 127, Math.trunc), /cut the fraction off/],
      [bits((column) => most(column) / 127, Math.floor), /rounded down/],
    ],
  },
  packedBytes: {
    right: bytes((shape) => size(shape) + 4 * shape[shape.length - 1]!),
    wrong: [
      [bytes(size), /scales are missing/],
      [bytes((shape) => size(shape) + 4 * shape[shape.length - 1]!, 1), /vectors stay float32/],
      [bytes(size, 1), /one byte for everything/],
      [bytes((shape) => size(shape) + 4), /one scale for a whole tensor/],
      [bytes((shape) => size(shape) + shape[shape.length - 1]!), /a scale is a float32/],
      [bytes((shape) => size(shape) + 4 * shape[0]!), /not the first/],
      [bytes((shape) => 4 * size(shape)), /file in float32/],
    ],
  },
};

judgeCheckers(cases, diffusionApplicationsChecks);
