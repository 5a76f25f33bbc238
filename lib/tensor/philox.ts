/**
 * Philox4x32-10 [Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"]: ten rounds that turn a 128-bit
 * counter and a 64-bit key into 128 random bits. Counters are four 32-bit words, lowest first, as in Random123 and in
 * TensorFlow's stateless ops. There is no state to carry: block k of a stream is philox(counter + k, key).
 */
const MULTIPLY_0 = 0xd2511f53;
const MULTIPLY_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9; // golden ratio
const WEYL_1 = 0xbb67ae85; // √3 − 1

/** The high 32 bits of a·b, by 16-bit halves: a double cannot hold the 64-bit product. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16); // < 2³², exact
  const low = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + (middle >>> 16) + (low >>> 16)) | 0;
}

/**
 * Writes `blocks` consecutive blocks (4 words each) to `out`, from word `at` on.
 * @param counter four words, lowest first; not changed
 * @param key two words, lowest first
 */
export function philoxFill(
  out: Uint32Array,
  at: number,
  blocks: number,
  counter: ArrayLike<number>,
  key: ArrayLike<number>,
): void {
  let n0 = counter[0]! | 0;
  let n1 = counter[1]! | 0;
  let n2 = counter[2]! | 0;
  let n3 = counter[3]! | 0;
  for (let block = 0, o = at; block < blocks; block++, o += 4) {
    let c0 = n0;
    let c1 = n1;
    let c2 = n2;
    let c3 = n3;
    let k0 = key[0]! | 0;
    let k1 = key[1]! | 0;
    for (let round = 0; round < 10; round++) {
      const high0 = multiplyHigh(c0, MULTIPLY_0);
      const high1 = multiplyHigh(c2, MULTIPLY_1);
      const low0 = Math.imul(c0, MULTIPLY_0);
      const low1 = Math.imul(c2, MULTIPLY_1);
      c0 = high1 ^ c1 ^ k0;
      c1 = low1;
      c2 = high0 ^ c3 ^ k1;
      c3 = low0;
      k0 = (k0 + WEYL_0) | 0;
      k1 = (k1 + WEYL_1) | 0;
    }
    out[o] = c0;
    out[o + 1] = c1;
    out[o + 2] = c2;
    out[o + 3] = c3;
    n0 = (n0 + 1) | 0; // a 128-bit counter: carry where a word wraps
    if (n0 === 0) {
      n1 = (n1 + 1) | 0;
      if (n1 === 0) {
        n2 = (n2 + 1) | 0;
        if (n2 === 0) n3 = (n3 + 1) | 0;
      }
    }
  }
}

/** One block: four random words for a counter and a key. */
export function philox4x32(counter: ArrayLike<number>, key: ArrayLike<number>): Uint32Array {
  const out = new Uint32Array(4);
  philoxFill(out, 0, 1, counter, key);
  return out;
}

/** The counter `blocks` further on (blocks < 2⁵³), as a new array. */
export function advance(counter: ArrayLike<number>, blocks: number): Uint32Array {
  const next = Uint32Array.from(counter);
  let carry = blocks;
  for (let i = 0; i < 4 && carry > 0; i++) {
    const sum = next[i]! + (carry % 2 ** 32);
    next[i] = sum;
    carry = Math.floor(carry / 2 ** 32) + (sum >= 2 ** 32 ? 1 : 0);
  }
  return next;
}
