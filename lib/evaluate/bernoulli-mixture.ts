// Mixtures of independent Bernoulli pixels: choose a component k with chance πₖ, then each pixel on its own, 1 with chance
// μₖ. With one component it is the plainest model with a likelihood, independent pixels (about 206 nats on MNIST); with
// some ten it is a hard opponent for a small network. Fitted by expectation maximisation [Bishop 2006, section 9.3.3].
import type { RandomStream } from "../tensor/random";
import { BINARY, expectNumbers, expectShape, expectSize } from "../tensor/expect";
import { tf } from "../tensor/tf";
import { negativeLogLikelihood } from "./likelihood";
import type { NegativeLogLikelihood } from "./likelihood";

/** Pictures computed at once. */
const CHUNK = 10_000;
/** How far a component's first means are drawn from the mean of all pictures towards one picture. */
const START = 0.25;

export interface MixtureOptions {
  components: number;
  /** Most steps of EM. */
  steps?: number;
  /** Stop when a step gains less, in nats a picture. */
  tolerance?: number;
  /** Draws the pictures at which the components start. */
  stream: RandomStream;
}

/** A fitted mixture. */
export class BernoulliMixture {
  constructor(
    /** πₖ: [K] */
    readonly shares: number[],
    /** μₖ, each pixel's chance of 1: [K, pixels] */
    readonly means: tf.Tensor2D,
    /** What EM raises, in nats a picture, before its first step and after each: ln p(x) and the prior's logarithm. */
    readonly history: number[],
  ) {}

  /** −ln p(x). x [N, pixels], 0 or 1 @throws Error for another shape; RangeError for other numbers, and without a picture */
  nll(x: tf.Tensor2D): NegativeLogLikelihood {
    expectShape("nll", "x", x, ["N", this.means.shape[1]], "pictures of the size that was fitted");
    expectNumbers("nll", "x", x, BINARY);
    const each = new Float64Array(x.shape[0]);
    forChunks(x, (part, from) => {
      const joint = jointLogs(part, this.shares, this.means);
      tf.logSumExp(joint, 1)
        .dataSync<"float32">()
        .forEach((value, i) => (each[from + i] = -value));
    });
    return negativeLogLikelihood(each, x.shape[1]);
  }

  /** New pictures, 0 or 1; with `grey` the chances themselves, the components' means. → [count, pixels] */
  sample(stream: RandomStream, count: number, { grey = false } = {}): tf.Tensor2D {
    return tf.tidy(() => {
      const chosen = tf.tensor1d(stream.categorical(this.shares, count), "int32");
      const chances: tf.Tensor2D = tf.gather(this.means, chosen);
      if (grey) return chances;
      return tf.cast(tf.less<tf.Tensor2D>(stream.uniform([count, this.means.shape[1]]), chances), "float32");
    });
  }

  dispose(): void {
    this.means.dispose();
  }
}

/**
 * Fits a mixture by EM. Each component counts as if it had also seen one mean picture, and one more picture were its own: no
 * chance is 0 or 1, no component runs empty, and what rises with every step is ln p(x) plus that prior's logarithm.
 * @param x [N, pixels], 0 or 1
 * @throws RangeError without a picture, for steps that are no whole number, for more components than pictures, and for numbers other than 0 and 1
 */
export function fitBernoulliMixture(
  x: tf.Tensor2D,
  { components, steps = 50, tolerance = 0.01, stream }: MixtureOptions,
): BernoulliMixture {
  const [N, pixels] = x.shape;
  if (N === 0) throw new RangeError("fitBernoulliMixture: no pictures: give at least one");
  if (!Number.isInteger(components) || components < 1 || components > N) {
    throw new RangeError(`fitBernoulliMixture: wanted 1 to ${N} components, the pictures there are, got ${components}`);
  }
  expectSize("fitBernoulliMixture", "steps", steps, 0);
  expectBinary(x);
  const mean = tf.tidy(() => tf.div<tf.Tensor1D>(tf.add(tf.sum(x, 0), 0.5), N + 1));
  const chosen = tf.tensor1d(startingPictures(x, components, stream), "int32");
  let means = tf.tidy(() => tf.add<tf.Tensor2D>(tf.mul(START, tf.gather(x, chosen)), tf.mul(1 - START, mean)));
  let shares = new Array<number>(components).fill(1 / components);
  const history: number[] = [];
  for (let step = 0; ; step++) {
    const { logLikelihood, mass, sums } = expectation(x, shares, means);
    history.push((logLikelihood + logPrior(shares, means, mean)) / N);
    const [now, before = -Infinity] = [history.at(-1)!, history.at(-2)];
    if (step >= steps || now - before < tolerance) break;
    shares = Array.from(mass, (each) => (each + 1) / (N + components));
    const seen = tf.tensor2d(Float32Array.from(sums), [components, pixels]);
    const own = tf.tensor2d(Float32Array.from(mass), [components, 1]);
    const old = means;
    means = tf.tidy(() => tf.div<tf.Tensor2D>(tf.add(seen, mean), tf.add(own, 1)));
    tf.dispose([seen, own, old]);
  }
  tf.dispose([mean, chosen]);
  return new BernoulliMixture(shares, means, history);
}

/** Every pixel on its own, with its frequency: the mixture of one component. x [N, pixels], 0 or 1 */
export function fitIndependentBernoulli(x: tf.Tensor2D, stream: RandomStream): BernoulliMixture {
  return fitBernoulliMixture(x, { components: 1, steps: 1, stream });
}

/**
 * Pictures far from each other [k-means++, Arthur & Vassilvitskii 2007]: each is drawn with its squared distance to the nearest
 * one before as weight. Two that are alike would move alike for many steps.
 */
function startingPictures(x: tf.Tensor2D, components: number, stream: RandomStream): Int32Array {
  const N = x.shape[0];
  let nearest = new Float32Array(N).fill(1);
  return Int32Array.from({ length: components }, (_, k) => {
    const sum = nearest.reduce((total, distance) => total + distance, 0);
    const [chosen] = stream.categorical(
      nearest.map((distance) => (sum > 0 ? distance / sum : 1 / N)),
      1,
    );
    const distances = tf.tidy(() => {
      const away = tf.squaredDifference(x, tf.slice(x, [chosen!, 0], [1, -1]));
      return Float32Array.from(tf.sum(away, 1).dataSync()); // of whole numbers, too: shares are made of it
    });
    nearest = distances.map((distance, i) => (k === 0 ? distance : Math.min(distance, nearest[i]!)));
    return chosen!;
  });
}

/** How much of each picture each component explains, summed: Σₙ rₙₖ and Σₙ rₙₖ·xₙ. */
function expectation(
  x: tf.Tensor2D,
  shares: number[],
  means: tf.Tensor2D,
): { logLikelihood: number; mass: Float64Array; sums: Float64Array } {
  const [K, pixels] = means.shape;
  const total = { logLikelihood: 0, mass: new Float64Array(K), sums: new Float64Array(K * pixels) };
  forChunks(x, (part) => {
    const joint = jointLogs(part, shares, means); // [n, K]
    const logs = tf.logSumExp(joint, 1, true);
    const r = tf.exp(tf.sub<tf.Tensor2D>(joint, logs));
    for (const value of logs.dataSync<"float32">()) total.logLikelihood += value;
    tf.sum(r, 0)
      .dataSync<"float32">()
      .forEach((value, k) => (total.mass[k]! += value));
    tf.matMul(r, part, true)
      .dataSync<"float32">()
      .forEach((value, k) => (total.sums[k]! += value));
  });
  return total;
}

/** ln πₖ + ln p(x | k), one product: Σ x·ln(μ/(1 − μ)) + Σ ln(1 − μ). x [n, pixels] → [n, K] */
function jointLogs(x: tf.Tensor2D, shares: number[], means: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const off = tf.log(tf.sub<tf.Tensor2D>(1, means));
    const logits = tf.sub<tf.Tensor2D>(tf.log(means), off);
    const constant = tf.add(tf.sum(off, 1), tf.log(tf.tensor1d(shares)));
    return tf.add(tf.matMul(x, logits, false, true), constant);
  });
}

/** Σₖ ln πₖ + Σₖ Σ m·ln μₖ + (1 − m)·ln(1 − μₖ): what one more picture and one mean picture for each component say. */
function logPrior(shares: number[], means: tf.Tensor2D, mean: tf.Tensor1D): number {
  const pictures = tf.tidy(() => {
    const [on, off] = [tf.mul(mean, tf.log(means)), tf.mul(tf.sub(1, mean), tf.log(tf.sub(1, means)))];
    return tf.sum(tf.add(on, off), 1).dataSync<"float32">();
  });
  return shares.reduce((sum, share, k) => sum + Math.log(share) + pictures[k]!, 0);
}

function forChunks(x: tf.Tensor2D, use: (part: tf.Tensor2D, from: number) => void): void {
  for (let from = 0; from < x.shape[0]; from += CHUNK) {
    tf.tidy(() => {
      const part = tf.slice(x, [from, 0], [Math.min(CHUNK, x.shape[0] - from), -1]);
      use(tf.cast(part, "float32"), from); // 0 and 1 may have come as whole numbers
    });
  }
}

function expectBinary(x: tf.Tensor2D): void {
  const strange = tf.tidy(() => tf.max(tf.abs(tf.mul(x, tf.sub(1, x)))).dataSync()[0]!);
  if (strange === 0) return;
  throw new RangeError("fitBernoulliMixture: wanted pixels 0 or 1: binarise the pictures first");
}
