import type { Check } from "./exercise";

/** Notebook 01: training mechanics. */
export const trainingMechanicsChecks = {} satisfies Record<string, Check>;
