import fs from "node:fs";
import { saveWeights, tf, useDevice } from "genlab";
import type { Requests } from "../protocol";
import { loadWorkload } from "../workloads";
import { named } from "../workload";
import type { Mode, Size } from "../workload";

type Answer<K extends keyof Requests> = Requests[K]["answer"];

/** Steps whose losses are compared; the first is the compilation. */
const COMPARED_STEPS = 5;

/** One workload, compiled or eager, in this process. */
export class GenlabContender {
  private turn: (() => number) | undefined;

  constructor(private readonly mode: Mode) {}

  async hello(): Promise<Answer<"hello">> {
    const { backend, tensorflow, device, threads } = await useDevice();
    const gpu = (tf.backend() as unknown as { isUsingGpuDevice?: boolean }).isUsingGpuDevice === true;
    const tfjs = tf.version["tfjs-core"] ?? "";
    const versions = { node: process.version, tfjs, ...(tensorflow === null ? {} : { tensorflow }) };
    return { threads, device: `${gpu ? "gpu" : "cpu"}, ${device}, ${backend}`, versions };
  }

  async load({ workload, kind, size }: Requests["load"]["ask"]): Promise<Answer<"load">> {
    await useDevice();
    const { training, sampler } = loadWorkload(workload);
    if (kind === "sampler") {
      if (sampler === undefined) throw new Error(`workloads/${workload} has no sampler`);
      const built = sampler.build(size as Size);
      const began = performance.now();
      const running = built.start(this.mode);
      this.turn = () => running.sample();
      this.turn();
      return { losses: [], firstMs: performance.now() - began };
    }
    if (training === undefined) throw new Error(`workloads/${workload} has no training`);
    const built = training.build(size as Size);
    const began = performance.now();
    const running = built.start(this.mode);
    const losses = [running.step()];
    const firstMs = performance.now() - began;
    while (losses.length < COMPARED_STEPS) losses.push(running.step());
    this.turn = () => {
      running.step();
      return 1;
    };
    return { losses, firstMs };
  }

  async export({ workload, size, file }: Requests["export"]["ask"]): Promise<Answer<"export">> {
    await useDevice();
    const { training } = loadWorkload(workload);
    if (training === undefined) throw new Error(`workloads/${workload} has no training`);
    const { weights, inputs, config } = training.build(size as Size);
    const all = { ...named(weights, "weights"), ...named(inputs, "inputs") };
    saveWeights(file, all, { config: JSON.stringify({ ...size, ...config }) });
    return {};
  }

  run(turns: number): Answer<"run"> {
    if (this.turn === undefined) throw new Error("nothing is loaded");
    const began = performance.now();
    let count = 0;
    for (let i = 0; i < turns; i++) count += this.turn();
    return { ms: performance.now() - began, count };
  }

  memory(): Answer<"memory"> {
    return { peakMB: peakBytes() / 1e6 };
  }
}

/** The most memory that this process has ever held resident (Linux: VmHWM), its runtime and libraries included. */
function peakBytes(): number {
  try {
    const [, kib] = /^VmHWM:\s*(\d+) kB$/m.exec(fs.readFileSync("/proc/self/status", "utf8")) ?? [];
    return Number(kib) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
