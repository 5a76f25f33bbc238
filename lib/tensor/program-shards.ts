/**
 * A batch in equal parts, side by side in one graph. Starting an op on two cores and waiting for both takes longer than many
 * an op computes; two halves of a batch are independent, so each core can work through its own without waiting (measured in
 * docs/compile.md). It is right only where the loss is a mean over the batch's examples, which is checked.
 */
import type { PlannedFunction } from "./engine";
import type { Declarations, Draws } from "./program-functions";
import { tf } from "./tf";

type Body = PlannedFunction["body"];

/** The inputs that have the batch as their first axis: all that name it as the first such input does. */
function batched(declared: Declarations): string[] {
  const firstOf = (name: string): unknown => {
    const declaration = declared[name]!;
    return (Array.isArray(declaration) ? declaration : declaration.shape)[0];
  };
  const names = Object.keys(declared);
  const batch = names.map(firstOf).find((axis) => typeof axis === "string");
  return names.filter((name) => batch !== undefined && firstOf(name) === batch);
}

/**
 * A body that computes `shards` equal parts of the batch one by one: scalars are averaged, other outputs put together along
 * their first axis. A batch that cannot be divided is computed whole.
 * @throws Error when no input has a named first axis
 */
export function shardedBody(name: string, body: Body, declared: Declarations, shards: number): Body {
  if (!Number.isInteger(shards) || shards < 1) {
    throw new RangeError(
      `compile: ${name}: wanted shards, a whole number ≥ 1, got ${shards}: as many as there are cores`,
    );
  }
  const split = batched(declared);
  if (shards > 1 && split.length === 0) {
    throw new Error(`compile: ${name}: shards divide a batch, but no input's first axis has a name: declare ["B", …]`);
  }
  if (shards === 1) return body;
  return (leaves, inputs, scalars, random) => {
    const size = inputs[split[0]!]!.shape[0];
    if (size % shards !== 0) return body(leaves, inputs, scalars, random);
    const part = size / shards;
    const results = Array.from({ length: shards }, (_, k) => {
      const own = Object.fromEntries(split.map((input) => [input, tf.slice(inputs[input]!, k * part, part)]));
      return body(leaves, { ...inputs, ...own }, scalars, random);
    });
    return Object.fromEntries(
      Object.keys(results[0]!).map((key) => [key, together(results.map((each) => each[key]!))]),
    );
  };
}

/** Draws that are the same for every example: else the parts and the whole would not be comparable. */
const ALIKE = {
  uniform: (shape: number[], min = 0, max = 1) => tf.fill(shape, (min + max) / 2),
  normal: (shape: number[], mean = 0, std = 1) => tf.fill(shape, mean + std / 2),
  integers: (shape: number[], low: number) => tf.fill(shape, low, "int32"),
} as unknown as Draws;

function together(parts: tf.Tensor[]): tf.Tensor {
  return parts[0]!.rank > 0 ? tf.concat(parts) : tf.div(tf.addN(parts), parts.length);
}

/**
 * Whether the parts' mean is the whole: a sum over the batch, a batch norm or a statistic of the batch is not. Computed
 * forwards on the caller's own tensors. Called inside tf.tidy, not while recording.
 * @throws Error naming both losses
 */
export function expectMeanOverBatch(
  fn: PlannedFunction,
  ...[leaves, inputs, scalars]: [Parameters<Body>[0], Parameters<Body>[1], Parameters<Body>[2]]
): void {
  if (fn.body === fn.whole) return;
  const lossOf = (body: Body): number => body(leaves, inputs, scalars, ALIKE).loss!.dataSync()[0]!;
  const [parts, whole] = [lossOf(fn.body), lossOf(fn.whole)];
  if (!Number.isFinite(parts) || !Number.isFinite(whole)) return; // the step itself will say so
  if (Math.abs(parts - whole) <= 1e-3 * Math.max(Math.abs(whole), 1e-3)) return;
  throw new Error(
    `${fn.name}: shards: the parts of the batch have a mean loss of ${parts}, the whole has ${whole}: the loss must be a mean over the examples, each by itself; reduce it with tf.mean, or leave shards out`,
  );
}
