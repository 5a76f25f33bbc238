/**
 * Random numbers with an address. A stream is a key and a counter of Philox4x32-10 in the layout of TensorFlow's
 * stateless ops: element i of a draw is lane i mod 4 of block counter + ⌊i/4⌋, and a draw of n advances the counter by
 * ⌈n/4⌉ blocks. So a stream gives the same numbers on every backend, can be saved as eight integers, and
 * `randomStream(7).uniform([n])` equals `StatelessRandomUniformV2(shape=[n], key=[7], counter=[0, 0], alg=1)` bit by bit.
 */
import { advance, philox4x32, philoxFill } from "./philox";
import { refuseWhileRecording } from "./recording";
import { tf } from "./tf";

/** The tensor type that a shape literal gives: [64, 100] → Tensor2D; number[] → Tensor. */
export type TensorOfShape<S extends number[]> = S extends []
  ? tf.Scalar
  : S extends [number]
    ? tf.Tensor1D
    : S extends [number, number]
      ? tf.Tensor2D
      : S extends [number, number, number]
        ? tf.Tensor3D
        : S extends [number, number, number, number]
          ? tf.Tensor4D
          : tf.Tensor;

/** A stream's position, as plain JSON: 64-bit key and 128-bit counter in 32-bit words, lowest first. */
export interface RandomState {
  algorithm: "philox4x32-10";
  key: [number, number];
  counter: [number, number, number, number];
}

/** A deterministic source of random numbers; see {@link randomStream}. */
export class RandomStream {
  private key: Uint32Array;
  private counter: Uint32Array;

  constructor(key: ArrayLike<number>, counter: ArrayLike<number> = [0, 0, 0, 0]) {
    this.key = Uint32Array.from(key);
    this.counter = Uint32Array.from(counter);
  }

  /**
   * An independent stream with a name: `stream.split("noise")`, `stream.split(3)`. Its key is a hash of this stream's
   * key and the name (a CBC chain of Philox), whatever was drawn before: the same name gives the same stream again,
   * so give each purpose its own. `split(1)` and `split("1")` differ.
   */
  split(name: string | number): RandomStream {
    const text = String(name);
    let state = Uint32Array.of(text.length, typeof name === "string" ? 1 : 2, 0x73706c69, 0x74206b79); // "spli" "t ky"
    state = philox4x32(state, this.key) as typeof state;
    for (let at = 0; at < text.length; at += 8) {
      for (let i = 0; i < 8 && at + i < text.length; i++) state[i >> 1]! ^= text.charCodeAt(at + i) << (16 * (i & 1));
      state = philox4x32(state, this.key) as typeof state;
    }
    return new RandomStream(state.subarray(0, 2));
  }

  /** Uniform on [min, max): a tensor of `shape`, float32, 23 random bits each. */
  uniform<S extends number[] | []>(shape: S, min = 0, max = 1): TensorOfShape<S> {
    expectInterval(min, max);
    const values = this.uniformArray(sizeOfShape("uniform", shape));
    // Rounded after each operation, as a float32 graph would.
    const range = Math.fround(max - min);
    if (min !== 0 || max !== 1) {
      const start = Math.fround(min);
      for (let i = 0; i < values.length; i++) values[i] = Math.fround(values[i]! * range) + start;
    }
    return tf.tensor(values, shape, "float32") as TensorOfShape<S>;
  }

  /** Normal with `mean` and standard deviation `std`: a tensor of `shape`, float32, by Box–Muller. */
  normal<S extends number[] | []>(shape: S, mean = 0, std = 1): TensorOfShape<S> {
    expectDeviation(std);
    const values = this.normalArray(sizeOfShape("normal", shape));
    if (mean !== 0 || std !== 1) {
      const [width, centre] = [Math.fround(std), Math.fround(mean)];
      for (let i = 0; i < values.length; i++) values[i] = Math.fround(values[i]! * width) + centre;
    }
    return tf.tensor(values, shape, "float32") as TensorOfShape<S>;
  }

  /**
   * Integers low, …, high − 1 with equal chances: an int32 tensor of `shape`. As TensorFlow, low + bits mod (high − low):
   * the chances differ by less than (high − low)/2³², which no sample here can show.
   */
  integers<S extends number[] | []>(shape: S, low: number, high: number): TensorOfShape<S> {
    expectIntegers(low, high);
    const range = high - low;
    const words = this.words(sizeOfShape("integers", shape));
    const values = new Int32Array(words.length);
    for (let i = 0; i < values.length; i++) values[i] = low + (words[i]! % range);
    return tf.tensor(values, shape, "int32") as TensorOfShape<S>;
  }

  /** n uniform numbers on [0, 1), as TensorFlow makes them: the low 23 bits of each word. */
  uniformArray(n: number): Float32Array {
    const words = this.words(n);
    const out = new Float32Array(n);
    for (let i = 0; i < n; i++) out[i] = (words[i]! & 0x7fffff) * 2 ** -23;
    return out;
  }

  /** n standard normal numbers: Box–Muller on each pair of words, sine first, as TensorFlow does; equal to 2e-7. */
  normalArray(n: number): Float32Array {
    const words = this.words(n + (n % 2)); // an odd last number needs its pair's other half
    const out = new Float32Array(n);
    for (let i = 0; i < n; i += 2) {
      const u = Math.max((words[i]! & 0x7fffff) * 2 ** -23, SMALLEST);
      const angle = round(2 * Math.PI * ((words[i + 1]! & 0x7fffff) * 2 ** -23));
      const radius = round(Math.sqrt(round(-2 * round(Math.log(u)))));
      out[i] = radius * round(Math.sin(angle));
      if (i + 1 < n) out[i + 1] = radius * round(Math.cos(angle));
    }
    return out;
  }

  /** One uniform number on [0, 1). */
  number(): number {
    return this.uniformArray(1)[0]!;
  }

  /** One whole number of 0 … n − 1, all equally likely; takes one number(). */
  below(n: number): number {
    return Math.min(n - 1, Math.floor(this.number() * n)); // rounding may reach n
  }

  /** The numbers 0 … n − 1 in a random order (Fisher–Yates, every order equally likely). */
  permutation(n: number): Int32Array {
    if (!Number.isInteger(n) || n < 0 || n > 2 ** 21) {
      throw new RangeError(`permutation: wanted a whole number 0 ≤ n ≤ 2,097,152, got ${n}`);
    }
    const order = Int32Array.from({ length: n }, (_, i) => i);
    let words = this.words(n);
    let used = 0;
    for (let i = n - 1; i > 0; i--) {
      // Multiply and shift; the few words that would favour some j are thrown away [Lemire 2019].
      const range = i + 1;
      const reject = (2 ** 32 - range) % range;
      let j = -1;
      while (j < 0) {
        if (used === words.length) [words, used] = [this.words(64), 0];
        const product = words[used]! * range; // < 2⁵³, exact
        used++;
        const high = Math.floor(product / 2 ** 32);
        if (product - high * 2 ** 32 >= reject) j = high;
      }
      const swap = order[i]!;
      order[i] = order[j]!;
      order[j] = swap;
    }
    return order;
  }

  /** n draws of an index, index i with chance probabilities[i] (which must add up to 1 within 1e-4). */
  categorical(probabilities: number[] | Float32Array, n: number): Int32Array {
    const cumulative = new Float64Array(probabilities.length);
    let sum = 0;
    let last = -1; // the last index that can occur: rounding must not draw an impossible one
    probabilities.forEach((p, i) => {
      if (!(p >= 0)) throw new RangeError(`categorical: probability ${i} is ${p}, wanted a number ≥ 0`);
      sum += p;
      cumulative[i] = sum;
      if (p > 0) last = i;
    });
    if (!(Math.abs(sum - 1) <= 1e-4)) {
      throw new RangeError(`categorical: probabilities add up to ${sum}, wanted 1: divide them by their sum`);
    }
    const words = this.words(n);
    const out = new Int32Array(n);
    for (let k = 0; k < n; k++) {
      const u = ((words[k]! + 0.5) / 2 ** 32) * sum;
      let low = 0;
      let high = last;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (cumulative[middle]! > u) high = middle;
        else low = middle + 1;
      }
      out[k] = low;
    }
    return out;
  }

  /** The position in the stream, as plain JSON. */
  save(): RandomState {
    return {
      algorithm: "philox4x32-10",
      key: [this.key[0]!, this.key[1]!],
      counter: [this.counter[0]!, this.counter[1]!, this.counter[2]!, this.counter[3]!],
    };
  }

  /** Continues exactly where `state` was saved. @throws Error when it is not a random stream's state */
  restore(state: RandomState): void {
    const words = (list: unknown, n: number): boolean =>
      Array.isArray(list) &&
      list.length === n &&
      list.every((w: unknown) => typeof w === "number" && Number.isInteger(w) && w >= 0 && w < 2 ** 32);
    if (state?.algorithm !== "philox4x32-10" || !words(state.key, 2) || !words(state.counter, 4)) {
      throw new Error("RandomStream.restore: wanted what save() returned, got something else: save the stream again");
    }
    this.key = Uint32Array.from(state.key);
    this.counter = Uint32Array.from(state.counter);
  }

  /** The next n random words; whole blocks are used up. */
  private words(n: number): Uint32Array {
    if (!Number.isInteger(n) || n < 0) throw new RangeError(`RandomStream: wanted a whole number of draws, got ${n}`);
    refuseWhileRecording(
      "draws from a RandomStream of its author's",
      "the same numbers would come at every call; use the function's fourth argument, random.normal(shape)",
    );
    const blocks = Math.ceil(n / 4);
    const out = new Uint32Array(blocks * 4);
    philoxFill(out, 0, blocks, this.counter, this.key);
    this.counter = advance(this.counter, blocks);
    return out.subarray(0, n);
  }
}

/** TensorFlow computes in float32: round after each of its operations. */
const round = Math.fround;
/** Never log 0: |z| ≤ 5.68. */
const SMALLEST = Math.fround(1e-7);

/** @throws RangeError unless min ≤ max */
export function expectInterval(min: number, max: number): void {
  if (!(max >= min)) throw new RangeError(`uniform: wanted min ≤ max, got [${min}, ${max}]: swap them`);
}

/** @throws RangeError unless std ≥ 0 */
export function expectDeviation(std: number): void {
  if (!(std >= 0)) throw new RangeError(`normal: wanted std ≥ 0, got ${std}: give the standard deviation`);
}

/** @throws RangeError unless low < high are whole numbers within int32 */
export function expectIntegers(low: number, high: number): void {
  const range = high - low;
  if (!Number.isInteger(low) || !Number.isInteger(high) || range < 1 || range > 2 ** 32 || low < -(2 ** 31)) {
    throw new RangeError(`integers: wanted whole numbers low < high in int32, got [${low}, ${high})`);
  }
}

/** The number of elements. @throws RangeError unless the shape is of whole numbers ≥ 0 */
export function sizeOfShape(who: string, shape: readonly number[]): number {
  if (!shape.every((d) => Number.isInteger(d) && d >= 0)) {
    throw new RangeError(`${who}: wanted a shape of whole numbers ≥ 0, got [${shape.join(", ")}]`);
  }
  return shape.reduce((a, b) => a * b, 1);
}

/**
 * A stream of random numbers for a seed: the same on every machine and backend. 0 is a seed like any other.
 * Give each purpose its own stream: `const init = stream.split("init"), noise = stream.split("noise")`.
 * @param seed a whole number, |seed| < 2⁵³; it becomes the 64-bit Philox key
 */
export function randomStream(seed: number): RandomStream {
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(`randomStream: wanted a whole number as seed, got ${seed}: for example randomStream(0)`);
  }
  const key = BigInt.asUintN(64, BigInt(seed));
  return new RandomStream([Number(key & 0xffffffffn), Number(key >> 32n)]);
}
