import { expectSameLosses } from "./losses";
import { Contender } from "./protocol";
import type { Launch } from "./protocol";
import { turnsFor } from "./statistics";

/** One workload at one size. */
export interface Case {
  workload: string;
  kind: "training" | "sampler";
  size: Record<string, number>;
  /** "gpt L4 C128 T64 B12" */
  name: string;
  /** Weights, inputs and config, where a peer takes part. */
  file: string | null;
}

/** How long and how often. */
export interface Plan {
  rounds: number;
  /** A turn of one contender takes about this long. */
  turnMs: number;
  timeoutsMs: { load: number; run: number };
}

/** What one contender did. */
export interface Measured {
  name: string;
  /** Milliseconds a call, round by round. */
  ms: number[];
  /** Steps or samples a second, round by round. */
  perSecond: number[];
  /** Compilation and first call. */
  firstMs: number;
  /** Of its process, from its start. */
  peakMB: number;
  losses: number[];
}

/**
 * Starts every contender, checks that they compute the same, then lets them run in turns, A B C A B C: a disturbance of
 * the machine strikes all. Only one computes at a time.
 * @throws CliError naming the contender that failed
 */
export async function measure(what: Case, launches: readonly Launch[], plan: Plan): Promise<Measured[]> {
  const { rounds, timeoutsMs } = plan;
  const contenders: Contender[] = [];
  try {
    const results: Measured[] = [];
    for (const launch of launches) {
      const contender = new Contender(launch);
      contenders.push(contender);
      const { workload, kind, size, file } = what;
      const loaded = await contender.ask("load", { workload, kind, size, file }, timeoutsMs.load);
      const losses = loaded.losses.map((loss) => loss ?? NaN);
      results.push({ name: launch.name, ms: [], perSecond: [], peakMB: NaN, firstMs: loaded.firstMs, losses });
    }
    if (what.kind === "training")
      expectSameLosses(what.name, Object.fromEntries(results.map(({ name, losses }) => [name, losses])));
    const turns: number[] = [];
    for (const contender of contenders) turns.push(await turnsOf(contender, plan));
    for (let round = 0; round < rounds; round++)
      for (const [i, contender] of contenders.entries()) {
        const { ms, count } = await contender.ask("run", { turns: turns[i]! }, timeoutsMs.run);
        results[i]!.ms.push(ms / turns[i]!);
        results[i]!.perSecond.push(count / (ms / 1000));
      }
    for (const [i, contender] of contenders.entries())
      results[i]!.peakMB = (await contender.ask("memory", {}, timeoutsMs.run)).peakMB;
    return results;
  } finally {
    for (const contender of contenders) contender.kill();
  }
}

/** How many calls make a turn, from a few that also warm up. */
async function turnsOf(contender: Contender, { turnMs, timeoutsMs }: Plan): Promise<number> {
  const once = await contender.ask("run", { turns: 1 }, timeoutsMs.run);
  const few = turnsFor(turnMs / 4, once.ms, 20);
  const { ms } = await contender.ask("run", { turns: few }, timeoutsMs.run);
  return turnsFor(turnMs, ms / few);
}
