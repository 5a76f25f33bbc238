/**
 * A generative adversarial network for 28 × 28 digits, trained by the Wasserstein distance [Arjovsky 2017, Gulrajani 2017].
 *
 * The generator G makes a picture of noise, the critic D gives a picture a score. Over all D whose slope is at most 1
 * everywhere (1-Lipschitz), the largest possible E[D(real)] − E[D(fake)] is the Wasserstein distance between the two
 * distributions [Kantorovich & Rubinstein]; the generator lowers it. What keeps the slope at most 1 is the caller's
 * choice: nothing (it fails), weight clipping, or the gradient penalty.
 *
 * Everything random comes in as a tensor, nothing is captured: each function is a formula of its arguments.
 */
import { leakyRelu } from "../nn/activations";
import { heNormal, torchLinear } from "../nn/initializers";
import { linear } from "../nn/linear";
import type { LinearWeights } from "../nn/linear";
import type { Optimizer } from "../nn/optimizers";
import type { RandomStream } from "../tensor/random";
import { tf } from "../tensor/tf";

/** One layer's variables. */
export interface GanLayer {
  /** [in, out] of a fully connected layer, or [5, 5, in, out] of a convolution */
  w: tf.Variable<tf.Rank.R2 | tf.Rank.R4>;
  /** [out] */
  b: tf.Variable<tf.Rank.R1>;
}

/** Sizes and slope; the defaults are the article's. */
export interface GanConfig {
  /** Length of a noise vector z. */
  noise?: number;
  /** Widths of the generator's hidden layers; the critic has the same in reverse. */
  hidden?: number[];
  /** Numbers in a picture. */
  pixels?: number;
}

/** Factor of LeakyReLU for negative inputs. */
export const SLOPE = 0.2;

/** Keeps √x differentiable at 0. */
const TINY = 1e-12;

/** The generator's layers, noise → 256 → 512 → 784: 559,632 numbers. Initialised as PyTorch's nn.Linear. */
export function generatorLayers(stream: RandomStream, config: GanConfig = {}): GanLayer[] {
  const { noise = 100, hidden = [256, 512], pixels = 784 } = config;
  return layers(stream, [noise, ...hidden, pixels]);
}

/** The critic's layers, 784 → 512 → 256 → 1: 533,505 numbers. No batch norm, no dropout: each score is one picture's own. */
export function criticLayers(stream: RandomStream, config: GanConfig = {}): GanLayer[] {
  const { hidden = [256, 512], pixels = 784 } = config;
  return layers(stream, [pixels, ...[...hidden].reverse(), 1]);
}

/**
 * A critic that looks at neighbourhoods: two 5 × 5 convolutions of stride 2, 28 → 14 → 7, then one score: 14,817 numbers.
 * The same stroke one pixel further costs it no new weights; a fully connected critic must learn it for every place.
 */
export function convCriticLayers(stream: RandomStream, channels: [number, number] = [16, 32]): GanLayer[] {
  const [first, second] = channels;
  return [
    convolution(stream, 1, first),
    convolution(stream, first, second),
    ...layers(stream, [49 * second, 1]), // 7 × 7 places
  ];
}

function convolution(stream: RandomStream, from: number, to: number): GanLayer {
  const limit = 1 / Math.sqrt(25 * from); // as torchLinear, fan-in 5 × 5 × from
  return tf.tidy(() => ({
    w: tf.variable(stream.uniform([5, 5, from, to], -limit, limit)),
    b: tf.variable(stream.uniform([to], -limit, limit)),
  }));
}

/**
 * Starts a generator where its signals keep their size, and at the mean digit instead of grey: weights normal with He's
 * variance, biases 0, but the last one atanh of the mean. images [n, 784] in [−1, 1]
 */
export function startAtMean(
  network: readonly GanLayer[],
  stream: RandomStream,
  images: tf.Tensor2D,
  slope = SLOPE,
): void {
  tf.tidy(() => {
    for (const { w, b } of network) {
      (w as tf.Variable).assign(heNormal(stream, w.shape[0], w.shape[1], slope));
      b.assign(tf.zerosLike(b));
    }
    const mean = tf.clipByValue(tf.mean<tf.Tensor1D>(images, 0), -0.99, 0.99);
    network.at(-1)!.b.assign(tf.atanh(mean));
  });
}

function layers(stream: RandomStream, sizes: number[]): GanLayer[] {
  return sizes.slice(1).map((out, i) =>
    tf.tidy(() => {
      const { w, b } = torchLinear(stream, sizes[i]!, out);
      return { w: tf.variable(w), b: tf.variable(b) };
    }),
  );
}

/** All variables, layer by layer: w, b, w, b … */
export function ganVariables(network: readonly GanLayer[]): tf.Variable[] {
  return network.flatMap(({ w, b }) => [w, b] as tf.Variable[]);
}

/** G(z): pictures of noise. z [B, noise] → [B, 784] in (−1, 1) */
export function generator(z: tf.Tensor2D, network: readonly GanLayer[], slope = SLOPE): tf.Tensor2D {
  return tf.tanh(body(z, network, slope) as tf.Tensor2D);
}

/** D(x): a score for each picture, any number, higher for what looks real. x [B, 784] → [B] */
export function critic(x: tf.Tensor2D, network: readonly GanLayer[], slope = SLOPE): tf.Tensor1D {
  return tf.reshape(body(x, network, slope), [x.shape[0]]);
}

function body(x: tf.Tensor2D, network: readonly GanLayer[], slope: number): tf.Tensor {
  return network.reduce<tf.Tensor>((h, layer, i) => {
    const y = layer.w.rank === 4 ? convolve(h, layer) : linear(flatten(h), layer as LinearWeights);
    return i < network.length - 1 ? leakyRelu(y, slope) : y;
  }, x);
}

/** Stride 2: [B, 784] or [B, H, W, in] → [B, H/2, W/2, out] */
function convolve(h: tf.Tensor, { w, b }: GanLayer): tf.Tensor {
  const image = h.rank === 4 ? (h as tf.Tensor4D) : tf.reshape<tf.Rank.R4>(h, [h.shape[0], 28, 28, 1]);
  return tf.add(tf.conv2d(image, w as tf.Tensor4D, 2, "same"), b);
}

function flatten(h: tf.Tensor): tf.Tensor2D {
  return h.rank === 2 ? (h as tf.Tensor2D) : tf.reshape(h, [h.shape[0], -1]);
}

/** −(E[D(real)] − E[D(fake)]): the negative of the estimated Wasserstein distance. Scores [B] each → scalar */
export function criticLoss(dReal: tf.Tensor1D, dFake: tf.Tensor1D): tf.Scalar {
  return tf.neg(tf.sub<tf.Scalar>(tf.mean(dReal), tf.mean(dFake)));
}

/** −E[D(fake)]. Scores [B] → scalar */
export function generatorLoss(dFake: tf.Tensor1D): tf.Scalar {
  return tf.neg(tf.mean<tf.Scalar>(dFake));
}

/** Cuts every weight and bias to ±limit [Arjovsky 2017, algorithm 1]: bounds the critic's slope, crudely. */
export function clipWeights(network: readonly GanLayer[], limit: number): void {
  if (!(limit > 0)) throw new RangeError(`clipWeights: wanted a limit > 0, got ${limit}: the paper takes 0.01`);
  for (const variable of ganVariables(network)) {
    tf.tidy(() => variable.assign(tf.clipByValue(variable, -limit, limit)));
  }
}

/**
 * x̂ = α·real + (1 − α)·fake: a point on the line between each pair. real, fake [B, n]; alpha [B, 1], uniform in [0, 1],
 * one for each pair → [B, n]
 * @throws Error when there are not as many fakes as reals, or alpha has another shape
 */
export function interpolate(real: tf.Tensor2D, fake: tf.Tensor2D, alpha: tf.Tensor2D): tf.Tensor2D {
  const [B, n] = real.shape;
  if (fake.shape[0] !== B || fake.shape[1] !== n) {
    const got = `${B} real pictures of ${n} numbers, ${fake.shape[0]} fake ones of ${fake.shape[1]}`;
    throw new Error(`interpolate: ${got}: draw one noise vector for each real picture, the last batch is smaller`);
  }
  if (alpha.shape[0] !== B || alpha.shape[1] !== 1) {
    throw new Error(`interpolate: wanted alpha [${B}, 1], got [${alpha.shape.join(", ")}]: one α for each pair`);
  }
  return tf.add(fake, tf.mul(alpha, tf.sub(real, fake)));
}

/** ‖∇ₓ D(x)‖₂, the steepness of the critic at each point. x [B, n] → [B]; differentiable once more. */
export function gradientNorms(score: (x: tf.Tensor2D) => tf.Tensor1D, x: tf.Tensor2D): tf.Tensor1D {
  const gradient = tf.grad((point) => tf.sum(score(point as tf.Tensor2D)))(x); // each score depends on its own row only
  return tf.sqrt(tf.add<tf.Tensor1D>(tf.sum(tf.square(gradient), 1), TINY));
}

/**
 * E[(‖∇ₓ̂ D(x̂)‖₂ − 1)²] [Gulrajani 2017, eq. 3], without its factor λ: 0 where the critic climbs by exactly 1 per unit.
 * Meant to be differentiated by the critic's weights; so D must be made of functions with second derivatives.
 * @param score the critic as a function of pictures, [B, n] → [B]
 * @param points x̂ [B, n], as interpolate gives them
 */
export function gradientPenalty(score: (x: tf.Tensor2D) => tf.Tensor1D, points: tf.Tensor2D): tf.Scalar {
  return tf.mean(tf.square(tf.sub(gradientNorms(score, points), 1)));
}

/** How the critic is kept 1-Lipschitz. */
export type Constraint = "none" | { clip: number } | { penalty: number };

/** What one step of the critic needs; nothing is kept of it. */
export interface CriticStep {
  critic: readonly GanLayer[];
  generator: readonly GanLayer[];
  /** [B, 784] */
  real: tf.Tensor2D;
  /** [B, noise] */
  z: tf.Tensor2D;
  /** [B, 1], uniform in [0, 1]; only the gradient penalty needs it. */
  alpha?: tf.Tensor2D;
  optimizer: Optimizer;
  constraint: Constraint;
  slope?: number;
}

/**
 * One step of the critic: lowers criticLoss, plus λ times the gradient penalty where that is the constraint.
 * @returns loss without the penalty; wasserstein, its negative; penalty, without λ (0 where there is none)
 */
export function criticStep(step: CriticStep): { loss: number; wasserstein: number; penalty: number } {
  const { constraint, slope = SLOPE } = step;
  const params = ganVariables(step.critic);
  const score = (x: tf.Tensor2D): tf.Tensor1D => critic(x, step.critic, slope);
  const B = step.real.shape[0];
  const lambda = typeof constraint === "object" && "penalty" in constraint ? constraint.penalty : 0;
  const [loss, penalty] = tf.tidy(() => {
    const fake = generator(step.z, step.generator, slope); // outside the gradient: the generator stays as it is
    const points = lambda > 0 ? interpolate(step.real, fake, expectAlpha(step.alpha)) : undefined;
    const both = tf.concat([step.real, fake]); // [2B, 784]: one pass of the critic for both
    let parts: tf.Scalar[] = [];
    const { grads } = tf.variableGrads(() => {
      const scores = score(both);
      const plain = criticLoss(tf.slice(scores, 0, B), tf.slice(scores, B));
      if (points === undefined) {
        parts = [tf.keep(plain)];
        return plain;
      }
      const steepness = gradientPenalty(score, points);
      parts = [tf.keep(plain), tf.keep(steepness)];
      return tf.add(plain, tf.mul(lambda, steepness));
    }, params);
    step.optimizer.step(params, inOrder(params, grads));
    const values = parts.map((part) => part.dataSync()[0]!);
    parts.forEach((part) => part.dispose());
    return values;
  }) as unknown as [number, number?];
  if (typeof constraint === "object" && "clip" in constraint) clipWeights(step.critic, constraint.clip);
  return { loss, wasserstein: -loss, penalty: penalty ?? 0 };
}

/** What one step of the generator needs. */
export interface GeneratorStep {
  critic: readonly GanLayer[];
  generator: readonly GanLayer[];
  /** [B, noise] */
  z: tf.Tensor2D;
  optimizer: Optimizer;
  slope?: number;
}

/** One step of the generator: lowers generatorLoss; the critic stays as it is. */
export function generatorStep(step: GeneratorStep): { loss: number } {
  const { slope = SLOPE } = step;
  const params = ganVariables(step.generator);
  const loss = tf.tidy(() => {
    const { value, grads } = tf.variableGrads(
      () => generatorLoss(critic(generator(step.z, step.generator, slope), step.critic, slope)),
      params,
    );
    step.optimizer.step(params, inOrder(params, grads));
    return value.dataSync()[0]!;
  });
  return { loss };
}

/** average ← decay·average + (1 − decay)·network: a generator whose samples change less from step to step. */
export function averageLayers(average: readonly GanLayer[], network: readonly GanLayer[], decay: number): void {
  const now = ganVariables(network);
  ganVariables(average).forEach((variable, i) => {
    tf.tidy(() => variable.assign(tf.add(tf.mul(variable, decay), tf.mul(now[i]!, 1 - decay))));
  });
}

/** The same numbers in variables of their own. */
export function copyLayers(network: readonly GanLayer[]): GanLayer[] {
  return network.map(({ w, b }) => tf.tidy(() => ({ w: tf.variable(tf.clone(w)), b: tf.variable(tf.clone(b)) })));
}

/** Frees a network's variables. */
export function disposeLayers(network: readonly GanLayer[]): void {
  ganVariables(network).forEach((variable) => variable.dispose());
}

function inOrder(params: tf.Variable[], grads: Record<string, tf.Tensor>): tf.Tensor[] {
  return params.map((param) => grads[param.name]!);
}

function expectAlpha(alpha: tf.Tensor2D | undefined): tf.Tensor2D {
  if (alpha === undefined) throw new Error("criticStep: the gradient penalty needs alpha: give uniform numbers [B, 1]");
  return alpha;
}
