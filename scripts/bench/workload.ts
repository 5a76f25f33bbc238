import type { tf } from "genlab";

/** A batch in two halves side by side, as the notebooks train; see docs/compile.md. Op by op there is nothing to gain. */
export const SHARDS = 2;

/** What a workload is built at: the batch, how wide the layers are, and whatever else the model is sized by. */
export interface Size {
  batch: number;
  width: number;
  [other: string]: number;
}

/** Whether a step is one recorded graph, or TensorFlow.js op by op on the same backend. */
export interface Mode {
  eager: boolean;
}

/** What every contender is given. */
export interface Material {
  /** All that is trained, or used: tensors in lists and objects. Peers get them by their paths, "net.0.w". */
  weights: object;
  /** What each step takes, noise included: no contender draws its own. */
  inputs: Record<string, tf.Tensor>;
  /** Numbers and names that a peer must know as well, as JSON beside the size: learning rate, heads. */
  config: object;
}

/** A model's real training step: what a notebook repeats thousands of times. */
export interface Training {
  /** The smallest first: it is the one that --quick takes. */
  sizes: readonly Size[];
  /** Behind the workload's name: "L4 C128 T64 B12". */
  title: (size: Size) => string;
  /** The same numbers at every call. */
  build(size: Size): Material & {
    /** Compiles: what this and the first step take is the compile time. */
    start(mode: Mode): {
      /** One step on the inputs, and its loss before the update. */
      step(): number;
    };
  };
}

/** Something that makes samples, or anything else that is counted per second. */
export interface Sampler {
  /** "samples/s" unless told. */
  unit?: string;
  sizes: readonly Size[];
  title: (size: Size) => string;
  build(size: Size): {
    start(mode: Mode): {
      /** One call with its result read, and how many samples it made. */
      sample(): number;
    };
  };
}

/** What workloads/NAME.ts exports: either or both. */
export interface WorkloadModule {
  training?: Training;
  sampler?: Sampler;
}

/** The tensors of lists and objects under their paths; what is undefined is left out. */
export function named(tree: object, path = ""): Record<string, tf.Tensor> {
  if ("dataSync" in tree) return { [path]: tree as tf.Tensor };
  const children = Object.entries(tree as Record<string, object | undefined>);
  return Object.assign(
    {},
    ...children.map(([key, child]) => child && named(child, path === "" ? key : `${path}.${key}`)),
  ) as Record<string, tf.Tensor>;
}
