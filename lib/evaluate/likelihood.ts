// How probable a model finds test pictures, −ln p(x) in nats: the number by which models with a likelihood are compared.
// Only on binary pictures does it compare with the literature, and only on the same ones: binaryTestDigits.
import type { RandomStream } from "../tensor/random";
import { expectShape } from "../tensor/expect";
import { tf } from "../tensor/tf";

/** −ln p(x) over test pictures. */
export interface NegativeLogLikelihood {
  /** Mean over the pictures, in nats: lower is better. */
  nats: number;
  /** Standard error of that mean: other test pictures would move it by about this much. */
  standardError: number;
  /** nats / (dimensions · ln 2): what an ideal compressor needs for each pixel. */
  bitsPerDimension: number;
  /** −ln p of each picture: [N] */
  each: Float64Array;
}

/**
 * Mean, standard error and bits of −ln p(x).
 * @param each −ln p of each picture in nats: [N]
 * @param dimensions pixels in a picture
 * @throws RangeError without a picture, and for NaN or no number
 */
export function negativeLogLikelihood(each: ArrayLike<number>, dimensions = 784): NegativeLogLikelihood {
  const N = each.length;
  if (N === 0) throw new RangeError("negativeLogLikelihood: no pictures: give at least one");
  const wrong = Array.from(each).findIndex((value) => typeof value !== "number" || Number.isNaN(value));
  if (wrong >= 0) {
    throw new RangeError(`negativeLogLikelihood: picture ${wrong} has ${each[wrong]}: were all pixels 0 or 1?`);
  }
  let [nats, squares] = [0, 0];
  for (let i = 0; i < N; i++) nats += each[i]! / N;
  for (let i = 0; i < N; i++) squares += (each[i]! - nats) ** 2;
  return {
    nats,
    standardError: N > 1 ? Math.sqrt(squares / (N - 1) / N) : NaN,
    bitsPerDimension: nats / (dimensions * Math.LN2),
    each: Float64Array.from(each),
  };
}

export interface ImportanceOptions {
  /** k, draws of z for each picture: the bound rises with k towards ln p(x). */
  draws: number;
  /** Length of z. */
  latents: number;
  /** Gives the noise; is not moved. */
  stream: RandomStream;
  /** Pictures computed at once, unless there are fewer. */
  pictures?: number;
  /** Decoded z computed at once, pictures · draws: bounds memory, to some 100 MB for a small VAE of digits. */
  rows?: number;
  /** Called after each group of pictures. */
  onProgress?: (done: number, of: number) => void;
}

/**
 * −ln p(x) of a model with latents by importance sampling [Burda et al. 2016], k draws a picture: −ln 1/k·Σⱼ p(x, zⱼ)/q(zⱼ | x).
 * The k draws are computed some at a time and their logarithms of means joined as they come, so memory does not grow with k.
 * Draw j of picture i always has the same noise: how the work is divided changes the result by rounding only, and the first
 * 50 of 5,000 draws are those of a run with 50.
 *
 * @param x [N, 784], 0 or 1
 * @param bound ln of the mean weight of some draws for some pictures, (x [B, 784], ε [k, B, Z]) → [B]; such as
 * `(x, eps) => importanceWeightedBound(x, eps, weights)`, or a compiled `call` of it: `(x, eps) => program.bound({ x, eps }).bound`
 * @returns −ln p(x) in nats, of each picture and on average
 * @throws RangeError for numbers of draws, latents … that are no whole numbers ≥ 1, without a picture, and for NaN; Error when
 * `bound` gives another shape
 */
export function importanceWeightedNll(
  x: tf.Tensor2D,
  bound: (x: tf.Tensor2D, eps: tf.Tensor3D) => tf.Tensor1D,
  { draws, latents, stream, pictures = 100, rows = 5000, onProgress }: ImportanceOptions,
): NegativeLogLikelihood {
  for (const [name, value] of Object.entries({ draws, latents, pictures, rows })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new RangeError(`importanceWeightedNll: wanted ${name}, a whole number of 1 or more, got ${value}`);
  }
  const [N, dimensions] = x.shape;
  if (N === 0) throw new RangeError("importanceWeightedNll: no pictures: give at least one");
  const each = new Float64Array(N);
  for (let from = 0; from < N; from += pictures) {
    const B = Math.min(pictures, N - from);
    const some = tf.slice(x, [from, 0], [B, -1]);
    const noise = Array.from({ length: B }, (_, i) => new RunningNoise(stream.split(from + i), latents));
    const means = Array.from({ length: B }, () => new RunningLogMean());
    const most = Math.max(1, Math.floor(rows / B)); // draws at once
    for (let done = 0; done < draws; done += most) {
      const k = Math.min(most, draws - done);
      const eps = stackNoise(noise, k, latents);
      const bounds = tf.tidy(() => bound(some, eps)); // an untidied one leaves some 14 MB a digit at k = 1,000
      expectShape(
        "importanceWeightedNll",
        "bound",
        bounds,
        [B],
        "ln of the mean weight of each picture, as importanceWeightedBound",
      );
      bounds.dataSync<"float32">().forEach((value, i) => means[i]!.add(value, k));
      tf.dispose([eps, bounds]);
    }
    some.dispose();
    means.forEach((mean, i) => (each[from + i] = -mean.value));
    onProgress?.(from + B, N);
  }
  return negativeLogLikelihood(each, dimensions);
}

/** The noise of one picture, draw after draw. A draw begins with a block of its own, so k draws are the same together or apart. */
class RunningNoise {
  private readonly padded: number;

  constructor(
    private readonly stream: RandomStream,
    latents: number,
  ) {
    this.padded = 4 * Math.ceil(latents / 4);
  }

  /** [k · padded] */
  next(k: number): Float32Array {
    return this.stream.normalArray(k * this.padded);
  }
}

/** k more draws of each picture's noise: [k, B, Z] */
function stackNoise(noise: RunningNoise[], k: number, latents: number): tf.Tensor3D {
  return tf.tidy(() => {
    const all = tf.stack(
      noise.map((one) => tf.reshape(tf.tensor1d(one.next(k)), [k, -1])),
      1,
    );
    return tf.slice(all as tf.Tensor3D, [0, 0, 0], [-1, -1, latents]);
  });
}

/** ln of the mean of numbers given by their logarithms, group after group, without overflow. */
class RunningLogMean {
  private largest = -Infinity;
  private sum = 0; // Σ exp(x − largest)
  private count = 0;

  /** `count` more numbers, of whose mean `logMean` is the logarithm. */
  add(logMean: number, count: number): void {
    this.count += count;
    if (logMean === -Infinity) return; // adds nothing
    const largest = Math.max(this.largest, logMean);
    this.sum = this.sum * Math.exp(this.largest - largest) + count * Math.exp(logMean - largest);
    this.largest = largest;
  }

  get value(): number {
    return this.largest + Math.log(this.sum / this.count);
  }
}
