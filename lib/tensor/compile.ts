/**
 * Programs: named state, and functions over it that run as one graph call each. The functions are ordinary TensorFlow.js.
 * On TensorFlow itself a function is recorded at its first call and from then on runs as a graph; elsewhere it runs op by op
 * with the same results. docs/compile.md is the guide.
 */
import { eagerEngine } from "./eager-engine";
import { engineOf } from "./engine";
import type { Engine, Outcome, Part, PlannedFunction, RecordedOp, Results } from "./engine";
import { expectInputs, expectScalars, stackedInputs } from "./program-arguments";
import type { Callables, Chain, Numbers, OverState } from "./program-functions";
import { planFunctions } from "./program-plan";
import type { Plan } from "./program-plan";
import { ProgramState } from "./program-state";
import type { ProgramSizes, SavedProgram } from "./program-state";
import { closeWithScope } from "./program-scope";
import type { RandomStream } from "./random";
import { randomStream } from "./random";
import { whileRunning } from "./recording";
import { tf } from "./tf";

export type { ProgramSizes, SavedProgram } from "./program-state";

/** What every program offers beside its functions. */
export interface ProgramBase<S> {
  /** Copies of a part of the state, yours to dispose. */
  read<K extends keyof S>(part: K): S[K];
  /** Replaces parts of the state by other numbers of the same shapes: read from another program, or loaded. */
  write(parts: Partial<S>): void;
  /** Everything that a step changes (state, running averages, step counts, random stream), for a checkpoint. */
  save(): SavedProgram;
  /** Goes on exactly where `saved` was made. */
  restore(saved: SavedProgram): void;
  /** How many steps a train step has made. */
  steps(name: string): number;
  /** The ops recorded for a function; undefined before its first call, and on a backend that runs op by op. */
  recorded(name: string): readonly RecordedOp[] | undefined;
  /** How many numbers the state and the optimizers hold. */
  sizes(): ProgramSizes;
  /** Frees state and graphs. Later calls are errors. */
  dispose(): void;
}

/** A program: each of its functions as a method, beside ProgramBase. */
export type Program<S, F> = ProgramBase<S> & Callables<F>;

export interface CompileOptions {
  /** Where the functions' random numbers come from; randomStream(0) without it. Calls advance it. */
  random?: RandomStream;
  /** For messages and tables. */
  name?: string;
  /** Runs op by op on every backend: to look into a function with prints and breakpoints. Slower, same results. */
  eager?: boolean;
}

/**
 * Makes a program.
 * @param state trees of tensors or variables by name; their numbers are copied, the originals stay the caller's
 * @param functions trainStep(…), call(…), chain(…) by name
 * @returns the functions as methods: `program.step({ x, y }, { lr: 1e-3 })` → `{ loss: 0.31, … }`
 * @throws Error naming the function and what is wrong with its declaration
 * @example
 * const program = compile(
 *   { net: { w: tf.zeros([2, 1]), b: tf.zeros([1]) } },
 *   {
 *     step: trainStep((state, { x, y }) => ({ loss: mse(linear(x, state.net), y) }), {
 *       inputs: { x: ["B", 2], y: ["B", 1] }, of: "net", by: adam({ lr: 1e-3 }),
 *     }),
 *   },
 * );
 * const { loss } = program.step({ x, y });
 */
export function compile<S extends object, F extends Record<string, OverState<S>>>(
  state: S,
  functions: F,
  options: CompileOptions = {},
): Program<S, F> {
  const plan = planFunctions(state, functions);
  const program = new RunningProgram(plan, options);
  const methods = Object.fromEntries(
    Object.keys(functions).map((name) => [
      name,
      (inputs?: object, scalars?: object) => program.call(name, inputs ?? {}, scalars ?? {}),
    ]),
  );
  const base = {
    read: (part: string) => program.read(part),
    write: (parts: object) => program.write(parts),
    save: () => program.save(),
    restore: (saved: SavedProgram) => program.restore(saved),
    steps: (name: string) => program.stepsOf(name),
    recorded: (name: string) => program.recorded(name),
    sizes: () => program.sizes(),
    dispose: () => program.dispose(),
  };
  const made = { ...methods, ...base } as unknown as Program<S, F>;
  closeWithScope(made);
  return made;
}

/** A program at work: checks arguments, counts steps, turns results into what the caller gets. */
class RunningProgram {
  private engine: Engine | undefined;
  private readonly state: ProgramState;
  private readonly random: RandomStream;
  private readonly name: string;
  private readonly backend: string;

  constructor(
    private readonly plan: Plan,
    options: CompileOptions,
  ) {
    this.random = options.random ?? randomStream(0);
    this.name = options.name ?? "program";
    this.backend = tf.getBackend();
    const maker = (options.eager ? undefined : engineOf(this.backend)) ?? eagerEngine;
    this.engine = maker(plan.leaves, [...plan.functions.values()]);
    this.state = new ProgramState(plan, this.engine, this.random);
  }

  call(name: string, inputs: object, scalars: object): unknown {
    const engine = this.expectAlive(name);
    return whileRunning(this.name, name, () => {
      this.state.expectUntouched(name);
      const chain = this.plan.chains.get(name);
      if (chain !== undefined) return this.callChain(engine, name, chain, inputs, scalars);
      const [result] = this.run(engine, [this.part(name, name, inputs, scalars, 1, false, new Map())]);
      return result![0];
    });
  }

  read(part: string): unknown {
    this.expectAlive("read");
    return this.state.read(part);
  }

  write(parts: object): void {
    this.expectAlive("write");
    this.state.write(parts);
  }

  save(): SavedProgram {
    this.expectAlive("save");
    return this.state.save();
  }

  restore(saved: SavedProgram): void {
    this.expectAlive("restore");
    this.state.restore(saved);
  }

  sizes(): ProgramSizes {
    return this.state.sizes();
  }

  stepsOf(name: string): number {
    return this.state.stepsOf(this.expectFunction(name));
  }

  recorded(name: string): readonly RecordedOp[] | undefined {
    const engine = this.expectAlive("recorded");
    const chain = this.plan.chains.get(name);
    if (chain === undefined) return engine.recorded(this.expectFunction(name).name);
    const parts = membersOf(chain).map(([member, times]) =>
      engine.recorded(member)?.map((op) => ({ ...op, times: op.times * times })),
    );
    return parts.some((part) => part === undefined) ? undefined : (parts as RecordedOp[][]).flat();
  }

  dispose(): void {
    this.engine?.dispose();
    this.engine = undefined;
  }

  private callChain(engine: Engine, name: string, chain: Chain<unknown>, inputs: object, scalars: object): unknown {
    const members = membersOf(chain);
    const of = (all: object, member: string): object => (all as Record<string, object>)[member] ?? {};
    const unknown = Object.keys({ ...inputs, ...scalars }).find((key) => !members.some(([member]) => member === key));
    if (unknown !== undefined) {
      const known = members.map(([member]) => member).join(", ");
      throw new Error(`${name}: "${unknown}" is no function of this chain: wanted { ${known} }, each with its inputs`);
    }
    const earlier = new Map<string, number>();
    const parts = members.map(([member, times, stacked]) =>
      this.part(`${name}.${member}`, member, of(inputs, member), of(scalars, member), times, stacked, earlier),
    );
    const results = this.run(engine, parts);
    return Object.fromEntries(members.map(([member, , stacked], k) => [member, stacked ? results[k] : results[k]![0]]));
  }

  /**
   * One function's part of a call, checked.
   * @param earlier steps that earlier parts of the call make with each optimizer; this part's are added
   */
  private part(
    who: string,
    name: string,
    inputs: object,
    scalars: object,
    times: number,
    stacked: boolean,
    earlier: Map<string, number>,
  ): Part {
    const fn = this.expectFunction(name);
    const declared = this.plan.declarations.get(name)!;
    expectInputs(who, stacked ? stackedInputs(declared.inputs, times) : declared.inputs, inputs);
    const { own, lr } = expectScalars(who, declared.scalars, scalars as Numbers, fn.training !== undefined);
    const runs = Array.from({ length: times }, (_, run) => run);
    let updates: Record<string, number>[] = runs.map(() => ({}));
    if (fn.training !== undefined) {
      const { rule, slotsOf } = fn.training;
      const before = earlier.get(slotsOf) ?? 0;
      const made = this.state.stepsOf(fn) + before;
      earlier.set(slotsOf, before + times);
      updates = runs.map((run) => rule.scalars(made + run + 1, lr));
      const bad = updates.findIndex((numbers) => !(Number.isFinite(numbers.lr) && numbers.lr! >= 0));
      if (bad >= 0) {
        const rate = String(updates[bad]!.lr);
        throw new Error(
          `${who}: the learning rate of step ${made + bad + 1} is ${rate}, wanted 0 or more, a finite number: below 0 the loss would rise; end the schedule at 0`,
        );
      }
    }
    return { fn, inputs: inputs as Record<string, tf.Tensor>, scalars: runs.map(() => own), updates, stacked };
  }

  private run(engine: Engine, parts: readonly Part[]): Results[][] {
    engine.prepare(parts);
    const training = parts.filter(({ fn }) => fn.training !== undefined);
    // Counted before they are made: an interrupt arrives when TensorFlow is done, and nothing after it runs.
    for (const { fn, scalars } of training) this.state.countSteps(fn, scalars.length);
    const random = this.random.save();
    let outcome: Outcome;
    try {
      outcome = engine.run(parts, this.random);
    } catch (error) {
      for (const { fn, scalars } of training) this.state.countSteps(fn, -scalars.length);
      this.random.restore(random);
      throw refusedByTensorFlow(parts, error);
    }
    const { results, failed } = outcome;
    if (failed === undefined) return results;
    // Uncount the failed run and all that should have come after it.
    const first = training.indexOf(failed.part);
    training.slice(first).forEach(({ fn, scalars }, k) => {
      this.state.countSteps(fn, k === 0 ? failed.run - scalars.length : -scalars.length);
    });
    const values = results.flat().flatMap((each) => Object.values(each));
    tf.dispose(values.filter((value) => typeof value !== "number"));
    this.random.restore(failed.at);
    const where = engine.diagnose(failed, this.random);
    this.random.restore(failed.at); // the failed step made no draws
    const { fn } = failed.part;
    const loss = String(results[parts.indexOf(failed.part)]![failed.run]!.loss);
    throw new Error(
      `${fn.name}: the loss of step ${this.state.stepsOf(fn) + 1} is ${loss}: ${where}. The weights stay as they were; try a smaller learning rate or clipNorm, and look for log(0), division by 0 or exp of a large number`,
    );
  }

  private expectAlive(what: string): Engine {
    if (this.engine === undefined) {
      throw new Error(`${this.name}.${what}: the program is disposed: compile it again, or dispose it later`);
    }
    if (tf.getBackend() !== this.backend) {
      const [made, now] = [this.backend, tf.getBackend()];
      throw new Error(
        `${this.name}.${what}: compiled for the backend "${made}", now it is "${now}": compile it again, or call useDevice`,
      );
    }
    return this.engine;
  }

  private expectFunction(name: string): PlannedFunction {
    const fn = this.plan.functions.get(name);
    if (fn === undefined) {
      throw new Error(`${this.name} has no function "${name}": it has ${[...this.plan.functions.keys()].join(", ")}`);
    }
    return fn;
  }
}

/** An op that failed inside a graph, by the function's name: TensorFlow knows only the node's. */
function refusedByTensorFlow(parts: readonly Part[], error: unknown): unknown {
  const text = error instanceof Error ? error.message : "";
  const reason = /^Session fail to run with error: ([^\n]*)/.exec(text)?.[1];
  if (reason === undefined) return error;
  const names = [...new Set(parts.map(({ fn }) => fn.name))].join(", ");
  return new Error(`${names}: TensorFlow refused the call (${reason}): check the indices and values of the inputs`, {
    cause: error,
  });
}

/** [name, times, whether inputs and results are lists] */
function membersOf(chain: Chain<unknown>): [string, number, boolean][] {
  return (chain.members as (string | readonly [string, number])[]).map((member) =>
    typeof member === "string" ? [member, 1, false] : [member[0], member[1], true],
  );
}
