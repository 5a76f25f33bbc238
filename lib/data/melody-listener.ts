/**
 * The ideal listener: knows the rules of melodies.ts but not key, metre, or what is repeated, and weighs all possibilities by what it
 * has heard [the forward algorithm]. Its −ln p is a tune's true cost: no model of these tunes can pay less on average.
 */
import { nextSymbol, REPEATED, REPEATS, TUNE_KINDS, TUNE_SYMBOLS } from "./melodies";
import type { TuneKind } from "./melodies";

/** One explanation of what was heard. */
interface Possibility {
  kind: TuneKind;
  /** Which repeat is going on, if one is. */
  repeat?: (typeof REPEATS)[number];
  weight: number;
}

/** Hears a tune symbol by symbol. */
export class TuneListener {
  private readonly heard: number[] = [];
  private branchedAt = -1;
  private possible: Possibility[] = TUNE_KINDS.map((kind) => ({ kind, weight: 1 / TUNE_KINDS.length }));

  /** The chance of each symbol to come next; all 0 when what was heard is against the rules. */
  predict(): Float64Array {
    this.branch();
    const p = new Float64Array(TUNE_SYMBOLS);
    for (const possibility of this.possible) {
      const { weight } = possibility;
      this.expected(possibility).forEach((chance, symbol) => (p[symbol]! += weight * chance));
    }
    return p;
  }

  /** Hears a symbol. @returns −ln of its chance in nats; ∞ when it is against the rules, and for all that follow it */
  hear(symbol: number): number {
    if (!Number.isInteger(symbol) || symbol < 0 || symbol >= TUNE_SYMBOLS) {
      throw new RangeError(`TuneListener: symbol ${symbol}, wanted 0 to ${TUNE_SYMBOLS - 1}`);
    }
    this.branch();
    const weighed = this.possible.map((one) => ({ ...one, weight: one.weight * this.expected(one)[symbol]! }));
    const chance = weighed.reduce((sum, { weight }) => sum + weight, 0);
    this.heard.push(symbol);
    this.possible = weighed.filter(({ weight }) => weight > 0).map((one) => ({ ...one, weight: one.weight / chance }));
    return -Math.log(chance);
  }

  /** How sure it is of each kind of tune, in the order of TUNE_KINDS. */
  belief(): number[] {
    return TUNE_KINDS.map((kind) => this.possible.reduce((sum, one) => sum + (one.kind === kind ? one.weight : 0), 0));
  }

  /** Where a repeat may begin every possibility becomes two; where it ends, two that agree become one. */
  private branch(): void {
    const time = this.heard.length;
    if (time === this.branchedAt) return;
    this.branchedAt = time;
    const next: Possibility[] = [];
    for (const one of this.possible) {
      const { kind, weight } = one;
      const over = one.repeat !== undefined && time >= (one.repeat.from + one.repeat.bars) * kind.metre;
      const repeat = over ? undefined : one.repeat;
      const begins = REPEATS.find(({ from }) => time === from * kind.metre);
      if (begins === undefined || repeat !== undefined) add(next, { kind, repeat, weight });
      else {
        add(next, { kind, repeat: begins, weight: weight * REPEATED });
        add(next, { kind, weight: weight * (1 - REPEATED) });
      }
    }
    this.possible = next;
  }

  private expected({ kind, repeat }: Possibility): Float64Array {
    if (repeat === undefined) return nextSymbol(this.heard, kind);
    const p = new Float64Array(TUNE_SYMBOLS);
    p[this.heard[this.heard.length - repeat.back * kind.metre]!] = 1;
    return p;
  }
}

function add(list: Possibility[], one: Possibility): void {
  const same = list.find(({ kind, repeat }) => kind === one.kind && repeat === one.repeat);
  if (same === undefined) list.push(one);
  else same.weight += one.weight;
}

/** What each symbol of a tune truly costs, in nats; they add up to −ln p of the tune. ∞ from the first that is against the rules. */
export function tuneNats(tune: ArrayLike<number>): Float64Array {
  const listener = new TuneListener();
  return Float64Array.from(tune, (symbol) => listener.hear(symbol));
}
