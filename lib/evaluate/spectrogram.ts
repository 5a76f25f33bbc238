// What a sound is made of, moment by moment.
import { expectSound } from "./sound";

/** Loudness by time and frequency. */
export interface Spectrogram {
  /** Middles of the moments, in seconds. */
  times: number[];
  /** Hz */
  frequencies: number[];
  /** [frequency][time], in decibels below the loudest of all, at least `floor`. */
  decibels: number[][];
}

export interface SpectrogramOptions {
  /** Samples a second. */
  rate: number;
  /** Samples in a moment, a power of two: longer ones tell frequencies better apart, shorter ones times. 256 unless given. */
  window?: number;
  /** Samples from one moment to the next; half a window unless given. */
  hop?: number;
  /** Softer than this is not told apart; −60 dB unless given. */
  floor?: number;
}

/**
 * Short-time Fourier transform with a Hann window.
 * @throws RangeError when the sound is shorter than a moment or has samples that are no numbers, and for options that are none
 */
export function spectrogram(
  samples: ArrayLike<number>,
  { rate, window = 256, hop = window / 2, floor = -60 }: SpectrogramOptions,
): Spectrogram {
  if (!(window >= 2) || !Number.isInteger(Math.log2(window)))
    throw new RangeError(`spectrogram: window ${window}, wanted a power of two`);
  if (samples.length < window) throw new RangeError(`spectrogram: ${samples.length} samples, a moment takes ${window}`);
  if (!Number.isInteger(hop) || hop < 1)
    throw new RangeError(`spectrogram: hop ${hop}, wanted a whole number of 1 or more`);
  if (!(floor < 0)) throw new RangeError(`spectrogram: floor ${floor}, wanted decibels below 0`);
  expectSound("spectrogram", samples, rate);
  const moments = Math.floor((samples.length - window) / hop) + 1;
  const hann = Float64Array.from({ length: window }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / window));
  const power = Array.from({ length: moments }, (_, m) => {
    const re = Float64Array.from(hann, (w, i) => w * samples[m * hop + i]!);
    const im = new Float64Array(window);
    transform(re, im);
    return Array.from({ length: window / 2 + 1 }, (_, k) => re[k]! ** 2 + im[k]! ** 2);
  });
  const loudest = power.flat().reduce((a, b) => Math.max(a, b), 1e-20);
  return {
    times: power.map((_, m) => (m * hop + window / 2) / rate),
    frequencies: Array.from({ length: window / 2 + 1 }, (_, k) => (k * rate) / window),
    decibels: Array.from({ length: window / 2 + 1 }, (_, k) =>
      power.map((moment) => Math.max(floor, 10 * Math.log10(Math.max(moment[k]!, 1e-40) / loudest))),
    ),
  };
}

/** Fast Fourier transform in place [Cooley & Tukey 1965]; the length is a power of two. */
function transform(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) [re[i], re[j], im[i], im[j]] = [re[j]!, re[i]!, im[j]!, im[i]!];
  }
  for (let size = 2; size <= n; size *= 2) {
    for (let k = 0; k < size / 2; k++) {
      const angle = (-2 * Math.PI * k) / size;
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      for (let from = k; from < n; from += size) {
        const to = from + size / 2;
        const [a, b] = [re[to]! * c - im[to]! * s, re[to]! * s + im[to]! * c];
        [re[to], im[to]] = [re[from]! - a, im[from]! - b];
        re[from]! += a;
        im[from]! += b;
      }
    }
  }
}
