/**
 * Node only. Runs a function once and writes down what it did: tfjs-node executes every kernel as TensorFlow ops by name,
 * attributes and tensor numbers, so that log is a graph already. While a function is recorded its numbers are examples: what
 * would freeze one into the graph (a value read, a tensor captured, a random draw) is an error that says so.
 */
import { DTYPE, idOf, nativeBackend, overlaid } from "./native-binding";
import type { Binding, NativeBackend, OpAttr, RawValues, TensorMetadata } from "./native-binding";
import type { Constant, Recording, Step, ValueId, ValueInfo } from "./native-recording";
import type { Draws } from "./program-functions";
import { expectDeviation, expectIntegers, expectInterval, sizeOfShape } from "./random";
import type { TensorOfShape } from "./random";
import { lastly, whileRecording } from "./recording";
import type { RecorderHooks } from "./recording";
import { tf } from "./tf";

/** A function's recording and what it returned, as values. */
export interface Recorded<R> {
  recording: Recording;
  result: R;
}

/**
 * Records what `body` does.
 * @param name the function's name, for messages
 * @param declared the tensors it may use
 * @param body returns whatever the caller wants to keep of it, as values: take them by idOf
 */
export function record<R>(name: string, declared: readonly tf.Tensor[], body: (recorder: Recorder) => R): Recorded<R> {
  const recorder = new Recorder(name);
  for (const tensor of declared) recorder.declare(tensor);
  const result = recorder.run(() => body(recorder));
  return { recording: recorder.finish(), result };
}

/** A tensor of its own for what is declared: the caller may give one tensor twice. Not recorded. */
export function ownCopy(tensor: tf.Tensor): tf.Tensor {
  const backend = nativeBackend();
  const type = { name: "T", type: backend.binding.TF_ATTR_TYPE, value: dtypeNumber(tensor.dtype) };
  return backend.createOutputTensor(backend.binding.executeOp("Identity", [type], [idOf(tensor)], 1)[0]!);
}

/** TensorFlow's number for a dtype of TensorFlow.js. */
export function dtypeNumber(dtype: string): number {
  if (dtype === "float32" || dtype === "int32" || dtype === "bool") return DTYPE[dtype];
  throw new Error(`dtype ${dtype} has no graph form: use float32, int32 or bool`);
}

/** One recording in progress. */
export class Recorder implements RecorderHooks {
  private readonly backend: NativeBackend = nativeBackend();
  private readonly values = new Map<ValueId, ValueInfo>();
  private readonly constants = new Map<ValueId, Constant>();
  /** Tensors made while recording whose values are not in the binding yet. */
  private readonly born = new WeakSet<object>();
  private steps: Step[] = [];
  private readLater = false;
  private block = 0;

  constructor(readonly name: string) {}

  /** A tensor that the function may use. */
  declare(tensor: tf.Tensor): void {
    this.values.set(idOf(tensor), { shape: tensor.shape, dtype: dtypeNumber(tensor.dtype) });
  }

  /** The random numbers of the function: examples now, the program's stream in the graph. */
  readonly draws: Draws = {
    uniform: <S extends number[] | []>(shape: S, min = 0, max = 1): TensorOfShape<S> => {
      expectInterval(min, max);
      const plain = this.draw("uniform", shape);
      if (min === 0 && max === 1) return plain as TensorOfShape<S>;
      return tf.add(tf.mul(plain, Math.fround(max - min)), min);
    },
    normal: <S extends number[] | []>(shape: S, mean = 0, std = 1): TensorOfShape<S> => {
      expectDeviation(std);
      const plain = this.draw("normal", shape);
      if (mean === 0 && std === 1) return plain as TensorOfShape<S>;
      return tf.add(tf.mul(plain, std), mean);
    },
    integers: <S extends number[] | []>(shape: S, low: number, high: number): TensorOfShape<S> => {
      expectIntegers(low, high);
      return this.draw({ low, high }, shape) as TensorOfShape<S>;
    },
  };

  /** See RecorderHooks. The body runs once, for its ops. */
  repeat(times: number, carry: tf.Tensor[], body: (i: tf.Scalar, carry: tf.Tensor[]) => tf.Tensor[]): tf.Tensor[] {
    const outer = { steps: this.steps, block: this.block };
    const [inputs, params] = [carry.map(idOf), carry.map((tensor) => this.fresh(tensor))];
    const turn = this.example([], "int32", 0);
    [this.steps, this.block] = [[], 0];
    const next = body(turn as tf.Scalar, params);
    const results = next.map(idOf);
    const outputs = next.map((tensor) => this.fresh(tensor));
    const [inner, blocksPerTurn] = [this.steps, this.block];
    this.steps = outer.steps;
    this.block = outer.block + times * blocksPerTurn;
    this.steps.push({
      ...{ kind: "loop", times, inputs, turn: idOf(turn), params: params.map(idOf), body: inner, results },
      ...{ outputs: outputs.map(idOf), block: outer.block, blocksPerTurn },
    });
    return outputs;
  }

  /** See RecorderHooks. Past the door, so that no op is written down. */
  peek(tensor: tf.Tensor): Float32Array {
    const stored = this.backend.tensorMap.get(tensor.dataId);
    if (stored.values !== null) return Float32Array.from(stored.values as ArrayLike<number>);
    return Float32Array.from((Object.getPrototypeOf(this.backend.binding) as Binding).tensorDataSync(stored.id));
  }

  /** Runs `body` with this recorder listening at the backend's door. */
  run<R>(body: () => R): R {
    const restore = this.listen();
    return lastly(() => {
      const result = whileRecording(this, body);
      if (this.readLater) this.refuseRead();
      return result;
    }, restore);
  }

  finish(): Recording {
    return { steps: this.steps, values: this.values, constants: this.constants, blocks: this.block };
  }

  private listen(): () => void {
    const { backend } = this;
    const real = backend.binding;
    const prototype = Object.getPrototypeOf(backend) as NativeBackend;
    const engine = tf.engine() as unknown as { readSync: unknown; read: unknown };
    const restorers = [
      replace(backend, "binding", this.listeningBinding(real)),
      replace(backend, "move", (dataId: object, ...rest: [RawValues, number[], string, number]) => {
        this.born.add(dataId);
        prototype.move.call(backend, dataId, ...rest);
      }),
      replace(backend, "getInputTensorIds", (tensors: tf.Tensor[]) => {
        for (const tensor of tensors) this.refuseUnwritten(tensor);
        return prototype.getInputTensorIds.call(backend, tensors);
      }),
      replace(engine, "readSync", () => this.refuseRead()),
      // An async read: thrown when the body is done, for its author may not wait for it. Its promise stays open.
      replace(engine, "read", () => {
        this.readLater = true;
        return new Promise(() => undefined);
      }),
      replace(Math, "random", () => this.refuseRandom()),
    ];
    return () => {
      for (const restore of restorers.reverse()) restore();
    };
  }

  private listeningBinding(real: Binding): Binding {
    return overlaid(real, {
      executeOp: (op, attrs, inputs, outputs) => {
        for (const id of inputs) if (!this.values.has(id)) this.refuseCaptured(op);
        const made = real.executeOp(op, attrs, inputs, outputs);
        for (const { id, shape, dtype } of made) this.values.set(id, { shape, dtype });
        const step = {
          kind: "op",
          op,
          attrs: op === "ExpandDims" ? [typeOfInput(this.values.get(inputs[0]!)!.dtype, real)] : (attrs ?? []),
          inputs: [...inputs],
          outputs: made.map(({ id }) => id),
        } as const;
        this.steps.push(step);
        return made;
      },
      createTensor: (shape, dtype, values) => {
        if (dtype === DTYPE.string || dtype === DTYPE.int64) {
          const what = `uses a ${dtype === DTYPE.string ? "string" : "int64"} tensor, which has no graph form`;
          throw new Error(`${this.name}: ${what}: compute with float32, int32 or bool, and do the rest outside`);
        }
        const id = real.createTensor(shape, dtype, values);
        const constant: Constant = { shape: [...shape], dtype, values: values.slice() };
        this.values.set(id, constant);
        this.constants.set(id, constant);
        return id;
      },
    });
  }

  private draw(distribution: "uniform" | "normal" | { low: number; high: number }, shape: number[]): tf.Tensor {
    const size = sizeOfShape(typeof distribution === "string" ? distribution : "integers", shape);
    const integers = typeof distribution === "object";
    const value = this.example(shape, integers ? "int32" : "float32", integers ? distribution.low : 0.5);
    this.steps.push({ kind: "draw", distribution, shape: [...shape], block: this.block, outputs: [idOf(value)] });
    this.block += Math.ceil(size / 4);
    return value;
  }

  /** A tensor with a number of its own and the shape of another; not recorded as an op. */
  private fresh(tensor: tf.Tensor): tf.Tensor {
    return this.example(tensor.shape, tensor.dtype, 0);
  }

  private example(shape: readonly number[], dtype: string, value: number): tf.Tensor {
    const real = Object.getPrototypeOf(this.backend.binding) as Binding;
    const [type, size] = [dtypeNumber(dtype), shape.reduce((a, b) => a * b, 1)];
    const Values = dtype === "float32" ? Float32Array : dtype === "int32" ? Int32Array : Uint8Array;
    const metadata: TensorMetadata = {
      id: real.createTensor([...shape], type, new Values(size).fill(value)),
      shape: [...shape],
      dtype: type,
    };
    this.values.set(metadata.id, metadata);
    return this.backend.createOutputTensor(metadata);
  }

  private refuseUnwritten(tensor: tf.Tensor): void {
    const stored = this.backend.tensorMap.get(tensor.dataId);
    const known = stored.values === null ? this.values.has(stored.id) : this.born.has(tensor.dataId);
    if (!known) this.refuseCaptured(`${tensor.dtype} [${tensor.shape.join(", ")}]`);
  }

  private refuseCaptured(what: string): never {
    throw new Error(
      `${this.name}: uses a tensor from outside that is not declared (${what}): its values would be frozen into the graph; declare it as an input, make it part of the state, or make it inside the function`,
    );
  }

  private refuseRead(): never {
    throw new Error(
      `${this.name}: reads a tensor's value while it is recorded (dataSync, data, arraySync, or a branch on one): there is no value yet; return the tensor, or choose with tf.where`,
    );
  }

  private refuseRandom(): never {
    throw new Error(
      `${this.name}: draws random numbers of TensorFlow.js or Math.random while it is recorded: they would be the same at every call; use the function's fourth argument, random.normal(shape), or declare them as an input`,
    );
  }
}

/** Puts `value` in place of a property; the returned function takes it back. */
function replace<T extends object>(target: T, name: keyof T, value: unknown): () => void {
  const own = Object.getOwnPropertyDescriptor(target, name);
  Object.defineProperty(target, name, {
    value,
    configurable: true,
    writable: true,
    enumerable: own?.enumerable ?? false,
  });
  return () => {
    if (own === undefined) Reflect.deleteProperty(target, name);
    else Object.defineProperty(target, name, own);
  };
}

/** tfjs-node leaves the type of ExpandDims to be found out, which an op alone can do and a graph cannot. */
function typeOfInput(dtype: number, binding: Binding): OpAttr {
  return { name: "T", type: binding.TF_ATTR_TYPE, value: dtype };
}
