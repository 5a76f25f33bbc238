import type { tf } from "./tf";

/**
 * How an optimizer moves one parameter, in two forms that must agree: a formula in plain TensorFlow.js, which anybody can
 * read and every backend can run, and where TensorFlow has one, a fused op that does the same in place.
 */
export interface UpdateRule {
  /** "adam"; a saved state of another kind is refused. */
  readonly kind: string;
  /** Running averages kept for each parameter, all zero at the start: ["m", "v"]. */
  readonly slots: readonly string[];
  /**
   * The numbers of step t = 1, 2, …: `lr`, the learning rate, and whatever else the formula or the fused op takes.
   * @param lr replaces the optimizer's own learning rate
   */
  scalars(t: number, lr?: number): Record<string, number>;
  /** The formula: new values of parameter and slots. */
  update(step: UpdateStep): { param: tf.Tensor; slots: tf.Tensor[] };
  /** Whether the parameter shrinks by weight decay before its update. */
  decays?(parameter: { path: string; shape: readonly number[] }): boolean;
  /** The op of TensorFlow that does the same (without the decay, which comes first: w ← w − `decay`·w). */
  readonly fused?: FusedUpdate;
}

/** What one update is computed from. */
export interface UpdateStep {
  param: tf.Tensor;
  grad: tf.Tensor;
  slots: tf.Tensor[];
  /** The numbers of `scalars(t)`, each a scalar tensor. */
  scalars: Record<string, tf.Scalar>;
  /** Whether this parameter decays. */
  decays: boolean;
}

/** A resource op: its inputs by name, which are "param", "grad", a slot or a scalar. */
export interface FusedUpdate {
  op: string;
  inputs: readonly string[];
  attrs: Readonly<Record<string, boolean>>;
}
