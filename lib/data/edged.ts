import { tf } from "../tensor/tf";

/**
 * Sequences of symbols as a tensor that a model learns from: the edge symbol 0 before each, so that its first symbol is predicted from
 * it, and as many behind as it takes. int32 [B, length + 1]
 * @param sequences with their own edge at the end
 * @throws RangeError without a sequence, for an empty or a too long one, and for what is no symbol
 */
export function edged(sequences: readonly ArrayLike<number>[], length: number, symbols: number): tf.Tensor2D {
  if (sequences.length === 0) throw new RangeError("edged: no sequences: give at least one");
  const all = new Int32Array(sequences.length * (length + 1));
  sequences.forEach((sequence, row) => {
    if (sequence.length === 0) throw new RangeError(`edged: sequence ${row} is empty: give at least its edge`);
    if (sequence.length > length) {
      throw new RangeError(`edged: sequence ${row} has ${sequence.length} symbols, at most ${length} fit`);
    }
    for (let t = 0; t < sequence.length; t++) {
      const symbol = sequence[t]!;
      if (!Number.isInteger(symbol) || symbol < 0 || symbol >= symbols) {
        throw new RangeError(`edged: symbol ${t} of sequence ${row} is ${symbol}, wanted 0 to ${symbols - 1}`);
      }
      all[row * (length + 1) + 1 + t] = symbol;
    }
  });
  return tf.tensor2d(all, [sequences.length, length + 1], "int32");
}
