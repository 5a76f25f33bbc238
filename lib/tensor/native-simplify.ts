/**
 * Node only. A recording with fewer and faster ops that compute the same: TensorFlow.js writes for every backend at once
 * (a product of two matrices is a batched product, a bias is a broadcast addition, a cast to the same type is an op), and
 * TensorFlow's own optimizer does not undo that. Each rule is one function from a step to its replacement.
 */
import { DTYPE, nativeBackend } from "./native-binding";
import type { OpAttr } from "./native-binding";
import type { Constant, LoopStep, OpStep, Recording, Step, ValueId, ValueInfo } from "./native-recording";

/** The same function in fewer steps. Values keep their numbers, but for those that turn out to be another value. */
export function simplify(recording: Recording): { recording: Recording; renamed: (id: ValueId) => ValueId } {
  const rewriter = new Rewriter(recording);
  const steps = rewriter.all(recording.steps);
  const { values, constants } = rewriter;
  return { recording: { ...recording, steps, values, constants }, renamed: (id) => rewriter.renamed(id) };
}

/** Sums of fewer numbers than this stay sums. */
const LARGE = 4096;

/**
 * Products of fewer multiplications than this are not fused with their bias inside a loop. The fused op takes some 5 µs longer to
 * start: [8, 32]·[32, 32] takes 7.0 µs instead of 2.2, and only at 2¹⁹ multiplications it has saved as much. Loops draw token by
 * token or pixel by pixel: so PixelCNN draws twice as fast, and WaveNet a single sound 1.8 times as fast.
 */
const SMALL_PRODUCT = 2 ** 18;

/** What TensorFlow's optimizer fuses with the sum before it. */
const ACTIVATIONS: ReadonlySet<string> = new Set(["Relu", "Relu6", "Elu"]);

/** Numbers of values that no tensor has: below zero, and like a tensor's never used twice. */
let next = -1;

class Rewriter {
  /** Values that are another value. */
  private readonly same = new Map<ValueId, ValueId>();
  private seen = new Map<string, OpStep>();
  /** The step that makes a value, for rules that look one step back. */
  private readonly makers = new Map<ValueId, OpStep>();
  /** How many loops stand around the step. */
  private loops = 0;

  readonly values: Map<ValueId, ValueInfo>;
  readonly constants: Map<ValueId, Constant>;
  constructor(recording: Recording) {
    this.values = new Map(recording.values);
    this.constants = new Map(recording.constants);
  }

  renamed(id: ValueId): ValueId {
    let now = id;
    for (let next = this.same.get(now); next !== undefined; next = this.same.get(now)) now = next;
    return now;
  }

  all(steps: readonly Step[]): Step[] {
    return steps.flatMap((step): Step[] => {
      if (step.kind === "draw") return [step];
      if (step.kind === "loop") return [this.loop(step)];
      return this.op(this.withRenamedInputs(step)).flatMap((each) => {
        const kept = this.withRenamedInputs(each); // one of its inputs may just have turned out to be another value
        return this.isRepeated(kept) ? [] : [kept];
      });
    });
  }

  private withRenamedInputs(step: OpStep): OpStep {
    return { ...step, inputs: step.inputs.map((id) => this.renamed(id)) };
  }

  /** Whether the same op of the same values stands before; its results are then these. Saved inputs are computed again so. */
  private isRepeated(step: OpStep): boolean {
    const key = JSON.stringify([step.op, step.inputs.map((id) => this.identityOf(id)), step.attrs]);
    const before = this.seen.get(key);
    if (before === undefined) {
      this.seen.set(key, step);
      for (const id of step.outputs) this.makers.set(id, step);
      return false;
    }
    step.outputs.forEach((id, k) => this.same.set(id, before.outputs[k]!));
    return true;
  }

  /** A value's number; small constants are what they hold. */
  private identityOf(id: ValueId): unknown {
    const constant = this.constant(id);
    return constant !== undefined && constant.values.length <= 16
      ? [constant.dtype, constant.shape, Array.from(constant.values as ArrayLike<number>)]
      : id;
  }

  private loop(step: LoopStep): LoopStep {
    const inputs = step.inputs.map((id) => this.renamed(id));
    const outside = new Map(this.seen);
    this.loops++;
    const body = this.all(step.body);
    this.loops--;
    this.seen = outside; // what a turn computes is not there after the loop
    return { ...step, inputs, body, results: step.results.map((id) => this.renamed(id)) };
  }

  /** @returns the steps to keep; none when its value is one that is there already */
  private op(step: OpStep): OpStep[] {
    if (this.isIdentity(step)) {
      this.same.set(step.outputs[0]!, step.inputs[0]!);
      return [];
    }
    if (step.op === "Reshape") return [this.reshape(step)];
    if (step.op === "BatchMatMulV2") return [this.matMul(step)];
    if (step.op === "Add") return this.bias(this.add(step));
    if (step.op === "BiasAdd") return this.bias(step);
    if (step.op === "Sum") return this.sum(step);
    if (ACTIVATIONS.has(step.op)) return this.activation(step);
    return [step];
  }

  private isIdentity(step: OpStep): boolean {
    const [x] = step.inputs;
    const [y] = step.outputs;
    if (step.op === "Identity") return true;
    if (step.op === "Cast") return this.dtype(x!) === this.dtype(y!);
    if (step.op === "Reshape") return this.shape(x!).join() === this.shape(y!).join();
    if (step.op === "Mul" || step.op === "RealDiv") {
      return this.isConstant(step.inputs[1]!, 1) && this.shape(x!).join() === this.shape(y!).join();
    }
    return false;
  }

  /** A reshape of a reshape reshapes once. */
  private reshape(step: OpStep): OpStep {
    const before = this.makers.get(step.inputs[0]!);
    return before?.op === "Reshape" ? { ...step, inputs: [before.inputs[0]!, step.inputs[1]!] } : step;
  }

  /** A product of two matrices has an op of its own, which TensorFlow fuses with bias and activation. */
  private matMul(step: OpStep): OpStep {
    const [a, b] = step.inputs;
    if (this.shape(a!).length !== 2 || this.shape(b!).length !== 2) return step;
    const flag = (name: string): boolean => Boolean(step.attrs.find((each) => each.name === name)?.value);
    const T = step.attrs.find((each) => each.name === "T")!;
    const attrs = [T, bool("transpose_a", flag("adj_x")), bool("transpose_b", flag("adj_y"))];
    return { ...step, op: "MatMul", attrs };
  }

  /**
   * [N, C] + [C] is a bias. [1, C] + [1, C] must not look like one: TensorFlow would fuse it as a bias with the product that it
   * may come from (the gradient of a layer with one input), and then refuse its two dimensions.
   */
  private add(step: OpStep): OpStep {
    const [x, b] = step.inputs;
    const [left, right] = [this.shape(x!), this.shape(b!)];
    const float = this.dtype(x!) === DTYPE.float32;
    if (float && left.length === 2 && left[0] === 1 && left.join() === right.join()) {
      const T = step.attrs.find(({ name }) => name === "T")!;
      return { ...step, op: "AddN", attrs: [T, { name: "N", type: nativeBackend().binding.TF_ATTR_INT, value: 2 }] };
    }
    const bias = float && right.length === 1 && left.length >= 2 && left.length <= 5 && left.at(-1) === right[0];
    return bias ? { ...step, op: "BiasAdd" } : { ...step, op: "AddV2" };
  }

  /** A bias of a small product in a loop: see SMALL_PRODUCT. */
  private bias(step: OpStep): OpStep[] {
    if (step.op !== "BiasAdd" || this.loops === 0) return [step];
    const [x, b] = step.inputs;
    const product = this.makers.get(x!);
    if (product?.op !== "MatMul") return [step];
    const [rows, [height, width]] = [this.shape(x!)[0]!, this.shape(product.inputs[1]!)];
    if (rows * height! * width! >= SMALL_PRODUCT) return [step];
    const fence = this.fence(x!);
    return [fence, { ...step, inputs: [fence.outputs[0]!, b!] }];
  }

  /**
   * A sum over all axes but the last is a row of ones times a matrix: 0.04 ms instead of 0.14 for [768, 512], 0.10 instead of
   * 0.20 for [64, 28, 28, 32]. It is the gradient of every bias.
   */
  private sum(step: OpStep): OpStep[] {
    const [x, axes] = step.inputs;
    const shape = this.shape(x!);
    const summed = this.constants.get(axes!)?.values as ArrayLike<number> | undefined;
    const keepDims = Boolean(step.attrs.find(({ name }) => name === "keep_dims")?.value);
    const leading =
      summed?.length === shape.length - 1 && Array.from(summed).every((axis) => axis >= 0 && axis < shape.length - 1);
    const columns = shape.at(-1)!;
    const rows = shape.slice(0, -1).reduce((a, b) => a * b, 1);
    if (!leading || keepDims || this.dtype(x!) !== DTYPE.float32 || rows * columns < LARGE || rows === 1) return [step];
    const { TF_ATTR_TYPE } = nativeBackend().binding;
    const T = step.attrs.find(({ name }) => name === "T")!;
    const int = (name: string): OpAttr => ({ name, type: TF_ATTR_TYPE, value: DTYPE.int32 });
    const [matrix, ones, product] = [this.fresh([rows, columns]), this.fresh([1, rows]), this.fresh([1, columns])];
    const reshape = (from: ValueId, to: ValueId): OpStep => ({
      ...{ kind: "op", op: "Reshape", attrs: [T, int("Tshape")], outputs: [to] },
      inputs: [from, this.integers(this.shape(to))],
    });
    const fill: OpStep = {
      ...{ kind: "op", op: "Fill", attrs: [T, int("index_type")], outputs: [ones] },
      inputs: [this.integers([1, rows]), this.float(1)],
    };
    const attrs = [T, bool("transpose_a", false), bool("transpose_b", false)];
    const matMul: OpStep = { kind: "op", op: "MatMul", attrs, inputs: [ones, matrix], outputs: [product] };
    const before = shape.length === 2 ? [] : [reshape(x!, matrix)];
    if (shape.length === 2) this.same.set(matrix, x!);
    return [...before, fill, matMul, reshape(product, step.outputs[0]!)];
  }

  /**
   * An activation of x·w + b + y. TensorFlow's optimizer fuses the four into one op, as it does for a convolution, but for a
   * matrix product it forgets to name that op ("Node n247 has an empty op name", 2.21) and gives up on the whole graph. So the sum
   * passes a fence.
   */
  private activation(step: OpStep): OpStep[] {
    const [x] = step.inputs;
    const sum = this.makers.get(x!);
    const isLinear = (id: ValueId): boolean => {
      const bias = this.makers.get(id);
      return bias?.op === "BiasAdd" && this.makers.get(bias.inputs[0]!)?.op === "MatMul";
    };
    if (sum === undefined || !["AddV2", "AddN"].includes(sum.op) || !sum.inputs.some(isLinear)) return [step];
    const fence = this.fence(x!);
    return [fence, { ...step, inputs: fence.outputs }];
  }

  /** An op that TensorFlow's optimizer cannot see through, and that costs nothing: a placeholder which nobody feeds. */
  private fence(x: ValueId): OpStep {
    const shape = this.shape(x);
    const { TF_ATTR_TYPE, TF_ATTR_SHAPE } = nativeBackend().binding;
    const attrs = [
      { name: "dtype", type: TF_ATTR_TYPE, value: this.dtype(x) },
      { name: "shape", type: TF_ATTR_SHAPE, value: [...shape] },
    ];
    return { kind: "op", op: "PlaceholderWithDefault", attrs, inputs: [x], outputs: [this.fresh(shape)] };
  }

  private fresh(shape: readonly number[]): ValueId {
    this.values.set(next, { shape, dtype: DTYPE.float32 });
    return next--;
  }

  private integers(list: readonly number[]): ValueId {
    return this.newConstant({ shape: [list.length], dtype: DTYPE.int32, values: Int32Array.from(list) });
  }

  private float(x: number): ValueId {
    return this.newConstant({ shape: [], dtype: DTYPE.float32, values: Float32Array.of(x) });
  }

  private newConstant(constant: Constant): ValueId {
    this.values.set(next, constant);
    this.constants.set(next, constant);
    return next--;
  }

  private isConstant(id: ValueId, x: number): boolean {
    const constant = this.constant(id);
    return constant?.shape.length === 0 && (constant.values as ArrayLike<number>)[0] === x;
  }

  private constant(id: ValueId): Constant | undefined {
    return this.constants.get(id);
  }

  private shape(id: ValueId): readonly number[] {
    return this.values.get(id)!.shape;
  }

  private dtype(id: ValueId): number {
    return this.values.get(id)!.dtype;
  }
}

function bool(name: string, value: boolean): OpAttr {
  return { name, type: nativeBackend().binding.TF_ATTR_BOOL, value };
}
