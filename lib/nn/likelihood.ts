// Log-likelihoods in nats, one number a row: what is averaged over a batch is the caller's to say.
import { tf } from "../tensor/tf";
import { handGradient } from "./hand-gradient";

/**
 * ln p(x) of independent pixels, p(xᵢ = 1) = sigmoid(logitᵢ): Σᵢ xᵢ·logitᵢ − softplus(logitᵢ). Logits of 0 give −n·ln 2.
 * x counts as data: no gradient flows into it. The gradient by the logits is x − sigmoid(logits).
 * @param x [B, n], 0 or 1
 * @param logits [B, n] → [B], in nats
 * @throws Error when the shapes differ
 */
export function bernoulliLogLikelihood(x: tf.Tensor2D, logits: tf.Tensor2D): tf.Tensor1D {
  if (x.shape.join() !== logits.shape.join()) {
    const [got, wanted] = [logits.shape.join(", "), x.shape.join(", ")];
    throw new Error(`bernoulliLogLikelihood: logits are [${got}], x is [${wanted}]: give one logit a pixel`);
  }
  return handGradient<[tf.Tensor2D]>("bernoulliLogLikelihood", [logits], {
    forward: ([l], save) => {
      save([l, x]); // x too: made inside a differentiated function, it would be gone by the way back
      return tf.sum(tf.sub(tf.mul(x, l), tf.softplus(l)), 1);
    },
    backward: (dy, [l, kept]) => [tf.mul(tf.sub(kept!, tf.sigmoid(l!)), tf.reshape(dy, [-1, 1]))],
  }) as tf.Tensor1D;
}

/** ln (1/k · Σ exp xⱼ) over the first dimension, without overflow; −∞ where all are. [k, …] → […]; its gradient is softmax(x). */
export function logMeanExp(x: tf.Tensor): tf.Tensor {
  const k = x.shape[0];
  return handGradient<[tf.Tensor]>("logMeanExp", [x], {
    forward: ([input], save) => {
      const most = tf.max(input, 0, true);
      const largest = tf.where(tf.isFinite(most), most, 0); // −∞ − −∞ would be NaN
      const shifted = tf.exp(tf.sub(input, largest));
      const sum = tf.sum(shifted, 0, true);
      save([tf.divNoNan(shifted, sum)]); // no slope where all are −∞
      return tf.reshape(tf.add(tf.log(tf.div(sum, k)), largest), x.shape.slice(1));
    },
    backward: (dy, [softmax]) => [tf.mul(tf.expandDims(dy, 0), softmax!)],
  });
}
