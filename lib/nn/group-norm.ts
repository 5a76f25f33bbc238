import { tf } from "../tensor/tf";
import { handGradient } from "./hand-gradient";

/** Keeps 1/√variance finite; PyTorch's. */
const EPSILON = 1e-5;

/**
 * Group normalisation [Wu & He 2018]: in each image, each group of C/groups neighbouring channels gets mean 0 and variance 1
 * over all its places; then times scale, plus shift. x [B, H, W, C]
 * @param scale γ [C], or one for each image [B, C]: so an image's time and label can act on it [Dhariwal & Nichol 2021]
 * @param shift β, as scale
 *
 * All that is large is done in two passes of one multiplication and one addition: mean and variance become one factor and
 * one summand for each image and channel. The same holds for the gradient, dx = a·dy + c·x + d.
 */
export function groupNorm<S extends tf.Tensor1D | tf.Tensor2D>(
  x: tf.Tensor4D,
  groups: number,
  scale: S,
  shift: S,
): tf.Tensor4D {
  const [B, H, W, C] = x.shape;
  if (C % groups !== 0) throw new Error(`groupNorm: ${C} channels in ${groups} groups: wanted a divisor of ${C}`);
  // [B, C] times this matrix: each channel's sum becomes the mean over its group and all its places.
  const size = C / groups;
  const group = (channel: number): number => Math.floor(channel / size);
  const share = 1 / (size * H * W);
  const averages = (): tf.Tensor2D =>
    tf.tensor2d(
      Float32Array.from({ length: C * C }, (_, i) => (group(Math.floor(i / C)) === group(i % C) ? share : 0)),
      [C, C],
    );
  const row = (t: tf.Tensor): tf.Tensor4D => tf.reshape(t, [B, 1, 1, C]);
  const sum = (t: tf.Tensor): tf.Tensor2D => tf.sum(t, [1, 2]);
  const perImage = (t: S): tf.Tensor2D => (t.rank === 2 ? (t as tf.Tensor2D) : tf.reshape(t, [1, C]));

  return handGradient<[tf.Tensor4D, tf.Tensor2D, tf.Tensor2D]>("groupNorm", [x, perImage(scale), perImage(shift)], {
    forward: ([input, gamma, beta], save) => {
      const M = averages();
      const mean: tf.Tensor2D = tf.matMul(sum(input), M); // μ of the channel's group  [B, C]
      const meanSquare: tf.Tensor2D = tf.matMul(sum(tf.square(input)), M);
      const inverse = tf.rsqrt(tf.add<tf.Tensor2D>(tf.sub(meanSquare, tf.square(mean)), EPSILON)); // 1/σ
      const factor = tf.mul(inverse, gamma);
      save([input, gamma, mean, inverse, factor]);
      return tf.add(tf.mul(input, row(factor)), row(tf.sub(beta, tf.mul(mean, factor))));
    },
    backward: (dy, saved) => {
      const [input, gamma, mean, inverse, factor] = saved as [tf.Tensor4D, ...tf.Tensor2D[]];
      const M = averages();
      const total = sum(dy); // Σ dy  [B, C]
      const dGamma = tf.mul<tf.Tensor2D>(tf.sub(sum(tf.mul(dy, input)), tf.mul(mean!, total)), inverse!); // Σ dy·x̂
      // With x̂ = (x − μ)/σ: dx = (γ·dy − mean(γ·dy) − x̂·mean(γ·dy·x̂))/σ
      const meanDelta = tf.matMul(tf.mul<tf.Tensor2D>(total, gamma!), M);
      const meanProduct = tf.matMul(tf.mul<tf.Tensor2D>(dGamma, gamma!), M);
      const slope = tf.mul(tf.square(inverse!), meanProduct);
      const constant = tf.sub(tf.mul(slope, mean!), tf.mul(inverse!, meanDelta));
      const dx = tf.add(tf.mul(dy, row(factor!)), tf.sub(row(constant), tf.mul(input, row(slope))));
      const shared = gamma!.shape[0] === 1; // one γ for the whole batch
      return [dx, shared ? tf.sum(dGamma, 0, true) : dGamma, shared ? tf.sum(total, 0, true) : total];
    },
  }) as tf.Tensor4D;
}
