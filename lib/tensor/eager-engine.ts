/**
 * Runs a program's functions op by op, on any backend: what the graph engine must equal. The state is a list of tensors;
 * a train step replaces those that it trains.
 */
import { diagnose } from "./diagnosis";
import type { Engine, EngineMaker, FailedRun, Outcome, Part, PlannedFunction, Results } from "./engine";
import type { RandomStream } from "./random";
import { expectMeanOverBatch } from "./program-shards";
import { tf } from "./tf";
import { clipped, decaysOf, lossAndGradients, moveAverage } from "./train-step";
import type { Arguments } from "./train-step";
import { mapValues } from "./tree";
import type { Leaf } from "./tree";

/** The engine of every backend without one of its own. */
export const eagerEngine: EngineMaker = (state, functions) => new EagerEngine(state, functions);

/** The tensors of a dropped program go with it. */
const dropped = new FinalizationRegistry<() => void>((free) => free());

/** Outside the class: what frees an engine must not hold it. */
function freeing(leaves: readonly tf.Tensor[], slots: ReadonlyMap<string, tf.Tensor[]>): () => void {
  return () => tf.dispose([...leaves, ...[...slots.values()].flat()]);
}

class EagerEngine implements Engine {
  private readonly paths: string[];
  private readonly leaves: tf.Tensor[];
  private readonly checked = new Set<PlannedFunction>();
  /** Running averages by optimizer and leaf. */
  private readonly slots = new Map<string, tf.Tensor[]>();

  constructor(state: readonly Leaf[], functions: readonly PlannedFunction[]) {
    this.paths = state.map(({ path }) => path);
    this.leaves = state.map(({ tensor }) => tf.keep(ownTensor(tensor)));
    for (const { training } of functions) {
      for (const leaf of training?.trained ?? []) {
        const name = `${training!.slotsOf} ${leaf}`;
        if (this.slots.has(name)) continue;
        const zeros = training!.rule.slots.map(() => tf.keep(tf.zerosLike(this.leaves[leaf]!)));
        this.slots.set(name, zeros);
      }
    }
    dropped.register(this, freeing(this.leaves, this.slots), this);
  }

  prepare(): void {
    // Nothing is recorded.
  }

  run(parts: readonly Part[], random: RandomStream): Outcome {
    let failed: Outcome["failed"];
    const results = parts.map((part) =>
      part.scalars.map((_, run): Results => {
        if (failed !== undefined) return {};
        const at = random.save();
        const numbers = readScalars(tf.tidy(() => this.runOnce(part, run, random)));
        if (part.fn.training !== undefined && !Number.isFinite(numbers.loss)) failed = { part, run, at };
        return numbers;
      }),
    );
    return { results, failed };
  }

  diagnose({ part, run }: FailedRun, random: RandomStream): string {
    return diagnose({ part, run, random, leaves: this.leaves, paths: this.paths });
  }

  read(leaves: readonly number[]): tf.Tensor[] {
    return leaves.map((i) => ownTensor(this.leaves[i]!));
  }

  write(values: ReadonlyMap<number, tf.Tensor>): void {
    for (const [leaf, value] of values) this.replace(leaf, ownTensor(value));
  }

  readSlots(slotsOf: string, leaves: readonly number[]): tf.Tensor[][] {
    return leaves.map((leaf) => (this.slots.get(`${slotsOf} ${leaf}`) ?? []).map(ownTensor));
  }

  writeSlots(slotsOf: string, values: ReadonlyMap<number, readonly tf.Tensor[]>): void {
    for (const [leaf, slots] of values) this.setSlots(slotsOf, leaf, slots);
  }

  private setSlots(slotsOf: string, leaf: number, values: readonly tf.Tensor[]): void {
    const name = `${slotsOf} ${leaf}`;
    tf.dispose(this.slots.get(name) ?? []);
    this.slots.set(
      name,
      values.map((value) => tf.keep(ownTensor(value))),
    );
  }

  recorded(): undefined {
    return undefined;
  }

  dispose(): void {
    dropped.unregister(this);
    tf.dispose(this.leaves);
    tf.dispose([...this.slots.values()].flat());
    this.slots.clear();
  }

  /** One run of a part; a train step moves its weights unless its loss is not finite. */
  private runOnce(
    { fn, inputs, scalars, updates, stacked }: Part,
    run: number,
    random: RandomStream,
  ): tf.TensorContainerObject {
    const args: Arguments = {
      leaves: this.leaves,
      inputs: stacked ? mapValues(inputs, (tensor) => tensor.gather(run)) : inputs,
      scalars: mapValues(scalars[run]!, (x) => tf.scalar(x)),
      random,
    };
    if (fn.training === undefined) return mapValues(fn.body(args.leaves, args.inputs, args.scalars, random), ownTensor);
    if (!this.checked.has(fn)) tf.tidy(() => expectMeanOverBatch(fn, args.leaves, args.inputs, args.scalars));
    this.checked.add(fn);
    const { outputs, grads } = lossAndGradients(fn, fn.training, args, this.paths);
    const results = mapValues(outputs, ownTensor);
    tf.dispose(outputs);
    if (Number.isFinite(results.loss!.dataSync()[0])) this.step(fn, updates[run]!, grads);
    return results;
  }

  private step(fn: PlannedFunction, numbers: Record<string, number>, grads: readonly tf.Tensor[]): void {
    const training = fn.training!;
    const scalars = mapValues(numbers, (x) => tf.scalar(x));
    training.trained.forEach((leaf, k) => {
      const param = this.leaves[leaf]!;
      const name = `${training.slotsOf} ${leaf}`;
      const slots = this.slots.get(name)!;
      const decays = decaysOf(training, leaf, this.paths, param.shape);
      const next = training.rule.update({ param, grad: grads[k]!, slots, scalars, decays });
      this.replace(leaf, clipped(next.param, training));
      this.setSlots(training.slotsOf, leaf, next.slots);
    });
    const { average } = training;
    for (const [weight, into] of average?.pairs ?? []) {
      this.replace(into, moveAverage(this.leaves[into]!, this.leaves[weight]!, average!.decay));
    }
  }

  private replace(leaf: number, value: tf.Tensor): void {
    this.leaves[leaf]!.dispose();
    this.leaves[leaf] = tf.keep(value);
  }
}

/** A tensor that shares the numbers and is disposed by itself; a tf.Variable becomes a tensor. */
function ownTensor(tensor: tf.Tensor): tf.Tensor {
  return tf.clone(tensor);
}

/** float32 scalars as numbers. */
function readScalars(results: tf.TensorContainerObject): Results {
  return mapValues(results as Record<string, tf.Tensor>, (tensor) => {
    if (tensor.rank > 0) return tensor;
    const [value] = tensor.dataSync();
    tensor.dispose();
    return value!;
  });
}
