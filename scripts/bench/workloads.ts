import fs from "node:fs";
import path from "node:path";
import type { WorkloadModule } from "./workload";

/** The files of workloads/, as built: adding one there adds a workload. */
export function workloadNames(folder = builtFolder()): string[] {
  const files = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  return files
    .filter((file) => file.endsWith(".js"))
    .map((file) => file.slice(0, -3))
    .sort();
}

/** Loads lib, and TensorFlow.js with it. @throws Error when there is no such file or it exports neither kind */
export function loadWorkload(name: string, folder = builtFolder()): WorkloadModule {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- by name, at run time
  const module = require(path.join(folder, `${name}.js`)) as WorkloadModule;
  if (module.training === undefined && module.sampler === undefined)
    throw new Error(`workloads/${name}.ts exports neither training nor sampler`);
  return module;
}

/** Tests run this file as a source; the contenders' processes always run the build. */
function builtFolder(): string {
  const here = path.join(__dirname, "workloads");
  return path.basename(path.resolve(__dirname, "../..")) === "build"
    ? here
    : path.resolve(__dirname, "../../build/scripts/bench/workloads");
}
