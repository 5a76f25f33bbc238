// A program's state as its owner sees it: read, write, save, restore; and the count of steps made.
import type { Engine, PlannedFunction } from "./engine";
import type { Plan } from "./program-plan";
import type { RandomState, RandomStream } from "./random";
import { tf } from "./tf";
import { assemble, matchTree, pathsOf } from "./tree";

/** Numbers with their shape. */
export interface SavedTensor {
  shape: number[];
  values: Float32Array;
}

/** All that a program's steps change. */
export interface SavedProgram {
  format: "genlab program 1";
  state: Record<string, SavedTensor>;
  /** Running averages of an optimizer by the path of their weight, and the steps it has made. */
  optimizers: Record<string, { kind: string; steps: number; slots: Record<string, SavedTensor[]> }>;
  random: RandomState;
}

/** Counts of numbers; each takes four bytes. */
export interface ProgramSizes {
  /** By part; a tensor that two parts share counts in the first. */
  state: Record<string, number>;
  /** The running averages of each optimizer, by the first function that uses it. */
  optimizers: Record<string, number>;
}

export class ProgramState {
  /** Steps made by each optimizer. */
  private readonly counts = new Map<string, number>();
  private readonly indexOf: ReadonlyMap<string, number>;
  /** The variables that the state was made from, and the numbers they had: a later assign would not reach the program. */
  private readonly originals: { path: string; variable: tf.Tensor; dataId: object }[];

  constructor(
    private readonly plan: Plan,
    private readonly engine: Engine,
    private readonly random: RandomStream,
  ) {
    this.indexOf = new Map(plan.leaves.map(({ path }, i) => [path, i]));
    this.originals = plan.leaves.flatMap(({ path, tensor }) =>
      tensor instanceof tf.Variable ? [{ path, variable: tensor, dataId: tensor.dataId }] : [],
    );
  }

  /** @throws Error when a variable given to compile has been assigned since */
  expectUntouched(who: string): void {
    for (const { path, variable, dataId } of this.originals) {
      if (variable.dataId === dataId || variable.isDisposed) continue;
      throw new Error(
        `${who}: the variable ${path} was changed outside the program, which has its own copy: use program.write({ … }) instead of assign`,
      );
    }
  }

  sizes(): ProgramSizes {
    const { leaves, skeleton, functions } = this.plan;
    const seen = new Set<string>();
    const size = (path: string): number => leaves[this.indexOf.get(path)!]!.tensor.size;
    const state = Object.entries(skeleton).map(([part, tree]): [string, number] => {
      const own = pathsOf(tree).filter((path) => !seen.has(path));
      own.forEach((path) => seen.add(path));
      return [part, own.reduce((sum, path) => sum + size(path), 0)];
    });
    const slotsOf = new Map([...functions.values()].map(({ training }) => [training?.slotsOf, training?.rule.slots]));
    const optimizers = this.optimizers().map(({ slotsOf: name, leaves: trained }): [string, number] => {
      const numbers = trained.reduce((sum, i) => sum + leaves[i]!.tensor.size, 0);
      return [name, numbers * (slotsOf.get(name)?.length ?? 0)];
    });
    return { state: Object.fromEntries(state), optimizers: Object.fromEntries(optimizers) };
  }

  stepsOf(fn: PlannedFunction): number {
    return fn.training === undefined ? 0 : (this.counts.get(fn.training.slotsOf) ?? 0);
  }

  countSteps(fn: PlannedFunction, steps: number): void {
    this.counts.set(fn.training!.slotsOf, this.stepsOf(fn) + steps);
  }

  read(part: string): unknown {
    const skeleton = this.expectPart("read", part);
    const paths = [...new Set(pathsOf(skeleton))];
    const copies = this.engine.read(paths.map((path) => this.indexOf.get(path)!));
    const byPath = new Map(paths.map((path, k) => [path, copies[k]!]));
    return assemble(skeleton, (path) => byPath.get(path)!);
  }

  write(parts: object): void {
    // All checked before the first is written: a mistake leaves the state whole.
    const writes = new Map<number, tf.Tensor>();
    for (const [part, tree] of Object.entries(parts)) {
      for (const [path, tensor] of matchTree("write", this.expectPart("write", part), tree, part)) {
        const index = this.indexOf.get(path)!;
        const [wanted, got] = [this.shapeOf(index), tensor.shape.join(", ")];
        if (tensor.isDisposed) throw new Error(`write: ${path} is disposed: give a tensor that is still alive`);
        if (wanted !== got) throw new Error(`write: ${path} is [${got}], in the program it is [${wanted}]`);
        if (tensor.dtype !== "float32") throw new Error(`write: ${path} is ${tensor.dtype}: the state is float32`);
        if ((writes.get(index) ?? tensor) !== tensor) {
          throw new Error(`write: ${path} is one tensor in two parts of the program, got two: give the same one twice`);
        }
        writes.set(index, tensor);
      }
    }
    this.engine.write(writes);
    this.forgetAssigned([...writes.keys()]);
  }

  save(): SavedProgram {
    const paths = this.plan.leaves.map(({ path }) => path);
    const numbers = this.take(this.engine.read(paths.map((_, i) => i)));
    const state = Object.fromEntries(paths.map((path, i) => [path, numbers[i]!]));
    const optimizers = Object.fromEntries(
      this.optimizers().map(({ slotsOf, kind, leaves }) => {
        const averages = this.engine.readSlots(slotsOf, leaves).map((slots) => this.take(slots));
        const slots = Object.fromEntries(leaves.map((i, k) => [paths[i]!, averages[k]!]));
        return [slotsOf, { kind, steps: this.counts.get(slotsOf) ?? 0, slots }];
      }),
    );
    return { format: "genlab program 1", state, optimizers, random: this.random.save() };
  }

  restore(saved: SavedProgram): void {
    if (saved?.format !== "genlab program 1") {
      throw new Error("restore: wanted what save() returned, got something else: save the program again");
    }
    const paths = this.plan.leaves.map(({ path }) => path);
    this.expectSameTensors(saved.state);
    for (const { slotsOf, kind, leaves } of this.optimizers()) {
      const before = saved.optimizers[slotsOf];
      if (before?.kind !== kind) {
        throw new Error(`restore: ${slotsOf} was trained by ${before?.kind ?? "nothing"}, here it is ${kind}`);
      }
      const other = leaves.find((i) => before.slots[paths[i]!] === undefined);
      if (other === undefined) continue;
      throw new Error(
        `restore: ${slotsOf} did not train ${paths[other]} when it was saved: compile with the same \`of\``,
      );
    }
    const given = paths.map((path) => fromSaved(saved.state[path]!));
    this.engine.write(new Map(given.map((tensor, i) => [i, tensor])));
    tf.dispose(given);
    for (const { slotsOf, leaves } of this.optimizers()) {
      const { steps, slots } = saved.optimizers[slotsOf]!;
      this.counts.set(slotsOf, steps);
      const averages = leaves.map((i) => (slots[paths[i]!] ?? []).map(fromSaved));
      this.engine.writeSlots(slotsOf, new Map(leaves.map((i, k) => [i, averages[k]!])));
      tf.dispose(averages);
    }
    this.random.restore(saved.random);
    this.forgetAssigned(paths.map((_, i) => i));
  }

  /** @throws Error naming the first tensor that only one has, or that has another shape, and counting the others */
  private expectSameTensors(saved: SavedProgram["state"]): void {
    const here = (path: string): string => {
      const index = this.indexOf.get(path);
      return index === undefined ? "missing" : `[${this.shapeOf(index)}]`;
    };
    const there = (path: string): string =>
      saved[path] === undefined ? "missing" : `[${saved[path].shape.join(", ")}]`;
    const paths = new Set([...this.indexOf.keys(), ...Object.keys(saved)]);
    const other = [...paths].filter((path) => here(path) !== there(path));
    const [first] = other;
    if (first === undefined) return;
    const count = `${other.length} ${other.length === 1 ? "tensor differs" : "tensors differ"}`;
    throw new Error(
      `restore: ${first} is ${here(first)} in this program, ${there(first)} in the saved one (${count}): compile the same state`,
    );
  }

  /** Where the program's numbers were set from outside, the variables that they first came from no longer matter. */
  private forgetAssigned(leaves: readonly number[]): void {
    for (const original of this.originals) {
      if (leaves.includes(this.indexOf.get(original.path)!)) original.dataId = original.variable.dataId;
    }
  }

  /** Each optimizer once, with all leaves that its steps train. */
  private optimizers(): { slotsOf: string; kind: string; leaves: number[] }[] {
    const all = new Map<string, { slotsOf: string; kind: string; leaves: number[] }>();
    for (const { training } of this.plan.functions.values()) {
      if (training === undefined) continue;
      const { slotsOf, rule, trained } = training;
      const known = all.get(slotsOf)?.leaves ?? [];
      all.set(slotsOf, { slotsOf, kind: rule.kind, leaves: [...new Set([...known, ...trained])] });
    }
    return [...all.values()];
  }

  private take(tensors: tf.Tensor[]): SavedTensor[] {
    const taken = tensors.map((tensor) => ({ shape: [...tensor.shape], values: tensor.dataSync<"float32">().slice() }));
    tf.dispose(tensors);
    return taken;
  }

  private shapeOf(index: number): string {
    return this.plan.leaves[index]!.tensor.shape.join(", ");
  }

  private expectPart(who: string, part: string) {
    const skeleton = this.plan.skeleton[part];
    if (skeleton !== undefined) return skeleton;
    throw new Error(`${who}: the state has no "${part}": it has ${Object.keys(this.plan.skeleton).join(", ")}`);
  }
}

function fromSaved({ shape, values }: SavedTensor): tf.Tensor {
  return tf.tensor(values, shape, "float32");
}
