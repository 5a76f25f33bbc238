import fs from "node:fs";
import path from "node:path";
import type { Checkpointable } from "genlab";
import type { Config, Recipe, Sitting, Training } from "./recipe";

export interface SittingOptions {
  recipe: Recipe;
  out: string;
  /** Steps of a try, instead of the recipe's. */
  steps: number | undefined;
  /** The file of its data set, for a recipe that has one. */
  data?: { file: string; sha256: string } | undefined;
  /** The folder of checkpoints. */
  folder: string;
  signal: AbortSignal;
  log: (line: string) => void;
  now: () => number;
}

/** A sitting whose checkpoints lie in a folder, with the time that all sittings took. */
export class RecipeSitting implements Sitting {
  readonly out: string;
  readonly trial: boolean;
  readonly data: string;
  readonly log: (line: string) => void;
  private readonly files: string[] = [];
  private readonly clock: Clock;

  constructor(private readonly of: SittingOptions) {
    this.out = of.out;
    this.trial = of.steps !== undefined;
    this.data = of.data?.file ?? "";
    this.log = of.log;
    this.clock = new Clock(of.now);
  }

  options({ steps, seed, state, part }: Training): ReturnType<Sitting["options"]> {
    const { recipe, folder, signal, log, data } = this.of;
    const run = this.of.steps ?? steps;
    // A try never touches the checkpoint of the real run.
    const name = [recipe.name, part, this.trial && `try-${run}`].filter(Boolean).join(".");
    const file = path.join(folder, `${name}.safetensors`);
    this.files.push(file);
    const settings = new Settings({ ...recipe.config, ...(data && { data: data.sha256 }) });
    return {
      name: part === undefined ? recipe.name : `${recipe.name} ${part}`,
      steps: run,
      seed,
      signal,
      log,
      checkpoint: { file, keep: true, state: { ...state, settings, clock: this.clock } },
    };
  }

  /** Seconds of all sittings, as far as checkpoints tell. */
  get seconds(): number {
    return this.clock.seconds;
  }

  /** The checkpoints are no longer needed. */
  removeCheckpoints(): void {
    for (const file of this.files) fs.rmSync(file, { force: true });
  }
}

/** Time worked; with several trainings the last checkpoint that was restored or made knows most. */
class Clock implements Checkpointable {
  private readonly started: number;
  private earlier = 0;

  constructor(private readonly now: () => number) {
    this.started = now();
  }

  get seconds(): number {
    return this.earlier + (this.now() - this.started) / 1000;
  }

  save(): number {
    return this.seconds;
  }

  restore(seconds: number): void {
    this.earlier = Math.max(this.earlier, seconds);
  }
}

/** Settings in a checkpoint: a run that changed on its way would be no run of its recipe. */
class Settings implements Checkpointable {
  private readonly text: string;

  constructor(config: Config) {
    this.text = JSON.stringify(config);
  }

  save(): string {
    return this.text;
  }

  restore(saved: string): void {
    if (saved === this.text) return;
    throw new Error(`it was made with other settings, ${saved}; now they are ${this.text}`); // train adds the cure
  }
}
