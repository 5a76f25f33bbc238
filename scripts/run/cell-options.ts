import type { ICell, INotebookContent } from "@jupyterlab/nbformat";
import { CliError, ExitCode } from "../cli-error";

export type Profile = "quick" | "standard" | "long";
export const PROFILES: readonly Profile[] = ["quick", "standard", "long"];

/** Seconds that a cell may take when neither it, its notebook nor the command line says otherwise. */
export const DEFAULT_TIMEOUT_S: Readonly<Record<Profile, number>> = { quick: 120, standard: 1_200, long: 48 * 3_600 };

/** How one code cell is to be run. */
export interface CellOptions {
  skip: boolean;
  timeoutS: number;
  /** Where the limit comes from, for the message. */
  timeoutFrom: string;
  /** Whether the cell must throw, and what: a name, or null for any. */
  raises: { name: string | null } | null;
}

/**
 * Reads a cell's tags and `metadata.genlab`. The most specific limit holds: cell, notebook, --timeout, profile.
 * @throws CliError (usage) when a limit is no positive number.
 */
export function cellOptions(
  cell: ICell,
  notebook: INotebookContent,
  defaults: { profile: Profile; timeoutS?: number },
): CellOptions {
  const own = genlabMetadata(cell.metadata);
  const tags = Array.isArray(cell.metadata.tags) ? cell.metadata.tags : [];
  const [timeoutS, timeoutFrom] =
    limit(own.timeout_s, `the metadata of cell ${cell.id as string}`) ??
    limit(genlabMetadata(notebook.metadata).timeout_s, "the notebook's metadata") ??
    limit(defaults.timeoutS, "--timeout") ??
    ([DEFAULT_TIMEOUT_S[defaults.profile], `the profile ${defaults.profile}`] as const);
  return {
    skip: tags.includes("skip-execution") || (cell.source as string).trim() === "",
    timeoutS,
    timeoutFrom,
    raises: expectedError(cell),
  };
}

/** Whether the cell must throw, and what: a name, or null for any. */
export function expectedError(cell: ICell): CellOptions["raises"] {
  const { raises } = genlabMetadata(cell.metadata);
  const { tags } = cell.metadata;
  if (typeof raises === "string") return { name: raises };
  return Array.isArray(tags) && tags.includes("raises-exception") ? { name: null } : null;
}

function genlabMetadata(metadata: unknown): { timeout_s?: unknown; raises?: unknown } {
  const own = (metadata as { genlab?: unknown }).genlab;
  return typeof own === "object" && own !== null ? own : {};
}

function limit(value: unknown, from: string): readonly [number, string] | null {
  if (value === undefined || value === null) return null;
  // setTimeout counts in 31 bits: 24.8 days.
  if (typeof value === "number" && value > 0 && value <= 2_000_000) return [value, from];
  throw new CliError(
    `the time limit in ${from} is ${JSON.stringify(value)}, expected seconds between 0 and 2,000,000: correct timeout_s`,
    ExitCode.usage,
  );
}
