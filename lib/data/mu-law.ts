/**
 * μ-law: 256 steps for a sample, fine near 0 and coarse where it is loud, as the ear hears. Two forms of the same curve
 *
 *   F(x) = sign(x)·ln(1 + μ·|x|) / ln(1 + μ),  μ = 255,  x in [−1, 1]:
 *
 *   muLawEncode   256 even steps of F, 0 to 255 from quiet minus to plus: what WaveNet predicts [van den Oord et al. 2016];
 *                 torchaudio's mu_law_encoding, number by number.
 *   telephoneByte the bytes of ITU-T G.711, which replaces the curve by 16 straight pieces: what stands in files.
 */

const MU = 255;
/** How many codes there are. */
export const MU_LAW_LEVELS = MU + 1;
/** The code of a sample of 0. */
export const MU_LAW_SILENCE = 128;

/**
 * Samples as codes 0 … 255.
 * @throws RangeError naming the first sample that is no number from −1 to 1
 */
export function muLawEncode(samples: ArrayLike<number>): Uint8Array {
  return Uint8Array.from(samples, (x, i) => {
    expectSample("muLawEncode", x, i);
    return Math.floor(((compressed(x) + 1) / 2) * MU + 0.5);
  });
}

/**
 * Codes as samples: the middle of each step on the curve.
 * @throws RangeError naming the first code that is no whole number from 0 to 255
 */
export function muLawDecode(codes: ArrayLike<number>): Float32Array {
  return Float32Array.from(codes, (code, i) => {
    if (Number.isInteger(code) && code >= 0 && code <= MU) return expanded((2 * code) / MU - 1);
    throw new RangeError(`muLawDecode: code ${i} is ${code}, wanted a whole number from 0 to ${MU}`);
  });
}

/** Where the step of a code begins; code + 1 is where it ends. −∞ and ∞ outside, since louder samples are not told apart. */
export function muLawEdge(code: number): number {
  if (code <= 0) return -Infinity;
  return code > MU ? Infinity : expanded((2 * (code - 0.5)) / MU - 1);
}

function compressed(x: number): number {
  return (Math.sign(x) * Math.log1p(MU * Math.abs(x))) / Math.log1p(MU);
}

function expanded(y: number): number {
  return (Math.sign(y) * Math.expm1(Math.abs(y) * Math.log1p(MU))) / MU;
}

/** In G.711's scale of 14 bits: added to every size, so that each piece begins at a power of two. */
const BIAS = 33;
const SCALE = 8192;

/** A sample in −1 … 1 as a byte of ITU-T G.711: sign, piece of three bits, step of four, all turned round. */
export function telephoneByte(sample: number): number {
  expectSample("telephoneByte", sample, 0);
  const size = Math.min(SCALE - 1, Math.abs(Math.floor(sample * SCALE)) + BIAS);
  const piece = 31 - Math.clz32(size) - 5;
  const step = (size >> (piece + 1)) & 0xf;
  return ~((sample < 0 ? 0x80 : 0) | (piece << 4) | step) & 0xff;
}

/** The sample that a byte of ITU-T G.711 stands for. */
export function telephoneSample(byte: number): number {
  const turned = ~byte & 0xff;
  const piece = (turned >> 4) & 7;
  const size = ((((turned & 0xf) << 1) + BIAS) << piece) - BIAS;
  return (turned & 0x80 && size > 0 ? -size : size) / SCALE; // no −0
}

function expectSample(who: string, x: number, i: number): void {
  if (x >= -1 && x <= 1) return;
  throw new RangeError(`${who}: sample ${i} is ${x}, wanted a number from −1 to 1: divide all by the loudest`);
}
