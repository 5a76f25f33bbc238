// Causal self-attention between one matrix product and the next: [B·T, 3C] in, [B·T, C] out.
import { tf } from "../tensor/tf";

/** Added to the scores of what a token must not see: exp(−1e9) is 0, and −1e9 − (−1e9) is 0, not NaN as with −∞. */
export const HIDDEN = -1e9;

/** 0 on and under the diagonal, −1e9 above it: row t sees columns 0 … t. → [T, T] */
export function causalMask(length: number): tf.Tensor2D {
  const values = Float32Array.from({ length: length * length }, (_, i) =>
    i % length > Math.floor(i / length) ? HIDDEN : 0,
  );
  return tf.tensor2d(values, [length, length]);
}

/**
 * softmax(q·kᵀ/√D + mask)·v for each head [Vaswani et al. 2017, eq. 1], D = C/heads numbers a head.
 * @param qkv [B·T, 3C]: queries, keys, values side by side, each with its heads side by side (GPT-2's order)
 * @param mask [T, T], added to the scores; made here without it
 * @returns [B·T, C], heads side by side
 *
 * The gradient is written by hand: with P = softmax(…) and y = P·v, dS = P∘(dP − Σ P∘dP), and the sum along a row of P∘dP is
 * that of y∘dy [Dao et al. 2022, eq. 4], D numbers instead of T. One transpose brings q, k and v to [3, B, heads, T, D], whose three
 * parts lie in one piece each; one brings their gradients back.
 */
export function causalAttention(qkv: tf.Tensor2D, batch: number, heads: number, mask?: tf.Tensor2D): tf.Tensor2D {
  const length = qkv.shape[0] / batch;
  const width = qkv.shape[1] / 3;
  const depth = width / heads;
  if (!Number.isInteger(length) || !Number.isInteger(depth)) {
    const got = `[${qkv.shape.join(", ")}], batch ${batch}, heads ${heads}`;
    throw new Error(`causalAttention: got ${got}: wanted [batch·T, 3·heads·D]`);
  }
  const scale = 1 / Math.sqrt(depth);
  const attend: (qkv: tf.Tensor) => tf.Tensor = tf.customGrad((input, save) => {
    const [q, k, v] = splitHeads(input as tf.Tensor2D, batch, heads);
    const scaled = tf.mul(q, scale);
    const scores = tf.add<tf.Tensor4D>(tf.matMul(scaled, k, false, true), mask ?? causalMask(length)); // [B, heads, T, T]
    const weights = tf.softmax(scores);
    const y: tf.Tensor4D = tf.matMul(weights, v); // [B, heads, T, D]
    (save as (tensors: tf.Tensor[]) => void)([scaled, k, v, weights, y]);
    return { value: mergeHeads(y), gradFunc };
  });
  const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor => {
    const [scaled, k, v, weights, y] = saved as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    const dyHeads = tf.transpose<tf.Tensor4D>(tf.reshape(dy, [batch, length, heads, depth]), [0, 2, 1, 3]);
    const dWeights = tf.matMul(dyHeads, v, false, true);
    const rowSums = tf.sum(tf.mul(dyHeads, y), 3, true); // [B, heads, T, 1]
    const dScores = tf.mul<tf.Tensor4D>(weights, tf.sub(dWeights, rowSums));
    const dq = tf.mul<tf.Tensor4D>(tf.matMul(dScores, k), scale);
    const dk = tf.matMul(dScores, scaled, true);
    const dv = tf.matMul(weights, dyHeads, true);
    const stacked = tf.reshape(tf.concat([dq, dk, dv], 0), [3, batch, heads, length, depth]);
    return tf.reshape(tf.transpose(stacked, [1, 3, 0, 2, 4]), [batch * length, 3 * width]);
  };
  return attend(qkv) as tf.Tensor2D;
}

/** [B·T, 3C] → queries, keys and values, each [B, heads, T, D] */
export function splitHeads(qkv: tf.Tensor2D, batch: number, heads: number): [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D] {
  const length = qkv.shape[0] / batch;
  const depth = qkv.shape[1] / 3 / heads;
  const parts = tf.transpose(tf.reshape(qkv, [batch, length, 3, heads, depth]), [2, 0, 3, 1, 4]);
  const rows = tf.reshape(parts, [3 * batch, heads, length, depth]); // a slice of the first dimension copies nothing
  const part = (i: number): tf.Tensor4D =>
    tf.slice<tf.Rank.R4, tf.Tensor4D>(rows as tf.Tensor4D, [i * batch, 0, 0, 0], [batch, heads, length, depth]);
  return [part(0), part(1), part(2)];
}

/** [B, heads, T, D] → [B·T, C] */
export function mergeHeads(x: tf.Tensor4D): tf.Tensor2D {
  const [batch, heads, length, depth] = x.shape;
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch * length, heads * depth]);
}
