/**
 * Node only. Runs a program's functions as TensorFlow graphs. A function is recorded when it is first called with inputs of
 * certain shapes; all recordings of a program live in one session, because only there they share variables, so a new one
 * makes a new session and hands the variables over.
 */
import { diagnose } from "./diagnosis";
import { registerEngine } from "./engine";
import type { Engine, FailedRun, Outcome, Part, PlannedFunction, RecordedOp, Results } from "./engine";
import { describeRecording } from "./native-description";
import { DTYPE, idOf, nativeBackend } from "./native-binding";
import { GraphBuilder } from "./native-graph";
import { attr } from "./native-protobuf";
import { recordFunction } from "./native-record-function";
import { Session } from "./native-session";
import { SignatureWriter, leafName, numberNames, slotName } from "./native-signature";
import type { RecordedFunction, Signature } from "./native-signature";
import { advance } from "./philox";
import type { RandomState, RandomStream } from "./random";
import { tf } from "./tf";
import type { Leaf } from "./tree";

/** Input shapes kept at once; the one that was not used for longest goes first. */
const MOST_SIGNATURES = 16;

interface Variable {
  name: string;
  shape: readonly number[];
}

/** A call that has been recorded. */
interface Kept {
  parts: readonly Part[];
  recorded: readonly RecordedFunction[];
}

/** A session and the calls that it can run, by key; the one not used for longest comes first. */
interface Loaded {
  session: Session;
  calls: Map<string, Kept & { signature: Signature }>;
}

const FLOAT = attr.type(DTYPE.float32);

class NativeEngine implements Engine {
  private readonly variables: Variable[];
  private readonly paths: string[];
  private readonly recordings = new Map<string, RecordedFunction>();
  /** Replaced as a whole: an interrupt in the middle of a recording leaves what was there. */
  private loaded: Loaded;

  constructor(
    state: readonly Leaf[],
    private readonly functions: readonly PlannedFunction[],
  ) {
    this.paths = state.map(({ path }) => path);
    const leaves = state.map(({ tensor }, i) => ({ name: leafName(i), shape: tensor.shape }));
    this.variables = [...leaves, ...this.slotVariables(leaves)];
    this.loaded = this.load(new Map());
    const zeros = this.variables.slice(leaves.length).map(({ shape }) => tf.zeros([...shape]));
    const all = [...state.map(({ tensor }) => tensor), ...zeros];
    assign(
      this.loaded.session,
      this.variables.map(({ name }, i) => [name, idOf(all[i]!)]),
    );
    tf.dispose(zeros);
  }

  prepare(parts: readonly Part[]): void {
    const key = parts.map(keyOf).join(" | ");
    const { session, calls } = this.loaded;
    const known = calls.get(key);
    if (known !== undefined) {
      calls.delete(key); // to the end
      calls.set(key, known);
      return;
    }
    const recorded = parts.map((part) => this.recordingFor(part));
    const all = new Map<string, Kept>([...calls, [key, { parts: parts.map(withoutTensors), recorded }]]);
    if (all.size > MOST_SIGNATURES) all.delete([...all.keys()][0]!);
    this.loaded = this.load(all, session);
    session.close();
    const used = new Set([...all.values()].flatMap((each) => each.recorded));
    for (const [name, one] of this.recordings) if (!used.has(one)) this.recordings.delete(name);
  }

  run(parts: readonly Part[], random: RandomStream): Outcome {
    const { session, calls } = this.loaded;
    const { signature, recorded } = calls.get(parts.map(keyOf).join(" | "))!;
    const { binding } = nativeBackend();
    const made: number[] = [];
    const create = (shape: number[], dtype: number, values: Float32Array | Int32Array): number => {
      made.push(binding.createTensor(shape, dtype, values));
      return made.at(-1)!;
    };
    const feeds = signature.inputs.map(([k, name, fed]): [string, number] => [fed, idOf(parts[k]!.inputs[name]!)]);
    if (signature.numbers !== undefined) {
      const numbers = parts.flatMap((part, k) => numbersOf(part, numberNames(recorded[k]!)));
      feeds.push([signature.numbers, create([numbers.length], DTYPE.float32, Float32Array.from(numbers))]);
    }
    const before = random.save();
    const after = (blocks: number): RandomState => ({ ...before, counter: wordsAfter(before.counter, blocks) });
    if (signature.random !== undefined) {
      feeds.push([signature.random.key, create([1, 2], DTYPE.int32, Int32Array.from(before.key))]);
      feeds.push([signature.random.counter, create([2, 2], DTYPE.int32, Int32Array.from(before.counter))]);
      random.restore(after(signature.blocks));
    }
    const packed = signature.packed === undefined ? [] : [signature.packed];
    try {
      const outputs = session.run(feeds, [...packed, ...signature.tensors.map(([, , , ref]) => ref)]);
      const results = collect(parts, recorded, signature, outputs);
      const failed = firstFailed(parts, results);
      if (failed === undefined) return { results };
      const { k, run } = failed;
      const earlier = parts
        .slice(0, k)
        .reduce((sum, { scalars }, i) => sum + scalars.length * blocksOf(recorded[i]!), 0);
      const at = after(earlier + run * blocksOf(recorded[k]!));
      return { results, failed: { part: parts[k]!, run, at } };
    } finally {
      for (const id of made) binding.deleteTensor(id);
    }
  }

  diagnose({ part, run }: FailedRun, random: RandomStream): string {
    const leaves = this.read(this.paths.map((_, i) => i));
    try {
      return diagnose({ part, run, random, leaves, paths: this.paths });
    } finally {
      tf.dispose(leaves);
    }
  }

  read(leaves: readonly number[]): tf.Tensor[] {
    return this.readVariables(leaves.map(leafName));
  }

  write(values: ReadonlyMap<number, tf.Tensor>): void {
    assign(
      this.loaded.session,
      Array.from(values, ([leaf, value]) => [leafName(leaf), idOf(value)]),
    );
  }

  readSlots(slotsOf: string, leaves: readonly number[]): tf.Tensor[][] {
    const slots = this.slotNames(slotsOf);
    const all = this.readVariables(leaves.flatMap((leaf) => slots.map((slot) => slotName(slotsOf, leaf, slot))));
    return leaves.map((_, k) => all.slice(k * slots.length, (k + 1) * slots.length));
  }

  writeSlots(slotsOf: string, values: ReadonlyMap<number, readonly tf.Tensor[]>): void {
    const slots = this.slotNames(slotsOf);
    const all = Array.from(values, ([leaf, own]) =>
      slots.map((slot, s): [string, number] => [slotName(slotsOf, leaf, slot), idOf(own[s]!)]),
    );
    assign(this.loaded.session, all.flat());
  }

  recorded(fn: string): readonly RecordedOp[] | undefined {
    // The last one recorded: its inputs were the last new ones.
    const one = [...this.recordings.values()].filter((each) => each.fn.name === fn).at(-1);
    return one && describeRecording(one);
  }

  dispose(): void {
    this.loaded.session.close();
    this.recordings.clear();
  }

  private recordingFor(part: Part): RecordedFunction {
    const key = `${part.fn.name} ${shapesOf(part).join(" ")}`;
    let one = this.recordings.get(key);
    if (one === undefined) {
      const leaves = this.read(this.paths.map((_, i) => i));
      try {
        one = recordFunction(part, leaves, this.paths);
      } finally {
        tf.dispose(leaves);
      }
      this.recordings.set(key, one);
    }
    return one;
  }

  /** A session with these calls, and the variables of the one before. */
  private load(calls: ReadonlyMap<string, Kept>, before?: Session): Loaded {
    const graph = new GraphBuilder();
    this.addVariables(graph);
    let count = 0;
    const signed = new Map(
      [...calls].map(([key, call]) => {
        const signature = new SignatureWriter(graph, `call${count++}_`).write(call.parts, call.recorded);
        return [key, { ...call, signature }];
      }),
    );
    const session = new Session(graph.nodes);
    if (before !== undefined) {
      const names = this.variables.map(({ name }) => name);
      const values = before.run(
        [],
        names.map((name) => `${name}/read`),
      );
      assign(
        session,
        names.map((name, i) => [name, values[i]!.id]),
      );
      for (const { id } of values) nativeBackend().binding.deleteTensor(id);
    }
    return { session, calls: signed };
  }

  private addVariables(graph: GraphBuilder): void {
    for (const { name, shape } of this.variables) {
      const attrs = {
        dtype: FLOAT,
        shape: attr.shape(shape),
        shared_name: attr.string(name),
        container: attr.string(""),
      };
      graph.add("VarHandleOp", [], attrs, name);
      graph.add("ReadVariableOp", [name], { dtype: FLOAT }, `${name}/read`);
      const value = graph.add("Placeholder", [], { dtype: FLOAT, shape: attr.shape(shape) }, `${name}/value`);
      // A copy, because a fed tensor may borrow a JavaScript array: a variable would hold on to it, and TensorFlow's thread that
      // updates the variable would then hand the array back to V8, which is the main thread's alone (seen in CI: SIGSEGV).
      const owned = graph.add("DeepCopy", [value], { T: FLOAT });
      const assigned = graph.add("AssignVariableOp", [name, owned], { dtype: FLOAT });
      // Something to fetch: a session runs what its outputs need. Not a constant that waits for the assignment: TensorFlow's
      // optimizer may fold it and, once in thousands of sessions, lost the assignment with it. A read shares the buffer.
      graph.add("ReadVariableOp", [name, `^${assigned}`], { dtype: FLOAT }, `${name}/write`);
    }
  }

  private slotVariables(leaves: readonly Variable[]): Variable[] {
    const all = new Map<string, Variable>();
    for (const { training } of this.functions) {
      for (const leaf of training?.trained ?? []) {
        for (const slot of training!.rule.slots) {
          const name = slotName(training!.slotsOf, leaf, slot);
          all.set(name, { name, shape: leaves[leaf]!.shape });
        }
      }
    }
    return [...all.values()];
  }

  private slotNames(slotsOf: string): readonly string[] {
    return this.functions.find(({ training }) => training?.slotsOf === slotsOf)?.training?.rule.slots ?? [];
  }

  private readVariables(names: readonly string[]): tf.Tensor[] {
    if (names.length === 0) return [];
    const values = this.loaded.session.run(
      [],
      names.map((name) => `${name}/read`),
    );
    return values.map((value) => nativeBackend().createOutputTensor(value));
  }
}

/**
 * Numbers for variables, in one run: TensorFlow optimizes its whole graph anew for every set of nodes that is asked for. One
 * variable after another, a U-Net with Adam took 15 s of computing to load for its fourth batch size; at once it takes 1.3 s.
 */
function assign(session: Session, values: readonly (readonly [string, number])[]): void {
  if (values.length === 0) return;
  const written = session.run(
    values.map(([name, id]) => [`${name}/value`, id]),
    values.map(([name]) => `${name}/write`),
  );
  for (const { id } of written) nativeBackend().binding.deleteTensor(id);
}

/** The first run, in the order in which they ran, of a train step whose loss is not finite. */
function firstFailed(parts: readonly Part[], results: readonly Results[][]): { k: number; run: number } | undefined {
  for (const [k, { fn }] of parts.entries()) {
    const run = fn.training === undefined ? -1 : results[k]!.findIndex(({ loss }) => !Number.isFinite(loss));
    if (run >= 0) return { k, run };
  }
  return undefined;
}

function blocksOf({ recording }: RecordedFunction): number {
  return recording.blocks;
}

function wordsAfter(counter: readonly number[], blocks: number): [number, number, number, number] {
  return Array.from(advance(counter, blocks)) as [number, number, number, number];
}

function numbersOf(part: Part, names: readonly string[]): number[] {
  return part.scalars.flatMap((own, run) => names.map((name) => own[name] ?? part.updates[run]![name]!));
}

function shapesOf({ fn, inputs, stacked }: Part): string[] {
  return fn.inputNames.map((name) => (stacked ? inputs[name]!.shape.slice(1) : inputs[name]!.shape).join("x"));
}

function keyOf(part: Part): string {
  return [part.fn.name, part.scalars.length, part.stacked, ...shapesOf(part)].join(" ");
}

/** A part to be written into later sessions: its tensors are the caller's and may be gone by then. */
function withoutTensors(part: Part): Part {
  return { ...part, inputs: {} };
}

/** Results part by part and run by run; tensors are the caller's. */
function collect(
  parts: readonly Part[],
  recorded: readonly RecordedFunction[],
  signature: Signature,
  outputs: { id: number; shape: number[]; dtype: number }[],
): Results[][] {
  const { binding } = nativeBackend();
  // With all names at once, so that they come in their author's order.
  const results = parts.map((part, k) =>
    part.scalars.map((): Results => Object.fromEntries(Object.keys(recorded[k]!.outputs).map((name) => [name, NaN]))),
  );
  let rest = outputs;
  if (signature.packed !== undefined) {
    const [packed] = outputs;
    const numbers = binding.tensorDataSync(packed!.id);
    binding.deleteTensor(packed!.id);
    signature.packedOutputs.forEach(([k, run, name], i) => (results[k]![run]![name] = numbers[i]!));
    rest = outputs.slice(1);
  }
  signature.tensors.forEach(([k, run, name], i) => {
    const tensor = nativeBackend().createOutputTensor(rest[i]!);
    if (tensor.rank > 0) {
      results[k]![run]![name] = tensor;
      return;
    }
    results[k]![run]![name] = tensor.dataSync()[0]!; // an int32 or bool scalar
    tensor.dispose();
  });
  return results;
}

/** Makes the graph engine that of TensorFlow's own backend. */
export function registerNativeEngine(): void {
  registerEngine("tensorflow", (state, functions) => new NativeEngine(state, functions));
}
