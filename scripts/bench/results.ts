import { CONTENDERS, PEERS, TITLES } from "./contenders";
import type { ContenderName } from "./contenders";
import type { Measured } from "./measure";
import { ratioOf, spreadOf } from "./statistics";
import type { Spread } from "./statistics";

/** A number for each contender that took part. */
export type Each<T> = Partial<Record<ContenderName, T>>;

/** A training step at one size, as in the --json file. */
export interface TrainingResult {
  name: string;
  /** Milliseconds a step, median of the rounds. */
  ms: Each<number>;
  /** The fastest and the slowest round. */
  spread: Each<[number, number]>;
  /** Genlab's time divided by theirs, round by round: below 1 Genlab is faster. */
  ratio: Each<Spread>;
  /** The same against the fastest of the peers; null without peers. */
  ratioToFastestPeer: number | null;
  fastestPeer: ContenderName | null;
  /** Most memory that its process held, megabytes, runtime and libraries included. */
  peakMB: Each<number>;
  /** Compilation and first step, milliseconds. */
  firstMs: Each<number>;
  /** On the weights given to all. */
  loss: Each<number>;
}

/** A sampler at one size. */
export interface SamplerResult {
  name: string;
  /** "samples/s" */
  unit: string;
  perSecond: Each<number>;
  spread: Each<[number, number]>;
  peakMB: Each<number>;
  firstMs: Each<number>;
}

function each<T>(measured: readonly Measured[], value: (one: Measured) => T): Each<T> {
  return Object.fromEntries(measured.map((one) => [one.name, value(one)]));
}

const extremes = (values: readonly number[]): [number, number] => [Math.min(...values), Math.max(...values)];

/** What was measured of a training step, summed up. */
export function trainingResult(name: string, measured: readonly Measured[]): TrainingResult {
  const ms = each(measured, (one) => spreadOf(one.ms).median);
  const ours = measured.find((one) => one.name === "genlab");
  const others = ours === undefined ? [] : measured.filter((one) => one !== ours);
  const ratio = each(others, (one) => ratioOf(ours!.ms, one.ms));
  const [fastestPeer = null] = PEERS.filter((peer) => ms[peer] !== undefined).sort((a, b) => ms[a]! - ms[b]!);
  return {
    name,
    ms,
    spread: each(measured, (one) => extremes(one.ms)),
    ratio,
    ratioToFastestPeer: fastestPeer === null ? null : (ratio[fastestPeer]?.median ?? null),
    fastestPeer,
    peakMB: each(measured, (one) => one.peakMB),
    firstMs: each(measured, (one) => one.firstMs),
    loss: each(measured, (one) => one.losses[0] ?? NaN),
  };
}

/** What was measured of a sampler, summed up. */
export function samplerResult(name: string, unit: string, measured: readonly Measured[]): SamplerResult {
  return {
    name,
    unit,
    perSecond: each(measured, (one) => spreadOf(one.perSecond).median),
    spread: each(measured, (one) => extremes(one.perSecond)),
    peakMB: each(measured, (one) => one.peakMB),
    firstMs: each(measured, (one) => one.firstMs),
  };
}

/** Faster than PyTorch eager by at least this. */
export const GOAL_OVER_TORCH = 1.3;

/** What is wanted of every training step beside the peers, and where it is missed, in lines. */
export function goalLines(results: readonly TrainingResult[]): string[] {
  const compared = results.filter((result) => result.fastestPeer !== null);
  if (compared.length === 0) return [];
  const slower = compared.filter((result) => !(result.ratioToFastestPeer! <= 1));
  const short = compared.filter((result) => !(1 / result.ratio.torch!.median >= GOAL_OVER_TORCH));
  const line = (what: string, missed: readonly string[]): string =>
    `${what}: ${compared.length - missed.length} of ${compared.length}${missed.length > 0 ? `, missed by ${missed.join(", ")}` : ""}`;
  return [
    line(
      "No slower than the fastest peer",
      slower.map((one) => `${one.name} (${one.ratioToFastestPeer!.toFixed(2)} of ${TITLES[one.fastestPeer!]})`),
    ),
    line(
      `At least ${GOAL_OVER_TORCH}× as fast as PyTorch eager`,
      short.map((one) => `${one.name} (${(1 / one.ratio.torch!.median).toFixed(2)}×)`),
    ),
  ];
}

/** The contenders of some results, in the order of the table. */
export function contendersOf(results: readonly { firstMs: Each<number> }[]): ContenderName[] {
  return CONTENDERS.filter((name) => results.some((result) => result.firstMs[name] !== undefined));
}
