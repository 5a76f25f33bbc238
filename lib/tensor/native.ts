// Node only. Loads TensorFlow through the N-API binding that set-up compiled into @tensorflow/tfjs-node-gpu.
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import util from "node:util";
import { registerNativeEngine } from "./native-engine";
import { withoutNativeNoise } from "./native-noise";
import { tf } from "./tf";

/** TensorFlow, loaded. */
export interface NativeDevice {
  tensorflow: string;
  device: string;
  threads: number;
}

const PACKAGE = "@tensorflow/tfjs-node-gpu";
const CURE = "run `npm run setup`";

let loaded: NativeDevice | string | undefined;

/**
 * Registers TensorFlow as the backend "tensorflow"; loads once.
 * @returns the device, or one line that says what is missing and what to do
 */
export function loadNativeTensorFlow(): NativeDevice | string {
  return (loaded ??= load());
}

function load(): NativeDevice | string {
  const require = createRequire(__filename);
  let home: string;
  try {
    home = path.dirname(require.resolve(`${PACKAGE}/package.json`));
  } catch {
    return `native TensorFlow is not installed: ${CURE}`;
  }
  if (!fs.existsSync(path.join(home, "lib", "napi-v8", "tfjs_binding.node"))) {
    return `native TensorFlow is not set up: ${CURE}`;
  }
  // Node ≥ 23 removed two functions that tfjs-node 4.22 calls.
  const legacy = util as unknown as Record<string, unknown>;
  legacy.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  legacy.isArray ??= Array.isArray;
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "2"; // errors only; TensorFlow reads it once, while it loads
  chooseThreads();
  try {
    withoutNativeNoise(() => {
      require(PACKAGE);
      tf.backend(); // starts TensorFlow's runtime, which prints as well
    });
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).split("\n")[0]!;
    return `native TensorFlow cannot be loaded (${reason}): ${CURE}`;
  }
  registerNativeEngine();
  const backend = tf.backend() as unknown as { isUsingGpuDevice: boolean; binding: { TF_Version: string } };
  const threads = Number(process.env.TF_NUM_INTEROP_THREADS) || os.availableParallelism();
  return { tensorflow: backend.binding.TF_Version, device: backend.isUsingGpuDevice ? gpuName() : cpuName(), threads };
}

/**
 * As many ops at once as there are cores, each on half of them. Waking a second core for one op costs as much as a small
 * op itself; our train steps are two halves of a batch side by side (`shards`), which keep two cores busy without it
 * (measured in docs/compile.md). What the user sets stays.
 */
function chooseThreads(): void {
  const cores = os.availableParallelism();
  process.env.TF_NUM_INTEROP_THREADS ??= String(cores);
  process.env.TF_NUM_INTRAOP_THREADS ??= String(Math.ceil(cores / 2));
}

function cpuName(): string {
  return os.cpus()[0]?.model.replace(/\s+/g, " ").trim() || os.arch();
}

/** The first NVIDIA card as its driver names it. */
function gpuName(): string {
  const folder = "/proc/driver/nvidia/gpus";
  try {
    const [first] = fs.readdirSync(folder);
    const model = /^Model:\s*(.+)$/m.exec(fs.readFileSync(path.join(folder, first ?? "", "information"), "utf8"));
    return model?.[1]?.trim() ?? "GPU";
  } catch {
    return "GPU";
  }
}
