// The mathematics of a train step, the same for every engine: loss, gradients, clipping, and how weights move.
import type { PlannedFunction, Training } from "./engine";
import type { Draws } from "./program-functions";
import { tf } from "./tf";

/** What a function is called with. */
export interface Arguments {
  leaves: readonly tf.Tensor[];
  inputs: Record<string, tf.Tensor>;
  scalars: Record<string, tf.Scalar>;
  random: Draws;
}

/**
 * The outputs of a train step's body and the gradients of its loss, by TensorFlow.js's own differentiation, clipped to the
 * global norm where that is asked. Called inside tf.tidy; the outputs are kept, the caller disposes them.
 * @param paths the leaves' paths, for messages
 * @throws Error when the loss does not depend on a weight that is to be trained
 */
export function lossAndGradients(
  fn: PlannedFunction,
  training: Training,
  { leaves, inputs, scalars, random }: Arguments,
  paths: readonly string[],
): { outputs: Record<string, tf.Tensor>; grads: tf.Tensor[] } {
  let outputs: Record<string, tf.Tensor> = {};
  const trained = training.trained.map((i) => leaves[i]!);
  // Past tf.valueAndGrads: it stops at the first missing gradient with a message that names no weight.
  const engine = tf.engine() as unknown as {
    gradients(f: () => tf.Tensor, xs: tf.Tensor[], dy: undefined, missing: true): { grads: (tf.Tensor | undefined)[] };
  };
  const { grads } = differentiable(
    fn.name,
    () => outputs,
    () =>
      engine.gradients(
        () => {
          const made = fn.body(leaves, inputs, scalars, random);
          // Kept beyond the forward pass; clones, because a body may return a weight itself.
          outputs = Object.fromEntries(Object.entries(made).map(([name, tensor]) => [name, tf.keep(tf.clone(tensor))]));
          return tf.reshape(made.loss!, []);
        },
        trained,
        undefined,
        true,
      ),
  );
  const missing = training.trained.filter((_, k) => grads[k] === undefined).map((i) => paths[i]);
  if (missing.length > 0) {
    tf.dispose(outputs);
    throw new Error(
      `${fn.name}: the loss does not depend on ${missing.join(", ")}: use these weights in the loss, or leave them out of \`of\``,
    );
  }
  return { outputs, grads: clipToNorm(grads as tf.Tensor[], training.clipNorm) };
}

/** Errors of TensorFlow.js's differentiation with the function's name and a cure; what was kept until then goes. */
function differentiable<T>(name: string, kept: () => Record<string, tf.Tensor>, body: () => T): T {
  try {
    return body();
  } catch (cause) {
    const backward = Object.keys(kept()).length > 0; // the forward pass was done
    tf.dispose(kept());
    const text = cause instanceof Error ? cause.message : String(cause);
    const missing = /gradient function not found for (\w+)/.exec(text);
    const cure = "write that part with other operations, or give it one with tf.customGrad";
    if (missing !== null)
      throw new Error(`${name}: TensorFlow.js has no gradient for ${missing[1]}: ${cure}`, { cause });
    if (backward && !text.startsWith(`${name}: `)) {
      throw new Error(`${name}: TensorFlow.js cannot compute the gradients (${text}): ${cure}`, { cause });
    }
    throw cause;
  }
}

/** g ← g · min(1, c / (‖all g‖₂ + 1e-6)), as torch.nn.utils.clip_grad_norm_ [Pascanu 2013]. */
function clipToNorm(grads: tf.Tensor[], clipNorm: number | undefined): tf.Tensor[] {
  if (clipNorm === undefined) return grads;
  const squares = grads.map((grad) => tf.sum(tf.square(grad)));
  const norm = tf.sqrt(tf.addN(squares));
  const factor = tf.minimum(1, tf.div(clipNorm, tf.add(norm, 1e-6)));
  return grads.map((grad) => tf.mul(grad, factor));
}

/** What follows an update: the cut to ±limit. */
export function clipped(weight: tf.Tensor, { clipWeights }: Training): tf.Tensor {
  return clipWeights === undefined ? weight : tf.clipByValue(weight, -clipWeights, clipWeights);
}

/** average + (1 − decay)·(weight − average) */
export function moveAverage(average: tf.Tensor, weight: tf.Tensor, decay: number): tf.Tensor {
  return tf.add(average, tf.mul(1 - decay, tf.sub(weight, average)));
}

/** Whether a weight shrinks by weight decay. */
export function decaysOf(
  training: Training,
  leaf: number,
  paths: readonly string[],
  shape: readonly number[],
): boolean {
  return training.rule.decays?.({ path: paths[leaf]!, shape }) ?? false;
}
