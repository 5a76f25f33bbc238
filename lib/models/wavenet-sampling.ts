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
import { crossEntropyRows } from "../nn/losses";
import { between, expectNumbers, expectShape, FINITE } from "../tensor/expect";
import { repeat } from "../tensor/repeat";
import { nativeOp } from "../tensor/tensorflow-op";
import { tf } from "../tensor/tf";
import { COLDEST, WANTED_LOGITS, WANTED_TEMPERATURE } from "./drawing";
import { runLayers, waveNetHead, waveNetLogits } from "./wavenet";
import type { WaveNetInput, WaveNetWeights } from "./wavenet";
import { expectFit, expectSymbols } from "./wavenet-inputs";

/** What drawing starts from, and how bold it is. */
export interface WaveNetSampling {
  /** Symbols before the first drawn one, at least one: int32 [B, T₀]. */
  start: tf.Tensor2D;
  /** What is asked, throughout [B, K], or place by place, at every symbol but the last drawn one: [B, T₀ + n − 1, K]. */
  condition?: tf.Tensor2D | tf.Tensor3D;
  /** Divides the logits: below 1 bolder, above 1 wilder, 0 the likeliest symbol, of equals the first; 1 unless given. */
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
 * @throws Error when u, start, the condition, weights and dilations do not fit together; RangeError when there are more places than
 * the weights know, a symbol does not exist, u is outside [0, 1], the temperature negative, or any of these, the condition or
 * logits are not finite (numbers compiled: in the first call)
 */
export function waveNetSample(
  u: tf.Tensor2D,
  { start, condition, temperature = 1 }: WaveNetSampling,
  weights: WaveNetWeights,
  dilations: readonly number[],
): WaveNetSamples {
  const who = "waveNetSample";
  expectShape(who, "u", u, ["B", "n"], "a number for each symbol to be drawn");
  const [[B, n], [rows, known]] = [u.shape, start.shape];
  if (rows !== B || known < 1) throw new Error(`${who}: start is [${rows}, ${known}], wanted [${B}, 1 or more]`);
  const [C, layers] = [weights.symbols.shape[1], dilations.length];
  const rings = ringTable(dilations);
  expectFit(who, weights, dilations, { B, T: known + n - 1, condition });
  expectSymbols(who, "start", start, weights);
  expectNumbers(who, "u", u, UNIFORM);
  const heat = typeof temperature === "number" ? tf.scalar(temperature) : temperature;
  expectNumbers(who, "temperature", heat, WANTED_TEMPERATURE);
  const noise = tf.transpose(warmed(u, heat)); // [n, B]
  const divisor = tf.maximum(heat, COLDEST);
  const layered = layeredWeights(weights);
  const asked = conditionTerms(condition, layered, B, known + n - 1);
  const first: tf.Tensor1D = tf.reshape(tf.slice(start, [0, known - 1], [B, 1]), [B]);
  const filled = filledRings({ start, condition }, weights, dilations);
  const carry: Carry = [first, filled, tf.zeros([n, B], "int32"), tf.zeros([n, B])];
  const [, , tokens, nats] = repeat(n, carry, (i, token, kept, tokens, nats) => {
    const time = tf.add<tf.Scalar>(i, tf.scalar(known - 1, "int32"));
    const slots = tf.add<tf.Tensor1D>(rings.offsets(), tf.mod(time, rings.sizes())); // [layers]
    const oldest = tf.reshape<tf.Rank.R3>(embedding(kept, slots), [layers, B, C]);
    const { logits, inputs } = oneStep(token, time, { oldest, asked: asked(time) }, weights, layered);
    expectNumbers(who, "logits", logits, WANTED_LOGITS); // compiled: of the first turn, with empty rings
    const drawn = draw(tf.div(logits, divisor), tf.reshape(pick(noise, i), [B, 1]));
    const row = tf.reshape<tf.Rank.R1>(i, [1]);
    return [
      drawn,
      written(kept, slots, tf.reshape(tf.stack(inputs), [layers, B * C])),
      written(tokens, row, tf.reshape(drawn, [1, B])),
      written(nats, row, tf.reshape(crossEntropyRows(logits, drawn), [1, B])),
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
  expectNumbers("waveNetRedraw", "u", u, UNIFORM);
  if (condition !== undefined) expectNumbers("waveNetRedraw", "condition", condition, FINITE);
  const before = tf.slice(tokens, [0, 0], [B, length - 1]);
  const logits = waveNetLogits({ tokens: before, condition }, weights, dilations, last); // place by place
  expectNumbers("waveNetRedraw", "logits", logits, WANTED_LOGITS);
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

/** Weights of all layers side by side: what does not wait for the layer below is one product for all of them. */
interface LayeredWeights {
  /** Taps of the past [layers, C, 2C]. */
  past: tf.Tensor3D;
  /** Taps of now, layer by layer [C, 2C]. */
  now: tf.Tensor2D[];
  /** [layers, 1, 2C] */
  bias: tf.Tensor3D;
  /** [layers, K, 2C] */
  condition?: tf.Tensor3D;
  /** [layers·C, S]: the sum of all skips is one product. */
  skip: tf.Tensor2D;
}

function layeredWeights({ layers, symbols }: WaveNetWeights): LayeredWeights {
  const C = symbols.shape[1];
  const half = (w: tf.Tensor2D, from: number): tf.Tensor2D => tf.slice(w, [from, 0], [C, 2 * C]);
  const stacked = (list: tf.Tensor[]): tf.Tensor3D => tf.stack(list) as tf.Tensor3D;
  const conditions = layers.flatMap(({ condition }) => (condition === undefined ? [] : [condition.w]));
  return {
    past: stacked(layers.map(({ taps }) => half(taps.w, 0))),
    now: layers.map(({ taps }) => half(taps.w, C)),
    bias: stacked(layers.map(({ taps }) => tf.reshape(taps.b!, [1, 2 * C]))),
    ...(conditions.length > 0 && { condition: stacked(conditions) }),
    skip: tf.concat(layers.map(({ skip }) => skip.w)),
  };
}

/** What bias and condition add to each layer at a place: a function of the time, [layers, B or 1, 2C]. */
function conditionTerms(
  condition: WaveNetSampling["condition"],
  { bias, condition: weights }: LayeredWeights,
  B: number,
  places: number,
): (time: tf.Scalar) => tf.Tensor3D {
  if (weights === undefined || condition === undefined) return () => bias;
  expectNumbers("waveNetSample", "condition", condition, FINITE);
  const [layers, K] = weights.shape;
  const terms = (asked: tf.Tensor2D): tf.Tensor3D => {
    const each = tf.tile(tf.reshape(asked, [1, B, K]), [layers, 1, 1]);
    return tf.add(tf.matMul(each, weights), bias);
  };
  if (condition.rank === 2) {
    const throughout = terms(condition as tf.Tensor2D);
    return () => throughout;
  }
  const byPlace = tf.reshape<tf.Rank.R2>(tf.transpose(condition, [1, 0, 2]), [places, B * K]);
  return (time) => terms(tf.reshape(pick(byPlace, time), [B, K]));
}

/**
 * One symbol through all layers.
 * @param oldest each layer's input d steps ago [layers, B, C] @param asked from conditionTerms
 * @returns logits [B, V], and each layer's input [B, C]
 */
function oneStep(
  token: tf.Tensor1D,
  time: tf.Scalar,
  { oldest, asked }: { oldest: tf.Tensor3D; asked: tf.Tensor3D },
  weights: WaveNetWeights,
  { past, now, skip }: LayeredWeights,
): { logits: tf.Tensor2D; inputs: tf.Tensor2D[] } {
  const known = tf.unstack(tf.add(tf.matMul(oldest, past), asked)) as tf.Tensor2D[]; // all that is there before now
  const [inputs, gated]: tf.Tensor2D[][] = [[], []];
  let x = embedding(weights.symbols, token) as tf.Tensor2D;
  if (weights.places !== undefined) x = tf.add<tf.Tensor2D>(x, pick(weights.places, time));
  weights.layers.forEach(({ out }, l) => {
    inputs!.push(x);
    const z = gatedUnit(tf.add<tf.Tensor2D>(dense(x, { w: now[l]! }), known[l]!));
    gated!.push(z);
    if (out !== undefined) x = tf.add<tf.Tensor2D>(x, dense(z, out));
  });
  return { logits: waveNetHead(dense(tf.concat(gated!, 1), { w: skip }), weights), inputs: inputs! };
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

const UNIFORM = between(0, 1, "draw it with stream.uniform([B, n])");

/** The noise itself; at temperature 0 a trace of it, less than any of the equally likeliest symbols' chances and more than all others'. */
function warmed(u: tf.Tensor2D, temperature: tf.Scalar): tf.Tensor2D {
  const warm = tf.cast(tf.greater(temperature, 0), "float32");
  return tf.add(tf.mul(u, warm), tf.mul(tf.sub(1, warm), 1e-20));
}

/** One of V by its chance, for the noise u [B, 1]: the first whose cumulative chance exceeds it. */
function draw(logits: tf.Tensor2D, u: tf.Tensor): tf.Tensor1D {
  const below = tf.cast(tf.lessEqual(tf.cumsum(tf.softmax(logits), 1), u), "int32");
  const most = tf.scalar(logits.shape[1] - 1, "int32"); // rounding may leave the last sum below u
  return tf.minimum(tf.sum(below, 1), most);
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
  if (n === 1) return tf.cast(rows, table.dtype); // oneHot wants two at least
  const at = tf.cast(tf.oneHot(places, n), "float32") as tf.Tensor2D; // [k, n]
  const [before, fresh]: tf.Tensor2D[] = [tf.cast(table, "float32"), tf.cast(rows, "float32")];
  const kept = tf.mul(before!, tf.reshape(tf.sub(1, tf.sum(at, 0)), [n, 1]));
  return tf.cast(tf.add<tf.Tensor2D>(kept, tf.matMul(at, fresh!, true)), table.dtype);
}
