/**
 * GPT: a decoder-only transformer [Vaswani 2017, Radford 2018, 2019]. At every position of a text it gives a
 * distribution over what comes next: p(x₁ … x_T) = Π p(xₜ | x₁ … xₜ₋₁), one softmax for each factor, and all of them in one pass,
 * because no position sees a later one.
 *
 * Pre-norm as GPT-2: x ← x + attention(norm(x)), x ← x + mlp(norm(x)), a norm at the end, logits by the transposed token table.
 * One thing newer than GPT-2 can be switched on, `canon`: a look at the neighbours between each norm and its branch.
 * B texts, T positions, V symbols, C numbers a position, D = C/heads numbers a head. Between layers everything is [B·T, C]: then
 * a layer is a product of two matrices, which is where nearly all of the arithmetic is.
 */
import { causalAttention, causalMask, HIDDEN, mergeHeads, splitHeads } from "../nn/attention";
import { dropped } from "../nn/dropout";
import type { Dropout } from "../nn/dropout";
import { embedding } from "../nn/embedding";
import { gelu } from "../nn/gelu";
import { layerNorm } from "../nn/layer-norm";
import type { NormWeights } from "../nn/layer-norm";
import { linear } from "../nn/linear";
import type { LinearWeights } from "../nn/linear";
import { crossEntropyRows } from "../nn/losses";
import { canonLayer, canonStep } from "../nn/canon";
import type { RandomStream } from "../tensor/random";
import { tf } from "../tensor/tf";

/** Sizes. nanoGPT's CPU configuration is { vocab: 65, context: 64, layers: 4, heads: 4, width: 128 }. */
export interface GptConfig {
  /** V, the number of symbols. */
  vocab: number;
  /** The longest text that the model can see: it has as many position vectors. */
  context: number;
  layers: number;
  /** Must divide the width. */
  heads: number;
  /** C */
  width: number;
  /** Biases in linear layers and norms, as GPT-2 has them; false without it: a little faster, no worse [nanoGPT]. */
  bias?: boolean;
  /** One table for reading and for writing symbols [Press & Wolf 2017], GPT-2's; true without it. */
  tied?: boolean;
  /** k: before attention and MLP each place sees its last k, by Canon layers A and C (lib/nn/canon.ts). Without it none, as GPT-2. */
  canon?: number;
}

/** One block's weights; matrices are [in, out]. */
export interface GptBlock {
  norm1: NormWeights;
  /** [k, C], behind norm1; only with `canon` */
  canonA?: tf.Tensor2D;
  /** [C, 3C]: queries, keys and values in one product */
  qkv: LinearWeights;
  /** [C, C] */
  out: LinearWeights;
  norm2: NormWeights;
  /** [k, C], behind norm2; only with `canon` */
  canonC?: tf.Tensor2D;
  /** [C, 4C] */
  up: LinearWeights;
  /** [4C, C] */
  down: LinearWeights;
}

/** All weights. */
export interface GptWeights {
  /** Token table [V, C] */
  tokens: tf.Tensor2D;
  /** Position table [context, C] */
  positions: tf.Tensor2D;
  blocks: GptBlock[];
  norm: NormWeights;
  /** [V, C]; only when untied */
  head?: tf.Tensor2D;
}

/**
 * GPT-2's initialisation: all matrices normal with σ = 0.02, small enough that logits start near 0 (a loss of ln V). Each of the 2·layers
 * branches adds its output to the stream; independent parts add their variances, so the last matrix of a branch has
 * σ = 0.02/√(2·layers), and the stream does not grow with depth. Gains 1, biases 0; Canon layers 0, so that they change nothing.
 */
export function gptWeights(stream: RandomStream, config: GptConfig): GptWeights {
  expectConfig(config);
  const { vocab, context, layers, width, bias = false, tied = true, canon = 0 } = config;
  const STD = 0.02;
  const matrix = (name: string, rows: number, columns: number, std = STD): tf.Tensor2D =>
    stream.split(name).normal([rows, columns], 0, std);
  const dense = (name: string, from: number, to: number, std = STD): LinearWeights => ({
    w: matrix(name, from, to, std),
    ...(bias && { b: tf.zeros<tf.Rank.R1>([to]) }),
  });
  const norm = (): NormWeights => ({ gain: tf.ones([width]), ...(bias && { bias: tf.zeros<tf.Rank.R1>([width]) }) });
  const nothing = (): tf.Tensor2D => tf.zeros([canon, width]);
  const toStream = STD / Math.sqrt(2 * layers);
  return {
    tokens: matrix("tokens", vocab, width),
    positions: matrix("positions", context, width),
    blocks: Array.from({ length: layers }, (_, i) => ({
      norm1: norm(),
      ...(canon > 0 && { canonA: nothing() }),
      qkv: dense(`${i}.qkv`, width, 3 * width),
      out: dense(`${i}.out`, width, width, toStream),
      norm2: norm(),
      ...(canon > 0 && { canonC: nothing() }),
      up: dense(`${i}.up`, width, 4 * width),
      down: dense(`${i}.down`, 4 * width, width, toStream),
    })),
    norm: norm(),
    ...(!tied && { head: matrix("head", vocab, width) }),
  };
}

/** How many numbers the model learns; a tied table counts once, positions count (nanoGPT prints them apart). */
export function gptParameters(config: GptConfig): number {
  const { vocab, context, layers, width: C, bias = false, tied = true, canon = 0 } = config;
  const norm = bias ? 2 * C : C;
  const block = 12 * C * C + 2 * norm + (bias ? 9 * C : 0) + 2 * canon * C; // 3 + 1 + 4 + 4 squares; biases 3C + C + 4C + C
  return vocab * C * (tied ? 1 : 2) + context * C + layers * block + norm;
}

/** Logits of the next symbol at each position; tokens int32 [B, T], T ≤ context → [B, T, V] */
export function gptLogits(tokens: tf.Tensor2D, weights: GptWeights, config: GptConfig): tf.Tensor3D {
  const [batch, length] = tokens.shape;
  return tf.reshape(flatLogits("gptLogits", tokens, weights, config), [batch, length, config.vocab]);
}

/**
 * −log p(target) in nats, mean over all B·T positions: about ln V before training.
 * @param tokens int32 [B, T]
 * @param targets int32 [B, T]: the symbol after each token
 * @param dropout for training, as GPT-2 has it on the tables' sum and on what each branch adds to the stream
 */
export function gptLoss(
  tokens: tf.Tensor2D,
  targets: tf.Tensor2D,
  weights: GptWeights,
  config: GptConfig,
  dropout?: Dropout,
): tf.Scalar {
  return tf.mean(lossRows("gptLoss", tokens, targets, weights, config, dropout));
}

/** −log p(target) in nats at each position: [B, T]. gptLoss is its mean. */
export function gptNats(
  tokens: tf.Tensor2D,
  targets: tf.Tensor2D,
  weights: GptWeights,
  config: GptConfig,
): tf.Tensor2D {
  return tf.reshape(lossRows("gptNats", tokens, targets, weights, config), tokens.shape);
}

function lossRows(
  who: string,
  tokens: tf.Tensor2D,
  targets: tf.Tensor2D,
  weights: GptWeights,
  config: GptConfig,
  dropout?: Dropout,
): tf.Tensor1D {
  if (targets.shape.join() !== tokens.shape.join()) {
    throw new Error(`${who}: tokens are [${tokens.shape.join(", ")}], targets [${targets.shape.join(", ")}]: one each`);
  }
  if (targets.dtype !== "int32") {
    throw new Error(`${who}: targets are ${targets.dtype}, wanted int32: tf.cast(targets, "int32")`);
  }
  return crossEntropyRows(flatLogits(who, tokens, weights, config, dropout), tf.reshape(targets, [targets.size]));
}

function flatLogits(
  who: string,
  tokens: tf.Tensor2D,
  weights: GptWeights,
  config: GptConfig,
  dropout?: Dropout,
): tf.Tensor2D {
  const [batch, length] = tokens.shape;
  const mask = causalMask(length);
  let x = dropped(embedded(who, tokens, weights, config), dropout);
  for (const block of weights.blocks) {
    const attended = causalAttention(
      linear(seen(layerNorm(x, block.norm1), block.canonA, batch), block.qkv),
      batch,
      config.heads,
      mask,
    );
    x = tf.add(x, dropped(linear(attended, block.out), dropout));
    x = tf.add(x, dropped(mlp(seen(layerNorm(x, block.norm2), block.canonC, batch), block), dropout));
  }
  return readout(x, weights);
}

/** Token vector + position vector; → [B·T, C] */
function embedded(who: string, tokens: tf.Tensor2D, weights: GptWeights, { context, width }: GptConfig): tf.Tensor2D {
  const [batch, length] = tokens.shape;
  if (length > context) {
    throw new Error(`${who}: ${length} tokens, the context is ${context}: give the last ${context}`);
  }
  const places = length === context ? weights.positions : tf.slice(weights.positions, [0, 0], [length, width]);
  return tf.reshape(tf.add(embedding(weights.tokens, tokens), places), [batch * length, width]);
}

/** What a branch sees: each place, and with `canon` also its neighbours on the left. */
function seen(x: tf.Tensor2D, taps: tf.Tensor2D | undefined, batch: number): tf.Tensor2D {
  return taps === undefined ? x : canonLayer(x, taps, batch);
}

/** gelu(x·up)·down; x [N, C] → [N, C] */
function mlp(x: tf.Tensor2D, { up, down }: GptBlock): tf.Tensor2D {
  return linear(gelu(linear(x, up)), down);
}

/** Logits: how much each row, normed, points along each symbol's vector; x [N, C] → [N, V] */
function readout(x: tf.Tensor2D, weights: GptWeights): tf.Tensor2D {
  return tf.matMul(layerNorm(x, weights.norm), weights.head ?? weights.tokens, false, true);
}

/** What one layer keeps of the positions so far. */
export interface GptCache {
  /** Of all positions, zeros behind; [B, heads, context, D] */
  keys: tf.Tensor4D;
  values: tf.Tensor4D;
  /** Of the last k − 1 positions, oldest first: what the Canon layers saw; [B, k − 1, C]. Only with `canon` */
  recentA?: tf.Tensor3D;
  recentC?: tf.Tensor3D;
}

/** A cache for `batch` texts with nothing in it, one entry a layer. */
export function emptyCache(batch: number, config: GptConfig): GptCache[] {
  const { layers, heads, context, width, canon = 0 } = config;
  const zeros = (): tf.Tensor4D => tf.zeros([batch, heads, context, width / heads]);
  const none = (): tf.Tensor3D => tf.zeros([batch, canon - 1, width]);
  const recent = (): object => (canon > 0 ? { recentA: none(), recentC: none() } : {});
  return Array.from({ length: layers }, () => ({ keys: zeros(), values: zeros(), ...recent() }));
}

/**
 * The forward pass of a prompt that keeps all layers' keys and values: one pass instead of one for each token.
 * @param tokens int32 [B, context]; what stands behind the prompt's end does not matter: no position before it sees it, and
 * decodeStep writes over it
 * @param length int32 scalar, 1 … context: tokens in the prompt
 * @returns logits of the symbol after the prompt [B, V], and the cache
 */
export function prefill(
  tokens: tf.Tensor2D,
  length: tf.Scalar,
  weights: GptWeights,
  config: GptConfig,
): { logits: tf.Tensor2D; cache: GptCache[] } {
  const { context, heads, width } = config;
  const [batch] = tokens.shape;
  if (tokens.shape[1] !== context) {
    throw new Error(`prefill: ${tokens.shape[1]} tokens, wanted ${context}, the context: fill up with any symbol`);
  }
  const mask = causalMask(context);
  let x = embedded("prefill", tokens, weights, config);
  const cache = weights.blocks.map((block): GptCache => {
    const first = layerNorm(x, block.norm1);
    const [q, k, v] = splitHeads(linear(seen(first, block.canonA, batch), block.qkv), batch, heads);
    const scores = tf.add<tf.Tensor4D>(tf.matMul(tf.mul(q, Math.sqrt(heads / width)), k, false, true), mask);
    x = tf.add(x, linear(mergeHeads(tf.matMul(tf.softmax(scores), v)), block.out));
    const second = layerNorm(x, block.norm2);
    x = tf.add(x, mlp(seen(second, block.canonC, batch), block));
    const { canonA, canonC } = block;
    return {
      ...{ keys: k, values: v },
      ...(canonA && { recentA: lastPlaces(first, canonA.shape[0] - 1, length, batch) }),
      ...(canonC && { recentC: lastPlaces(second, canonC.shape[0] - 1, length, batch) }),
    };
  });
  const last = tf.cast(tf.equal(tf.range(0, context, 1, "int32"), tf.sub(length, 1)), "float32"); // 1 at the prompt's end
  const end = tf.sum(tf.mul(tf.reshape(x, [batch, context, width]), tf.reshape(last, [context, 1])), 1);
  return { logits: readout(end as tf.Tensor2D, weights), cache };
}

/** Rows length − count … length − 1 of each text, 0 where that is before its beginning; x [B·T, C] → [B, count, C] */
function lastPlaces(x: tf.Tensor2D, count: number, length: tf.Scalar, batch: number): tf.Tensor3D {
  const [places, width] = [x.shape[0] / batch, x.shape[1]];
  const wanted = tf.add(tf.range(0, count, 1, "int32"), tf.sub(length, tf.scalar(count, "int32")));
  const pick = tf.equal(tf.reshape(wanted, [count, 1]), tf.range(0, places, 1, "int32")); // [count, T]
  const spread = tf.tile(tf.reshape(tf.cast(pick, "float32"), [1, count, places]), [batch, 1, 1]);
  return tf.matMul(spread, tf.reshape(x, [batch, places, width]));
}

/**
 * One position of the forward pass: keys and values of earlier positions come out of the cache instead of being
 * computed again. All shapes are fixed, so that it can be the body of a loop in a compiled function.
 * @param token int32 [B], the symbols at `position`
 * @param position int32 scalar, 0 … context − 1; all positions before it must be in the cache, and with `canon` it must be the
 * cache that position − 1 returned: going back and writing over a position needs the neighbours of then
 * @returns logits of the next symbol [B, V], and a new cache
 * @throws Error when weights and cache do not both have Canon layers, or not of one k
 */
export function decodeStep(
  token: tf.Tensor1D,
  position: tf.Scalar,
  weights: GptWeights,
  cache: readonly GptCache[],
  config: GptConfig,
): { logits: tf.Tensor2D; cache: GptCache[] } {
  const { context, heads, width } = config;
  const [batch, depth] = [token.shape[0], width / heads];
  const slots = tf.range(0, context, 1, "int32");
  const here = tf.reshape(tf.cast(tf.equal(slots, position), "float32"), [context, 1]); // 1 at this position
  const elsewhere = tf.sub(1, here);
  const mask = tf.mul(tf.cast(tf.greater(slots, position), "float32"), HIDDEN);
  const store = (all: tf.Tensor4D, one: tf.Tensor4D): tf.Tensor4D => tf.add(tf.mul(all, elsewhere), tf.mul(one, here));

  const place = embedding(weights.positions, tf.reshape(position, [1])) as tf.Tensor2D;
  let x = tf.add<tf.Tensor2D>(embedding(weights.tokens, token), place);
  const next = weights.blocks.map((block, layer): GptCache => {
    const { recentA, recentC } = cache[layer]!;
    const first = stepped(layerNorm(x, block.norm1), block.canonA, recentA);
    const qkv = tf.reshape(linear(first.y, block.qkv), [batch, 3, heads, depth]);
    const [q, k, v] = [0, 1, 2].map((i) =>
      tf.reshape(tf.slice(qkv, [0, i, 0, 0], [batch, 1, heads, depth]), [batch, heads, 1, depth]),
    ) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    const keys = store(cache[layer]!.keys, k);
    const values = store(cache[layer]!.values, v);
    const scores = tf.add(tf.matMul(tf.mul(q, 1 / Math.sqrt(depth)), keys, false, true), mask); // [B, heads, 1, context]
    x = tf.add(x, linear(mergeHeads(tf.matMul(tf.softmax(scores), values)), block.out));
    const second = stepped(layerNorm(x, block.norm2), block.canonC, recentC);
    x = tf.add(x, mlp(second.y, block));
    return {
      ...{ keys, values },
      ...(first.recent && { recentA: first.recent }),
      ...(second.recent && { recentC: second.recent }),
    };
  });
  return { logits: readout(x, weights), cache: next };
}

/** `seen`, for one place. */
function stepped(
  x: tf.Tensor2D,
  taps: tf.Tensor2D | undefined,
  recent: tf.Tensor3D | undefined,
): { y: tf.Tensor2D; recent?: tf.Tensor3D } {
  if (taps === undefined) {
    if (recent === undefined) return { y: x };
    throw new Error("decodeStep: the cache has Canon layers, the weights have none: leave `canon` out of the config");
  }
  if (recent === undefined) {
    throw new Error("decodeStep: the weights have Canon layers, the cache has none: give the config their `canon`");
  }
  return canonStep(x, taps, recent);
}

function expectConfig({ vocab, context, layers, heads, width, canon = 0 }: GptConfig): void {
  for (const [name, value] of Object.entries({ vocab, context, layers, heads, width })) {
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`gpt: ${name} is ${value}, wanted a whole number ≥ 1`);
  }
  if (canon !== 0 && !(Number.isInteger(canon) && canon >= 2)) {
    throw new RangeError(`gpt: canon is ${canon}, wanted 0 (none) or a whole number ≥ 2, as many places as are seen`);
  }
  if (width % heads !== 0) throw new RangeError(`gpt: width ${width} is no multiple of ${heads} heads`);
}
