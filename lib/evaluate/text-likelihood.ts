// How surprised a model of text is, token by token: −ln p(xₜ | what came before), in nats.
import { tf } from "../tensor/tf";

export interface TextNatsOptions {
  /** T, the most tokens that the model can see. */
  length: number;
  /** Passages computed at once; 32 without it. */
  batch?: number;
  /**
   * How far the window moves. T (without it): windows side by side, as nanoGPT measures; a token sees up to T − 1 others, on
   * average half of that. Smaller: every token but the first T sees at least T − stride others, at T/stride times the work.
   */
  stride?: number;
}

/**
 * −ln p of every token of a text but the first, each exactly once: entry i belongs to token i + 1. The last windows begin
 * earlier, so that they are whole too; tokens that were counted before are not counted again.
 * @param nats −ln p of targets [B, T] in their passages, such as `({ tokens, targets }) => program.nats({ tokens, targets }).nats`;
 * always called with the same B and T, so that a compiled function is recorded once
 * @returns [N − 1]
 * @throws RangeError for a text of fewer than length + 1 tokens
 */
export function textNats(
  tokens: Int32Array,
  nats: (window: { tokens: tf.Tensor2D; targets: tf.Tensor2D }) => tf.Tensor,
  { length, batch = 32, stride = length }: TextNatsOptions,
): Float32Array {
  const last = tokens.length - 1 - length; // where the last whole window begins
  for (const [name, value] of Object.entries({ length, batch, stride })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`textNats: wanted ${name}, a whole number of 1 or more, got ${value}`);
    }
  }
  if (stride > length) throw new RangeError(`textNats: stride ${stride} is longer than a window, ${length}`);
  if (last < 0) {
    throw new RangeError(`textNats: ${tokens.length} tokens, wanted ${length + 1} or more: shorten the window`);
  }
  const starts: number[] = [];
  for (let from = 0; from < last; from += stride) starts.push(from);
  starts.push(last);
  const each = new Float32Array(tokens.length - 1);
  let done = 0; // entries filled
  for (let at = 0; at < starts.length; at += batch) {
    // A batch that is not full is filled up with its last window: one shape, one recording.
    const some = Array.from({ length: batch }, (_, b) => starts[Math.min(at + b, starts.length - 1)]!);
    const values = losses(tokens, some, length, nats);
    for (const [b, from] of some.entries()) {
      for (; done < from + length; done++) each[done] = values[b * length + done - from]!;
    }
  }
  return each;
}

function losses(
  tokens: Int32Array,
  starts: readonly number[],
  length: number,
  nats: (window: { tokens: tf.Tensor2D; targets: tf.Tensor2D }) => tf.Tensor,
): Float32Array {
  const part = (shift: number): tf.Tensor2D => {
    const values = new Int32Array(starts.length * length);
    starts.forEach((from, b) => values.set(tokens.subarray(from + shift, from + shift + length), b * length));
    return tf.tensor2d(values, [starts.length, length], "int32");
  };
  const window = { tokens: part(0), targets: part(1) };
  const result = nats(window);
  const values = result.dataSync<"float32">();
  tf.dispose([window.tokens, window.targets, result]);
  if (values.length !== starts.length * length) {
    throw new Error(
      `textNats: got [${result.shape.join(", ")}], wanted [${starts.length}, ${length}]: one number a token`,
    );
  }
  return values;
}

/** The mean of −ln p, its standard error over blocks of 100 tokens (neighbours are not independent), and bits. */
export interface MeanNats {
  nats: number;
  standardError: number;
  bits: number;
}

/** Mean of per-token values in nats and bits. @throws RangeError without a token, and for NaN */
export function meanNats(each: ArrayLike<number>): MeanNats {
  const N = each.length;
  if (N === 0) throw new RangeError("meanNats: no tokens: give at least one");
  let sum = 0;
  for (let i = 0; i < N; i++) sum += each[i]!;
  if (Number.isNaN(sum)) throw new RangeError("meanNats: NaN among the values: has the model diverged?");
  const nats = sum / N;
  const blocks = Math.floor(N / BLOCK);
  let squares = 0;
  for (let k = 0; k < blocks; k++) {
    let block = 0;
    for (let i = k * BLOCK; i < (k + 1) * BLOCK; i++) block += each[i]! / BLOCK;
    squares += (block - nats) ** 2;
  }
  const standardError = blocks > 1 ? Math.sqrt(squares / (blocks - 1) / blocks) : NaN;
  return { nats, standardError, bits: nats / Math.LN2 };
}

const BLOCK = 100;
