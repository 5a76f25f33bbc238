/**
 * Optimizers. Each is a rule in plain TensorFlow.js, checked against PyTorch step by step (test/golden/optimizers.py), and
 * where TensorFlow has one, the name of the fused op that does the same inside a compiled program (lib/tensor/compile.ts).
 * Slots (running averages) start at 0.
 */
import { tf } from "../tensor/tf";
import type { FusedUpdate, UpdateRule, UpdateStep } from "../tensor/update-rule";

/** Changes parameters by their gradients: in a compiled program as `by: adam({ … })`, or step by step over variables. */
export interface Optimizer {
  /** How one parameter moves. */
  readonly rule: UpdateRule;
  /** One step outside a program. @param grads gradients of params, in the same order and shapes; not disposed */
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

/** The learning rate, or a schedule: the rate of step t = 1, 2, … */
export type LearningRate = number | ((t: number) => number);

/** Plain gradient descent: w ← w − lr·g. */
export function sgd({ lr }: { lr: LearningRate }): Optimizer {
  expectRates("sgd", lr);
  return optimizer({
    kind: "sgd",
    slots: [],
    scalars: (t, given) => ({ lr: rateOf(lr, t, given) }),
    update: ({ param, grad, scalars }) => ({ param: tf.sub(param, tf.mul(scalars.lr!, grad)), slots: [] }),
    fused: { op: "ResourceApplyGradientDescent", inputs: ["param", "lr", "grad"], attrs: { use_locking: false } },
  });
}

/** Heavy ball [Polyak 1964], as PyTorch: v ← μ·v + g; w ← w − lr·v. */
export function momentum({ lr, momentum: mu = 0.9 }: { lr: LearningRate; momentum?: number }): Optimizer {
  expectRates("momentum", lr, { momentum: mu });
  return optimizer({
    kind: "momentum",
    slots: ["v"],
    scalars: (t, given) => ({ lr: rateOf(lr, t, given), momentum: mu }),
    update: ({ param, grad, slots: [v], scalars }) => {
      const next = tf.add(tf.mul(scalars.momentum!, v!), grad);
      return { param: tf.sub(param, tf.mul(scalars.lr!, next)), slots: [next] };
    },
    fused: {
      op: "ResourceApplyMomentum",
      inputs: ["param", "v", "lr", "grad", "momentum"],
      attrs: { use_locking: false, use_nesterov: false },
    },
  });
}

/** RMSProp [Hinton 2012], as PyTorch: s ← α·s + (1 − α)·g²; w ← w − lr·g / (√s + ε). TensorFlow's op has ε in the root. */
export function rmsprop({
  lr,
  alpha = 0.99,
  epsilon = 1e-8,
}: {
  lr: LearningRate;
  alpha?: number;
  epsilon?: number;
}): Optimizer {
  expectRates("rmsprop", lr, { alpha });
  return optimizer({
    kind: "rmsprop",
    slots: ["s"],
    scalars: (t, given) => ({ lr: rateOf(lr, t, given) }),
    update: ({ param, grad, slots: [s], scalars }) => {
      const next = tf.add(tf.mul(alpha, s!), tf.mul(1 - alpha, tf.square(grad)));
      const step = tf.div(grad, tf.add(tf.sqrt(next), epsilon));
      return { param: tf.sub(param, tf.mul(scalars.lr!, step)), slots: [next] };
    },
  });
}

/** Options of Adam; β₁ = 0.5 in DCGAN, 0 or 0.5 with β₂ = 0.9 in WGAN-GP. */
export interface AdamOptions {
  lr: LearningRate;
  beta1?: number;
  beta2?: number;
  /** Outside the root and after its bias correction, as in the paper; TensorFlow's "ε̂" is another. */
  epsilon?: number;
}

/** Options of weight decay. */
export interface DecayOptions {
  /** λ */
  weightDecay?: number;
  /**
   * Which parameters decay; all without it. nanoGPT's groups: `({ shape }) => shape.length >= 2`, matrices and not biases
   * or gains. path is the parameter's place in a program's state, "" in a step over variables.
   */
  decays?: (parameter: { path: string; shape: readonly number[] }) => boolean;
}

/**
 * Adam [Kingma & Ba 2015, algorithm 1]:
 * m ← β₁·m + (1 − β₁)·g; v ← β₂·v + (1 − β₂)·g²; w ← w − lr·m̂ / (√v̂ + ε), m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ).
 */
export function adam(options: AdamOptions): Optimizer {
  const moments = adamMoments("adam", options);
  return optimizer({
    ...{ kind: "adam", slots: ["m", "v"], scalars: moments.scalars, fused: FUSED_ADAM },
    update: (step) => {
      const { direction, slots } = moments.of(step);
      return { param: tf.sub(step.param, tf.mul(step.scalars.lr!, direction)), slots };
    },
  });
}

/** Adam with decoupled weight decay [Loshchilov & Hutter 2019]: first w ← w − lr·λ·w, then Adam's step. */
export function adamw({ weightDecay = 0.01, decays = () => true, ...options }: AdamOptions & DecayOptions): Optimizer {
  const moments = adamMoments("adamw", options);
  return optimizer({
    ...{ kind: "adamw", slots: ["m", "v"], fused: FUSED_ADAM },
    scalars: (t, given) => {
      const numbers = moments.scalars(t, given);
      return { ...numbers, decay: numbers.lr! * weightDecay };
    },
    decays: (parameter) => weightDecay !== 0 && decays(parameter),
    update: (step) => {
      const { param, scalars } = step;
      const { direction, slots } = moments.of(step);
      const decayed = step.decays ? tf.sub(param, tf.mul(param, scalars.decay!)) : param;
      return { param: tf.sub(decayed, tf.mul(scalars.lr!, direction)), slots };
    },
  });
}

/**
 * LAMB [You et al. 2020, algorithm 2]: Adam's direction and the decay together, r = m̂ / (√v̂ + ε) + λ·w, rescaled layer by
 * layer to the weights' own size: w ← w − lr·(‖w‖ / ‖r‖)·r; the factor is 1 where either norm is 0.
 */
export function lamb({ weightDecay = 0.01, decays = () => true, ...options }: AdamOptions & DecayOptions): Optimizer {
  const moments = adamMoments("lamb", { epsilon: 1e-6, ...options });
  return optimizer({
    ...{ kind: "lamb", slots: ["m", "v"], scalars: moments.scalars },
    decays: (parameter) => weightDecay !== 0 && decays(parameter),
    update: (step) => {
      const { param, scalars } = step;
      const { direction, slots } = moments.of(step);
      const r = step.decays ? tf.add(direction, tf.mul(weightDecay, param)) : direction;
      const [ofParam, ofStep] = [tf.norm(param), tf.norm(r)];
      const both = tf.logicalAnd(tf.greater(ofParam, 0), tf.greater(ofStep, 0));
      const trust = tf.where(both, tf.divNoNan(ofParam, ofStep), tf.onesLike(ofParam));
      return { param: tf.sub(param, tf.mul(tf.mul(scalars.lr!, trust), r)), slots };
    },
  });
}

const FUSED_ADAM: FusedUpdate = {
  op: "ResourceApplyAdam",
  inputs: ["param", "m", "v", "beta1Power", "beta2Power", "lr", "beta1", "beta2", "epsilonHat", "grad"],
  attrs: { use_locking: false, use_nesterov: false },
};

/** What Adam, AdamW and LAMB have in common: the two running averages and the direction they give. */
function adamMoments(kind: string, { lr, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions) {
  expectRates(kind, lr, { beta1, beta2 });
  return {
    scalars: (t: number, given?: number): Record<string, number> => {
      const [beta1Power, beta2Power] = [beta1 ** t, beta2 ** t];
      // The fused op adds its ε to √v before the bias correction: ε̂ = ε·√(1 − β₂ᵗ) makes it the paper's.
      const epsilonHat = epsilon * Math.sqrt(1 - beta2Power);
      return { lr: rateOf(lr, t, given), beta1Power, beta2Power, beta1, beta2, epsilonHat };
    },
    /** m̂ / (√v̂ + ε) and the new averages. */
    of({ grad, slots: [m, v], scalars }: UpdateStep): { direction: tf.Tensor; slots: [tf.Tensor, tf.Tensor] } {
      const nextM = tf.add(tf.mul(beta1, m!), tf.mul(1 - beta1, grad));
      const nextV = tf.add(tf.mul(beta2, v!), tf.mul(1 - beta2, tf.square(grad)));
      const meanHat = tf.div(nextM, tf.sub(1, scalars.beta1Power!));
      const root = tf.sqrt(tf.div(nextV, tf.sub(1, scalars.beta2Power!))); // √v̂
      return { direction: tf.div(meanHat, tf.add(root, epsilon)), slots: [nextM, nextV] };
    },
  };
}

function rateOf(lr: LearningRate, t: number, given: number | undefined): number {
  return given ?? (typeof lr === "number" ? lr : lr(t));
}

/** A rule over a list of variables that stay in their order. */
function optimizer(rule: UpdateRule): Optimizer {
  const { kind } = rule;
  let steps = 0;
  let slots: tf.Variable[][] = []; // slots[parameter][slot]
  const dispose = (): void => {
    slots.flat().forEach((slot) => slot.dispose());
    slots = [];
    steps = 0;
  };
  return {
    rule,
    step(params, grads) {
      expectMatch(kind, params, grads, slots);
      if (slots.length === 0) slots = params.map((p) => rule.slots.map(() => zerosLike(p)));
      steps++;
      tf.tidy(() => {
        const numbers = Object.entries(rule.scalars(steps));
        const scalars = Object.fromEntries(numbers.map(([name, x]) => [name, tf.scalar(x)]));
        params.forEach((param, i) => {
          const decays = rule.decays?.({ path: "", shape: param.shape }) ?? false;
          const next = rule.update({ param, grad: grads[i]!, slots: slots[i]!, scalars, decays });
          param.assign(next.param);
          next.slots.forEach((value, s) => slots[i]![s]!.assign(value));
        });
      });
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

function expectRates(who: string, lr: LearningRate, belowOne: Record<string, number> = {}): void {
  if (typeof lr === "number" && !(lr > 0 && lr < Infinity)) {
    throw new RangeError(`${who}: wanted lr > 0, got ${lr}: for example 0.001`);
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
