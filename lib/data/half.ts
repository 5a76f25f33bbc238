// IEEE 754 half precision: 1 sign, 5 exponent and 10 fraction bits. JavaScript has no array of them (Node 24 has).

const bits = new Uint32Array(1);
const number = new Float32Array(bits.buffer);

/** The nearest half of each number, ties to even, as 16 bits; beyond ±65,504 it is infinite. */
export function toHalf(values: ArrayLike<number>): Uint16Array {
  return Uint16Array.from({ length: values.length }, (_, i) => halfOf(values[i]!));
}

/** The numbers that 16-bit halves stand for. */
export function fromHalf(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, (half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const [exponent, fraction] = [(half >> 10) & 31, half & 1023];
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
    return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
  });
}

function halfOf(value: number): number {
  number[0] = value;
  const sign = (bits[0]! >>> 16) & 0x8000;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= 65_520) return sign | 0x7c00; // halfway to the next one rounds to even: infinity
  if (size < 2 ** -14) return sign | roundEven(size * 2 ** 24); // subnormal; 1024 is the first normal one
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  const power = 2 ** exponent <= size ? (2 ** (exponent + 1) <= size ? exponent + 1 : exponent) : exponent - 1;
  return sign | (((power + 15) << 10) + roundEven((size / 2 ** power - 1) * 1024)); // a carry goes into the exponent
}

function roundEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
}
