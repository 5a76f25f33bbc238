import { tf } from "../../../lib/tensor/tf";

/** Numbers that test/golden/gpt.py makes as well: offset + scale·sin(start + 0.7·n). */
export function sines<S extends number[]>(shape: S, start: number, scale = 1, offset = 0): tf.Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, n) => offset + scale * Math.sin(start + 0.7 * n)),
    shape,
  );
}
