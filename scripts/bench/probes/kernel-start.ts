import { startKernel } from "../../jupyter/start";
import { median } from "../statistics";
import type { Probe } from "./probe";

/** From nothing to a kernel that has answered. */
export const kernelStart: Probe = async ({ root, env }) => {
  const spans: number[] = [];
  for (let i = 0; i < 3; i++) {
    const began = performance.now();
    const session = await startKernel({ root, cwd: root, env });
    spans.push(performance.now() - began);
    await session.shutdown();
  }
  return [{ name: "kernel start", value: median(spans), unit: "ms", what: "process to first answer, median of 3" }];
};
