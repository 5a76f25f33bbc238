// Where a number that is not finite first comes up: the step is run again op by op, and each result looked at.
import type { FailedRun } from "./engine";
import type { RandomStream } from "./random";
import { tf } from "./tf";
import { lossAndGradients } from "./train-step";

/** A step whose loss was not finite, with the state before it. */
export interface FailedStep extends FailedRun {
  random: RandomStream;
  leaves: readonly tf.Tensor[];
  paths: readonly string[];
}

/** In words: which weight, which input, or which op's result was the first. */
export function diagnose({ part, run, random, leaves, paths }: FailedStep): string {
  const { fn, stacked } = part;
  const weight = leaves.findIndex((leaf) => !isFinite(leaf));
  if (weight >= 0) return `the weight ${paths[weight]} is not finite already before it: an earlier gradient was not`;
  return tf.tidy(() => {
    const inputs = Object.fromEntries(
      Object.entries(part.inputs).map(([name, tensor]) => [name, stacked ? tf.gather(tensor, run) : tensor]),
    );
    const input = Object.keys(inputs).find((name) => !isFinite(inputs[name]!));
    if (input !== undefined) return `the input ${input} holds NaN or infinity`;
    const scalars = Object.fromEntries(Object.entries(part.scalars[run]!).map(([name, x]) => [name, tf.scalar(x)]));
    const first = watchKernels(() => {
      const { outputs } = lossAndGradients(fn, fn.training!, { leaves, inputs, scalars, random }, paths);
      tf.dispose(outputs);
    });
    return first ?? "run op by op it is finite: the graph's order of summation differs";
  });
}

function isFinite(tensor: tf.Tensor): boolean {
  return tensor.dtype !== "float32" || tensor.dataSync().every(Number.isFinite);
}

interface Kernels {
  runKernel(name: string, inputs: object, attrs?: object): tf.Tensor | tf.Tensor[];
}

/** Runs `body` and looks at what each kernel makes. @returns the first that makes a number that is not finite, in words */
function watchKernels(body: () => void): string | undefined {
  const engine = tf.engine() as unknown as Kernels;
  const run = engine.runKernel.bind(engine);
  const limit = Error.stackTraceLimit;
  let first: string | undefined;
  // An own property that covers the method, and goes again.
  engine.runKernel = (name, inputs, attrs) => {
    const made = run(name, inputs, attrs);
    if (first === undefined) {
      const bad = [made].flat().find((tensor) => !isFinite(tensor));
      if (bad !== undefined) {
        first = `the first number that is not finite comes out of ${name}, shape [${bad.shape.join(", ")}]${placeInCode()}`;
      }
    }
    return made;
  };
  Error.stackTraceLimit = 100;
  try {
    body();
  } catch (error) {
    if (first === undefined) throw error;
  } finally {
    Reflect.deleteProperty(engine, "runKernel");
    Error.stackTraceLimit = limit;
  }
  return first;
}

/** Frames of TensorFlow.js and of this package's own tensor code. */
const LIBRARY = /@tensorflow|[\\/]tensor[\\/][\w-]+\.(js|ts)|node:internal|<anonymous>\)?$/;

/** The line of the author's code that is being run: the innermost between the op and the call of the author's function. */
function placeInCode(): string {
  const lines = (new Error().stack ?? "").split("\n").slice(1);
  const end = lines.findIndex((line) => line.includes("authorsFunction"));
  const own = lines.slice(0, Math.max(0, end)).find((line) => !LIBRARY.test(line));
  const place = own && /\(?([^()\s]+:\d+):\d+\)?$/.exec(own)?.[1];
  return place ? ` (${place})` : end < 0 ? ", in the gradients" : "";
}
