/**
 * What an op costs, from its shapes alone. A multiplication and an addition are two floating-point operations; a function
 * such as exp or tanh counts as one, although it takes some ten instructions. Bytes are what must be read and written at
 * least once, 4 a number: below about ten operations a byte a CPU waits for memory, not for arithmetic.
 */
import type { RecordedOp } from "./engine";

const sizeOf = (shape: readonly number[] | undefined): number => (shape ?? []).reduce((a, b) => a * b, 1);

/** Nothing is computed and nothing moves: another shape for the same numbers. */
const FREE = new Set(["Reshape", "Identity", "ExpandDims", "Squeeze", "Const", "PlaceholderWithDefault"]);
/** Numbers move, or are made, without arithmetic. */
const MOVES =
  /^(Transpose|Slice|StridedSlice|Concat|Pack|Unpack|Pad|MirrorPad|Gather|Scatter|Tile|Cast|Fill|OneHot|Split|Reverse|Zeros|Ones|Range|Broadcast|Select)/;
/** One operation for each number that comes in. */
const REDUCTIONS = /^(Sum|Mean|Max|Min|Prod|All|Any|ArgMax|ArgMin|BiasAddGrad|L2Loss|UnsortedSegmentSum)$/;
/** Operations for each weight: what the formulas in lib/nn/optimizers.ts take. */
const UPDATES: Readonly<Record<string, number>> = {
  ResourceApplyGradientDescent: 2,
  ResourceApplyMomentum: 4,
  ResourceApplyAdam: 12,
};

/** Floating-point operations of one run of an op. */
export function flopsOf({ op, inputs, outputs }: RecordedOp): number {
  const out = sizeOf(outputs[0]);
  if (FREE.has(op) || MOVES.test(op)) return 0;
  if (op === "MatMul" || op.startsWith("BatchMatMul")) return 2 * sizeOf(inputs[0]) * (outputs[0]!.at(-1) ?? 1); // 2·M·K·N
  // One output number of a convolution: kernel height · width · channels in. Both its gradients do the same products.
  if (op === "Conv2D") return 2 * out * sizeOf(inputs[1]!.slice(0, 3));
  if (op === "Conv2DBackpropInput") return 2 * sizeOf(inputs[2]) * sizeOf(inputs[1]!.slice(0, 3));
  if (op === "Conv2DBackpropFilter") return 2 * sizeOf(inputs[2]) * sizeOf(outputs[0]!.slice(0, 3));
  if (op === "DepthwiseConv2dNative") return 2 * out * sizeOf(inputs[1]!.slice(0, 2));
  if (op in UPDATES) return UPDATES[op]! * sizeOf(inputs[0]);
  if (REDUCTIONS.test(op)) return sizeOf(inputs[0]);
  if (op === "Softmax" || op === "LogSoftmax") return 5 * out; // max, subtract, exp, sum, divide
  if (op === "SparseSoftmaxCrossEntropyWithLogits") return 8 * sizeOf(inputs[0]);
  if (op === "AddN") return (inputs.length - 1) * out;
  return Math.max(out, ...outputs.map(sizeOf)); // element by element
}

/** Bytes that one run of an op reads and writes. */
export function bytesOf({ op, inputs, outputs }: RecordedOp): number {
  if (FREE.has(op)) return 0;
  return 4 * [...inputs, ...outputs].reduce((sum, shape) => sum + sizeOf(shape), 0);
}

/**
 * The most bytes that intermediate results need at once when the ops run in their order and each is freed after its last
 * reader. TensorFlow runs independent ops side by side and reuses buffers in place, so it may need more or less.
 */
export function peakBytes(ops: readonly RecordedOp[]): number {
  const lastRead = new Map<number, number>();
  const buffers = new Map<number, number>(); // a reshape is another name for the same numbers
  const bufferOf = (id: number): number => buffers.get(id) ?? id;
  ops.forEach((op, at) => {
    if (FREE.has(op.op)) for (const made of op.makes) buffers.set(made, bufferOf(op.reads[0]!));
    for (const id of op.reads) lastRead.set(bufferOf(id), at);
  });
  let [live, peak] = [0, 0];
  const alive = new Map<number, number>();
  ops.forEach((op, at) => {
    if (!FREE.has(op.op)) {
      op.makes.forEach((id, k) => {
        alive.set(id, 4 * sizeOf(op.outputs[k]));
        live += alive.get(id)!;
      });
    }
    peak = Math.max(peak, live);
    for (const id of new Set([...op.reads, ...op.makes].map(bufferOf))) {
      if ((lastRead.get(id) ?? at) > at) continue;
      live -= alive.get(id) ?? 0;
      alive.delete(id);
    }
  });
  return peak;
}
