import { expectShape } from "../tensor/expect";
import { tf } from "../tensor/tf";

/**
 * A Canon layer [Allen-Zhu 2025, "Physics of language models", part 4.1]: a short causal convolution, each channel for itself, added
 * to what it saw: yₜ = xₜ + Σᵢ wᵢ ∘ xₜ₋ₖ₊ᵢ, i = 1 … k. What stands before a text's beginning counts as 0. Attention has to learn to look
 * one back; this sees the last k places from the first step on. Primer [So et al. 2021] and Mamba [Gu & Dao 2023] have the like.
 * With w = 0 it changes nothing.
 * @param x [B·T, C]: B texts of T places
 * @param w [k, C]; the last row belongs to the place itself, the one before to its left neighbour, as PyTorch's conv1d has it
 * @returns [B·T, C]
 * @throws Error when x is no B texts of one length, or w has another width
 */
export function canonLayer(x: tf.Tensor2D, w: tf.Tensor2D, batch: number): tf.Tensor2D {
  const [rows, width] = x.shape;
  const [taps, channels] = w.shape;
  const length = rows / batch;
  if (!Number.isInteger(length) || channels !== width) {
    const got = `x [${x.shape.join(", ")}], w [${w.shape.join(", ")}], batch ${batch}`;
    throw new Error(`canonLayer: got ${got}: wanted x [batch·T, C], w [k, C]`);
  }
  const padded = tf.pad(tf.reshape(x, [batch, length, width]), [
    [0, 0],
    [taps - 1, 0],
    [0, 0],
  ]);
  const near = Array.from({ length: taps }, (_, i) => {
    const shifted = tf.slice(padded, [0, i, 0], [batch, length, width]);
    return tf.mul(tf.reshape(shifted, [rows, width]), tf.slice(w, [i, 0], [1, width]));
  });
  return tf.addN([x, ...near]) as tf.Tensor2D;
}

/**
 * The same for one more place, behind the k − 1 that came before.
 * @param x [B, C], the new place
 * @param recent [B, k − 1, C], what canonLayer was given at the places before it, oldest first; 0 before the beginning
 * @returns y [B, C], and what is recent for the next place
 * @throws Error when w or recent has another shape
 */
export function canonStep(
  x: tf.Tensor2D,
  w: tf.Tensor2D,
  recent: tf.Tensor3D,
): { y: tf.Tensor2D; recent: tf.Tensor3D } {
  const [batch, width] = x.shape;
  const [taps] = w.shape;
  expectShape("canonStep", "w", w, ["k", width], "a weight for each channel of x");
  expectShape("canonStep", "recent", recent, [batch, taps - 1, width], "what the place before returned");
  const window = tf.concat<tf.Tensor3D>([recent, tf.reshape(x, [batch, 1, width])], 1); // [B, k, C]
  const near = tf.sum<tf.Tensor2D>(tf.mul(window, w), 1);
  return { y: tf.add<tf.Tensor2D>(x, near), recent: tf.slice(window, [0, 1, 0], [batch, taps - 1, width]) };
}
