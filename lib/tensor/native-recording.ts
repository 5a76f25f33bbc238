// Node only. What a recorded function is: the ops that ran, by number; every number is a tensor of the binding.
import type { OpAttr, RawValues } from "./native-binding";

/** A tensor by its number in the binding. Numbers are never used twice. */
export type ValueId = number;

/** One op of TensorFlow. */
export interface OpStep {
  kind: "op";
  op: string;
  attrs: readonly OpAttr[];
  inputs: readonly ValueId[];
  outputs: readonly ValueId[];
}

/** Random numbers from the program's stream; `block` counts Philox blocks from the start of the call, or of the turn. */
export interface DrawStep {
  kind: "draw";
  distribution: "uniform" | "normal" | { low: number; high: number };
  shape: readonly number[];
  block: number;
  outputs: readonly [ValueId];
}

/** A loop; see repeat. Its body's first parameter is the turn. */
export interface LoopStep {
  kind: "loop";
  times: number;
  /** Initial values, one for each parameter but the first. */
  inputs: readonly ValueId[];
  turn: ValueId;
  params: readonly ValueId[];
  body: readonly Step[];
  results: readonly ValueId[];
  outputs: readonly ValueId[];
  /** Philox blocks before the loop, and of each turn. */
  block: number;
  blocksPerTurn: number;
}

export type Step = OpStep | DrawStep | LoopStep;

/** What is known of a value. */
export interface ValueInfo {
  shape: readonly number[];
  dtype: number;
}

/** A constant of the function: typed by its author, or an axis, a shape, a permutation that TensorFlow.js adds. */
export interface Constant extends ValueInfo {
  values: RawValues;
}

/** A function's ops in the order they ran. */
export interface Recording {
  steps: readonly Step[];
  values: ReadonlyMap<ValueId, ValueInfo>;
  constants: ReadonlyMap<ValueId, Constant>;
  /** Philox blocks that one call uses. */
  blocks: number;
}

/** The steps that `results` depend on, in order; loops are kept whole. */
export function liveSteps(steps: readonly Step[], results: Iterable<ValueId>): Step[] {
  const needed = new Set(results);
  const live: Step[] = [];
  for (const step of [...steps].reverse()) {
    if (!step.outputs.some((id) => needed.has(id))) continue;
    live.push(step);
    for (const id of inputsOf(step)) needed.add(id);
  }
  return live.reverse();
}

/** The values from outside that a step reads; for a loop also those that its body captures. */
export function inputsOf(step: Step): ValueId[] {
  if (step.kind === "draw") return [];
  if (step.kind === "op") return [...step.inputs];
  return [...step.inputs, ...capturedBy(step)];
}

/** What a loop's body reads that neither it nor its parameters make. Constants are among them. */
export function capturedBy(loop: LoopStep): ValueId[] {
  const made = new Set<ValueId>([loop.turn, ...loop.params]);
  const captured = new Set<ValueId>();
  for (const step of loop.body) {
    for (const id of inputsOf(step)) if (!made.has(id)) captured.add(id);
    for (const id of step.outputs) made.add(id);
  }
  for (const id of loop.results) if (!made.has(id)) captured.add(id);
  return [...captured];
}
