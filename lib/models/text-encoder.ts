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

/** Fresh weights: words far apart, places a little. */
export function textEncoderWeights(stream: RandomStream, config: TextEncoderConfig): TextEncoderWeights {
  const { words, length, width } = { ...DEFAULTS, ...config };
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
 * @param tokens [B, length] int32
 * @returns [B, width]
 */
export function textEncoder(
  tokens: tf.Tensor2D,
  w: TextEncoderWeights,
  { heads = DEFAULTS.heads }: { heads?: number } = {},
): tf.Tensor2D {
  const [B, L] = tokens.shape;
  const [places, C] = w.places.shape;
  if (L !== places)
    throw new Error(`textEncoder: tokens are [${B}, ${L}], wanted [B, ${places}]: fill texts up with word 0`);
  const words = tf.reshape<tf.Rank.R3>(embedding(w.words, tokens), [B, L, C]);
  const x = tf.reshape<tf.Rank.R2>(tf.add(words, w.places), [B * L, C]);
  const everywhere = tf.zeros<tf.Rank.R2>([L, L]); // no mask
  const seen = causalAttention(dense(layerNorm(x, w.norm), w.qkv), B, heads, everywhere);
  const y = tf.reshape(tf.add(x, dense(seen, w.out)), [B, L, C]);
  return tf.mean(y, 1);
}
