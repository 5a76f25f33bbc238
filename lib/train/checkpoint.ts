// Node only. One file holds everything a run needs to go on exactly where it stopped.
import fs from "node:fs";
import path from "node:path";
import { writeFileAtomically } from "../data/atomic";
import { decodeSafetensors, encodeSafetensors } from "../data/safetensors";
import type { Entry, Values } from "../data/safetensors";
import { tf } from "../tensor/tf";
import type { HistoryRow } from "./history";

/** Something whose state can be kept: an optimizer, a random stream, batches. */
export interface Checkpointable {
  /** The state now: JSON values and typed arrays. */
  save(): unknown;
  /** Goes on from what save() returned. */
  restore(state: never): void;
}

/** What a checkpoint can keep: a Checkpointable, a variable, or variables in a list or by name. */
export type Kept = Checkpointable | tf.Variable | tf.Variable[] | Record<string, tf.Variable>;

export interface CheckpointOptions {
  /** The file, in safetensors format. */
  file: string;
  /** Saves after every so many steps; every 30 seconds without it. An interrupt always saves. */
  every?: number;
  /** Keeps the file after the last step, for whoever still has to measure; without it, it is removed. */
  keep?: boolean;
  /** Everything a step changes: weights, optimizers, random streams, batches. */
  state: Kept[] | Record<string, Kept>;
}

interface Run {
  name: string;
  seed?: number | undefined;
  steps: number;
}

/** A checkpoint that cannot be gone on from: damaged, or another run's. Its message says which file to remove to start afresh. */
export class CheckpointError extends Error {
  override readonly name = "CheckpointError";
}

const FORMAT = "genlab checkpoint 1";
const SAVE_MS = 30_000;

/** A training run's file; used by train. */
export class Checkpoint {
  readonly file: string;
  private readonly parts: [string, Kept][];
  private savedAt = performance.now();

  constructor(
    private readonly options: CheckpointOptions,
    private readonly run: Run,
  ) {
    this.file = options.file;
    const { state, every } = options;
    if (every !== undefined && !(Number.isInteger(every) && every > 0)) {
      throw new RangeError(`checkpoint: wanted every, a whole number > 0, got ${every}`);
    }
    this.parts = Object.entries(state as Record<string, Kept>);
  }

  /**
   * Restores everything from the file.
   * @returns the history so far; undefined when there is no file
   * @throws CheckpointError when it is damaged, or another run's
   */
  resume(): HistoryRow[] | undefined {
    if (!fs.existsSync(this.file)) return undefined;
    try {
      return this.read();
    } catch (cause) {
      if (cause instanceof CheckpointError) throw cause;
      const why = cause instanceof Error ? cause.message : String(cause);
      return this.refuse(`cannot be gone on from (${why.replace(/: make it again$/, "")})`, cause);
    }
  }

  private read(): HistoryRow[] {
    const { entries, metadata } = decodeSafetensors(fs.readFileSync(this.file), "it");
    if (metadata.format !== FORMAT) this.refuse("was not written by train");
    const saved = JSON.parse(metadata.run ?? "{}") as Run & { step: number };
    if (saved.name !== this.run.name) this.refuse(`belongs to "${saved.name}", this is "${this.run.name}"`);
    if (saved.seed !== this.run.seed) this.refuse(`was made with seed ${saved.seed}, this run has ${this.run.seed}`);
    if (saved.step > this.run.steps) this.refuse(`has ${saved.step} steps, this run only ${this.run.steps}`);
    const tree = unpack(JSON.parse(metadata.tree ?? "null"), entries) as {
      parts: Record<string, unknown>;
      columns: Record<string, Float64Array>;
    };
    const [had, has] = [Object.keys(tree.parts), this.parts.map(([name]) => name)];
    if (had.join() !== has.join()) this.refuse(`holds ${had.join(", ")}; this run keeps ${has.join(", ")}`);
    for (const [name, part] of this.parts) {
      if (!isCheckpointable(part)) this.expectVariables(name, part, tree.parts[name] as SavedVariables);
    }
    for (const [name, part] of this.parts) {
      if (isCheckpointable(part)) part.restore(tree.parts[name] as never);
      else assign(part, tree.parts[name] as SavedVariables);
    }
    return rows(saved.step, tree.columns);
  }

  /** Saves when the last time is long enough ago. */
  saveIfDue(history: HistoryRow[]): void {
    const { every } = this.options;
    const due = every === undefined ? performance.now() - this.savedAt >= SAVE_MS : history.length % every === 0;
    if (due) this.save(history);
  }

  /** Writes the file, atomically: a crash or a full disk leaves the one before. @throws Error when it cannot be written */
  save(history: HistoryRow[]): void {
    try {
      const parts = Object.fromEntries(
        this.parts.map(([name, part]) => [name, isCheckpointable(part) ? part.save() : describe(part)]),
      );
      const entries = new Map<string, Entry>();
      const tree = pack({ parts, columns: columns(history) }, entries, "");
      const run = JSON.stringify({ ...this.run, step: history.length });
      const metadata = { format: FORMAT, run, tree: JSON.stringify(tree) };
      writeFileAtomically(this.file, encodeSafetensors({ entries, metadata }));
    } catch (cause) {
      const [name, why] = [path.basename(this.file), cause instanceof Error ? cause.message : String(cause)];
      const cure = "free its disk, or train without a checkpoint; an older one is kept";
      throw new Error(`checkpoint ${name} cannot be written after step ${history.length} (${why}): ${cure}`, { cause });
    }
    this.savedAt = performance.now();
  }

  /** The run is finished: a later one starts afresh, unless the file is to be kept. Keep weights with saveWeights. */
  finish(history: HistoryRow[]): void {
    if (this.options.keep) this.save(history);
    else fs.rmSync(this.file, { force: true });
  }

  private expectVariables(name: string, part: Variables, saved: SavedVariables): void {
    const now = variablesOf(part);
    const shapes = (list: { shape: number[] }[]): string => list.map(({ shape }) => `[${shape.join(", ")}]`).join(" ");
    const [wanted, got] = [shapes(now), Array.isArray(saved) ? shapes(saved) : "something else"];
    if (wanted !== got) this.refuse(`holds ${name} as ${got}, this run's is ${wanted}`);
  }

  private refuse(why: string, cause?: unknown): never {
    const message = `checkpoint ${path.basename(this.file)} ${why}: remove ${this.file} to start afresh`;
    throw new CheckpointError(message, { cause });
  }
}

type Variables = tf.Variable | tf.Variable[] | Record<string, tf.Variable>;
type SavedVariables = { shape: number[]; values: Values }[];

function isCheckpointable(part: Kept): part is Checkpointable {
  return "restore" in part && typeof part.restore === "function";
}

function variablesOf(part: Variables): tf.Variable[] {
  return part instanceof tf.Variable ? [part] : Object.values(part);
}

function describe(part: Variables): SavedVariables {
  return variablesOf(part).map((v) => ({ shape: v.shape, values: v.dataSync<"float32">() }));
}

function assign(part: Variables, saved: SavedVariables): void {
  variablesOf(part).forEach((variable, i) => {
    const { shape, values } = saved[i]!;
    const value = tf.tensor(values, shape, variable.dtype);
    variable.assign(value);
    value.dispose();
  });
}

/** History as columns: 8 bytes a number, exactly. */
function columns(history: HistoryRow[]): Record<string, Float64Array> {
  const names = new Set(history.flatMap((row) => Object.keys(row)));
  names.delete("step");
  return Object.fromEntries([...names].map((name) => [name, Float64Array.from(history, (row) => row[name] ?? NaN)]));
}

function rows(steps: number, values: Record<string, Float64Array>): HistoryRow[] {
  return Array.from({ length: steps }, (_, step) => {
    const present = Object.entries(values).filter(([, column]) => !Number.isNaN(column[step]!));
    return { step, ...Object.fromEntries(present.map(([name, column]) => [name, column[step]!])) };
  });
}

/** A tree as JSON; its typed arrays move to `entries`, and numbers that JSON lacks become texts. */
function pack(value: unknown, entries: Map<string, Entry>, at: string): unknown {
  if (value instanceof tf.Tensor) throw new Error(`${at} is a tensor: save its dataSync() instead`);
  if (isValues(value)) {
    const name = `${entries.size}${at}`; // the number makes it unique, whatever the keys contain
    entries.set(name, { shape: [value.length], values: value });
    return { $array: name };
  }
  if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))) {
    return { $number: Object.is(value, -0) ? "-0" : String(value) };
  }
  if (Array.isArray(value)) return value.map((item, i) => pack(item, entries, `${at}/${i}`));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, pack(item, entries, `${at}/${key}`)]));
  }
  return value;
}

function unpack(value: unknown, entries: Map<string, Entry>): unknown {
  if (Array.isArray(value)) return value.map((item) => unpack(item, entries));
  if (typeof value !== "object" || value === null) return value;
  if ("$array" in value) return entries.get(String(value.$array))?.values;
  if ("$number" in value) return Number(value.$number);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unpack(item, entries)]));
}

function isValues(value: unknown): value is Values {
  return [Float32Array, Float64Array, Int32Array, Uint8Array].some((kind) => value instanceof kind);
}
