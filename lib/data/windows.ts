import type { RandomState, RandomStream } from "../tensor/random";
import { tf } from "../tensor/tf";

/** Some passages of a text; the caller disposes the tensors. */
export interface WindowBatch {
  /** int32 [B, T] */
  tokens: tf.Tensor2D;
  /** int32 [B, T]: the token after each */
  targets: tf.Tensor2D;
}

export interface WindowsOptions {
  /** B, passages in a batch. */
  batch: number;
  /** T, tokens in a passage. */
  length: number;
  /** Draws the places; give it one of its own. */
  stream: RandomStream;
}

export interface WindowsState {
  random: RandomState;
  count: number;
  batch: number;
  length: number;
}

/** Endless batches of passages that begin anywhere in a text, every place equally likely [as nanoGPT]. */
export class Windows {
  constructor(
    private readonly tokens: Int32Array,
    private readonly options: WindowsOptions,
  ) {
    for (const name of ["batch", "length"] as const) {
      const value = options[name];
      if (!Number.isInteger(value) || value < 1) {
        throw new RangeError(`windows: wanted ${name}, a whole number of 1 or more, got ${value}`);
      }
    }
    if (tokens.length < options.length + 1) {
      throw new RangeError(
        `windows: the text has ${tokens.length} tokens, a passage of ${options.length} and the token after it need ${options.length + 1}: lower length, or give more text`,
      );
    }
  }

  /** The next batch. */
  next(): WindowBatch {
    const { batch, length, stream } = this.options;
    const starts = Array.from({ length: batch }, () => stream.below(this.tokens.length - length));
    return windowsAt(this.tokens, starts, length);
  }

  /** The position in the stream of places, as plain JSON. */
  save(): WindowsState {
    const { batch, length, stream } = this.options;
    return { random: stream.save(), count: this.tokens.length, batch, length };
  }

  /** Goes on where `state` was saved. @throws Error when it belongs to another text or other sizes */
  restore(state: WindowsState): void {
    const now = this.save();
    for (const name of ["count", "batch", "length"] as const) {
      if (state[name] === now[name]) continue;
      throw new Error(`Windows.restore: saved with ${name} ${state[name]}, now it is ${now[name]}: start again`);
    }
    this.options.stream.restore(state.random);
  }
}

/**
 * Endless batches of random passages of a text.
 * @param tokens the text as numbers
 * @throws RangeError for a text that is shorter than one passage and the token after it
 */
export function windows(tokens: Int32Array, options: WindowsOptions): Windows {
  return new Windows(tokens, options);
}

/** The passages that begin at `starts`. @throws RangeError where one does not fit into the text */
export function windowsAt(tokens: Int32Array, starts: ArrayLike<number>, length: number): WindowBatch {
  const B = starts.length;
  const [x, y] = [new Int32Array(B * length), new Int32Array(B * length)];
  for (let b = 0; b < B; b++) {
    const from = starts[b]!;
    if (!(Number.isInteger(from) && from >= 0 && from + length < tokens.length)) {
      throw new RangeError(`windowsAt: a passage of ${length} at ${from} does not fit into ${tokens.length} tokens`);
    }
    x.set(tokens.subarray(from, from + length), b * length);
    y.set(tokens.subarray(from + 1, from + length + 1), b * length);
  }
  return { tokens: tf.tensor2d(x, [B, length], "int32"), targets: tf.tensor2d(y, [B, length], "int32") };
}
