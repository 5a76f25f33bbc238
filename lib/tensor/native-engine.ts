/**
 * Node only. Runs a program's functions as TensorFlow graphs. A function is recorded when it is first called with inputs of
 * certain shapes; all recordings of a program live in one session, because only there they share variables, so a new one
 * makes a new session and hands the variables over.
 */
import { registerEngine } from "./engine";
import type { Engine, Part, PlannedFunction, RecordedOp, Results } from "./engine";
import { describeRecording } from "./native-description";
import { diagnose } from "./native-diagnosis";
import { DTYPE, idOf, nativeBackend } from "./native-binding";
import { GraphBuilder } from "./native-graph";
import { attr } from "./native-protobuf";
import { recordFunction } from "./native-record-function";
import { Session } from "./native-session";
import { SignatureWriter, leafName, numberNames, slotName } from "./native-signature";
import type { RecordedFunction, Signature } from "./native-signature";
import { advance } from "./philox";
import type { RandomStream } from "./random";
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
  signature: Signature | undefined;
}

const FLOAT = attr.type(DTYPE.float32);

class NativeEngine implements Engine {
  private readonly variables: Variable[];
  private readonly paths: string[];
  private readonly recordings = new Map<string, RecordedFunction>();
  private readonly kept = new Map<string, Kept>();
  private session: Session;

  constructor(
    state: readonly Leaf[],
    private readonly functions: readonly PlannedFunction[],
  ) {
    this.paths = state.map(({ path }) => path);
    const leaves = state.map(({ tensor }, i) => ({ name: leafName(i), shape: tensor.shape }));
    this.variables = [...leaves, ...this.slotVariables(leaves)];
    this.session = new Session(this.graphOf([]).nodes);
    state.forEach(({ tensor }, i) => this.write(i, tensor));
    for (const { name, shape } of this.variables.slice(leaves.length)) {
      tf.tidy(() => this.assign(name, idOf(tf.zeros([...shape]))));
    }
  }

  run(parts: readonly Part[], random: RandomStream): Results[][] {
    const { signature, recorded } = this.prepared(parts);
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
    if (signature.random !== undefined) {
      const { key, counter } = random.save();
      feeds.push([signature.random.key, create([1, 2], DTYPE.int32, Int32Array.from(key))]);
      feeds.push([signature.random.counter, create([2, 2], DTYPE.int32, Int32Array.from(counter))]);
      random.restore({ ...random.save(), counter: wordsAfter(counter, signature.blocks) });
    }
    const packed = signature.packed === undefined ? [] : [signature.packed];
    try {
      const outputs = this.session.run(feeds, [...packed, ...signature.tensors.map(([, , , ref]) => ref)]);
      return collect(parts, signature, outputs);
    } finally {
      for (const id of made) binding.deleteTensor(id);
    }
  }

  diagnose(part: Part, run: number, random: RandomStream): string {
    const leaves = this.read(this.paths.map((_, i) => i));
    try {
      return diagnose({ part, run, random, leaves, paths: this.paths });
    } finally {
      tf.dispose(leaves);
    }
  }

  read(leaves: readonly number[]): tf.Tensor[] {
    return leaves.map((i) => this.readVariable(leafName(i)));
  }

  write(leaf: number, value: tf.Tensor): void {
    this.assign(leafName(leaf), idOf(value));
  }

  readSlots(slotsOf: string, leaf: number): tf.Tensor[] {
    return this.slotNames(slotsOf).map((slot) => this.readVariable(slotName(slotsOf, leaf, slot)));
  }

  writeSlots(slotsOf: string, leaf: number, values: readonly tf.Tensor[]): void {
    this.slotNames(slotsOf).forEach((slot, s) => this.assign(slotName(slotsOf, leaf, slot), idOf(values[s]!)));
  }

  recorded(fn: string): readonly RecordedOp[] | undefined {
    // The last one recorded: its inputs were the last new ones.
    const one = [...this.recordings.values()].filter((each) => each.fn.name === fn).at(-1);
    return one && describeRecording(one);
  }

  dispose(): void {
    this.session.close();
    this.kept.clear();
    this.recordings.clear();
  }

  /** The call's recording and its place in the session; made when these shapes are new. */
  private prepared(parts: readonly Part[]): Kept & { signature: Signature } {
    const key = parts.map(keyOf).join(" | ");
    let kept = this.kept.get(key);
    if (kept?.signature === undefined) {
      kept = {
        parts: parts.map(withoutTensors),
        recorded: parts.map((part) => this.recordingFor(part)),
        signature: undefined,
      };
      this.kept.set(key, kept);
      if (this.kept.size > MOST_SIGNATURES) this.forget();
      this.rebuild();
    } else {
      this.kept.delete(key); // to the end: the first in the map is the one not used for longest
      this.kept.set(key, kept);
    }
    return kept as Kept & { signature: Signature };
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

  private forget(): void {
    const [oldest] = this.kept.keys();
    this.kept.delete(oldest!);
    const used = new Set([...this.kept.values()].flatMap(({ recorded }) => recorded));
    for (const [key, one] of this.recordings) if (!used.has(one)) this.recordings.delete(key);
  }

  /** A new session with all kept calls, and the variables of the old one. */
  private rebuild(): void {
    const graph = this.graphOf([...this.kept.values()]);
    const session = new Session(graph.nodes);
    const old = this.session;
    const names = this.variables.map(({ name }) => name);
    const values = old.run(
      [],
      names.map((name) => `${name}/read`),
    );
    this.session = session;
    names.forEach((name, i) => this.assign(name, values[i]!.id));
    for (const { id } of values) nativeBackend().binding.deleteTensor(id);
    old.close();
  }

  private graphOf(calls: readonly Kept[]): GraphBuilder {
    const graph = new GraphBuilder();
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
      const assign = graph.add("AssignVariableOp", [name, value], { dtype: FLOAT });
      // Something to fetch: a session runs what its outputs need. A scalar, so that nothing is copied.
      graph.add("Identity", [graph.float(0), `^${assign}`], { T: FLOAT }, `${name}/write`);
    }
    calls.forEach((call, c) => {
      call.signature = new SignatureWriter(graph, `call${c}_`).write(call.parts, call.recorded);
    });
    return graph;
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

  private readVariable(name: string): tf.Tensor {
    const [value] = this.session.run([], [`${name}/read`]);
    return nativeBackend().createOutputTensor(value!);
  }

  private assign(name: string, id: number): void {
    const [written] = this.session.run([[`${name}/value`, id]], [`${name}/write`]);
    nativeBackend().binding.deleteTensor(written!.id);
  }
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
  signature: Signature,
  outputs: { id: number; shape: number[]; dtype: number }[],
): Results[][] {
  const { binding } = nativeBackend();
  const results = parts.map((part) => part.scalars.map((): Results => ({})));
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
