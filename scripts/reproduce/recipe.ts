/** What a run measured. */
export interface Measured {
  value: number;
  unit: string;
}

export interface Reproduced {
  config: Record<string, string | number>;
  metrics: Record<string, Measured>;
  steps: number;
}

/** One file of data/ that this project trained itself: all of it follows from the code and its seed. */
export interface Recipe {
  /** As in `genlab reproduce NAME`. */
  name: string;
  description: string;
  /** Name of the file in data/. */
  file: string;
  /** Trains, writes the weights to `out`, and measures what was written. `epochs`: fewer than the recipe's, for a try. */
  make(options: { out: string; epochs?: number; log: (line: string) => void }): Promise<Reproduced>;
}
