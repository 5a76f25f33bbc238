import type { Context } from "../../context";

/** One number that a user feels, and how it came about. */
export interface Measurement {
  name: string;
  value: number;
  unit: string;
  /** What exactly was measured. */
  what: string;
}

/** A small program that measures something around the notebooks; each lies in a file of its own. */
export type Probe = (context: Context) => Promise<Measurement[]>;
