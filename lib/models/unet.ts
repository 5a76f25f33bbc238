/**
 * A small U-Net that guesses the noise in a noisy 28 × 28 picture [Ho et al. 2020, Ronneberger et al. 2015].
 *
 *   28 × 28, few channels  ── stem ───────────────────────────── + ── last ── noise
 *   14 × 14                     └─ halve ── block ────────── + ── block ── double
 *    7 × 7                                   └─ halve ── block ── attention ── block ── double
 *
 * Skips are added, not concatenated, and sizes change by 2 × 2 patches. Most of the work is at 14 × 14 and 7 × 7. What the
 * picture's time (noise level) and label are reaches each block as scale and shift of its normalisation. A text comes in
 * the same way, as a vector; what has a place in the picture (edges, a box, frames before) as further channels of the stem.
 */
import { causalAttention } from "../nn/attention";
import { relu } from "../nn/bias";
import { conv, downsample, upsample } from "../nn/conv";
import type { ConvWeights } from "../nn/conv";
import { dense } from "../nn/dense";
import { groupNorm } from "../nn/group-norm";
import { glorotUniform, heConv } from "../nn/initializers";
import type { LinearWeights } from "../nn/linear";
import type { RandomStream } from "../tensor/random";
import { expectNumbers, expectShape, expectSize, whole } from "../tensor/expect";
import type { WantedNumbers } from "../tensor/expect";
import { tf } from "../tensor/tf";

/** Sizes. */
export interface UNetConfig {
  /** Height and width of a picture, a multiple of 4. */
  size?: number;
  /** Channels at 28 × 28, 14 × 14 and 7 × 7. */
  channels?: [number, number, number];
  /** Length of the vector that stands for time and label. */
  embedding?: number;
  /** Classes of labels; 0: the network takes no labels. Label number `classes` means "none". */
  classes?: number;
  /** Length of the vector that stands for any other condition, such as a text; 0: none. */
  condition?: number;
  /** Pictures given beside the noisy one (edges, a layout, frames of a video); 0: none. */
  pictures?: number;
  /** Pictures denoised together, such as the frames of a clip. */
  outputs?: number;
  /** Attention among the 7 × 7 places; 0: none. */
  heads?: number;
  /** Groups of channels in each normalisation. */
  groups?: number;
}

/** A residual block at one size with C channels. */
export interface UNetBlock {
  /** [3, 3, C, C]; no bias: shift is one */
  first: ConvWeights;
  /** [embedding, 2C]: the normalisation's scale and shift */
  film: LinearWeights;
  /** [3, 3, C, C] */
  second: ConvWeights;
}

/** Attention among all places of a picture. */
export interface UNetAttention {
  scale: tf.Tensor1D;
  shift: tf.Tensor1D;
  /** [C, 3C] */
  qkv: LinearWeights;
  /** [C, C] */
  out: LinearWeights;
}

/** All weights; 258,385 numbers with labels and attention. */
export interface UNetWeights {
  time: [LinearWeights, LinearWeights];
  /** [classes + 1, embedding] */
  labels?: tf.Tensor2D;
  /** [condition, embedding] */
  condition?: LinearWeights;
  /** [3, 3, outputs + pictures, C] */
  stem: ConvWeights;
  halve: [ConvWeights, ConvWeights];
  /** At 14 × 14, twice at 7 × 7, at 14 × 14 again. */
  blocks: [UNetBlock, UNetBlock, UNetBlock, UNetBlock];
  attention?: UNetAttention;
  double: [ConvWeights, ConvWeights];
  last: ConvWeights;
  /** [1, 1, C, outputs]: a 3 × 3 kernel with one output costs as much time as one with sixteen. */
  noise: ConvWeights;
}

/** What a picture is to show; which of it a network takes is said by its weights. */
export interface UNetConditions {
  /** [B], int32, 0 … classes */
  labels?: tf.Tensor1D;
  /** [B, condition] */
  condition?: tf.Tensor2D;
  /** `pictures` of them, each [B, size²] */
  pictures?: readonly tf.Tensor2D[];
}

/** Height and width of a picture, unless told. */
export const PICTURE_SIZE = 28;

const DEFAULTS = {
  size: PICTURE_SIZE,
  channels: [16, 32, 64],
  embedding: 64,
  classes: 10,
  condition: 0,
  pictures: 0,
  outputs: 1,
  heads: 4,
  groups: 8,
} as const;

/** A network does not know how many levels there are. */
const LEVEL: WantedNumbers = {
  is: (value) => Number.isFinite(value) && value >= 0,
  words: "0 or more",
  cure: "noise levels count from 0, the weakest, to T − 1",
};

/**
 * Fresh weights. The last kernel is 0: the first guess is "no noise", and its mean squared error 1.
 * @throws RangeError for sizes that are no whole numbers, too small, or cannot be halved as often as they are
 */
export function unetWeights(stream: RandomStream, config: UNetConfig = {}): UNetWeights {
  expectSizes(config);
  const { channels, embedding: E, classes, heads, condition, pictures, outputs } = { ...DEFAULTS, ...config };
  const [c28, c14, c7] = channels;
  const kernel = (name: string, shape: [number, number, number, number], gain = 1): ConvWeights =>
    heConv(stream.split(name), shape, gain);
  const layer = (name: string, fanIn: number, fanOut: number): LinearWeights => ({
    w: glorotUniform(stream.split(name), fanIn, fanOut),
    b: tf.zeros([fanOut]),
  });
  const block = (name: string, C: number): UNetBlock => ({
    first: { w: kernel(`${name} first`, [3, 3, C, C]).w },
    // Time and label have no effect at first: scale 1, shift 0.
    film: { w: tf.zeros([E, 2 * C]), b: tf.concat([tf.ones<tf.Rank.R1>([C]), tf.zeros<tf.Rank.R1>([C])]) },
    second: kernel(`${name} second`, [3, 3, C, C], 0.5),
  });
  return {
    time: [layer("time 0", E, E), layer("time 1", E, E)],
    ...(classes > 0 && { labels: stream.split("labels").normal([classes + 1, E]) }),
    ...(condition > 0 && { condition: layer("condition", condition, E) }),
    stem: kernel("stem", [3, 3, outputs + pictures, c28]),
    halve: [kernel("halve 0", [2, 2, c28, c14]), kernel("halve 1", [2, 2, c14, c7])],
    blocks: [block("down", c14), block("middle 0", c7), block("middle 1", c7), block("up", c14)],
    ...(heads > 0 && {
      attention: {
        scale: tf.ones([c7]),
        shift: tf.zeros([c7]),
        qkv: layer("qkv", c7, 3 * c7),
        out: layer("out", c7, c7),
      },
    }),
    // [2, 2, out, in]: each new pixel is made of one old one, so the fan-in is its channels.
    double: [doubling(stream.split("double 0"), c7, c14), doubling(stream.split("double 1"), c14, c28)],
    last: kernel("last", [3, 3, c28, c28]),
    noise: { w: tf.zeros([1, 1, c28, outputs]), b: tf.zeros([outputs]) },
  };
}

/** @throws RangeError naming the size that no network can have */
function expectSizes(config: UNetConfig): void {
  const { channels, size, embedding, outputs, classes, condition, pictures, heads } = { ...DEFAULTS, ...config };
  const who = "unetWeights";
  for (const C of channels) expectSize(who, "channels", C);
  for (const [name, value] of Object.entries({ size, embedding, outputs })) expectSize(who, name, value);
  for (const [name, value] of Object.entries({ classes, condition, pictures, heads })) expectSize(who, name, value, 0);
  if (size % 4 !== 0) throw new RangeError(`${who}: size is ${size}, wanted a multiple of 4: it is halved twice`);
  if (embedding % 2 !== 0) {
    throw new RangeError(`${who}: embedding is ${embedding}, wanted an even number: half sines, half cosines`);
  }
}

function doubling(stream: RandomStream, fanIn: number, out: number): ConvWeights {
  return { w: stream.normal([2, 2, out, fanIn], 0, Math.sqrt(1 / fanIn)), b: tf.zeros([out]) };
}

/**
 * ε̂(x, t, what it is to show): the network's guess of the noise in x.
 * @param x [B, 784]; several outputs picture after picture, [B, outputs·784]
 * @param t noise levels [B], 0 … T − 1, float32 or int32
 * @param given what the network takes: labels alone as they are, [B], int32; other conditions by name; or undefined
 * @returns as x
 * @throws Error in one line when something is given that the network does not take, or the other way round, and for other
 * shapes; RangeError for a level or label that does not exist (compiled: in the first call; labelTensor looks at each label)
 */
export function unet(
  x: tf.Tensor2D,
  t: tf.Tensor1D,
  given: tf.Tensor1D | UNetConditions | undefined,
  weights: UNetWeights,
  config: UNetConfig = {},
): tf.Tensor2D {
  const { size, heads, groups, outputs } = { ...DEFAULTS, ...config };
  if (x.rank !== 2)
    throw new Error(`unet: x is [${x.shape.join(", ")}], wanted [B, ${outputs * size * size}]: reshape it`);
  expectShape("unet", "x", x, ["B", x.shape[1]], "a row for each picture");
  const [B] = x.shape;
  expectShape("unet", "t", t, [B], "one noise level for each picture");
  expectNumbers("unet", "t", t, LEVEL);
  const [down, middle, middleToo, up] = weights.blocks;
  const conditions = given instanceof tf.Tensor ? { labels: given } : (given ?? {});
  const e = embed(t, conditions, weights);
  conditions.pictures?.forEach((picture, i) => {
    expectShape("unet", `pictures[${i}]`, picture, [B, "pixels"], "one row for each noisy picture");
  });

  const planes = x.shape[1] === size * size ? [x] : tf.split<tf.Tensor2D>(x, outputs, 1);
  const image = channelsOf([...planes, ...(conditions.pictures ?? [])], size, weights.stem.w.shape[2]);
  const h28 = conv(image, weights.stem, { activation: "relu" }); // [B, 28, 28, c28]
  const h14 = residual(downsample(h28, weights.halve[0]), e, down, groups); // [B, 14, 14, c14]
  let h7 = residual(downsample(h14, weights.halve[1]), e, middle, groups); // [B, 7, 7, c7]
  if (weights.attention !== undefined) h7 = attend(h7, weights.attention, heads, groups);
  h7 = residual(h7, e, middleToo, groups);
  const u14 = residual(tf.add(upsample(h7, weights.double[0]), h14), e, up, groups);
  const u28 = relu(tf.add<tf.Tensor4D>(upsample(u14, weights.double[1]), h28));
  const noise = conv(conv(u28, weights.last, { activation: "relu" }), weights.noise); // [B, 28, 28, outputs]
  if (outputs === 1) return tf.reshape(noise, [B, size * size]);
  const apart = tf.transpose(tf.reshape(noise, [B, size * size, outputs]), [0, 2, 1]);
  return tf.reshape(apart, [B, outputs * size * size]);
}

/** Pictures [B, size²] side by side as channels: [B, size, size, pictures]. */
function channelsOf(planes: readonly tf.Tensor2D[], size: number, wanted: number): tf.Tensor4D {
  if (planes.length !== wanted) {
    throw new Error(
      `unet: got ${planes.length} pictures, the noisy ones included; the stem takes ${wanted}: see \`pictures\` in its config`,
    );
  }
  const bad = planes.find((plane) => plane.shape[1] !== size * size);
  if (bad !== undefined) {
    throw new Error(
      `unet: got pictures [${bad.shape.join(", ")}], wanted [B, ${size * size}]: ${size} × ${size} pixels, \`size\` in its config`,
    );
  }
  const [first] = planes as [tf.Tensor2D];
  const together = planes.length === 1 ? first : tf.stack([...planes], 2);
  return tf.reshape(together, [first.shape[0], size, size, wanted]);
}

/** x + conv(relu(norm(conv(x)))), the norm scaled and shifted by e. x [B, H, W, C], e [B, embedding] */
function residual(x: tf.Tensor4D, e: tf.Tensor2D, { first, film, second }: UNetBlock, groups: number): tf.Tensor4D {
  const C = x.shape[3];
  const both = dense(e, film); // [B, 2C]
  const scale = tf.slice(both, [0, 0], [-1, C]);
  const shift = tf.slice(both, [0, C], [-1, C]);
  const h = relu(groupNorm(conv(x, first), groups, scale, shift));
  return tf.add(x, conv(h, second));
}

/** Every place looks at every other: x + attention(norm(x)). x [B, H, W, C] */
function attend(x: tf.Tensor4D, w: UNetAttention, heads: number, groups: number): tf.Tensor4D {
  const [B, H, W, C] = x.shape;
  const rows = tf.reshape<tf.Rank.R2>(groupNorm(x, groups, w.scale, w.shift), [B * H * W, C]);
  const everywhere = tf.zeros<tf.Rank.R2>([H * W, H * W]); // no mask
  const y = causalAttention(dense(rows, w.qkv), B, heads, everywhere);
  return tf.add(x, tf.reshape(dense(y, w.out), x.shape));
}

/** The vector for time, label and condition: [B, embedding]. */
function embed(t: tf.Tensor1D, { labels, condition }: UNetConditions, weights: UNetWeights): tf.Tensor2D {
  const [first, second] = weights.time;
  const h = dense(sinusoids(t, first.w.shape[0]), first, "relu");
  let e = dense(h, second);
  expectBoth("labels", labels, weights.labels);
  expectBoth("condition", condition, weights.condition);
  const [B] = t.shape;
  if (labels !== undefined && weights.labels !== undefined) {
    expectShape("unet", "labels", labels, [B], "one label for each picture: labelTensor");
    if (labels.dtype !== "int32") throw new Error(`unet: labels are ${labels.dtype}, wanted int32: labelTensor`);
    const none = weights.labels.shape[0] - 1;
    expectNumbers("unet", "labels", labels, whole(0, none, `make them with labelTensor; ${none} stands for none`));
    const oneHot = tf.cast(tf.oneHot(labels, weights.labels.shape[0]), "float32") as tf.Tensor2D;
    e = tf.add<tf.Tensor2D>(e, dense(oneHot, { w: weights.labels }));
  }
  if (condition !== undefined && weights.condition !== undefined) {
    const width = weights.condition.w.shape[0];
    expectShape("unet", "condition", condition, [B, width], "one vector, such as a text's, for each picture");
    e = tf.add<tf.Tensor2D>(e, dense(condition, weights.condition));
  }
  return relu(e);
}

/** @throws Error unless both are there, or neither */
function expectBoth(what: string, given: unknown, weights: unknown): void {
  if ((given === undefined) === (weights === undefined)) return;
  const one = what.replace(/s$/, "");
  throw new Error(`unet: ${given ? `${what} for a network without` : `no ${what} for a network with`} ${one} weights`);
}

/** sin(t·ω) and cos(t·ω) for E/2 frequencies from 1 to 1/10,000 [Vaswani et al. 2017]. t [B] → [B, E] */
export function sinusoids(t: tf.Tensor1D, E: number): tf.Tensor2D {
  if (!Number.isInteger(E / 2) || E < 2) throw new RangeError(`sinusoids: wanted an even E of 2 or more, got ${E}`);
  const half = E / 2;
  const frequencies = tf.tensor2d(
    Float32Array.from({ length: half }, (_, i) => 10_000 ** (-i / half)),
    [1, half],
  );
  const angles = tf.mul<tf.Tensor2D>(tf.reshape(tf.cast(t, "float32"), [-1, 1]), frequencies);
  return tf.concat([tf.sin(angles), tf.cos(angles)], 1);
}
