import { tf } from "../tensor/tf";

/** Weights of a layer normalisation. */
export interface NormWeights {
  /** γ [C], starts at 1 */
  gain: tf.Tensor1D;
  /** β [C], starts at 0; none without it */
  bias?: tf.Tensor1D;
}

/** Keeps 1/√variance finite; PyTorch's and GPT-2's. */
const EPSILON = 1e-5;

/**
 * Layer normalisation [Ba et al. 2016]: each row gets mean 0 and variance 1 over its C numbers, then γ and β;
 * x [N, C] → [N, C]. The variance is divided by C, not C − 1.
 *
 * The gradient is written by hand, with x̂ = (x − mean)/σ and δ = γ·dy: dx = (δ − mean(δ) − x̂·mean(δ·x̂))/σ. The two means are
 * matrix–vector products with γ/C. TensorFlow.js, differentiating the formula, makes three times as many operations.
 */
export function layerNorm(x: tf.Tensor2D, { gain, bias }: NormWeights): tf.Tensor2D {
  if (x.rank !== 2 || x.shape[1] !== gain.shape[0]) {
    throw new Error(
      `layerNorm: x is [${x.shape.join(", ")}], gain [${gain.shape[0]}]: x must be [N, ${gain.shape[0]}]`,
    );
  }
  const y = normalise(x, gain) as tf.Tensor2D;
  return bias === undefined ? y : tf.add<tf.Tensor2D>(y, bias);
}

const normalise: (x: tf.Tensor, gain: tf.Tensor) => tf.Tensor = tf.customGrad((...args) => {
  const [x, gain, save] = args as unknown as [tf.Tensor2D, tf.Tensor1D, (tensors: tf.Tensor[]) => void];
  const centred = tf.sub(x, tf.mean(x, 1, true));
  const variance = tf.mean(tf.square(centred), 1, true);
  const inverse = tf.rsqrt(tf.add(variance, EPSILON)); // 1/σ  [N, 1]
  const normal = tf.mul(centred, inverse); // x̂
  save([normal, inverse, gain]);
  return { value: tf.mul(normal, gain), gradFunc: normaliseGradient };
});

function normaliseGradient(dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] {
  const [normal, inverse, gain] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
  const width = gain.shape[0];
  const product = tf.mul<tf.Tensor2D>(dy, normal);
  const share = tf.reshape(tf.mul(gain, 1 / width), [width, 1]); // γ/C
  const meanDelta = tf.matMul(dy, share); // mean(δ)  [N, 1]
  const meanProduct = tf.matMul(product, share); // mean(δ·x̂)  [N, 1]
  const inner = tf.sub(tf.sub(tf.mul(dy, gain), meanDelta), tf.mul(normal, meanProduct));
  return [tf.mul(inner, inverse), tf.sum(product, 0)];
}
