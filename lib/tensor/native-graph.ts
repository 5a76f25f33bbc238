// Node only. Writes recorded functions as nodes of a TensorFlow graph.
import { DTYPE, nativeBackend } from "./native-binding";
import type { OpAttr } from "./native-binding";
import { attr, constantBytes, nodeMessage } from "./native-protobuf";
import type { Constant, DrawStep, LoopStep, OpStep, Recording, Step, ValueId } from "./native-recording";
import { capturedBy } from "./native-recording";

/** A node's output: "name" or "name:1". */
export type Ref = string;

/** Nodes under construction, and who reads what. */
export class GraphBuilder {
  readonly nodes: Buffer[] = [];
  private readonly readers = new Map<Ref, Set<string>>();
  private readonly constants = new Map<string, Ref>();
  private count = 0;

  /** Adds a node. @returns its name, which is also its first output */
  add(op: string, inputs: readonly Ref[], attrs: Readonly<Record<string, Buffer>>, name = this.name("n")): string {
    this.nodes.push(nodeMessage(name, op, inputs, attrs));
    for (const input of inputs) {
      if (input.startsWith("^")) continue;
      let readers = this.readers.get(input);
      if (readers === undefined) this.readers.set(input, (readers = new Set()));
      readers.add(name);
    }
    return name;
  }

  /** A fresh name. */
  name(prefix: string): string {
    return `${prefix}${this.count++}`;
  }

  /** The nodes that read an output so far. */
  readersOf(ref: Ref): string[] {
    return [...(this.readers.get(ref) ?? [])];
  }

  /** A constant; equal ones are one node. */
  constant(dtype: number, shape: readonly number[], values: ArrayLike<number>): Ref {
    const bytes = constantBytes(dtype, values);
    const key = `${dtype} ${shape.join()} ${bytes.length > 4096 ? this.name("big") : bytes.toString("base64")}`;
    let ref = this.constants.get(key);
    if (ref === undefined) {
      ref = this.add("Const", [], { dtype: attr.type(dtype), value: attr.tensor(dtype, shape, bytes) }, this.name("c"));
      this.constants.set(key, ref);
    }
    return ref;
  }

  float(x: number): Ref {
    return this.constant(DTYPE.float32, [], [x]);
  }
}

/** Where values of a recording are in the graph. */
export class Values {
  private readonly refs: Map<ValueId, Ref>;
  private readonly lazy = new Map<ValueId, () => Ref>();

  constructor(
    private readonly graph: GraphBuilder,
    private readonly constants: ReadonlyMap<ValueId, Constant>,
    refs: Iterable<readonly [ValueId, Ref]> = [],
  ) {
    this.refs = new Map(refs);
  }

  set(id: ValueId, ref: Ref): void {
    this.refs.set(id, ref);
  }

  /** A value whose node is added when it is first asked for. */
  setLazily(id: ValueId, make: () => Ref): void {
    this.lazy.set(id, make);
  }

  get(id: ValueId): Ref {
    const known = this.refs.get(id);
    if (known !== undefined) return known;
    const make = this.lazy.get(id);
    if (make !== undefined) {
      this.lazy.delete(id);
      this.refs.set(id, make());
      return this.refs.get(id)!;
    }
    const constant = this.constants.get(id);
    if (constant === undefined)
      throw new Error(`the recording has no value ${id}: a fault of Genlab, please report it`);
    const ref = this.graph.constant(constant.dtype, constant.shape, constant.values as ArrayLike<number>);
    this.refs.set(id, ref);
    return ref;
  }
}

/** What random draws are computed from: the stream's key, and the counter of the call's first block (int64, [2]). */
export interface RandomRefs {
  key: Ref;
  counter: Ref;
}

/** Where steps are added: the graph itself, or a loop's frame, which constants must enter like everything else. */
export interface Place {
  graph: GraphBuilder;
  recording: Recording;
  constant: (dtype: number, shape: readonly number[], values: ArrayLike<number>) => Ref;
  random: RandomRefs | undefined;
  /** Attributes of every op (XLA). */
  extra: Readonly<Record<string, Buffer>>;
}

/** Adds the steps of a recording. */
export function emitSteps(place: Place, steps: readonly Step[], values: Values): void {
  for (const step of steps) {
    if (step.kind === "op") emitOp(place, step, values);
    else if (step.kind === "draw") values.set(step.outputs[0], emitDraw(place, step));
    else emitLoop(place, step, values);
  }
}

function emitOp({ graph, extra }: Place, step: OpStep, values: Values): void {
  const attrs = { ...Object.fromEntries(step.attrs.map((each) => [each.name, attrValue(each)])), ...extra };
  const name = graph.add(
    step.op,
    step.inputs.map((id) => values.get(id)),
    attrs,
  );
  step.outputs.forEach((id, k) => values.set(id, k === 0 ? name : `${name}:${k}`));
}

/** An attribute as the binding takes it, as a message. */
function attrValue({ name, type, value }: OpAttr): Buffer {
  const { binding } = nativeBackend();
  const list = Array.isArray(value);
  if (type === binding.TF_ATTR_TYPE) return list ? attr.types(value as number[]) : attr.type(value as number);
  if (type === binding.TF_ATTR_INT) return list ? attr.ints(value as number[]) : attr.int(value as number);
  if (type === binding.TF_ATTR_FLOAT) return attr.float(value as number);
  if (type === binding.TF_ATTR_BOOL) return attr.bool(Boolean(value));
  if (type === binding.TF_ATTR_STRING) return attr.string(value as string);
  if (type === binding.TF_ATTR_SHAPE) return attr.shape(value as number[]);
  throw new Error(`the attribute ${name} has no graph form (type ${type}): a fault of Genlab, please report it`);
}

/** TensorFlow's stateless ops with alg 1, Philox, give the numbers of RandomStream. */
const PHILOX = 1;

function emitDraw({ graph, random, constant }: Place, { distribution, shape, block }: DrawStep): Ref {
  if (random === undefined) throw new Error("a recording with random draws got no stream: a fault of Genlab");
  const at = graph.add("AddV2", [random.counter, constant(DTYPE.int64, [2], [block, 0])], {
    T: attr.type(DTYPE.int64),
  });
  const position = graph.add("Bitcast", [at], { T: attr.type(DTYPE.int64), type: attr.type(DTYPE.uint64) });
  const size = constant(DTYPE.int32, [shape.length], shape);
  const inputs = [size, random.key, position, constant(DTYPE.int32, [], [PHILOX])];
  const Tshape = attr.type(DTYPE.int32);
  if (distribution === "uniform" || distribution === "normal") {
    const op = distribution === "uniform" ? "StatelessRandomUniformV2" : "StatelessRandomNormalV2";
    return graph.add(op, inputs, { dtype: attr.type(DTYPE.float32), Tshape });
  }
  const { low, high } = distribution;
  const limits = [low, high].map((n) => constant(DTYPE.int32, [], [n]));
  return graph.add("StatelessRandomUniformIntV2", [...inputs, ...limits], { dtype: attr.type(DTYPE.int32), Tshape });
}

/**
 * A loop in TensorFlow's dataflow form [Yu et al. 2018, "Dynamic control flow in large-scale machine learning"]: values enter
 * a frame, Merge takes the first or the next one, Switch sends it on into the body or out of the loop.
 */
function emitLoop(place: Place, loop: LoopStep, outer: Values): void {
  const { graph, recording } = place;
  const frame = graph.name("frame");
  const typeOf = (id: ValueId): Buffer => attr.type(recording.values.get(id)!.dtype);
  const int32 = attr.type(DTYPE.int32);
  // By way of a node outside the frame, which a later write of a variable can wait for: one inside it cannot be.
  const enter = (ref: Ref, T: Buffer, constant: boolean): Ref =>
    graph.add("Enter", [graph.add("Identity", [ref], { T })], {
      ...{ T, frame_name: attr.string(frame), is_constant: attr.bool(constant), parallel_iterations: attr.int(1) },
    });
  // The turn and what it carries. The back edge to NextIteration is given by name, before that node is there.
  const carried = [
    { start: place.constant(DTYPE.int32, [], [0]), T: int32 },
    ...loop.params.map((id, k) => ({ start: outer.get(loop.inputs[k]!), T: typeOf(id) })),
  ].map(({ start, T }) => {
    const next = graph.name("next");
    const merge = graph.add("Merge", [enter(start, T, false), next], { T, N: attr.int(2) });
    return { T, next, merge };
  });
  const limit = enter(place.constant(DTYPE.int32, [], [loop.times]), int32, true);
  const goesOn = graph.add("LoopCond", [graph.add("Less", [carried[0]!.merge, limit], { T: int32 })], {});
  const switches = carried.map(({ merge, T }) => graph.add("Switch", [merge, goesOn], { T }));
  const inside = switches.map((each, k) => graph.add("Identity", [`${each}:1`], { T: carried[k]!.T }));
  const turn = inside[0]!;
  // What depends on nothing that turns would run once more after the last turn: it waits for the turn.
  const invariant = (ref: Ref, T: Buffer): Ref => graph.add("Identity", [enter(ref, T, true), `^${turn}`], { T });

  const values = new Values(graph, new Map(), [
    [loop.turn, turn],
    ...loop.params.map((id, k): [ValueId, Ref] => [id, inside[k + 1]!]),
    ...capturedBy(loop).map((id): [ValueId, Ref] => [id, invariant(outer.get(id), typeOf(id))]),
  ]);
  const constant: Place["constant"] = (dtype, shape, list) =>
    invariant(place.constant(dtype, shape, list), attr.type(dtype));
  const body: Place = { ...place, constant, random: undefined };
  if (place.random !== undefined && loop.blocksPerTurn > 0) {
    // counter + block + turn · blocksPerTurn
    const T = attr.type(DTYPE.int64);
    const wide = graph.add("Cast", [turn], { SrcT: int32, DstT: T });
    const moved = graph.add("Mul", [wide, constant(DTYPE.int64, [2], [loop.blocksPerTurn, 0])], { T });
    const start = graph.add("AddV2", [place.random.counter, place.constant(DTYPE.int64, [2], [loop.block, 0])], { T });
    const counter = graph.add("AddV2", [invariant(start, T), moved], { T });
    body.random = { key: invariant(place.random.key, attr.type(DTYPE.uint64)), counter };
  }
  emitSteps(body, loop.body, values);

  const next = [
    graph.add("AddV2", [turn, constant(DTYPE.int32, [], [1])], { T: int32 }),
    ...loop.results.map((id) => values.get(id)),
  ];
  next.forEach((ref, k) => graph.add("NextIteration", [ref], { T: carried[k]!.T }, carried[k]!.next));
  loop.outputs.forEach((id, k) => outer.set(id, graph.add("Exit", [switches[k + 1]!], { T: carried[k + 1]!.T })));
}
