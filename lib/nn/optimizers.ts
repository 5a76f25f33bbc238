/**
 * Optimizers as plain TensorFlow.js, each checked against PyTorch step by step (test/golden/optimizers.py). A step
 * changes the variables and leaves every other tensor alone: gradients belong to the caller. Slots (momenta) start at 0 at
 * the first step.
 */
import { tf } from "../tensor/tf";

/** Changes parameters by their gradients. */
export interface Optimizer {
  /** One step. @param grads gradients of params, in the same order and shapes; not disposed */
  step(params: tf.Variable[], grads: tf.Tensor[]): void;
  /** Steps made and slots, for a checkpoint. */
  save(): OptimizerState;
  /** Goes on from a saved state. */
  restore(state: OptimizerState): void;
  /** Frees the slots; a later step starts afresh. */
  dispose(): void;
}

/** Steps made, and one list of arrays a slot (its values parameter by parameter). */
export interface OptimizerState {
  kind: string;
  steps: number;
  slots: { shape: number[]; values: Float32Array }[][];
}

/** How one parameter moves: slots are its running averages, t counts steps from 1. */
type Update = (param: tf.Variable, grad: tf.Tensor, slots: tf.Variable[], t: number) => void;

/** Plain gradient descent: w ← w − lr·g. */
export function sgd({ lr }: { lr: number }): Optimizer {
  expectRates("sgd", { lr });
  return optimizer("sgd", 0, (w, g) => w.assign(tf.sub(w, tf.mul(lr, g))));
}

/** Heavy ball [Polyak 1964], as PyTorch: v ← μ·v + g; w ← w − lr·v. */
export function momentum({ lr, momentum: mu = 0.9 }: { lr: number; momentum?: number }): Optimizer {
  expectRates("momentum", { lr }, { momentum: mu });
  return optimizer("momentum", 1, (w, g, [v]) => {
    v!.assign(tf.add(tf.mul(mu, v!), g));
    w.assign(tf.sub(w, tf.mul(lr, v!)));
  });
}

/** RMSProp [Hinton 2012], as PyTorch: s ← α·s + (1 − α)·g²; w ← w − lr·g / (√s + ε). */
export function rmsprop({
  lr,
  alpha = 0.99,
  epsilon = 1e-8,
}: {
  lr: number;
  alpha?: number;
  epsilon?: number;
}): Optimizer {
  expectRates("rmsprop", { lr }, { alpha });
  return optimizer("rmsprop", 1, (w, g, [s]) => {
    s!.assign(tf.add(tf.mul(alpha, s!), tf.mul(1 - alpha, tf.square(g))));
    w.assign(tf.sub(w, tf.mul(lr, tf.div(g, tf.add(tf.sqrt(s!), epsilon)))));
  });
}

/** Options of Adam; β₁ = 0.5 in DCGAN, 0 or 0.5 with β₂ = 0.9 in WGAN-GP. */
export interface AdamOptions {
  /** The learning rate, or a schedule: the rate of step t = 1, 2, … */
  lr: number | ((t: number) => number);
  beta1?: number;
  beta2?: number;
  /** Outside the root and after its bias correction, as in the paper; TensorFlow's "ε̂" is another. */
  epsilon?: number;
}

/**
 * Adam [Kingma & Ba 2015, algorithm 1]:
 * m ← β₁·m + (1 − β₁)·g; v ← β₂·v + (1 − β₂)·g²; w ← w − lr·m̂ / (√v̂ + ε), m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ).
 */
export function adam(options: AdamOptions): Optimizer {
  return adamLike("adam", options, 0);
}

/** Adam with decoupled weight decay [Loshchilov & Hutter 2019]: first w ← w − lr·λ·w, then Adam's step. */
export function adamw({ weightDecay = 0.01, ...options }: AdamOptions & { weightDecay?: number }): Optimizer {
  return adamLike("adamw", options, weightDecay);
}

function adamLike(kind: string, options: AdamOptions, weightDecay: number): Optimizer {
  const { lr, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  expectRates(kind, typeof lr === "number" ? { lr } : {}, { beta1, beta2 });
  return optimizer(kind, 2, (w, g, [m, v], t) => {
    const rate = typeof lr === "number" ? lr : lr(t);
    m!.assign(tf.add(tf.mul(beta1, m!), tf.mul(1 - beta1, g)));
    v!.assign(tf.add(tf.mul(beta2, v!), tf.mul(1 - beta2, tf.square(g))));
    const root = tf.div(tf.sqrt(v!), Math.sqrt(1 - beta2 ** t)); // √v̂
    const update = tf.div(m!, tf.add(root, epsilon));
    const decayed = weightDecay === 0 ? w : tf.mul(w, 1 - rate * weightDecay);
    w.assign(tf.sub(decayed, tf.mul(rate / (1 - beta1 ** t), update)));
  });
}

function optimizer(kind: string, slotCount: number, update: Update): Optimizer {
  let steps = 0;
  let slots: tf.Variable[][] = []; // slots[parameter][slot]
  const dispose = (): void => {
    slots.flat().forEach((slot) => slot.dispose());
    slots = [];
    steps = 0;
  };
  return {
    step(params, grads) {
      expectMatch(kind, params, grads, slots);
      if (slots.length === 0) slots = params.map((p) => Array.from({ length: slotCount }, () => zerosLike(p)));
      steps++;
      tf.tidy(() => params.forEach((param, i) => update(param, grads[i]!, slots[i]!, steps)));
    },
    save: () => ({
      kind,
      steps,
      slots: slots.map((each) => each.map((slot) => ({ shape: slot.shape, values: slot.dataSync<"float32">() }))),
    }),
    restore(state) {
      if (state.kind !== kind) {
        throw new Error(`${kind}.restore: wanted the state of ${kind}, got that of ${state.kind}: start again`);
      }
      dispose();
      steps = state.steps;
      slots = state.slots.map((each) =>
        each.map(({ shape, values }) => tf.tidy(() => variable(tf.tensor(values, shape)))),
      );
    },
    dispose,
  };
}

function zerosLike(param: tf.Variable): tf.Variable {
  return tf.tidy(() => variable(tf.zerosLike(param)));
}

/** A slot: not trainable, so that tf.variableGrads without a list leaves it alone. */
function variable(value: tf.Tensor): tf.Variable {
  return tf.variable(value, false);
}

function expectRates(who: string, positive: Record<string, number>, belowOne: Record<string, number> = {}): void {
  for (const [name, value] of Object.entries(positive)) {
    if (!(value > 0 && value < Infinity))
      throw new RangeError(`${who}: wanted ${name} > 0, got ${value}: for example 0.001`);
  }
  for (const [name, value] of Object.entries(belowOne)) {
    if (!(value >= 0 && value < 1))
      throw new RangeError(`${who}: wanted 0 ≤ ${name} < 1, got ${value}: for example 0.9`);
  }
}

function expectMatch(who: string, params: tf.Variable[], grads: tf.Tensor[], slots: tf.Variable[][]): void {
  if (params.length !== grads.length) {
    throw new Error(`${who}: ${params.length} parameters, ${grads.length} gradients: give one gradient a parameter`);
  }
  if (slots.length > 0 && slots.length !== params.length) {
    throw new Error(
      `${who}: ${params.length} parameters, before there were ${slots.length}: use one optimizer a model`,
    );
  }
  params.forEach((param, i) => {
    const [wanted, got] = [param.shape.join(", "), grads[i]!.shape.join(", ")];
    if (wanted !== got)
      throw new Error(`${who}: parameter ${i} is [${wanted}], its gradient [${got}]: check their order`);
    const slot = slots[i]?.[0]?.shape.join(", ") ?? wanted;
    if (slot !== wanted)
      throw new Error(`${who}: parameter ${i} is [${wanted}], before it was [${slot}]: keep their order`);
  });
}
