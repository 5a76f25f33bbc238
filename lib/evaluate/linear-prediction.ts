// A sample as a weighted sum of those before it: the oldest model of speech, and the way to read formants off a sound.
import { normalMass } from "./normal";

/** x ≈ Σ weights[k − 1]·x₋ₖ, with what is left of it. */
export interface LinearPredictor {
  /** Of the last sample, the one before it, … */
  weights: Float64Array;
  /** Root mean square of the error, in the windowed sound. */
  error: number;
}

/**
 * The best weights for a sound, by its autocorrelation [Levinson 1947, Durbin 1960]. The sound fades in and out first, so that its
 * ends do no harm.
 * @throws RangeError when there are not more samples than weights, or all are 0
 */
export function fitLinearPredictor(samples: ArrayLike<number>, order: number): LinearPredictor {
  const n = samples.length;
  if (!Number.isInteger(order) || order < 1 || n <= order) {
    throw new RangeError(
      `fitLinearPredictor: order ${order} for ${n} samples: wanted 1 or more, and fewer than samples`,
    );
  }
  const x = Float64Array.from(samples, (value, i) => value * (0.54 - 0.46 * Math.cos((2 * Math.PI * (i + 0.5)) / n)));
  const r = Array.from({ length: order + 1 }, (_, k) => {
    let sum = 0;
    for (let i = k; i < n; i++) sum += x[i]! * x[i - k]!;
    return sum;
  });
  if (!(r[0]! > 0)) throw new RangeError(`fitLinearPredictor: the sound is silent or has NaN: its energy is ${r[0]}`);
  let energy = r[0]! * (1 + 1e-9); // a whiff of noise: a pure tone could be predicted without error
  const a = new Float64Array(order);
  for (let k = 0; k < order; k++) {
    let reflection = r[k + 1]!;
    for (let j = 0; j < k; j++) reflection -= a[j]! * r[k - j]!;
    reflection /= energy;
    const before = a.slice(0, k);
    a[k] = reflection;
    for (let j = 0; j < k; j++) a[j] = before[j]! - reflection * before[k - 1 - j]!;
    energy *= 1 - reflection * reflection;
  }
  return { weights: a, error: Math.sqrt(energy / n) };
}

/** How much of a sound of each frequency a predictor's filter lets through, in decibels. */
export function envelope({ weights }: LinearPredictor, frequencies: readonly number[], rate: number): number[] {
  return frequencies.map((f) => {
    let [re, im] = [1, 0];
    weights.forEach((a, k) => {
      const angle = (2 * Math.PI * f * (k + 1)) / rate;
      re -= a * Math.cos(angle);
      im += a * Math.sin(angle);
    });
    return -10 * Math.log10(re * re + im * im);
  });
}

/** Treble is raised first, since the source itself falls off: x − 0.9·x₋₁. */
const EMPHASIS = 0.9;
/** Formants are looked for from here on, in Hz. */
const LOWEST = 150;

/**
 * The formants of a sound: where its envelope has peaks, lowest first, in Hz. For a voice at 8 kHz order 8 leaves room for four.
 * @throws RangeError as fitLinearPredictor
 */
export function formants(samples: ArrayLike<number>, rate: number, order = 8): number[] {
  const bright = Float64Array.from(samples, (x, i) => (i === 0 ? 0 : x - EMPHASIS * samples[i - 1]!));
  const step = 5;
  const frequencies = Array.from({ length: Math.floor((rate / 2 - LOWEST) / step) }, (_, i) => LOWEST + i * step);
  const level = envelope(fitLinearPredictor(bright, order), frequencies, rate);
  return frequencies.filter((_, i) => i > 0 && level[i]! > level[i - 1]! && level[i]! >= (level[i + 1] ?? Infinity));
}

/** How wide the bell curves of a prediction's error are, in multiples of its usual size, and how often each. */
const WIDTHS = [0.125, 0.25, 0.5, 1, 2, 4, 8];

/**
 * Linear prediction as a model of codes: the next sample is its prediction, give or take an error whose size is drawn from a few
 * sizes, as often as they fit the sounds that it was fitted on.
 */
export class LinearCodeModel {
  private constructor(
    private readonly predictor: LinearPredictor,
    private readonly scale: number,
    private readonly shares: readonly number[],
    private readonly edges: (code: number) => number,
  ) {}

  /**
   * @param sounds samples as their codes decode
   * @param edges where a code's step begins
   * @throws RangeError as fitLinearPredictor, and where a sound has not as many samples as codes
   */
  static fit(
    sounds: readonly { samples: Float32Array; codes: Uint8Array }[],
    order: number,
    edges: (code: number) => number,
  ): LinearCodeModel {
    sounds.forEach((sound, i) => expectPaired(`LinearCodeModel.fit: sound ${i}`, sound));
    const length = sounds.reduce((sum, { codes }) => sum + codes.length, 0);
    const all = new Float32Array(length);
    let at = 0;
    for (const { samples } of sounds) {
      all.set(samples, at);
      at += samples.length;
    }
    const predictor = fitLinearPredictor(all, order);
    let squares = 0;
    for (const { samples } of sounds)
      samples.forEach((x, t) => (squares += (x - predicted(predictor, samples, t)) ** 2));
    const scale = Math.sqrt(squares / length);
    // How well each width explains each code stays the same while the shares are found: computed once, [length, widths].
    const even = new LinearCodeModel(
      predictor,
      scale,
      WIDTHS.map(() => 1),
      edges,
    );
    const masses = new Float64Array(length * WIDTHS.length);
    at = 0;
    for (const { samples, codes } of sounds) {
      codes.forEach((code, t) => masses.set(even.parts(samples, code, t), WIDTHS.length * at++));
    }
    let shares = WIDTHS.map(() => 1 / WIDTHS.length);
    for (let turn = 0; turn < 20; turn++) {
      const sums = WIDTHS.map(() => 0);
      for (let from = 0; from < masses.length; from += WIDTHS.length) {
        let sum = 0;
        for (let i = 0; i < WIDTHS.length; i++) sum += shares[i]! * masses[from + i]!;
        if (sum > 0) for (let i = 0; i < WIDTHS.length; i++) sums[i]! += (shares[i]! * masses[from + i]!) / sum;
      }
      const total = sums.reduce((a, b) => a + b, 0);
      shares = sums.map((s) => (s + 1) / (total + WIDTHS.length));
    }
    return new LinearCodeModel(predictor, scale, shares, edges);
  }

  /** −log₂ p of each code of a sound. @throws RangeError where it has not as many samples as codes */
  bits({ samples, codes }: { samples: Float32Array; codes: Uint8Array }): Float64Array {
    expectPaired("LinearCodeModel.bits: the sound", { samples, codes });
    return Float64Array.from(codes, (code, t) => {
      // One in a thousand for all that the bell curves exclude.
      return -Math.log2(0.999 * this.parts(samples, code, t).reduce((a, b) => a + b, 0) + 0.001 / 256);
    });
  }

  private parts(samples: Float32Array, code: number, t: number): number[] {
    const mean = predicted(this.predictor, samples, t);
    const [low, high] = [this.edges(code), this.edges(code + 1)];
    return WIDTHS.map((width, i) => this.shares[i]! * normalMass(low, high, mean, width * this.scale));
  }
}

function expectPaired(what: string, { samples, codes }: { samples: Float32Array; codes: Uint8Array }): void {
  if (samples.length === codes.length) return;
  throw new RangeError(`${what} has ${samples.length} samples and ${codes.length} codes, wanted as many`);
}

function predicted({ weights }: LinearPredictor, samples: Float32Array, t: number): number {
  let sum = 0;
  for (let k = 1; k <= weights.length && k <= t; k++) sum += weights[k - 1]! * samples[t - k]!;
  return sum;
}
