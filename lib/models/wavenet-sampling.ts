/**
 * Sequences out of a WaveNet, symbol by symbol, without computing anything twice [Paine et al. 2016].
 *
 * The obvious way runs the whole receptive field through all layers for each new symbol and uses one of its logits. But layer l
 * needs only two inputs: the one now, and the one d steps ago, which it had d steps ago. So each layer keeps its last d inputs
 * in a ring: read the oldest, put the newest in its place. One new symbol then costs one row a layer: of n layers with doubling
 * dilations n portions instead of 2ⁿ. The counterpart of the key-value cache in gpt.ts.
 *
 * The rings of all layers lie in one table, so that a turn of the loop reads and writes once for all layers together.
 */
import { dense } from "../nn/dense";
import { embedding } from "../nn/embedding";
import { gatedUnit } from "../nn/gated";
import { repeat } from "../tensor/repeat";
import { nativeOp } from "../tensor/tensorflow-op";
import { tf } from "../tensor/tf";
import { runLayers, waveNetHead, waveNetLogits } from "./wavenet";
import type { WaveNetInput, WaveNetWeights } from "./wavenet";

/** What drawing starts from, and how bold it is. */
export interface WaveNetSampling {
  /** Symbols before the first drawn one, at least one: int32 [B, T₀]. */
  start: tf.Tensor2D;
  /** What is asked, throughout [B, K], or place by place, at every symbol but the last drawn one: [B, T₀ + n − 1, K]. */
  condition?: tf.Tensor2D | tf.Tensor3D;
  /** Divides the logits: below 1 bolder, above 1 wilder; 1 unless given. */
  temperature?: tf.Scalar | number;
}

/** Drawn symbols, and what each of them cost. */
export interface WaveNetSamples {
  /** int32 [B, n] */
  tokens: tf.Tensor2D;
  /** −ln p of each in nats, at temperature 1 [B, n] */
  nats: tf.Tensor2D;
}

/**
 * Draws n symbols for each sequence. Can be the body of a compiled function.
 * @param u [B, n], uniform on [0, 1): the same noise gives the same symbols
 */
export function waveNetSample(
  u: tf.Tensor2D,
  { start, condition, temperature = 1 }: WaveNetSampling,
  weights: WaveNetWeights,
  dilations: readonly number[],
): WaveNetSamples {
  const [[B, n], [rows, known]] = [u.shape, start.shape];
  if (rows !== B || known < 1) throw new Error(`waveNetSample: start is [${rows}, ${known}], wanted [${B}, 1 or more]`);
  const [C, layers] = [weights.symbols.shape[1], dilations.length];
  const rings = ringTable(dilations);
  const noise = tf.transpose(u); // [n, B]
  const asked = conditionRows(condition, B, known + n - 1);
  const first: tf.Tensor1D = tf.reshape(tf.slice(start, [0, known - 1], [B, 1]), [B]);
  const filled = filledRings({ start, condition }, weights, dilations);
  const carry: Carry = [first, filled, tf.zeros([n, B], "int32"), tf.zeros([n, B])];
  const [, , tokens, nats] = repeat(n, carry, (i, token, kept, tokens, nats) => {
    const time = tf.add<tf.Scalar>(i, tf.scalar(known - 1, "int32"));
    const slots = tf.add<tf.Tensor1D>(rings.offsets(), tf.mod(time, rings.sizes())); // [layers]
    const oldest = tf.reshape<tf.Rank.R3>(embedding(kept, slots), [layers, B, C]);
    const { logits, inputs } = oneStep(token, time, oldest, asked(time), weights);
    const drawn = draw(tf.div(logits, temperature), tf.reshape(pick(noise, i), [B, 1]));
    const row = tf.reshape<tf.Rank.R1>(i, [1]);
    return [
      drawn,
      written(kept, slots, tf.concat(inputs)),
      written(tokens, row, tf.reshape(drawn, [1, B])),
      written(nats, row, tf.reshape(costOf(logits, drawn), [1, B])),
    ];
  });
  return { tokens: tf.transpose(tokens), nats: tf.transpose(nats) };
}

/**
 * Draws each of the last symbols of known sequences anew, every one from the real symbols before it: what training looks at, and what
 * errors cannot pile up in.
 * @param tokens [B, T + 1]: all but the newest are seen
 * @param u [B, last], uniform on [0, 1)
 * @returns int32 [B, last]
 */
export function waveNetRedraw(
  { tokens, condition }: WaveNetInput,
  u: tf.Tensor2D,
  weights: WaveNetWeights,
  dilations: readonly number[],
): tf.Tensor2D {
  const [[B, length], [rows, last]] = [tokens.shape, u.shape];
  if (rows !== B) throw new Error(`waveNetRedraw: u is [${rows}, ${last}], wanted [${B}, …]`);
  const before = tf.slice(tokens, [0, 0], [B, length - 1]);
  const logits = waveNetLogits({ tokens: before, condition }, weights, dilations, last); // place by place
  const drawn = draw(logits, tf.reshape(tf.transpose(u), [last * B, 1]));
  return tf.transpose(tf.reshape<tf.Rank.R2>(drawn, [last, B]));
}

/** What a turn hands to the next: the newest symbol, the rings, and symbols and costs drawn so far. */
type Carry = [tf.Tensor1D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];

/** Where each layer's ring lies in the table. */
function ringTable(dilations: readonly number[]): { offsets: () => tf.Tensor1D; sizes: () => tf.Tensor1D } {
  const offsets = dilations.map((_, l) => dilations.slice(0, l).reduce((sum, d) => sum + d, 0));
  return { offsets: () => tf.tensor1d(offsets, "int32"), sizes: () => tf.tensor1d([...dilations], "int32") };
}

/** One symbol through all layers. @param oldest each layer's input d steps ago [layers, B, C] @returns logits [B, V], each layer's input */
function oneStep(
  token: tf.Tensor1D,
  time: tf.Scalar,
  oldest: tf.Tensor3D,
  condition: tf.Tensor2D | undefined,
  weights: WaveNetWeights,
): { logits: tf.Tensor2D; inputs: tf.Tensor2D[] } {
  const [, B, C] = oldest.shape;
  const past = tf.unstack(oldest) as tf.Tensor2D[];
  const inputs: tf.Tensor2D[] = [];
  let x = embedding(weights.symbols, token) as tf.Tensor2D;
  if (weights.places !== undefined) x = tf.add<tf.Tensor2D>(x, pick(weights.places, time));
  let skips: tf.Tensor2D = tf.zeros([B, weights.skips.shape[0]]);
  weights.layers.forEach((layer, l) => {
    inputs.push(x);
    let sum = dense(tf.concat([past[l]!, x], 1), layer.taps);
    if (condition !== undefined) sum = tf.add<tf.Tensor2D>(sum, dense(condition, layer.condition!));
    const z = gatedUnit(sum);
    skips = tf.add<tf.Tensor2D>(skips, dense(z, layer.skip));
    if (layer.out !== undefined) x = tf.add<tf.Tensor2D>(x, dense(z, layer.out));
  });
  return { logits: waveNetHead(skips, weights), inputs: inputs.map((input) => tf.reshape(input, [1, B * C])) };
}

/** What is asked at a place: a function of the time. [B, K] */
function conditionRows(
  condition: WaveNetSampling["condition"],
  B: number,
  places: number,
): (time: tf.Scalar) => tf.Tensor2D | undefined {
  if (condition === undefined) return () => undefined;
  if (condition.rank === 2) return () => condition as tf.Tensor2D;
  const [rows, length, K] = condition.shape as [number, number, number];
  if (rows !== B || length !== places) {
    throw new Error(`waveNetSample: condition is [${condition.shape.join(", ")}], wanted [${B}, ${places}, ${K}]`);
  }
  const byPlace = tf.reshape<tf.Rank.R2>(tf.transpose(condition, [1, 0, 2]), [places, B * K]);
  return (time) => tf.reshape(pick(byPlace, time), [B, K]);
}

/** The rings as they are after all symbols of `start` but the last: [Σ d, B·C]. One pass over them. */
function filledRings(
  { start, condition }: WaveNetSampling,
  weights: WaveNetWeights,
  dilations: readonly number[],
): tf.Tensor2D {
  const [B, known] = start.shape;
  const C = weights.symbols.shape[1];
  const before = known - 1;
  if (before === 0) return tf.zeros([dilations.reduce((sum, d) => sum + d, 0), B * C]);
  const tokens = tf.slice(start, [0, 0], [B, before]);
  const asked = condition?.rank === 3 ? tf.slice(condition as tf.Tensor3D, [0, 0, 0], [B, before, -1]) : condition;
  const rings: tf.Tensor2D[] = [];
  runLayers({ tokens, condition: asked }, weights, dilations, 1, (l, stream) => {
    const d = dilations[l]!;
    const there = Math.min(d, stream.shape[0] / B);
    const tail = tf.slice(stream, [stream.shape[0] - there * B, 0], [there * B, C]);
    const known: tf.Tensor2D = tf.reshape(tail, [there, B * C]);
    const inputs = there === d ? known : tf.concat([tf.zeros<tf.Rank.R2>([d - there, B * C]), known]); // zeros before the first
    const turned = before % d; // the input of time t lies in slot t mod d
    const part = (from: number, count: number): tf.Tensor2D => tf.slice(inputs, [from, 0], [count, B * C]);
    rings.push(turned === 0 ? inputs : tf.concat([part(d - turned, turned), part(0, d - turned)]));
  });
  return tf.concat(rings);
}

/** One of V by its chance, for the noise u [B, 1]: the first whose cumulative chance exceeds it. */
function draw(logits: tf.Tensor2D, u: tf.Tensor): tf.Tensor1D {
  const below = tf.cast(tf.lessEqual(tf.cumsum(tf.softmax(logits), 1), u), "int32");
  const most = tf.scalar(logits.shape[1] - 1, "int32"); // rounding may leave the last sum below u
  return tf.minimum(tf.sum(below, 1), most);
}

/** −ln p of each row's symbol; [B, V], [B] → [B] */
function costOf(logits: tf.Tensor2D, symbols: tf.Tensor1D): tf.Tensor1D {
  const chosen = tf.mul(logits, tf.oneHot(symbols, logits.shape[1]));
  return tf.sub(tf.logSumExp(logits, 1), tf.sum(chosen, 1));
}

/** Row i. [n, m] → [1, m] */
function pick(rows: tf.Tensor2D, i: tf.Scalar): tf.Tensor2D {
  return embedding(rows, tf.reshape(i, [1])) as tf.Tensor2D;
}

/** A table with other rows at these places. @param places int32 [k], all different @param rows [k, m] */
function written(table: tf.Tensor2D, places: tf.Tensor1D, rows: tf.Tensor2D): tf.Tensor2D {
  const [n, k] = [table.shape[0], places.shape[0]];
  const types = { T: { type: table.dtype as "float32" | "int32" }, Tindices: { type: "int32" } } as const;
  const inputs = [table, tf.reshape(places, [k, 1]), rows];
  const [native] = nativeOp("TensorScatterUpdate", types, inputs, 1) ?? []; // in place, where nothing else reads the table
  if (native !== undefined) return native as tf.Tensor2D;
  const at = tf.cast(tf.oneHot(places, n), "float32") as tf.Tensor2D; // [k, n]
  const [before, fresh]: tf.Tensor2D[] = [tf.cast(table, "float32"), tf.cast(rows, "float32")];
  const kept = tf.mul(before!, tf.reshape(tf.sub(1, tf.sum(at, 0)), [n, 1]));
  return tf.cast(tf.add<tf.Tensor2D>(kept, tf.matMul(at, fresh!, true)), table.dtype);
}
