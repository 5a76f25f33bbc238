import type { NativeDevice } from "./native";
import { tf } from "./tf";

/** What computes the tensors; shows itself as one line. */
export interface Device {
  /** "tensorflow": TensorFlow's own kernels; "cpu": TensorFlow.js in plain JavaScript, 10–100 times slower. */
  backend: "tensorflow" | "cpu";
  /** TensorFlow's version, null on the "cpu" backend. */
  tensorflow: string | null;
  /** The processor's or graphics card's name. */
  device: string;
  threads: number;
  /** What to do for more speed; absent when there is nothing to do. */
  advice?: string;
  toString(): string;
}

let advised = false;

/**
 * Chooses what computes: TensorFlow itself where its binding is set up, else TensorFlow.js in plain JavaScript (quick
 * profile only), saying once what to do about it. May be called again; the choice is made once per backend.
 * @param options prefer "cpu" to leave the native binding alone; so does the environment variable GENLAB_BACKEND=cpu
 */
export async function useDevice(options: { prefer?: "native" | "cpu" } = {}): Promise<Device> {
  const prefer = options.prefer ?? (environment("GENLAB_BACKEND") === "cpu" ? "cpu" : "native");
  if (prefer !== "native" && prefer !== "cpu") {
    throw new Error(`useDevice: wanted prefer: "native" or "cpu", got ${JSON.stringify(prefer)}`);
  }
  let advice: string | undefined;
  if (prefer === "native" && environment("GENLAB_BACKEND") !== "cpu") {
    const loaded = await loadNative();
    if (typeof loaded === "object") {
      await tf.setBackend("tensorflow");
      return describe({ backend: "tensorflow", ...loaded });
    }
    advice = loaded;
  }
  await tf.setBackend("cpu");
  // The backend's own advice names a package whose binary cannot be downloaded any more.
  (tf.backend() as unknown as { firstUse: boolean }).firstUse = false;
  const device = describe({ backend: "cpu", tensorflow: null, device: "JavaScript", threads: 1, advice });
  if (advice !== undefined && !advised && !insideCell()) console.warn(device.toString());
  advised = true;
  return device;
}

/** The native device, or one line that says why there is none and what to do. */
async function loadNative(): Promise<NativeDevice | string> {
  if (environment("PATH") === undefined) return "native TensorFlow needs Node";
  const { loadNativeTensorFlow } = await import("./native.js");
  return loadNativeTensorFlow();
}

function describe(fields: Omit<Device, "toString">): Device {
  const { backend, tensorflow, device, threads, advice } = fields;
  const plural = threads === 1 ? "thread" : "threads";
  const name = backend === "tensorflow" ? `TensorFlow ${tensorflow}` : `TensorFlow.js ${tf.version["tfjs-core"]}`;
  const line = `${name} · ${device} · ${threads} ${plural}${advice === undefined ? "" : ` · ${advice}`}`;
  const shown = {
    ...fields,
    toString: () => line,
    [Symbol.for("Jupyter.display")]: () => ({ "text/plain": line }),
  };
  if (advice === undefined) delete shown.advice;
  return shown;
}

function environment(name: string): string | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return process?.env?.[name];
}

function insideCell(): boolean {
  return (globalThis as Record<symbol, unknown>)[Symbol.for("genlab.cell")] !== undefined;
}
