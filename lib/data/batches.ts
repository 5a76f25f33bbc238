import type { RandomState, RandomStream } from "../tensor/random";
import type { tf } from "../tensor/tf";
import { expectPixelRange } from "./mnist";
import type { DigitSet, PixelRange } from "./mnist";

/** One batch; the caller disposes `images`. */
export interface Batch {
  /** [b, 784]; b is smaller in an epoch's last batch when the size does not divide the count. */
  images: tf.Tensor2D;
  /** [b] */
  labels: Int32Array;
  /** Which digits of the set these are: [b]. */
  indices: Int32Array;
  /** Counted from 0. */
  epoch: number;
  /** Whether this batch ends its epoch. */
  last: boolean;
}

export interface BatchesState {
  random: RandomState;
  epoch: number;
  position: number;
  count: number;
  size: number;
}

/** Digits in a random order, every one once an epoch, the last and smaller batch included. */
export class Batches {
  readonly batchesPerEpoch: number;
  private epoch = 0;
  private position = 0;
  private epochStart: RandomState;
  private order: Int32Array;

  constructor(
    private readonly set: DigitSet,
    private readonly options: { size: number; stream: RandomStream; range?: PixelRange },
  ) {
    const { size, stream, range = "[-1,1]" } = options;
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`batches: wanted a size, a whole number of 1 or more, got ${size}`);
    }
    expectPixelRange("batches", range);
    if (set.count === 0) throw new RangeError("batches: the set is empty: give it at least one digit");
    if (size > set.count) {
      throw new RangeError(
        `batches: wanted at most ${set.count} digits a batch, all of the set, got ${size}: lower size`,
      );
    }
    this.batchesPerEpoch = Math.ceil(set.count / size);
    this.epochStart = stream.save();
    this.order = stream.permutation(set.count);
  }

  /** The next batch; after an epoch's last one the digits are shuffled anew. */
  next(): Batch {
    const { count } = this.set;
    if (this.position >= count) {
      this.epoch++;
      this.position = 0;
      this.epochStart = this.options.stream.save();
      this.order = this.options.stream.permutation(count);
    }
    const indices = this.order.slice(this.position, this.position + this.options.size);
    this.position += indices.length;
    return {
      images: this.set.images(indices, this.options.range),
      labels: this.set.labelsOf(indices),
      indices,
      epoch: this.epoch,
      last: this.position >= count,
    };
  }

  /** The position in the data, as plain JSON; the order itself is drawn again from the saved stream. */
  save(): BatchesState {
    const { size } = this.options;
    return { random: this.epochStart, epoch: this.epoch, position: this.position, count: this.set.count, size };
  }

  /** Goes on where `state` was saved. @throws Error when it belongs to other data or another batch size */
  restore(state: BatchesState): void {
    const [count, size] = [this.set.count, this.options.size];
    if (state.count !== count || state.size !== size) {
      const saved = `${state.count} digits in batches of ${state.size}`;
      throw new Error(`Batches.restore: saved with ${saved}, these are ${count} in batches of ${size}: start again`);
    }
    this.options.stream.restore(state.random);
    this.epochStart = state.random;
    this.order = this.options.stream.permutation(count);
    this.epoch = state.epoch;
    this.position = state.position;
  }
}

/**
 * Endless batches of digits in a seeded order.
 * @param options size: digits a batch; stream: draws the order, give it one of its own; range: see DigitSet.images
 * @throws RangeError for an empty set, and for a size that is no whole number from 1 to the set's count
 */
export function batches(set: DigitSet, options: { size: number; stream: RandomStream; range?: PixelRange }): Batches {
  return new Batches(set, options);
}
