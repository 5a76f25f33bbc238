import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { writeFileAtomically } from "../notebook";

/** Where a running notebook stands. */
export interface Position {
  /** Seconds since its start. */
  elapsed: number;
  /** The running cell, from 1, of `count`. */
  cell: number;
  count: number;
  /** What the running cell says about its own remaining seconds. */
  cellEta?: number;
  /** What the whole notebook took last time, in seconds. */
  before?: number;
}

/** The remaining seconds of a notebook, or null when nothing speaks for a number yet. */
export function remainingSeconds({ elapsed, cell, count, cellEta, before }: Position): number | null {
  if (before !== undefined && before > elapsed) return Math.max(before - elapsed, cellEta ?? 0);
  if (cellEta !== undefined) return cellEta;
  // Cells differ a hundredfold; their mean says something only once several are done.
  const done = cell - 1;
  return before === undefined && done >= 3 ? (elapsed / done) * (count - done) : null;
}

/** What notebooks took last time on this machine, by profile: in build/, since it belongs to the machine. */
export class RunTimes {
  private readonly file: string;
  private times: Record<string, number> = {};

  constructor(
    root: string,
    private readonly profile: string,
  ) {
    this.file = path.join(root, "build", "run-times.json");
    try {
      this.times = JSON.parse(readFileSync(this.file, "utf8")) as Record<string, number>;
    } catch {
      // The first run: no estimate from before.
    }
  }

  before(file: string): number | undefined {
    const seconds = this.times[`${this.profile} ${file}`];
    return typeof seconds === "number" ? seconds : undefined;
  }

  note(file: string, seconds: number): void {
    this.times[`${this.profile} ${file}`] = Math.round(seconds * 10) / 10;
  }

  /** Keeps them for the next time; that it fails matters to nobody. */
  save(): void {
    for (const key of Object.keys(this.times)) {
      if (!existsSync(key.slice(key.indexOf(" ") + 1))) delete this.times[key];
    }
    try {
      writeFileAtomically(this.file, JSON.stringify(this.times, null, 1) + "\n");
    } catch {
      // No build folder, or a read-only one.
    }
  }
}
