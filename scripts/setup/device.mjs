import path from "node:path";
import { run } from "./children.mjs";
import { readJson, writeAtomically } from "./files.mjs";

/**
 * Which TensorFlow to use: what the command line says (and said last), else the CUDA one where a GPU answers.
 * @param {any} project
 * @param {"cpu" | "gpu" | undefined} asked
 * @returns {Promise<{ name: "cpu" | "gpu", why: string }>}
 */
export async function chosenDevice({ stamps, env }, asked) {
  const file = path.join(stamps, "device.json");
  if (asked) writeAtomically(file, JSON.stringify({ device: asked }));
  const device = asked ?? readJson(file)?.device;
  if (device === "cpu" || device === "gpu") return { name: device, why: `chosen with --${device}` };
  const { code, output } = await run("nvidia-smi", ["-L"], { env, timeoutMs: 10_000 });
  const gpu = code === 0 ? /^GPU 0: ([^(\n]+)/m.exec(output)?.[1].trim() : undefined;
  return gpu ? { name: "gpu", why: gpu } : { name: "cpu", why: "no NVIDIA GPU seen" };
}
