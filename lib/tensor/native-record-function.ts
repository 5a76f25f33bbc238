// Node only. Records one function of a program: forward pass, and for a train step gradients and, where TensorFlow has no
// fused op for its optimizer, the optimizer's formula.
import type { Part } from "./engine";
import { idOf } from "./native-binding";
import { ownCopy, record } from "./native-recorder";
import type { Recorder } from "./native-recorder";
import type { ValueId } from "./native-recording";
import type { RecordedFunction, RecordedUpdate } from "./native-signature";
import { simplify } from "./native-simplify";
import { expectMeanOverBatch } from "./program-shards";
import { tf } from "./tf";
import { decaysOf, lossAndGradients } from "./train-step";
import { mapValues } from "./tree";

/**
 * @param part a call with example inputs: their shapes count
 * @param leaves the state's present values, the caller's to dispose
 */
export function recordFunction(part: Part, leaves: readonly tf.Tensor[], paths: readonly string[]): RecordedFunction {
  const { fn } = part;
  let recorded: RecordedFunction | undefined;
  tf.tidy(() => {
    const inputs = mapValues(part.inputs, (tensor) => ownCopy(part.stacked ? tf.gather(tensor, 0) : tensor));
    const numbers = { ...part.scalars[0]!, ...part.updates[0]! };
    const scalars = mapValues(numbers, (x) => ownCopy(tf.scalar(x))) as Record<string, tf.Scalar>;
    const slots = slotExamples(part, leaves);
    const declared = [...leaves, ...Object.values(inputs), ...Object.values(scalars), ...slots.flat()];
    const own = Object.fromEntries(fn.scalarNames.map((name) => [name, scalars[name]!]));
    if (fn.training !== undefined) tf.tidy(() => expectMeanOverBatch(fn, leaves, inputs, own));
    const { recording, result } = record(fn.name, declared, (recorder) =>
      runRecorded(part, { leaves, inputs, scalars, slots, recorder, paths }),
    );
    const { recording: simple, renamed } = simplify(recording);
    recorded = {
      ...{
        fn,
        recording: simple,
        leaves: leaves.map(idOf),
        inputs: mapValues(inputs, idOf),
        scalars: mapValues(scalars, idOf),
      },
      ...renameResult(result, renamed),
    };
  });
  return recorded!;
}

interface RecordedResult {
  outputs: Record<string, ValueId>;
  update: RecordedUpdate | undefined;
}

function renameResult({ outputs, update }: RecordedResult, renamed: (id: ValueId) => ValueId): RecordedResult {
  const formula = update?.formula && {
    slots: update.formula.slots,
    params: update.formula.params.map(renamed),
    nextSlots: update.formula.nextSlots.map((each) => each.map(renamed)),
  };
  return {
    outputs: mapValues(outputs, renamed),
    update: update && { ...update, grads: update.grads.map(renamed), ...(formula && { formula }) },
  };
}

interface Example {
  leaves: readonly tf.Tensor[];
  inputs: Record<string, tf.Tensor>;
  scalars: Record<string, tf.Scalar>;
  slots: readonly (readonly tf.Tensor[])[];
  recorder: Recorder;
  paths: readonly string[];
}

function runRecorded({ fn }: Part, { leaves, inputs, scalars, slots, recorder, paths }: Example): RecordedResult {
  const { training } = fn;
  const own = Object.fromEntries(fn.scalarNames.map((name) => [name, scalars[name]!]));
  if (training === undefined) {
    const outputs = fn.body(leaves, inputs, own, recorder.draws);
    return { outputs: mapValues(outputs, idOf), update: undefined };
  }
  const args = { leaves, inputs, scalars: own, random: recorder.draws };
  const { outputs, grads } = lossAndGradients(fn, training, args, paths);
  try {
    const decays = training.trained.map((leaf) => decaysOf(training, leaf, paths, leaves[leaf]!.shape));
    const update: RecordedUpdate = { training, grads: grads.map(idOf), decays };
    if (training.rule.fused === undefined) {
      const next = training.trained.map((leaf, k) =>
        training.rule.update({
          ...{ param: leaves[leaf]!, grad: grads[k]!, slots: [...slots[k]!], scalars, decays: decays[k]! },
        }),
      );
      update.formula = {
        slots: slots.map((each) => each.map(idOf)),
        params: next.map(({ param }) => idOf(param)),
        nextSlots: next.map((each) => each.slots.map(idOf)),
      };
    }
    const ids = mapValues(outputs, idOf);
    // The loss is a scalar in the graph, whatever its author's shape of size 1.
    ids.loss = idOf(tf.reshape(outputs.loss!, []));
    return { outputs: ids, update };
  } finally {
    tf.dispose(outputs);
  }
}

/** Tensors that stand for an optimizer's running averages where its formula is recorded. */
function slotExamples({ fn: { training } }: Part, leaves: readonly tf.Tensor[]): tf.Tensor[][] {
  if (training === undefined || training.rule.fused !== undefined) return [];
  return training.trained.map((leaf) => training.rule.slots.map(() => ownCopy(tf.zerosLike(leaves[leaf]!))));
}
