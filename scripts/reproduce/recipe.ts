import type { Kept, TrainOptions } from "genlab";

/** What a run measured. */
export interface Measured {
  value: number;
  unit: string;
}

/** Settings as they stand in the record. */
export type Config = Record<string, string | number | boolean | readonly (string | number)[]>;

export interface Reproduced {
  /** By the names that the notebooks record: "vae.test_nll_nats". */
  metrics: Record<string, Measured>;
  /** Optimizer steps in all. */
  steps: number;
}

/** One training within a recipe. */
export interface Training {
  /** Steps of the whole run, those of earlier sittings included; `--steps` takes its place. */
  steps: number;
  seed: number;
  /** Everything that a step changes: program (or weights and optimizers), random streams, batches. */
  state: Record<string, Kept>;
  /** Name among several trainings of one recipe. */
  part?: string;
}

/** The time between two interruptions: what a recipe gets to work with. */
export interface Sitting {
  /** Where a recipe of kind "weights" writes its file. */
  out: string;
  /** Whether this is a try of a few steps (`--steps`): then measure on a few pictures as well. */
  trial: boolean;
  /** The file of the recipe's data set; "" where it has none. */
  data: string;
  log: (line: string) => void;
  /**
   * Options for train: progress and ETA, Ctrl-C, and a checkpoint in the user's cache folder, from which the next sitting
   * goes on exactly where this one ends. The checkpoint is kept until the record is written.
   */
  options(training: Training): TrainOptions & { steps: number };
}

/** A training that anyone can repeat: all of its result follows from the code and its seed. */
export interface Recipe {
  /** As in `genlab reproduce NAME`; the file of the recipe has the same name. */
  name: string;
  description: string;
  /**
   * "run": a paper-length run that leaves its figures, data/results/NAME.json. "weights": a file of ours that notebooks load,
   * data/NAME.safetensors, at most 1 MB, with data/NAME.json beside it.
   */
  kind: "run" | "weights";
  /** A data set of data/downloads.json that it needs: fetched by `genlab download` before, or a user's file (`--data`). */
  data?: string;
  /** Everything that the result depends on. A checkpoint of other settings is refused. */
  config: Config;
  /** Trains, writes the weights if that is its kind, and measures what came out (for weights: the file as written). */
  make(sitting: Sitting): Promise<Reproduced>;
}
