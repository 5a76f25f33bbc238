import { buildStep } from "./build.mjs";
import { jupyterStep, venvStep } from "./python.mjs";
import { kernelSpecStep } from "./kernelspec.mjs";
import { nativeStep } from "./native.mjs";
import { packagesStep } from "./packages.mjs";
import { tensorflowStep } from "./tensorflow.mjs";

/** All that set-up makes; a step stands after those it needs. */
export const steps = [packagesStep, venvStep, jupyterStep, tensorflowStep, nativeStep, kernelSpecStep, buildStep];
