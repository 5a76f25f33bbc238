/**
 * How a digit is written: how thick its strokes are, and how far it leans; the two strongest of the attributes that
 * Morpho-MNIST measures [Castro et al. 2019]. Both come straight from the grey levels, without a skeleton.
 */
import type { tf } from "../tensor/tf";
import { expectRange } from "./pictures";
import type { Range } from "./pictures";

/** What is measured of a picture. */
export interface StrokeStyle {
  /** Mean width of the strokes in pixels; NaN for an empty picture. */
  thickness: number;
  /** Degrees from the vertical: > 0 leans right, like italics; NaN for an empty picture. */
  slant: number;
  /** Sum of the grey levels, 1 a full pixel. */
  ink: number;
}

export type StrokeWeight = "thin" | "normal" | "bold";
export type StrokeLean = "left" | "upright" | "right";

/**
 * Where one style ends and the next begins. The two widths are near the terciles of MNIST's training digits;
 * MNIST itself leans right, by 7 degrees in the median.
 */
export const STYLE_LIMITS = { thin: 2.25, bold: 2.75, lean: 10 } as const;

/** Less ink than one pixel is an empty picture. */
const EMPTY = 1;

/**
 * Thickness and slant of one picture.
 *
 * Thickness: a stroke of length L and width w covers the area L·w and has two edges of length L, so w = 2·area/edge. Area is
 * the sum of the grey levels, edge the sum of their gradient's length: on an edge the grey level climbs by 1 in
 * all, however blurred it is. Paler ink changes both alike. Ends count as edges too: a bar of L = 20 and w = 2 gets 1.8.
 * Below two pixels the grid is too coarse, and a finer stroke reads as about two.
 *
 * Slant: the line x = x̄ − s·(y − ȳ) that fits the ink best has s = −cov(x, y)/var(y), y counted downwards; slant = atan s.
 *
 * @param pixels size² numbers, row by row
 * @param options range of the numbers, "[-1,1]" without it; size of a side, 28 without it
 * @throws Error when there are not size² numbers; RangeError for NaN
 */
export function strokeStyle(
  pixels: ArrayLike<number>,
  { range = "[-1,1]", size = 28 }: { range?: "[-1,1]" | "[0,1]" | "[0,255]"; size?: number } = {},
): StrokeStyle {
  if (pixels.length !== size * size) {
    throw new Error(
      `strokeStyle: wanted ${size * size} pixels, got ${pixels.length}: one picture of ${size} × ${size}`,
    );
  }
  const [shift, scale] = range === "[-1,1]" ? [1, 0.5] : [0, range === "[0,1]" ? 1 : 1 / 255];
  const wide = size + 2; // with an empty frame around
  const grey = new Float32Array(wide * wide);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) grey[(y + 1) * wide + x + 1] = (pixels[y * size + x]! + shift) * scale;
  }
  let [ink, sumX, sumY, edge] = [0, 0, 0, 0];
  for (let y = 0; y <= size; y++) {
    for (let x = 0; x <= size; x++) {
      // The gradient amid four pixels a b / c d.
      const i = y * wide + x;
      const [a, b, c, d] = [grey[i]!, grey[i + 1]!, grey[i + wide]!, grey[i + wide + 1]!];
      if (a + b + c + d === 0) continue;
      edge += Math.sqrt((b + d - a - c) ** 2 + (c + d - a - b) ** 2) / 2;
      ink += a;
      sumX += a * x;
      sumY += a * y;
    }
  }
  if (Number.isNaN(ink)) throw new RangeError("strokeStyle: a pixel is NaN: look at what made the picture");
  if (ink < EMPTY) return { thickness: NaN, slant: NaN, ink };
  const [meanX, meanY] = [sumX / ink, sumY / ink];
  let [varY, covariance] = [0, 0];
  for (let i = 0; i < grey.length; i++) {
    const down = Math.floor(i / wide) - meanY;
    varY += grey[i]! * down * down;
    covariance += grey[i]! * ((i % wide) - meanX) * down;
  }
  return { thickness: (2 * ink) / edge, slant: (Math.atan2(-covariance, varY) * 180) / Math.PI, ink };
}

/**
 * Thickness and slant of each picture.
 * @param x [N, size²] @param options range of the numbers, "[-1,1]" unless told; half more is let pass, since samplers overshoot
 * @throws Error for pictures that are not square; RangeError without one, for NaN, and for pictures in another range
 */
export function strokeStyles(x: tf.Tensor2D, { range = "[-1,1]" }: { range?: Range } = {}): StrokeStyle[] {
  const [N, pixels] = x.shape;
  const size = Math.sqrt(pixels);
  if (!Number.isInteger(size)) {
    throw new Error(`strokeStyles: wanted square pictures [N, size²], got [${x.shape.join(", ")}]: reshape them`);
  }
  expectRange("strokeStyles", x, range, { slack: 0.5 });
  const values = x.dataSync();
  return Array.from({ length: N }, (_, i) =>
    strokeStyle(values.subarray(i * pixels, (i + 1) * pixels), { size, range }),
  );
}

/** The style in words: { weight: "bold", lean: "left" }. @throws Error for an empty picture */
export function styleNames({ thickness, slant }: StrokeStyle): { weight: StrokeWeight; lean: StrokeLean } {
  if (Number.isNaN(thickness) || Number.isNaN(slant)) {
    throw new Error("styleNames: an empty picture has no style: leave it out");
  }
  const { thin, bold, lean } = STYLE_LIMITS;
  return {
    weight: thickness < thin ? "thin" : thickness > bold ? "bold" : "normal",
    lean: slant < -lean ? "left" : slant > lean ? "right" : "upright",
  };
}
