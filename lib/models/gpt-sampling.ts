/**
 * Text out of a GPT, token by token. The obvious way runs the whole network once for every new token. But keys and values of
 * earlier tokens do not change when a token is added, so each layer keeps them (gpt.ts, GptCache): a new token costs one position's
 * arithmetic, and all tokens of a piece are drawn in one call of a compiled function.
 *
 * Which token? Always the likeliest one (greedy) repeats itself; drawing from the whole distribution now and then picks one of
 * the many unlikely ones. In between: temperature, top-k [Fan 2018], top-p [Holtzman 2020]; or the likeliest piece as a whole, by
 * beam search.
 */
import { embedding } from "../nn/embedding";
import { between, expectNumbers, expectSize, whole } from "../tensor/expect";
import type { WantedNumbers } from "../tensor/expect";
import { repeat } from "../tensor/repeat";
import { tf } from "../tensor/tf";
import { COLDEST, WANTED_LOGITS, WANTED_TEMPERATURE } from "./drawing";
import { decodeStep, prefill } from "./gpt";
import type { GptCache, GptConfig, GptWeights } from "./gpt";

/** How a token is chosen, as scalars of a compiled function: any may change from call to call. */
export interface Choice<T = tf.Scalar> {
  /** Logits are divided by it: below 1 bolder, above 1 wilder; 0 is the likeliest token, of equals the one with the lowest number. */
  temperature: T;
  /** Only the k likeliest tokens; V for all, 1 for greedy. */
  topK: T;
  /** Of these, only as many of the likeliest as are needed for this much probability; 1 for all. */
  topP: T;
}

/**
 * Draws a token from each row: of the tokens that remain after temperature, top-k and top-p (in this order, as in Hugging Face's
 * transformers), sorted by their chances, the first one at which the sum of chances passes u.
 * @param logits [B, V]
 * @param u [B], uniform on [0, 1): the same u gives the same token
 * @param choice temperature ≥ 0, topK ≥ 1, topP > 0; not checked here: gptContinue and continueTexts do
 * @returns int32 [B]
 */
export function drawToken(logits: tf.Tensor2D, u: tf.Tensor1D, { temperature, topK, topP }: Choice): tf.Tensor1D {
  const [batch, vocab] = logits.shape;
  const { values, indices } = tf.topk(logits, vocab, true); // likeliest first
  const warm = tf.cast(tf.greater(temperature, 0), "float32");
  const k = tf.add(tf.mul(topK, warm), tf.sub(1, warm)); // at temperature 0 the likeliest alone
  const within = tf.cast(tf.less(tf.range(0, vocab), k), "float32"); // [V]
  const kept = tf.mul<tf.Tensor2D>(tf.softmax(tf.div(values, tf.maximum(temperature, COLDEST))), within);
  const chances = tf.div<tf.Tensor2D>(kept, tf.sum(kept, 1, true));
  const before = tf.cumsum(chances, 1, true); // the mass of likelier ones
  const allowed = tf.cast(tf.less(before, topP), "float32"); // never empty: before the first there is nothing
  const nucleus = tf.mul<tf.Tensor2D>(chances, allowed);
  const passed = tf.lessEqual(tf.cumsum(nucleus, 1), tf.mul(tf.reshape(u, [batch, 1]), tf.sum(nucleus, 1, true)));
  const last = tf.sub(tf.sum(tf.mul(within, allowed), 1), 1);
  const rank = tf.minimum(tf.sum(tf.cast(passed, "float32"), 1), last); // rounding must not lead past the last one
  const chosen = tf.oneHot(tf.cast(rank, "int32"), vocab, 1, 0, "int32");
  return tf.cast(tf.sum<tf.Tensor1D>(tf.mul(indices, chosen), 1), "int32");
}

/** What gptContinue is given. */
export interface Continuation<T1, T2> {
  /** int32 [B, context]: the prompt, then anything */
  prompt: T1;
  /** [B, n], uniform on [0, 1): one for each token to be drawn; the same u gives the same text */
  u: T2;
}

/**
 * The n tokens after a prompt, in one call: the body of a compiled function with the inputs of Continuation and the scalars of
 * Choice and `length`. A compiled body sees the numbers of its first call alone: gptPrompt checks length and tokens before every one.
 * @param length scalar: tokens in the prompt, the same in all rows, 1 … context + 1 − n
 * @returns int32 [B, n]
 * @throws Error or RangeError when the prompt and u differ in rows, n or the length does not fit into the context, a token does not
 * exist, u is outside [0, 1], a number of the choice has no meaning, or the prompt's logits are not finite (compiled: in the first call)
 */
export function gptContinue(
  { prompt, u }: Continuation<tf.Tensor2D, tf.Tensor2D>,
  { length, ...choice }: Choice & { length: tf.Scalar },
  weights: GptWeights,
  config: GptConfig,
): tf.Tensor2D {
  const [batch, count] = u.shape;
  if (batch !== prompt.shape[0]) {
    const wanted = `[${prompt.shape[0]}, n]`;
    throw new Error(`gptContinue: u is [${batch}, ${count}], wanted ${wanted}: a row for each prompt`);
  }
  expectCount("gptContinue", count, config.context);
  expectPrompt("gptContinue", prompt, length, count, config);
  expectNumbers("gptContinue", "u", u, between(0, 1, "draw it with stream.uniform([B, n])"));
  expectChoice("gptContinue", choice);
  const start = tf.cast(length, "int32");
  const chances = (i: tf.Scalar): tf.Tensor1D => tf.reshape(embedding(tf.transpose(u), tf.reshape(i, [1])), [batch]); // column i
  const { logits, cache } = prefill(prompt, start, weights, config);
  expectNumbers("gptContinue", "logits", logits, WANTED_LOGITS);
  const first = drawToken(logits, chances(tf.scalar(0, "int32")), choice);
  const written = inColumn(first, tf.scalar(0, "int32"), count);
  if (count === 1) return tf.cast(written, "int32"); // repeat would record a turn all the same
  const carry: Carry = [first, written, ...tensorsOf(cache)];
  const [, text] = repeat(count - 1, carry, (i, token, written, ...kept) => {
    const next = decodeCarried(token, tf.add(start, i), kept, weights, config);
    const turn = tf.add<tf.Scalar>(i, tf.scalar(1, "int32"));
    const drawn = drawToken(next.logits, chances(turn), choice);
    return [drawn, tf.add(written, inColumn(drawn, turn, count)), ...next.kept];
  });
  return tf.cast(text, "int32") as tf.Tensor2D;
}

/** What the numbers of a choice must be; NaN is none of it. */
export const WANTED_CHOICE: Choice<WantedNumbers> = {
  temperature: WANTED_TEMPERATURE,
  topK: { is: (value) => value >= 1, words: "1 or more", cure: "1 is the likeliest token alone, V all" },
  topP: { is: (value) => value > 0, words: "more than 0", cure: "1 keeps all tokens" },
};

function expectChoice(who: string, { temperature, topK, topP }: Choice): void {
  expectNumbers(who, "temperature", temperature, WANTED_CHOICE.temperature);
  expectNumbers(who, "topK", topK, WANTED_CHOICE.topK);
  expectNumbers(who, "topP", topP, WANTED_CHOICE.topP);
}

/** The newest token, the text so far, then what each layer keeps. */
type Carry = [tf.Tensor, tf.Tensor, ...tf.Tensor[]];

/** [B] → [B, n], in column i; 0 elsewhere. */
function inColumn(tokens: tf.Tensor, i: tf.Scalar, n: number): tf.Tensor2D {
  const column = tf.cast(tf.equal(tf.reshape(tf.range(0, n, 1, "int32"), [1, n]), i), "float32");
  return tf.mul(tf.reshape(tf.cast(tokens, "float32"), [tokens.size, 1]), column);
}

function tensorsOf(cache: readonly GptCache[]): tf.Tensor[] {
  return cache.flatMap(({ keys, values, recentA, recentC }) => [
    ...[keys, values],
    ...(recentA && recentC ? [recentA, recentC] : []),
  ]);
}

/** decodeStep over what a loop carries: the cache as a row of tensors, two a layer, four with Canon layers. */
function decodeCarried(
  token: tf.Tensor,
  position: tf.Scalar,
  kept: tf.Tensor[],
  weights: GptWeights,
  config: GptConfig,
): { logits: tf.Tensor2D; kept: tf.Tensor[] } {
  const each = kept.length / weights.blocks.length;
  const before = weights.blocks.map((_, layer) => {
    const [keys, values, recentA, recentC] = kept.slice(each * layer, each * (layer + 1));
    return { keys, values, ...(each === 4 && { recentA, recentC }) } as GptCache;
  });
  const { logits, cache } = decodeStep(token as tf.Tensor1D, position, weights, before, config);
  return { logits, kept: tensorsOf(cache) };
}

/**
 * Beam search: the likeliest continuation, approximately. Of all one-token continuations of the K best pieces so far the K best
 * are kept. Can be the body of a compiled function; gptPrompt checks length and tokens before every call.
 * @param prompt int32 [1, context]
 * @param length scalar: tokens in the prompt, 1 … context + 1 − count
 * @param sizes.beams K ≤ Vⁿ: there must be as many different pieces
 * @param sizes.count n, tokens in a piece
 * @returns pieces int32 [K, n], best first, and ln p of each [K]
 * @throws Error or RangeError for more than one prompt, sizes that do not fit, and (compiled: in the first call) tokens that do not
 * exist and logits that are not finite
 */
export function gptBeam(
  prompt: tf.Tensor2D,
  length: tf.Scalar,
  weights: GptWeights,
  config: GptConfig,
  { beams, count }: { beams: number; count: number },
): { tokens: tf.Tensor2D; logProbability: tf.Tensor1D } {
  if (prompt.shape[0] !== 1) throw new Error(`gptBeam: ${prompt.shape[0]} prompts, wanted 1: its beams fill the batch`);
  const { vocab } = config;
  expectSize("gptBeam", "beams", beams);
  expectCount("gptBeam", count, config.context);
  if (beams > vocab ** count) {
    const pieces = `${vocab ** count} pieces of ${count} token${count > 1 ? "s" : ""}`;
    throw new RangeError(`gptBeam: ${beams} beams, but there are only ${pieces}`);
  }
  expectPrompt("gptBeam", prompt, length, count, config);
  const start = tf.cast(length, "int32");
  const { logits, cache } = prefill(prompt, start, weights, config);
  expectNumbers("gptBeam", "logits", logits, WANTED_LOGITS);
  // All beams begin alike; only the first may count, or they would stay alike.
  const scores = tf.mul(tf.cast(tf.greater(tf.range(0, beams), 0), "float32"), -1e9);
  const step = (i: tf.Scalar, logits: tf.Tensor2D, scores: tf.Tensor, written: tf.Tensor, kept: tf.Tensor[]): Beams => {
    const total = tf.add(tf.logSoftmax(logits), tf.reshape(scores, [beams, 1])); // [K, V]
    const { values, indices } = tf.topk(tf.reshape(total, [beams * vocab]), beams, true);
    const parent = tf.floorDiv(indices, tf.scalar(vocab, "int32"));
    const symbol = tf.sub(indices, tf.mul(parent, tf.scalar(vocab, "int32")));
    const ofParent = (t: tf.Tensor): tf.Tensor =>
      tf.reshape(embedding(tf.reshape(t, [beams, t.size / beams]), parent), t.shape);
    return [symbol, values, tf.add(ofParent(written), inColumn(symbol, i, count)), ...kept.map(ofParent)];
  };
  const caches = tensorsOf(cache).map((t) => tf.tile(t, [beams, ...t.shape.slice(1).fill(1)]));
  const zero = tf.scalar(0, "int32");
  let now = step(zero, tf.tile(logits, [beams, 1]), scores, tf.zeros([beams, count]), caches);
  if (count > 1) {
    now = repeat(count - 1, now, (i, token, scores, written, ...kept) => {
      const next = decodeCarried(token, tf.add(start, i), kept, weights, config);
      return step(tf.add(i, tf.scalar(1, "int32")), next.logits, scores, written, next.kept);
    });
  }
  const [, logProbability, tokens] = now;
  return { tokens: tf.cast(tokens as tf.Tensor2D, "int32"), logProbability: logProbability as tf.Tensor1D };
}

/** The newest tokens [K], ln p of the pieces so far [K], the pieces [K, n], keys and values. */
type Beams = [tf.Tensor, tf.Tensor, tf.Tensor, ...tf.Tensor[]];

/** Compiled: in the first call only; gptPrompt checks every one. */
function expectPrompt(who: string, prompt: tf.Tensor2D, length: tf.Scalar, count: number, config: GptConfig): void {
  const { vocab, context } = config;
  expectNumbers(who, "prompt", prompt, whole(0, vocab - 1, "encode the text with the model's own vocabulary"));
  const cure = `the context is ${context}, and ${count} more are to follow`;
  expectNumbers(who, "length", length, whole(1, context - count + 1, cure));
}

/** @throws RangeError where a count of tokens does not fit into the context */
export function expectCount(who: string, count: number, context: number): void {
  expectSize(who, "count", count);
  if (count > context) throw new RangeError(`${who}: count ${count} is longer than the context, ${context}`);
}
