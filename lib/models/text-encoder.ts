/**
 * A tiny text encoder: words become vectors, look at each other once, and their mean is the text's vector. The same parts
 * as in the encoders of large text-to-image models, one layer instead of twelve to twenty-four.
 */
import { causalAttention } from "../nn/attention";
import { dense } from "../nn/dense";
import { embedding } from "../nn/embedding";
import { glorotUniform } from "../nn/initializers";
import { layerNorm } from "../nn/layer-norm";
import type { NormWeights } from "../nn/layer-norm";
import type { LinearWeights } from "../nn/linear";
import type { RandomStream } from "../tensor/random";
import { expectNumbers, expectShape, expectSize, whole } from "../tensor/expect";
import { tf } from "../tensor/tf";

/** Sizes. */
export interface TextEncoderConfig {
  /** Words in the vocabulary. */
  words: number;
  /** Words in a text; shorter ones are filled up with word 0. */
  length: number;
  /** Length of a vector. */
  width?: number;
  /** Heads of attention. */
  heads?: number;
}

/** All weights. */
export interface TextEncoderWeights {
  /** [words, width] */
  words: tf.Tensor2D;
  /** [length, width]: where in the text a word stands */
  places: tf.Tensor2D;
  norm: NormWeights;
  /** [width, 3·width] */
  qkv: LinearWeights;
  /** [width, width] */
  out: LinearWeights;
}

const DEFAULTS = { width: 48, heads: 4 } as const;

/** Fresh weights: words far apart, places a little. @throws RangeError for a size that is no whole number ≥ 1 */
export function textEncoderWeights(stream: RandomStream, config: TextEncoderConfig): TextEncoderWeights {
  const { words, length, width } = { ...DEFAULTS, ...config };
  for (const [name, size] of Object.entries({ words, length, width })) expectSize("textEncoderWeights", name, size);
  const layer = (name: string, out: number): LinearWeights => ({
    w: glorotUniform(stream.split(name), width, out),
    b: tf.zeros([out]),
  });
  return {
    words: stream.split("words").normal([words, width]),
    places: stream.split("places").normal([length, width], 0, 0.3),
    norm: { gain: tf.ones([width]), bias: tf.zeros([width]) },
    qkv: layer("qkv", 3 * width),
    out: layer("out", width),
  };
}

/**
 * The vectors of texts. Every word sees every other, those before and after it alike, so "not leaning" can differ from
 * "leaning"; the mean then no longer cares how long the text is.
 * @param tokens [B, length] int32, 0 … words − 1
 * @returns [B, width]
 * @throws Error when texts have another length, or heads do not divide the width; RangeError for a word that does not exist
 * (compiled: in the first call)
 */
export function textEncoder(
  tokens: tf.Tensor2D,
  w: TextEncoderWeights,
  { heads = DEFAULTS.heads }: { heads?: number } = {},
): tf.Tensor2D {
  const [places, C] = w.places.shape;
  expectShape("textEncoder", "tokens", tokens, ["B", places], "fill texts up with word 0, cut longer ones");
  expectNumbers("textEncoder", "tokens", tokens, whole(0, w.words.shape[0] - 1, "only these words have vectors"));
  if (!Number.isInteger(heads) || heads < 1 || C % heads !== 0) {
    throw new Error(`textEncoder: ${heads} heads for a width of ${C}: wanted a divisor of it`);
  }
  const [B, L] = tokens.shape;
  const words = tf.reshape<tf.Rank.R3>(embedding(w.words, tokens), [B, L, C]);
  const x = tf.reshape<tf.Rank.R2>(tf.add(words, w.places), [B * L, C]);
  const everywhere = tf.zeros<tf.Rank.R2>([L, L]); // no mask
  const seen = causalAttention(dense(layerNorm(x, w.norm), w.qkv), B, heads, everywhere);
  const y = tf.reshape(tf.add(x, dense(seen, w.out)), [B, L, C]);
  return tf.mean(y, 1);
}
