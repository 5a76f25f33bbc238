/**
 * Pictures out of a PixelCNN, pixel by pixel, without computing anything twice.
 *
 * The obvious way runs the whole network once for each of the 784 pixels and uses one of its 784 logits. But what a layer computes at
 * a place depends only on pixels before it, so it stays as it is while later pixels are drawn:
 *
 *   - of the stack above, row r is computed once, when the rows above it are there; from each layer the row before is kept;
 *   - of the stack on the left, column c is computed once, when its row's first c pixels are there; from each layer the column
 *     before is kept.
 *
 * All in all that is the arithmetic of a single pass, in 784 small portions. The counterpart of the key-value cache in gpt.ts.
 */
import { relu } from "../nn/bias";
import { conv } from "../nn/conv";
import { dense } from "../nn/dense";
import { embedding } from "../nn/embedding";
import type { ConvWeights } from "../nn/conv";
import type { LinearWeights } from "../nn/linear";
import { repeat } from "../tensor/repeat";
import { between, BINARY, expectNumbers, expectShape } from "../tensor/expect";
import { tf } from "../tensor/tf";
import { expectPlaces } from "./pixelcnn";
import type { PixelCnnWeights } from "./pixelcnn";

/** Pixels that are not drawn but given. */
export interface GivenPixels {
  /** [B, size²] binary: their values; elsewhere it does not matter. */
  pixels: tf.Tensor2D;
  /** [B, size²]: 1 where a pixel is given, 0 where it is to be drawn. */
  known: tf.Tensor2D;
}

/** Pictures, and what the model thought of each of their pixels. */
export interface PixelCnnSamples {
  /** [B, size²], 0 or 1 */
  x: tf.Tensor2D;
  /** [B, size²]: the same as pixelCnnLogits(x), up to rounding */
  logits: tf.Tensor2D;
}

/**
 * Draws pictures: pixel i becomes 1 where uᵢ < p(xᵢ = 1 | x₁ … xᵢ₋₁). Can be the body of a compiled function.
 * @param u [B, size²], uniform on [0, 1): the same noise gives the same pictures
 * @param size height and width of a picture
 * @param given completes pictures: earlier given pixels act on what is drawn, later ones do not
 * @throws Error when u, pixels or known has another shape, only one of the two is given, or the weights know places of another
 * size; RangeError when u is not within [0, 1], or a given pixel neither 0 nor 1 (compiled: in the first call)
 */
export function pixelCnnSample(
  u: tf.Tensor2D,
  weights: PixelCnnWeights,
  { size = 28, given }: { size?: number; given?: GivenPixels } = {},
): PixelCnnSamples {
  const who = "pixelCnnSample";
  const cure = `one row of ${size} × ${size} for each picture`;
  expectShape(who, "u", u, ["B", size * size], cure);
  for (const name of given ? (["pixels", "known"] as const) : []) {
    if (given![name] === undefined) throw new Error(`${who}: given.${name} is missing: give { pixels, known }`);
    expectShape(who, name, given![name], u.shape, cure);
  }
  expectPlaces(who, weights, size);
  expectNumbers(who, "u", u, between(0, 1, "draw it with stream.uniform([B, size²])"));
  if (given) {
    expectNumbers(who, "known", given.known, BIT);
    expectNumbers(who, "pixels", tf.mul(given.pixels, given.known), BIT);
  }
  const [B, C] = [u.shape[0], weights.cross.w.shape[3]];
  const reach = weights.above.w.shape[0];
  const inputs = [u, ...(given ? [given.pixels, given.known] : [])].map((tensor) => byRow(tensor, size));
  const zeros = (...shape: number[]): tf.Tensor => tf.zeros(shape);
  const keptRows = weights.blocks.map(() => zeros(B, 1, size, C));
  const start: Carry = [zeros(B, reach, size), zeros(size, size * B), zeros(size, size * B), ...keptRows];

  const [, x, logits] = repeat(size, start, (r, picture, x, logits, ...before) => {
    const seen = aboveRow(picture as tf.Tensor3D, before as tf.Tensor4D[], weights, r);
    const [noise, pixels, known] = inputs.map((rows) => tf.reshape(pick(rows, r), [size, B])) as [
      tf.Tensor2D,
      ...tf.Tensor2D[],
    ];
    const keptColumns = weights.blocks.map(() => zeros(B, C));
    const rowStart: Carry = [zeros(B, reach), zeros(size, B), zeros(size, B), ...keptColumns];
    const [, drawnRow, logitsRow] = repeat(size, rowStart, (c, left, row, logitsRow, ...before) => {
      const { logit, kept } = leftColumn(
        left as tf.Tensor2D,
        before as tf.Tensor2D[],
        pick(seen.acrossRow, c),
        weights,
      );
      let bit = tf.cast(tf.less(pick(noise, c), tf.sigmoid(logit)), "float32") as tf.Tensor2D; // [1, B]
      if (pixels && known) {
        const fixed = pick(known, c);
        bit = tf.add(tf.mul(fixed, pick(pixels, c)), tf.mul(tf.sub(1, fixed), bit));
      }
      const newest = tf.reshape(bit, [B, 1]);
      return [shifted(left, newest, 1), placed(row, bit, c), placed(logitsRow, logit, c), ...kept];
    });
    const newest = tf.reshape(tf.transpose(drawnRow), [B, 1, size]);
    return [
      shifted(picture, newest, 1),
      placed(x, tf.reshape(drawnRow, [1, -1]), r),
      placed(logits, tf.reshape(logitsRow, [1, -1]), r),
      ...seen.kept,
    ];
  });
  const byPicture = (rows: tf.Tensor): tf.Tensor2D => tf.transpose(tf.reshape(rows, [size * size, B]));
  return { x: byPicture(x), logits: byPicture(logits) };
}

const BIT = { ...BINARY, cure: "0 or 1, as it was when it was trained" };

/** What a turn hands to the next: the pixels seen last, pixels and logits drawn so far, and what blocks keep. */
type Carry = [tf.Tensor, tf.Tensor, tf.Tensor, ...tf.Tensor[]];

/**
 * One row of the stack above.
 * @param picture the rows of the picture just above this one, the nearest last [B, reach, W]
 * @param before each block's input, one row up [B, 1, W, C]
 * @param r which row
 * @returns what each layer hands to the left stack [W, layers·B·C], and each block's input in this row
 */
function aboveRow(
  picture: tf.Tensor3D,
  before: tf.Tensor4D[],
  weights: PixelCnnWeights,
  r: tf.Scalar,
): { acrossRow: tf.Tensor2D; kept: tf.Tensor4D[] } {
  const [B, reach, W] = picture.shape;
  const kept: tf.Tensor4D[] = [];
  const placed = (x: tf.Tensor4D, biases: tf.Tensor3D | undefined): tf.Tensor4D =>
    biases === undefined ? x : tf.add(x, tf.reshape(pick(tf.reshape(biases, [W, -1]), r), [1, W, -1]));
  const image = tf.reshape<tf.Rank.R4>(picture, [B, reach, W, 1]);
  let above = relu(
    placed(conv(image, weights.above, { padding: { left: reach, right: reach } }), weights.places?.above),
  );
  const across = [placed(conv(above, weights.cross), weights.places?.left)];
  weights.blocks.forEach((block, l) => {
    kept.push(above);
    const twoRows: tf.Tensor4D = tf.concat([before[l]!, above], 1);
    above = conv(twoRows, block.above, { padding: { left: 1, right: 1 }, activation: "relu" }); // [B, 1, W, C]
    across.push(conv(above, block.cross));
  });
  const all = tf.transpose(tf.concat(across, 1), [2, 1, 0, 3]); // [W, layers, B, C]
  return { acrossRow: tf.reshape(all, [W, -1]), kept };
}

/**
 * One pixel of the stack on the left, and its logit.
 * @param left the picture's pixels on the left, the nearest last [B, reach]
 * @param before each block's input, one column to the left [B, C]
 * @param across from the stack above [1, layers·B·C]
 */
function leftColumn(
  left: tf.Tensor2D,
  before: tf.Tensor2D[],
  across: tf.Tensor2D,
  weights: PixelCnnWeights,
): { logit: tf.Tensor2D; kept: tf.Tensor2D[] } {
  const [B, C] = [left.shape[0], weights.cross.w.shape[3]];
  const fromAbove = tf.unstack(tf.reshape(across, [-1, B, C])) as tf.Tensor2D[];
  const kept: tf.Tensor2D[] = [];
  let h: tf.Tensor2D = tf.add(dense(left, matrix(weights.left)), fromAbove[0]!);
  weights.blocks.forEach((block, l) => {
    kept.push(h);
    const twoColumns = tf.concat([before[l]!, h], 1);
    const both: tf.Tensor2D = tf.add(dense(twoColumns, matrix(block.left)), fromAbove[l + 1]!);
    h = tf.add(h, dense(relu(both), matrix(block.out)));
  });
  const head = dense(relu(h), matrix(weights.head), "relu");
  return { logit: tf.reshape(dense(head, matrix(weights.logit)), [1, B]), kept };
}

/** A kernel that sees one row, as the matrix of its taps: [1, kw, in, out] → [kw·in, out]. */
function matrix({ w, b }: ConvWeights): LinearWeights {
  return { w: tf.reshape<tf.Rank.R2>(w, [w.shape[0] * w.shape[1] * w.shape[2], w.shape[3]]), b };
}

/** [B, size²] → [size, size·B]: row by row, within it column by column, so that a loop can pick one. */
function byRow(x: tf.Tensor2D, size: number): tf.Tensor2D {
  return tf.reshape(tf.transpose(x), [size, size * x.shape[0]]);
}

/** Row i, a tensor itself. [n, m] → [1, m] */
function pick(rows: tf.Tensor2D, i: tf.Scalar): tf.Tensor2D {
  return embedding(rows, tf.reshape(i, [1])) as tf.Tensor2D;
}

/** `row` [1, m] as row i of [n, m], where zeros were. */
function placed(rows: tf.Tensor, row: tf.Tensor, i: tf.Scalar): tf.Tensor {
  const here = tf.cast(tf.equal(tf.range(0, rows.shape[0], 1, "int32"), i), "float32");
  return tf.add(rows, tf.mul(tf.reshape(here, [-1, 1]), row));
}

/** The oldest out, the newest in: x without its first entry along the axis, and `newest` behind it. */
function shifted(x: tf.Tensor, newest: tf.Tensor, axis: number): tf.Tensor {
  const begin = x.shape.map((_, i) => (i === axis ? 1 : 0));
  const rest = tf.slice(
    x,
    begin,
    x.shape.map((n, i) => (i === axis ? n - 1 : n)),
  );
  return tf.concat([rest, newest], axis);
}
