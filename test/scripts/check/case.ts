import type { IOutput } from "@jupyterlab/nbformat";
import type { DifferenceKind } from "../../../scripts/check/difference";

type Profile = "quick" | "standard";
/** Outputs before and after, and what the check must say. */
export interface Case {
  what: string;
  expected: IOutput[];
  got: IOutput[];
  tags?: string[];
  profile?: Profile;
  /** Kind and message of each difference; none for outputs that pass. */
  differs?: [kind: DifferenceKind, says: RegExp][];
}
