// Node only. One call of a program as nodes of its graph: reads of variables, the recorded ops, updates in the right order.
import type { Part, PlannedFunction, Training } from "./engine";
import { DTYPE } from "./native-binding";
import { Values, emitSteps } from "./native-graph";
import type { RandomRefs, Ref, GraphBuilder } from "./native-graph";
import { attr } from "./native-protobuf";
import { liveSteps } from "./native-recording";
import type { Recording, ValueId } from "./native-recording";

/** A function recorded for inputs of certain shapes; all values are those of the recording. */
export interface RecordedFunction {
  fn: PlannedFunction;
  recording: Recording;
  leaves: readonly ValueId[];
  inputs: Readonly<Record<string, ValueId>>;
  /** Declared numbers and the optimizer's. */
  scalars: Readonly<Record<string, ValueId>>;
  outputs: Readonly<Record<string, ValueId>>;
  update: RecordedUpdate | undefined;
}

/** How a train step's weights move. */
export interface RecordedUpdate {
  training: Training;
  /** One for each trained leaf. */
  grads: readonly ValueId[];
  decays: readonly boolean[];
  /** Where TensorFlow has no fused op: the formula's slots, and what it makes of them and the weight. */
  formula?: {
    slots: readonly (readonly ValueId[])[];
    params: readonly ValueId[];
    nextSlots: readonly (readonly ValueId[])[];
  };
}

/** Names of a program's variables in the graph: leaf 3 is "v3", its slots "slots/step/v3/m". */
export const leafName = (leaf: number): string => `v${leaf}`;
export const slotName = (slotsOf: string, leaf: number, slot: string): string =>
  `slots/${nodeName(slotsOf)}/v${leaf}/${nodeName(slot)}`;

/** TensorFlow's names have only these letters; an author's function may be called αStep or $1. */
function nodeName(text: string): string {
  return text.replace(/[^A-Za-z0-9]/gu, (letter) => `_${letter.codePointAt(0)!.toString(16)}_`);
}

/** A call in the graph: what to feed, what comes back. */
export interface Signature {
  /** Placeholders of the parts' inputs: [part, input, name]. */
  inputs: readonly [number, string, string][];
  /** The placeholder of all numbers in one vector: part by part, run by run, in the order of `numberNames`. */
  numbers: string | undefined;
  /** Placeholders of the stream's key (2 words) and counter (4 words). */
  random: { key: string; counter: string } | undefined;
  blocks: number;
  /** float32 scalars in one vector, then every other output by itself. */
  packed: string | undefined;
  packedOutputs: readonly [number, number, string][];
  tensors: readonly [number, number, string, string][];
}

/** The numbers that one run of a function is fed, in order. */
export function numberNames({ scalars }: RecordedFunction): string[] {
  return Object.keys(scalars);
}

const FLOAT = attr.type(DTYPE.float32);

/** Adds a call to a graph. */
export class SignatureWriter {
  /** The present read of each variable, until it is written. */
  private readonly reads = new Map<string, Ref>();
  /** What the next read of a variable must wait for. */
  private readonly after = new Map<string, string[]>();
  private go: { finite: Ref; done: Ref } | undefined;
  private block = 0;

  constructor(
    private readonly graph: GraphBuilder,
    private readonly prefix: string,
  ) {}

  write(parts: readonly Part[], recorded: readonly RecordedFunction[]): Signature {
    const inputs: [number, string, string][] = [];
    const stacks = parts.map((part, k) => this.inputRefs(part, recorded[k]!, k, inputs));
    const counts = parts.map((part, k) => part.scalars.length * numberNames(recorded[k]!).length);
    const total = counts.reduce((a, b) => a + b, 0);
    const numbers = total === 0 ? undefined : this.placeholder("numbers", DTYPE.float32, [total]);
    const unpacked =
      numbers && this.graph.add("Unpack", [numbers], { T: FLOAT, num: attr.int(total), axis: attr.int(0) });
    const draws = recorded.some(({ recording }) => recording.blocks > 0);
    const random = draws ? this.randomRefs() : undefined;

    const scalars: [number, number, string, Ref][] = [];
    const tensors: [number, number, string, Ref][] = [];
    let at = 0;
    parts.forEach((part, k) => {
      const one = recorded[k]!;
      part.scalars.forEach((_, run) => {
        const names = numberNames(one);
        const refs = names.map((_name, j): Ref => (at + j === 0 ? unpacked! : `${unpacked!}:${at + j}`));
        at += names.length;
        const outputs = this.run(one, (name) => stacks[k]![name]![run]!, refs, random);
        for (const [name, ref] of Object.entries(outputs)) {
          const { shape, dtype } = one.recording.values.get(one.outputs[name]!)!;
          if (shape.length === 0 && dtype === DTYPE.float32) scalars.push([k, run, name, ref]);
          // A node of its own: what is fed cannot be fetched, nor anything twice.
          else tensors.push([k, run, name, this.graph.add("Identity", [ref], { T: attr.type(dtype) })]);
        }
      });
    });
    return this.finish({ inputs, numbers, random: random?.names, scalars, tensors });
  }

  private finish(made: {
    inputs: [number, string, string][];
    numbers: string | undefined;
    random: { key: string; counter: string } | undefined;
    scalars: [number, number, string, Ref][];
    tensors: [number, number, string, Ref][];
  }): Signature {
    const { graph, go } = this;
    const wait = go === undefined ? [] : [`^${go.done}`];
    const { scalars } = made;
    const refs = scalars.map(([, , , ref]) => ref);
    const pack = (): Ref => graph.add("Pack", refs, { N: attr.int(refs.length), T: FLOAT, axis: attr.int(0) });
    const packed = scalars.length === 0 ? undefined : graph.add("Identity", [pack(), ...wait], { T: FLOAT });
    return {
      ...{ inputs: made.inputs, numbers: made.numbers, random: made.random, blocks: this.block, packed },
      packedOutputs: scalars.map(([part, run, name]) => [part, run, name]),
      tensors: made.tensors.map(([part, run, name, ref]) => [part, run, name, ref]),
    };
  }

  /** The inputs of a part for each of its runs. */
  private inputRefs(
    part: Part,
    one: RecordedFunction,
    k: number,
    all: [number, string, string][],
  ): Record<string, Ref[]> {
    const times = part.scalars.length;
    return Object.fromEntries(
      Object.entries(one.inputs).map(([name, id]) => {
        const { shape, dtype } = one.recording.values.get(id)!;
        const fed = this.placeholder(`in${k}_${name}`, dtype, part.stacked ? [times, ...shape] : shape);
        all.push([k, name, fed]);
        if (!part.stacked) return [name, [fed]];
        const T = attr.type(dtype);
        const each = this.graph.add("Unpack", [fed], { T, num: attr.int(times), axis: attr.int(0) });
        return [name, part.scalars.map((_, run): Ref => (run === 0 ? each : `${each}:${run}`))];
      }),
    );
  }

  private placeholder(name: string, dtype: number, shape: readonly number[]): string {
    const safe = `${this.prefix}${name.replace(/[^A-Za-z0-9_]/g, "_")}`;
    return this.graph.add(
      "Placeholder",
      [],
      { dtype: attr.type(dtype), shape: attr.shape(shape) },
      this.graph.name(safe),
    );
  }

  /** The stream's words as TensorFlow takes them: uint64 key [1], int64 counter [2] to add block numbers to. */
  private randomRefs(): RandomRefs & { names: { key: string; counter: string } } {
    const names = {
      key: this.placeholder("key", DTYPE.int32, [1, 2]),
      counter: this.placeholder("counter", DTYPE.int32, [2, 2]),
    };
    const cast = (ref: Ref, type: number): Ref =>
      this.graph.add("Bitcast", [ref], { T: attr.type(DTYPE.int32), type: attr.type(type) });
    return { key: cast(names.key, DTYPE.uint64), counter: cast(names.counter, DTYPE.int64), names };
  }

  /** One run of a function: its ops, then its updates. */
  private run(
    one: RecordedFunction,
    input: (name: string) => Ref,
    numbers: readonly Ref[],
    random: RandomRefs | undefined,
  ): Record<string, Ref> {
    const { graph } = this;
    const { recording, update } = one;
    const values = new Values(graph, recording.constants);
    const wanted = [...Object.values(one.outputs), ...(update?.grads ?? [])];
    const formula = update?.formula;
    if (formula !== undefined) wanted.push(...formula.params, ...formula.nextSlots.flat());
    const live = liveSteps(recording.steps, wanted);
    for (const [name, id] of Object.entries(one.inputs)) values.set(id, input(name));
    Object.values(one.scalars).forEach((id, k) => values.set(id, numbers[k]!));
    one.leaves.forEach((id, leaf) => values.setLazily(id, () => this.read(leafName(leaf))));
    formula?.slots.forEach((ids, k) => {
      const { training } = update!;
      ids.forEach((id, s) => {
        const name = slotName(training.slotsOf, training.trained[k]!, training.rule.slots[s]!);
        values.setLazily(id, () => this.read(name));
      });
    });
    const extra: Record<string, Buffer> = one.fn.xla ? { _XlaCompile: attr.bool(true) } : {};
    const constant = graph.constant.bind(graph);
    const shifted = random && this.block > 0 ? this.shift(random) : random;
    emitSteps({ graph, recording, constant, random: shifted, extra }, live, values);
    this.block += recording.blocks;
    const outputs = Object.fromEntries(Object.entries(one.outputs).map(([name, id]) => [name, values.get(id)]));
    if (update === undefined) return outputs;
    const scalarRefs = Object.fromEntries(Object.keys(one.scalars).map((name, k) => [name, numbers[k]!]));
    return { ...outputs, loss: this.update(update, values, scalarRefs, outputs.loss!) };
  }

  private shift({ key, counter }: RandomRefs): RandomRefs {
    const offset = this.graph.constant(DTYPE.int64, [2], [this.block, 0]);
    return { key, counter: this.graph.add("AddV2", [counter, offset], { T: attr.type(DTYPE.int64) }) };
  }

  private read(variable: string): Ref {
    let ref = this.reads.get(variable);
    if (ref === undefined) {
      const wait = (this.after.get(variable) ?? []).map((name) => `^${name}`);
      ref = this.graph.add("ReadVariableOp", [variable, ...wait], { dtype: FLOAT });
      this.reads.set(variable, ref);
    }
    return ref;
  }

  /** What a write of a variable must wait for: everything that reads it (else it races), and a finite loss. */
  private beforeWrite(variable: string): string[] {
    const read = this.reads.get(variable);
    const readers = read === undefined ? [] : [read, ...this.graph.readersOf(read)];
    const waits = [...readers, ...(this.after.get(variable) ?? [])];
    return [...new Set(waits)].map((name) => `^${name}`);
  }

  private wrote(variable: string, by: string): void {
    this.reads.delete(variable);
    this.after.set(variable, [by]);
  }

  /**
   * The updates, in the branch that a finite loss takes: an infinite or NaN loss leaves weights and averages as they are.
   * @returns the loss, there in either branch
   */
  private update(update: RecordedUpdate, values: Values, scalars: Record<string, Ref>, loss: Ref): Ref {
    const { graph } = this;
    let finite = graph.add("IsFinite", [loss], { T: FLOAT });
    if (this.go !== undefined) finite = graph.add("LogicalAnd", [this.go.finite, finite], {});
    const branch = graph.add("Switch", [loss, finite], { T: FLOAT });
    const go = graph.add("Identity", [`${branch}:1`], { T: FLOAT });
    const touched: string[] = [];
    update.training.trained.forEach((leaf, k) => touched.push(...this.move(update, values, scalars, leaf, k, go)));
    for (const [weight, into] of update.training.average?.pairs ?? []) {
      touched.push(this.average(weight, into, update.training.average!.decay, go));
    }
    const last = touched.flatMap((variable) => this.after.get(variable)!.map((name) => `^${name}`));
    const moved = graph.add("Identity", [go, ...new Set(last)], { T: FLOAT });
    const done = graph.add("Merge", [branch, moved], { T: FLOAT, N: attr.int(2) });
    // The next function of a chain reads after this one, whichever branch was taken.
    for (const variable of touched) {
      this.after.set(variable, [done]);
      this.reads.delete(variable); // the averages' read is in the branch
    }
    this.go = { finite, done };
    return done;
  }

  /** One weight's update. @returns the variables that it writes */
  private move(
    { training, grads, decays, formula }: RecordedUpdate,
    values: Values,
    scalars: Record<string, Ref>,
    leaf: number,
    k: number,
    go: Ref,
  ): string[] {
    const { graph } = this;
    const { rule, slotsOf, clipWeights } = training;
    const weight = leafName(leaf);
    const slots = rule.slots.map((slot) => slotName(slotsOf, leaf, slot));
    if (formula !== undefined) {
      const next = [formula.params[k]!, ...formula.nextSlots[k]!].map((id) => values.get(id));
      [weight, ...slots].forEach((variable, j) => this.assign(variable, next[j]!, go));
    } else {
      const fused = rule.fused!;
      if (decays[k]) {
        const shrink = graph.add("Mul", [this.read(weight), scalars.decay!], { T: FLOAT });
        this.resource("AssignSubVariableOp", weight, [shrink], { dtype: FLOAT }, go);
      }
      const named: Record<string, Ref> = { grad: values.get(grads[k]!), ...scalars };
      rule.slots.forEach((slot, s) => (named[slot] = slots[s]!));
      const attrs = Object.fromEntries(Object.entries(fused.attrs).map(([name, value]) => [name, attr.bool(value)]));
      const rest = fused.inputs.filter((name) => name !== "param").map((name) => named[name]!);
      this.resource(fused.op, weight, rest, { T: FLOAT, ...attrs }, go);
      for (const slot of slots) this.after.set(slot, this.after.get(weight)!);
    }
    if (clipWeights !== undefined) {
      const limits = [-clipWeights, clipWeights].map((limit) => graph.float(limit));
      this.assign(weight, graph.add("ClipByValue", [this.read(weight), ...limits], { T: FLOAT }), go);
    }
    return [weight, ...slots];
  }

  /** into ← into − (1 − decay)·(into − weight) */
  private average(weight: number, into: number, decay: number, go: Ref): string {
    const { graph } = this;
    const [source, target] = [leafName(weight), leafName(into)];
    const gap = graph.add("Sub", [this.read(target), this.read(source)], { T: FLOAT });
    const part = graph.add("Mul", [gap, graph.float(1 - decay)], { T: FLOAT });
    this.resource("AssignSubVariableOp", target, [part], { dtype: FLOAT }, go);
    return target;
  }

  private assign(variable: string, value: Ref, go: Ref): void {
    this.resource("AssignVariableOp", variable, [value], { dtype: FLOAT }, go);
  }

  private resource(op: string, variable: string, inputs: readonly Ref[], attrs: Record<string, Buffer>, go: Ref): void {
    const name = this.graph.add(op, [variable, ...inputs, ...this.beforeWrite(variable), `^${go}`], attrs);
    this.wrote(variable, name);
  }
}
