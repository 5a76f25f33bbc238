import { mnistLabChecks } from "./mnist-lab";
import { trainingMechanicsChecks } from "./training-mechanics";

/** Every notebook's checkers: `check.firstStep(answer)` prints "✓ …", or throws its diagnosis. */
export const check = { ...trainingMechanicsChecks, ...mnistLabChecks };
