// Node only. Where a number that is not finite first comes up: the step is run again op by op, and each result looked at.
import type { Part } from "./engine";
import { DTYPE, idOf, nativeBackend, overlaid } from "./native-binding";
import type { RandomStream } from "./random";
import { tf } from "./tf";
import { lossAndGradients } from "./train-step";

/** A step whose loss was not finite, with the state before it. */
export interface FailedStep {
  part: Part;
  run: number;
  random: RandomStream;
  leaves: readonly tf.Tensor[];
  paths: readonly string[];
}

/** In words: which weight, which input, or which op's result was the first. */
export function diagnose({ part, run, random, leaves, paths }: FailedStep): string {
  const weight = leaves.findIndex((leaf) => !isFinite(leaf));
  if (weight >= 0) return `the weight ${paths[weight]} is not finite already before it: an earlier gradient was not`;
  const input = Object.entries(part.inputs).find(([, tensor]) => tensor.dtype === "float32" && !isFinite(tensor));
  if (input !== undefined) return `the input ${input[0]} holds NaN or infinity`;
  const backend = nativeBackend();
  const real = backend.binding;
  let first: string | undefined;
  const watching = overlaid(real, {
    executeOp: (op, attrs, inputs, outputs) => {
      const made = real.executeOp(op, attrs, inputs, outputs);
      for (const { id, dtype, shape } of made) {
        if (first !== undefined || dtype !== DTYPE.float32) continue;
        if (real.tensorDataSync(id).every(Number.isFinite)) continue;
        first = `the first number that is not finite comes out of ${op}, shape [${shape.join(", ")}]${placeInCode()}`;
      }
      return made;
    },
  });
  try {
    backend.binding = watching;
    tf.tidy(() => {
      const inputs = Object.fromEntries(
        Object.entries(part.inputs).map(([name, tensor]) => [name, part.stacked ? tensor.gather(run) : tensor]),
      );
      const scalars = Object.fromEntries(Object.entries(part.scalars[run]!).map(([name, x]) => [name, tf.scalar(x)]));
      const { outputs } = lossAndGradients(part.fn, part.fn.training!, { leaves, inputs, scalars, random }, paths);
      tf.dispose(outputs);
    });
  } finally {
    backend.binding = real;
  }
  return first ?? "run op by op it is finite: the graph's order of summation differs";
}

function isFinite(tensor: tf.Tensor): boolean {
  return nativeBackend().binding.tensorDataSync(idOf(tensor)).every(Number.isFinite);
}

/** The line of the author's code that is being run, where the stack has one. */
function placeInCode(): string {
  const lines = (new Error().stack ?? "").split("\n").slice(1);
  const own = lines.find((line) => !/@tensorflow|[\\/]lib[\\/](dist[\\/])?(tensor|nn)[\\/]|node:internal/.test(line));
  const place = own && /\(?([^()\s]+:\d+):\d+\)?$/.exec(own)?.[1];
  return place ? ` (${place})` : "";
}
