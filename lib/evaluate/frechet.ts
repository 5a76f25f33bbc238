// The Fréchet distance between two sets of feature vectors, each seen as one Gaussian [Heusel 2017]. Computed in float64
// on the processor, where a product of covariances keeps its digits.
import { EigenvalueDecomposition, Matrix } from "ml-matrix";

/** A Gaussian: mean [d] and covariance [d, d]. */
export interface Gaussian {
  mean: number[];
  covariance: number[][];
  /** Vectors it was estimated from. */
  count: number;
}

/** Vectors row by row. */
export interface FeatureVectors {
  count: number;
  width: number;
  /** [count · width] */
  features: ArrayLike<number>;
}

/**
 * Every number there, and finite.
 * @throws RangeError naming what is not
 */
export function expectVectors(who: string, { count, width, features }: FeatureVectors): void {
  if (features.length !== count * width) {
    throw new RangeError(`${who}: ${features.length} numbers for ${count} vectors of ${width}`);
  }
  for (let k = 0; k < features.length; k++) {
    if (Number.isFinite(features[k])) continue;
    const where = `feature ${k % width} of vector ${Math.floor(k / width)}`;
    throw new RangeError(`${who}: ${where} is ${features[k]}: were the pictures finite, and in [−1, 1]?`);
  }
}

/** Mean and unbiased covariance. @throws RangeError for fewer than two vectors, and for a number that is not finite */
export function fitGaussian({ count, width, features }: FeatureVectors): Gaussian {
  if (count < 2) throw new RangeError(`fitGaussian: wanted two vectors or more, got ${count}`);
  expectVectors("fitGaussian", { count, width, features });
  const mean = new Float64Array(width);
  for (let k = 0; k < features.length; k++) mean[k % width]! += features[k]! / count;
  const centred = Float64Array.from(features, (value, k) => value - mean[k % width]!);
  const covariance = Array.from({ length: width }, () => new Float64Array(width));
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < width; i++) {
      const x = centred[n * width + i]!;
      const row = covariance[i]!;
      for (let j = 0; j <= i; j++) row[j]! += x * centred[n * width + j]!;
    }
  }
  const full = covariance.map((_, i) =>
    Array.from({ length: width }, (_, j) => covariance[Math.max(i, j)]![Math.min(i, j)]! / (count - 1)),
  );
  return { mean: Array.from(mean), covariance: full, count };
}

/**
 * ‖μ₁ − μ₂‖² + Tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½) [Dowson & Landau 1982]. The root's trace is taken from S·Σ₂·S with S = Σ₁^½, which is symmetric:
 * no complex numbers, however nearly singular the covariances are.
 * @throws RangeError for Gaussians of different widths
 */
export function frechetDistance(a: Gaussian, b: Gaussian): number {
  return frechetDistanceFrom(a)(b);
}

/** The distance from one Gaussian to many: S, half the work, is computed once. */
export function frechetDistanceFrom(a: Gaussian): (b: Gaussian) => number {
  const root = symmetricRoot(new Matrix(a.covariance));
  return (b) => {
    if (a.mean.length !== b.mean.length) {
      throw new RangeError(`frechetDistance: ${a.mean.length} and ${b.mean.length} features: compare like with like`);
    }
    const product = root.mmul(new Matrix(b.covariance)).mmul(root);
    const roots = eigen(product).values.reduce((sum, value) => sum + Math.sqrt(value), 0);
    const between = a.mean.reduce((sum, value, i) => sum + (value - b.mean[i]!) ** 2, 0);
    return between + trace(a) + trace(b) - 2 * roots;
  };
}

/**
 * The Fréchet distance of two sets of vectors: FID when they are a classifier's features of pictures. Depends on their numbers.
 * @throws RangeError as fitGaussian and frechetDistance
 */
export function fid(a: FeatureVectors, b: FeatureVectors): number {
  return frechetDistance(fitGaussian(a), fitGaussian(b));
}

function trace({ covariance }: Gaussian): number {
  return covariance.reduce((sum, row, i) => sum + row[i]!, 0);
}

function symmetricRoot(matrix: Matrix): Matrix {
  const { values, vectors } = eigen(matrix);
  return vectors.mmul(Matrix.diag(values.map(Math.sqrt))).mmul(vectors.transpose());
}

/** Eigenvalues of a covariance are ≥ 0; rounding may leave −1e-17. */
function eigen(matrix: Matrix): { values: number[]; vectors: Matrix } {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  return { values: realEigenvalues.map((value) => Math.max(0, value)), vectors: eigenvectorMatrix };
}
