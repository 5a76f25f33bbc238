// Losses. What is summed and what is averaged is half of a loss's definition: each says it.
import { nativeOp } from "../tensor/tensorflow-op";
import { tf } from "../tensor/tf";

/** Mean over all elements of (prediction − target)². */
export function mse(prediction: tf.Tensor, target: tf.Tensor): tf.Scalar {
  sameShape("mse", prediction, target);
  return tf.mean(tf.square(tf.sub(prediction, target)));
}

/**
 * −log p(label) with p = softmax(logits), mean over the batch, in nats. A uniform model of K classes gives ln K.
 * @param logits [B, K]
 * @param labels [B], int32, 0 … K − 1
 */
export function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D | ArrayLike<number>): tf.Scalar {
  return tf.mean(crossEntropyRows(logits, labels));
}

/** −log p(label) of each row: [B]. Otherwise as crossEntropy. */
export function crossEntropyRows(logits: tf.Tensor2D, labels: tf.Tensor1D | ArrayLike<number>): tf.Tensor1D {
  const [batch] = logits.shape;
  const indices = labels instanceof tf.Tensor ? labels : tf.tensor1d(Int32Array.from(labels), "int32");
  if (indices.shape[0] !== batch) {
    throw new Error(`crossEntropy: ${batch} rows of logits, ${indices.shape[0]} labels: give one label a row`);
  }
  const classesOf = tf.cast(indices, "int32");
  return tf.getBackend() === "tensorflow" ? fusedRows(logits, classesOf) : plainRows(logits, classesOf);
}

/** −log p(label), row by row, by one operation that gives softmax(logits) − one-hot(label), its gradient, as well. */
function fusedRows(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  const types = { T: { type: "float32" }, Tlabels: { type: "int32" } } as const;
  const rows: (logits: tf.Tensor) => tf.Tensor = tf.customGrad((input, save) => {
    const inputs = [input as tf.Tensor, labels];
    const [loss, gradient] = nativeOp("SparseSoftmaxCrossEntropyWithLogits", types, inputs, 2) as [
      tf.Tensor1D,
      tf.Tensor2D,
    ];
    (save as (tensors: tf.Tensor[]) => void)([gradient]);
    return {
      value: loss,
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => tf.mul(saved!, tf.reshape(dy, [-1, 1])),
    };
  });
  return rows(logits) as tf.Tensor1D;
}

/** The same by its formula. */
function plainRows(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  // log Σ exp, less the largest logit: exp of a large number would overflow. The maximum is a constant: the
  // gradient is right without it, and TensorFlow.js would send it to every tie.
  const shifted = tf.sub(logits, stopGradient(tf.max(logits, 1, true)));
  const logNormaliser = tf.log(tf.sum(tf.exp(shifted), 1));
  const chosen = tf.sum(tf.mul(shifted, tf.oneHot(labels, logits.shape[1])), 1);
  return tf.sub(logNormaliser, chosen);
}

/**
 * Binary cross-entropy with p = sigmoid(logits): softplus(logit) − target·logit, in nats, stable for any logit.
 * Sum over all dimensions but the first, mean over the first (an image's −log p, averaged over the batch), or with
 * "mean" the mean over all elements. Targets may be grey (in [0, 1]), but then it is no likelihood.
 * @param logits [B, …]
 * @param targets same shape
 */
export function binaryCrossEntropyWithLogits(
  logits: tf.Tensor,
  targets: tf.Tensor,
  reduction: "sum over pixels" | "mean" = "sum over pixels",
): tf.Scalar {
  sameShape("binaryCrossEntropyWithLogits", logits, targets);
  const each = tf.sub(tf.softplus(logits), tf.mul(targets, logits));
  return reduction === "mean" ? tf.mean(each) : tf.div(tf.sum(each), logits.shape[0] ?? 1);
}

/** The share of rows whose largest logit is the label's. logits [B, K], labels [B] → a number in [0, 1] */
export function accuracy(logits: tf.Tensor2D, labels: ArrayLike<number>): number {
  const guesses = tf.tidy(() => tf.argMax(logits, 1).dataSync());
  if (guesses.length !== labels.length) {
    throw new Error(`accuracy: ${guesses.length} rows of logits, ${labels.length} labels: give one label a row`);
  }
  let right = 0;
  for (let i = 0; i < guesses.length; i++) if (guesses[i] === labels[i]) right++;
  return right / guesses.length;
}

const stopGradient: (x: tf.Tensor) => tf.Tensor = tf.customGrad((x) => ({
  value: (x as tf.Tensor).clone(),
  gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy),
}));

function sameShape(who: string, a: tf.Tensor, b: tf.Tensor): void {
  const [first, second] = [a.shape.join(", "), b.shape.join(", ")];
  if (first !== second)
    throw new Error(`${who}: shapes [${first}] and [${second}] differ: they would broadcast silently`);
}
