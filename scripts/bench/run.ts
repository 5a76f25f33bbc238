import fs from "node:fs";
import path from "node:path";
import { CliError } from "../cli-error";
import type { Context } from "../context";
import { benchFolder, ownContenders, peerContenders } from "./contenders";
import { measure } from "./measure";
import type { Case, Plan } from "./measure";
import { Contender } from "./protocol";
import type { Launch, Requests } from "./protocol";
import { samplerResult, trainingResult } from "./results";
import type { SamplerResult, TrainingResult } from "./results";
import { loadWorkload } from "./workloads";
import type { Size } from "./workload";

type Hello = Requests["hello"]["answer"];

/** Who takes part, and what they said of themselves. */
export interface Field {
  own: Launch[];
  peers: Launch[];
  threads: number;
  device: string;
  versions: Record<string, string>;
}

const HELLO_MS = 180_000;

/**
 * Starts each contender once, before anything is measured: a missing or broken one is a failure at once.
 * @throws CliError naming it
 */
export async function assemble(context: Context, withPeers: boolean): Promise<Field> {
  const own = ownContenders(context);
  const { threads, device, versions } = await hello(own[0]!);
  const field: Field = { own, peers: [], threads, device, versions: { ...versions } };
  if (!withPeers) return field;
  if (device.startsWith("gpu"))
    throw new CliError("bench: the peers run on the CPU, Genlab on the GPU: npm run bench -- --cpu --peers");
  field.peers = peerContenders(context, threads);
  for (const peer of field.peers) Object.assign(field.versions, (await hello(peer)).versions);
  return field;
}

async function hello(launch: Launch): Promise<Hello> {
  const contender = new Contender(launch);
  try {
    return await contender.ask("hello", {}, HELLO_MS);
  } catch (error) {
    throw new CliError(`bench: ${(error as Error).message}`);
  } finally {
    contender.kill();
  }
}

/** What is called back with results as they come, and with what failed. */
export interface Listener {
  training(result: TrainingResult): void;
  sampler(result: SamplerResult): void;
  began(name: string): void;
  failed(line: string): void;
}

/** All training steps, then all samplers, of some workloads; one that fails does not keep the others. */
export async function runWorkloads(
  names: readonly string[],
  { context, field, plan, quick }: { context: Context; field: Field; plan: Plan; quick: boolean },
  listener: Listener,
): Promise<void> {
  const folder = benchFolder(context.root);
  fs.mkdirSync(folder, { recursive: true });
  const take = (sizes: readonly Size[]): readonly Size[] => (quick ? sizes.slice(0, 1) : sizes);
  const one = async (name: string, work: () => Promise<void>): Promise<void> => {
    listener.began(name);
    try {
      await work();
    } catch (error) {
      const text = (error as Error).message;
      listener.failed(text.startsWith(name) ? text : `${name}: ${text}`);
    }
  };
  try {
    for (const kind of ["training", "sampler"] as const)
      for (const workload of names) {
        const { training, sampler } = loadWorkload(workload);
        const source = kind === "training" ? training : sampler;
        for (const size of take(source?.sizes ?? [])) {
          const name = `${workload} ${source!.title(size)}`;
          await one(name, async () => {
            const file =
              field.peers.length > 0 && kind === "training" ? path.join(folder, "weights.safetensors") : null;
            const what: Case = { workload, kind, size, name, file };
            if (file !== null) await exportWeights(what, field.own[0]!, plan);
            const launches = kind === "training" ? [...field.own, ...field.peers] : field.own;
            const measured = await measure(what, launches, plan);
            if (kind === "training") listener.training(trainingResult(name, measured));
            else listener.sampler(samplerResult(name, sampler!.unit ?? "samples/s", measured));
          });
        }
      }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** In a process of its own: what it takes must not count as the contender's memory. */
async function exportWeights({ workload, size, file }: Case, launch: Launch, plan: Plan): Promise<void> {
  const writer = new Contender(launch);
  try {
    await writer.ask("export", { workload, size, file: file! }, plan.timeoutsMs.load);
  } finally {
    writer.kill();
  }
}
