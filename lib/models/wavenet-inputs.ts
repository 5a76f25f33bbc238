// What a WaveNet must be given, apart from the layers that compute with it.
import { expectNumbers, expectShape, whole } from "../tensor/expect";
import type { tf } from "../tensor/tf";

/** Of the weights, what says how inputs must be. */
interface Sizes {
  symbols: tf.Tensor2D;
  places?: tf.Tensor2D;
  layers: readonly { condition?: { w: tf.Tensor2D } }[];
}

/** @throws Error or RangeError unless there is a batch of symbols that the weights know */
export function expectSymbols(who: string, what: string, tokens: tf.Tensor2D, { symbols }: Sizes): void {
  expectShape(who, what, tokens, ["B", "T"], "a row of symbols for each sequence");
  expectNumbers(who, what, tokens, whole(0, symbols.shape[0] - 1, "the weights know no others"));
}

/**
 * @param B sequences @param T places, drawn ones too
 * @throws Error or RangeError unless layers, places and what is asked fit
 */
export function expectFit(
  who: string,
  { layers, places }: Sizes,
  dilations: readonly number[],
  { B, T, condition }: { B: number; T: number; condition: tf.Tensor2D | tf.Tensor3D | undefined },
): void {
  if (layers.length !== dilations.length) {
    throw new Error(`${who}: ${layers.length} layers of weights, ${dilations.length} dilations`);
  }
  if (places !== undefined && T > places.shape[0]) {
    throw new RangeError(`${who}: ${T} places, the weights know ${places.shape[0]}`);
  }
  const wanted = layers[0]?.condition?.w;
  if ((wanted === undefined) !== (condition === undefined)) {
    throw new Error(`${who}: ${wanted ? "these weights want a condition" : "these weights know no condition"}`);
  }
  if (wanted === undefined || condition === undefined) return;
  const K = wanted.shape[0];
  if (condition.rank === 3) expectShape(who, "condition", condition, [B, T, K], "one row for each place that is seen");
  else expectShape(who, "condition", condition, [B, K], "one row for each sequence");
}

/** @throws RangeError unless there are that many places */
export function expectLast(who: string, last: number, T: number): void {
  if (Number.isInteger(last) && last >= 1 && last <= T) return;
  throw new RangeError(`${who}: the last ${last} of ${T} places: wanted 1 to ${T}`);
}
