import { InvalidArgumentError } from "commander";
import type { Plan } from "./measure";

/** `genlab bench …` */
export interface BenchOptions {
  only?: string[];
  peers?: boolean;
  quick?: boolean;
  rounds?: number;
  json?: string;
  figure?: string;
}

/** Several minutes for a whole run; --quick: seconds, the numbers then mean nothing. */
export function planOf({ quick = false, rounds }: BenchOptions): Plan {
  const timeoutsMs = { load: 900_000, run: 300_000 };
  return quick ? { rounds: rounds ?? 2, turnMs: 1, timeoutsMs } : { rounds: rounds ?? 7, turnMs: 400, timeoutsMs };
}

/** @throws InvalidArgumentError */
export function parseRounds(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new InvalidArgumentError("wanted a whole number from 1 to 999.");
  return Number(text);
}

/** A reader of "a,b" that knows its words. @throws InvalidArgumentError */
export function parseNames(known: readonly string[]): (text: string) => string[] {
  return (text) => {
    const names = text.split(",");
    if (names.some((name) => !known.includes(name)))
      throw new InvalidArgumentError(`wanted some of ${known.join(",")}.`);
    return names;
  };
}
