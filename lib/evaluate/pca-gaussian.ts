// Probabilistic principal components [Tipping & Bishop 1999]: a picture is the mean, k patterns with normal amounts, and
// the same noise in every other direction. The best that a linear decoder can do: a deep one has to beat it.
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import type { RandomStream } from "../tensor/random";
import { expectNumbers, FINITE } from "../tensor/expect";
import { tf } from "../tensor/tf";

/** Rounds of the subspace iteration: the first components of digits are exact to 1e-3 after ten. */
const ROUNDS = 20;
/** Directions followed beyond those asked for, which makes the last ones converge. */
const SPARE = 10;

/** A fitted model. */
export class PcaGaussian {
  constructor(
    /** [pixels] */
    readonly mean: tf.Tensor1D,
    /** Orthonormal patterns, the strongest first: [k, pixels] */
    readonly components: tf.Tensor2D,
    /** Variance along each of them: [k] */
    readonly variances: number[],
    /** Mean variance of all other directions: σ². */
    readonly noise: number,
    /** Share of all variance that the components carry. */
    readonly explained: number,
  ) {}

  /** New pictures, without the noise unless asked for; not cut to any range. → [count, pixels] */
  sample(stream: RandomStream, count: number, { noise = false } = {}): tf.Tensor2D {
    return tf.tidy(() => {
      const deviations = this.variances.map((variance) => Math.sqrt(Math.max(0, variance - (noise ? this.noise : 0))));
      const amounts = tf.mul<tf.Tensor2D>(stream.normal([count, deviations.length]), deviations);
      const smooth = tf.add<tf.Tensor2D>(tf.matMul(amounts, this.components), this.mean);
      return noise ? tf.add(smooth, stream.normal([count, this.mean.size], 0, Math.sqrt(this.noise))) : smooth;
    });
  }

  /** The amount of each pattern in each picture. x [N, pixels] → [N, k] */
  encode(x: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => tf.matMul(tf.sub<tf.Tensor2D>(x, this.mean), this.components, false, true));
  }

  /** The picture of these amounts. z [N, k] → [N, pixels] */
  decode(z: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => tf.add(tf.matMul(z, this.components), this.mean));
  }

  dispose(): void {
    tf.dispose([this.mean, this.components]);
  }
}

/**
 * The k strongest principal components by subspace iteration on the covariance: k and some spare directions are multiplied
 * by it and made orthonormal again, until they span its strongest ones.
 * @param x [N, pixels], N ≥ 2; `components` fewer than the pixels and than N @param stream draws the first directions
 * @throws RangeError for fewer than two pictures, other numbers of components, and a number that is not finite
 */
export function fitPcaGaussian(
  x: tf.Tensor2D,
  { components, stream }: { components: number; stream: RandomStream },
): PcaGaussian {
  const [N, pixels] = x.shape;
  if (N < 2) throw new RangeError(`fitPcaGaussian: wanted two pictures or more, got ${N}`);
  const most = Math.min(N, pixels) - 1;
  if (!Number.isInteger(components) || components < 1 || components > most) {
    throw new RangeError(`fitPcaGaussian: wanted 1 to ${most} components, got ${components}`);
  }
  expectNumbers("fitPcaGaussian", "x", x, FINITE);
  const width = Math.min(components + SPARE, pixels);
  const mean: tf.Tensor1D = tf.mean(x, 0);
  const covariance = tf.tidy(() => {
    const centred = tf.sub<tf.Tensor2D>(x, mean);
    return tf.div<tf.Tensor2D>(tf.matMul(centred, centred, true), N - 1);
  });
  const start = stream.normal([pixels, width]);
  let directions = orthonormal(start);
  start.dispose();
  for (let round = 0; round < ROUNDS; round++) {
    const before = directions;
    const turned = tf.matMul<tf.Tensor2D>(covariance, before);
    directions = orthonormal(turned);
    tf.dispose([before, turned]);
  }
  // Inside the subspace the components are the eigenvectors of a small matrix.
  const small = tf.tidy(() => tf.matMul<tf.Tensor2D>(directions, tf.matMul(covariance, directions), true).arraySync());
  const { values, vectors } = descending(new Matrix(small));
  const total = tf.tidy(() => tf.sum(tf.mul(tf.eye(pixels), covariance)).dataSync()[0]!);
  const variances = values.slice(0, components);
  const carried = variances.reduce((sum, variance) => sum + variance, 0);
  const found = tf.tidy(() => {
    const turn = tf.tensor2d(vectors.slice(0, components)); // [k, width]
    return tf.matMul<tf.Tensor2D>(turn, directions, false, true);
  });
  tf.dispose([covariance, directions]);
  return new PcaGaussian(
    mean,
    found,
    variances,
    Math.max(0, total - carried) / (pixels - components),
    total > 0 ? carried / total : 1,
  );
}

/** Columns of the same span, at right angles and of length 1. */
function orthonormal(a: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => whitened(whitened(a))); // the second time repairs what float32 lost in the first
}

/** A·V·Λ^−½ with AᵀA = VΛVᵀ. Directions that the data do not have stay near 0. */
function whitened(a: tf.Tensor2D): tf.Tensor2D {
  const { values, vectors } = descending(new Matrix(tf.matMul<tf.Tensor2D>(a, a, true).arraySync()));
  const least = values[0]! > 0 ? 1e-12 * values[0]! : 1;
  const scaled = vectors.map((vector, i) => vector.map((v) => v / Math.sqrt(Math.max(values[i]!, least))));
  return tf.matMul<tf.Tensor2D>(a, tf.tensor2d(scaled), false, true);
}

/** Eigenvalues of a symmetric matrix, the largest first, and the eigenvectors as rows. */
function descending(matrix: Matrix): { values: number[]; vectors: number[][] } {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const order = realEigenvalues.map((_, i) => i).sort((i, j) => realEigenvalues[j]! - realEigenvalues[i]!);
  return {
    values: order.map((i) => realEigenvalues[i]!),
    vectors: order.map((i) => eigenvectorMatrix.getColumn(i)),
  };
}
