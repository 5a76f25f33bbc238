import { tf } from "../tensor/tf";
import { expectRange } from "./pictures";
import type { Range } from "./pictures";

/**
 * How steep the edges in pictures are, in grey levels (0 black, 1 white) a pixel: Σ|∇x|² / Σ|∇x| of each picture, averaged. That
 * is the mean steepness over all places, each weighted by how much changes there, so neither background nor the amount of ink
 * counts. An upright edge that climbs from black to white within w pixels has 1/w, whichever its length: 1 is a
 * step, blurring lowers it. (The plain mean of |∇x| would not do: along an edge it adds up to 1 however blurred.) ∇x is
 * taken amid four pixels a b / c d: ½(b + d − a − c, c + d − a − b). Around a picture all is black, as around a digit: ink that
 * reaches the frame ends there with an edge.
 *
 * Pixel noise is steep, too: read the number beside samples, and beside that of test digits.
 *
 * @param x [N, size²], square pictures @param options range of the numbers, "[-1,1]" unless told
 * @returns the mean over the pictures, in grey levels a pixel; black ones have no edge and are left out, NaN when all are
 * @throws Error for pictures that are not square; RangeError without one, and for numbers outside the range
 */
export function sharpness(x: tf.Tensor2D, { range = "[-1,1]" }: { range?: Range } = {}): number {
  const [N, pixels] = x.shape;
  const size = Math.sqrt(pixels);
  if (!Number.isInteger(size)) {
    throw new Error(`sharpness: wanted square pictures [N, size²], got [${x.shape.join(", ")}]: reshape them`);
  }
  expectRange("sharpness", x, range);
  const each = tf.tidy(() => {
    const grey = range === "[0,1]" ? x : tf.mul(tf.add(x, 1), 0.5);
    const padded = tf.pad(tf.reshape(grey, [N, size, size]), [
      [0, 0],
      [1, 1],
      [1, 1],
    ]); // black around
    const corner = (y: number, x: number): tf.Tensor => tf.slice(padded, [0, y, x], [N, size + 1, size + 1]);
    const [a, b, c, d] = [corner(0, 0), corner(0, 1), corner(1, 0), corner(1, 1)];
    const down = tf.sub(d, a); // the two diagonals: |∇|² = ½((d − a)² + (b − c)²)
    const up = tf.sub(b, c);
    const squares = tf.mul(tf.add(tf.square(down), tf.square(up)), 0.5);
    const total = (values: tf.Tensor): tf.Tensor => tf.sum(values, [1, 2]);
    return tf.div(total(squares), total(tf.sqrt(squares))).dataSync<"float32">();
  });
  const edged = each.filter((value) => !Number.isNaN(value));
  return edged.reduce((sum, value) => sum + value, 0) / edged.length;
}
