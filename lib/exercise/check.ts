import { autoregressiveChecks } from "./autoregressive";
import { diffusionChecks } from "./diffusion";
import { diffusionApplicationsChecks } from "./diffusion-applications";
import { ganChecks } from "./gan";
import { gptChecks } from "./gpt";
import { mnistLabChecks } from "./mnist-lab";
import { sequencesChecks } from "./sequences";
import { trainingMechanicsChecks } from "./training-mechanics";
import { vaeChecks } from "./vae";

/** Every notebook's checkers: `check.firstStep(answer)` prints "✓ …", or throws its diagnosis. */
export const check = {
  ...trainingMechanicsChecks,
  ...mnistLabChecks,
  ...autoregressiveChecks,
  ...diffusionChecks,
  ...diffusionApplicationsChecks,
  ...ganChecks,
  ...gptChecks,
  ...sequencesChecks,
  ...vaeChecks,
};
