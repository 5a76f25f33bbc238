// From what an author wrote to what an engine runs: names checked, leaves numbered, train steps resolved.
import type { PlannedFunction, Training } from "./engine";
import type {
  Call,
  Chain,
  Declarations,
  FunctionBody,
  Numbers,
  OverState,
  TrainStep,
  TrainStepOptions,
} from "./program-functions";
import { isTensor } from "./is-tensor";
import type { tf } from "./tf";
import { assemble, flatten, pathsOf } from "./tree";
import { shardedBody } from "./program-shards";
import type { Leaf, Skeleton } from "./tree";

/** A program's parts, ready for an engine. */
export interface Plan {
  /** The state's structure, by part. */
  skeleton: Readonly<Record<string, Skeleton>>;
  leaves: readonly Leaf[];
  functions: ReadonlyMap<string, PlannedFunction>;
  declarations: ReadonlyMap<string, { inputs: Declarations; scalars: Numbers }>;
  chains: ReadonlyMap<string, Chain<unknown>>;
}

type AuthorsBody = FunctionBody<unknown, Declarations, Numbers, Record<string, tf.Tensor>>;
type AuthorsFunction =
  | Call<unknown, Declarations, Numbers, Record<string, tf.Tensor>>
  | TrainStep<unknown, Declarations, Numbers, Record<string, tf.Tensor>>;

const RESERVED = ["read", "write", "save", "restore", "steps", "recorded", "sizes", "dispose", "then"];

/** @throws Error naming the function or the part of the state that is wrong, and how */
export function planFunctions(state: object, functions: Record<string, OverState<unknown>>): Plan {
  const { leaves, skeleton } = flatten(state);
  for (const { path, tensor } of leaves) {
    if (tensor.dtype !== "float32") throw new Error(`compile: ${path} is ${tensor.dtype}: the state is float32`);
  }
  const planned = new Map<string, PlannedFunction>();
  const declarations = new Map<string, { inputs: Declarations; scalars: Numbers }>();
  const chains = new Map<string, Chain<unknown>>();
  const optimizers = new Map<unknown, string>();
  for (const [name, written] of Object.entries(functions)) {
    if (RESERVED.includes(name))
      throw new Error(`compile: a function cannot be called "${name}": programs have it already`);
    if (written.kind === "chain") {
      chains.set(name, written as Chain<unknown>);
      continue;
    }
    if (written.kind !== "call" && written.kind !== "train step") {
      throw new Error(`compile: ${name} is ${typeof written}: wanted trainStep(…), call(…) or chain(…)`);
    }
    const { body, options } = written as AuthorsFunction;
    const { inputs = {}, scalars = {} } = options;
    if ("lr" in scalars) throw new Error(`compile: ${name}: "lr" is the optimizer's: call ${name}(inputs, { lr })`);
    declarations.set(name, { inputs, scalars });
    const training =
      written.kind === "call" ? undefined : planTraining(name, options as Options, { leaves, skeleton }, optimizers);
    // In the graph both are fed by name: one would silently take the other's place.
    const taken = training && Object.keys(training.rule.scalars(1, 1)).find((key) => key in scalars);
    if (taken) throw new Error(`compile: ${name}: "${taken}" is a number of the optimizer: give yours another name`);
    const whole = bodyOverLeaves(name, body, skeleton, leaves, written.kind === "train step");
    const shards = written.kind === "call" ? 1 : ((options as Options).shards ?? 1);
    planned.set(name, {
      name,
      body: shardedBody(name, whole, inputs, shards),
      whole,
      inputNames: Object.keys(inputs),
      scalarNames: Object.keys(scalars),
      training,
      xla: options.xla ?? false,
    });
  }
  for (const [name, chain] of chains) expectMembers(name, chain, planned);
  return { skeleton, leaves, functions: planned, declarations, chains };
}

type Options = TrainStepOptions<Record<string, unknown>, Declarations, Numbers>;

/** The author's body called with a tree of the leaves' present values. */
function bodyOverLeaves(
  name: string,
  body: AuthorsBody,
  skeleton: Record<string, Skeleton>,
  leaves: readonly Leaf[],
  hasLoss: boolean,
): PlannedFunction["body"] {
  const indexOf = new Map(leaves.map(({ path }, i) => [path, i]));
  return (values, inputs, scalars, random) => {
    const state = assemble(skeleton, (path) => values[indexOf.get(path)!]!);
    const outputs = authorsFunction(() => body(state, inputs, scalars, random));
    if (isThenable(outputs)) {
      outputs.then(undefined, () => undefined); // what the rest of it does is nobody's concern
      throw new Error(`${name} is async: a compiled function computes in one go; load and await outside of it`);
    }
    return expectOutputs(name, outputs, hasLoss);
  };
}

/** A frame in the stack that says: from here on it is the author's code. See diagnosis.ts. */
function authorsFunction(run: () => unknown): unknown {
  return run();
}

/** A promise, also one of another realm, as a notebook's are. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

function expectOutputs(name: string, outputs: unknown, hasLoss: boolean): Record<string, tf.Tensor> {
  const wanted = hasLoss ? "{ loss, … }" : "{ name: tensor, … }";
  if (typeof outputs !== "object" || outputs === null || isTensor(outputs) || Array.isArray(outputs)) {
    const got = isTensor(outputs) ? "one tensor" : Array.isArray(outputs) ? "a list" : typeof outputs;
    throw new Error(`${name} returned ${got}, wanted ${wanted}: give its tensors names`);
  }
  for (const [key, value] of Object.entries(outputs)) {
    if (!isTensor(value)) {
      throw new Error(`${name} returned ${key} as ${typeof value}, wanted a tensor: tf.scalar(…) for a constant`);
    }
  }
  if (Object.keys(outputs).length === 0) throw new Error(`${name} returned nothing, wanted ${wanted}`);
  const { loss } = outputs as Record<string, tf.Tensor | undefined>;
  if (hasLoss && (loss === undefined || loss.size !== 1)) {
    const got = loss === undefined ? "no loss" : `a loss of shape [${loss.shape.join(", ")}]`;
    throw new Error(`${name} returned ${got}, wanted a scalar: reduce it with tf.mean or tf.sum`);
  }
  return outputs as Record<string, tf.Tensor>;
}

function planTraining(
  name: string,
  options: Options,
  { leaves, skeleton }: { leaves: readonly Leaf[]; skeleton: Record<string, Skeleton> },
  optimizers: Map<unknown, string>,
): Training {
  const parts = typeof options.of === "string" ? [options.of] : (options.of ?? []);
  const indexOf = new Map(leaves.map(({ path }, i) => [path, i]));
  const indicesOf = (part: string): number[] => {
    const found = skeleton[part] === undefined ? [] : pathsOf(skeleton[part]).map((path) => indexOf.get(path)!);
    if (found.length > 0) return found;
    const known = Object.keys(skeleton).join(", ");
    throw new Error(`compile: ${name}: the state has no tensors under "${part}": it has ${known}`);
  };
  const trained = [...new Set(parts.flatMap(indicesOf))];
  if (trained.length === 0) throw new Error(`compile: ${name}: \`of\` is empty: name the part of the state to train`);
  const { rule } = options.by ?? {};
  if (rule === undefined) throw new Error(`compile: ${name}: \`by\` is no optimizer: for example adam({ lr: 1e-3 })`);
  expectPositive(name, { clipNorm: options.clipNorm, clipWeights: options.clipWeights });
  if (!optimizers.has(options.by)) optimizers.set(options.by, name);
  return {
    trained,
    rule,
    slotsOf: optimizers.get(options.by)!,
    clipNorm: options.clipNorm,
    clipWeights: options.clipWeights,
    average: options.average && {
      decay: expectDecay(name, options.average.decay),
      pairs: pairs(name, leaves, trained, indicesOf(options.average.into)),
    },
  };
}

function pairs(name: string, leaves: readonly Leaf[], trained: number[], into: number[]): [number, number][] {
  const shape = (i: number | undefined): string =>
    i === undefined ? "nothing" : `[${leaves[i]!.tensor.shape.join(", ")}]`;
  if (into.length !== trained.length || trained.some((i, k) => shape(i) !== shape(into[k]))) {
    throw new Error(`compile: ${name}: average.into has other tensors than \`of\`: start it as a copy of them`);
  }
  if (into.some((i) => trained.includes(i))) {
    throw new Error(`compile: ${name}: average.into is trained itself: give the averages a part of their own`);
  }
  return trained.map((i, k) => [i, into[k]!]);
}

function expectDecay(name: string, decay: number): number {
  if (decay >= 0 && decay < 1) return decay;
  throw new RangeError(`compile: ${name}: wanted 0 ≤ average.decay < 1, got ${decay}: for example 0.999`);
}

function expectPositive(name: string, options: Record<string, number | undefined>): void {
  for (const [option, value] of Object.entries(options)) {
    if (value !== undefined && !(value > 0))
      throw new RangeError(`compile: ${name}: wanted ${option} > 0, got ${value}`);
  }
}

function expectMembers(name: string, chain: Chain<unknown>, planned: ReadonlyMap<string, PlannedFunction>): void {
  const members = chain.members as (string | readonly [string, number])[];
  const seen = new Set<string>();
  for (const member of members) {
    const [of, times] = typeof member === "string" ? [member, 1] : member;
    if (!planned.has(of)) {
      throw new Error(`compile: ${name}: no function "${of}": a chain is made of ${[...planned.keys()].join(", ")}`);
    }
    if (!Number.isInteger(times) || times < 1) {
      throw new RangeError(`compile: ${name}: wanted ["${of}", times] with a whole number ≥ 1, got ${times}`);
    }
    if (seen.has(of)) throw new Error(`compile: ${name}: "${of}" stands twice: give it a number, ["${of}", 2]`);
    seen.add(of);
  }
}
