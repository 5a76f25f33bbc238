// What runs a program's functions. There are two: eager-engine.ts on any backend, native-engine.ts as TensorFlow graphs.
import type { Draws } from "./program-functions";
import type { RandomState, RandomStream } from "./random";
import type { tf } from "./tf";
import type { Leaf } from "./tree";
import type { UpdateRule } from "./update-rule";

/** How a train step changes the state; numbers count the state's leaves. */
export interface Training {
  trained: readonly number[];
  rule: UpdateRule;
  /** The first function that uses this optimizer: steps that share an optimizer share its running averages. */
  slotsOf: string;
  clipNorm?: number | undefined;
  clipWeights?: number | undefined;
  /** Pairs [weight, its average]. */
  average?: { pairs: readonly (readonly [number, number])[]; decay: number } | undefined;
}

/** A function made ready for an engine. */
export interface PlannedFunction {
  name: string;
  /** The author's function, over the state's leaves; checks that it returned tensors. */
  body: (
    leaves: readonly tf.Tensor[],
    inputs: Record<string, tf.Tensor>,
    scalars: Record<string, tf.Scalar>,
    random: Draws,
  ) => Record<string, tf.Tensor>;
  /** The same without shards; see program-shards.ts. */
  whole: PlannedFunction["body"];
  inputNames: readonly string[];
  scalarNames: readonly string[];
  training?: Training | undefined;
  xla: boolean;
}

/** One function's part of a call: it runs as often as there are `scalars`; then inputs are stacked along a first axis. */
export interface Part {
  fn: PlannedFunction;
  inputs: Record<string, tf.Tensor>;
  /** Its own numbers, for each run. */
  scalars: readonly Record<string, number>[];
  /** The optimizer's numbers, for each run; empty without one. */
  updates: readonly Record<string, number>[];
  stacked: boolean;
}

/** A function's results: numbers where it returned float32 scalars. */
export type Results = Record<string, tf.Tensor | number>;

/** The run of a train step whose loss was not finite. */
export interface FailedRun {
  part: Part;
  run: number;
}

/** What a call gave. */
export interface Outcome {
  /** Part by part, run by run. */
  results: Results[][];
  /** The first run of a train step whose loss is not finite, and where the random stream stood before it. */
  failed?: (FailedRun & { at: RandomState }) | undefined;
}

/** Holds a program's state and runs its functions. */
export interface Engine {
  /** Makes a call of these parts ready: whatever is wrong with them shows here. */
  prepare(parts: readonly Part[]): void;
  /** Runs the parts one after another. A train step whose loss is not finite changes nothing, nor does what follows it. */
  run(parts: readonly Part[], random: RandomStream): Outcome;
  /** Where the first number that is not finite comes up in such a step, in words; the stream stands before it. */
  diagnose(failed: FailedRun, random: RandomStream): string;
  /** Copies of the state's leaves, the caller's to dispose. */
  read(leaves: readonly number[]): tf.Tensor[];
  /** All at once: one by one takes a graph of many variables longer than a step. */
  write(values: ReadonlyMap<number, tf.Tensor>): void;
  /** An optimizer's running averages of each leaf. */
  readSlots(slotsOf: string, leaves: readonly number[]): tf.Tensor[][];
  writeSlots(slotsOf: string, values: ReadonlyMap<number, readonly tf.Tensor[]>): void;
  /** What was recorded of a function, if this engine records. */
  recorded(fn: string): readonly RecordedOp[] | undefined;
  dispose(): void;
}

/** One op of a recorded function, as explain shows it. */
export interface RecordedOp {
  op: string;
  inputs: readonly (readonly number[])[];
  outputs: readonly (readonly number[])[];
  /** How often it runs in a call: the turns of its loop. */
  times: number;
  /** "forward": results depend on it; "backward": only gradients do; "optimizer": the update of a weight. */
  phase: "forward" | "backward" | "optimizer";
  /** Numbers of the values that it reads and makes, to follow how long each lives. */
  reads: readonly number[];
  makes: readonly number[];
}

/** Makes an engine around the state's first values. */
export type EngineMaker = (state: readonly Leaf[], functions: readonly PlannedFunction[]) => Engine;

const makers = new Map<string, EngineMaker>();

/** Makes `maker` the engine of a backend of TensorFlow.js. */
export function registerEngine(backend: string, maker: EngineMaker): void {
  makers.set(backend, maker);
}

/** The engine made for a backend, if any. */
export function engineOf(backend: string): EngineMaker | undefined {
  return makers.get(backend);
}
