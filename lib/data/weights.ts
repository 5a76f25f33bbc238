import fs from "node:fs";
import path from "node:path";
import { tf } from "../tensor/tf";
import { writeFileAtomically } from "./atomic";
import { fromHalf } from "./half";
import { decodeSafetensors, encodeSafetensors } from "./safetensors";
import type { Entry } from "./safetensors";
import { shownName } from "./shown";

/**
 * Writes tensors to a safetensors file, atomically. float32 → F32, int32 → I32, bool → U8.
 * @param metadata texts that go with them: how they were made
 */
export function saveWeights(
  file: string,
  tensors: Record<string, tf.Tensor>,
  metadata: Record<string, string> = {},
): void {
  const entries = new Map<string, Entry>();
  for (const [name, tensor] of Object.entries(tensors)) {
    const { dtype, shape } = tensor;
    if (dtype !== "float32" && dtype !== "int32" && dtype !== "bool") {
      throw new Error(`saveWeights: ${shownName(name)} is ${dtype}, wanted float32, int32 or bool`);
    }
    entries.set(name, { shape, values: tensor.dataSync<"float32" | "int32" | "bool">() });
  }
  writeFileAtomically(file, encodeSafetensors({ entries, metadata }));
}

/**
 * Reads the tensors of a safetensors file: F32 and F16 → float32, I32, I8 and U8 → int32; the caller disposes them.
 * @throws Error in one line when the file is missing, damaged, or no safetensors file
 */
export function loadWeights(file: string): Record<string, tf.Tensor> {
  const { entries } = decodeSafetensors(readBytes("loadWeights", file), path.basename(file));
  // All is judged before the first tensor is made: an error leaves none behind.
  const found = [...entries].map(([name, { shape, values }]) => {
    if (values instanceof Float64Array) {
      throw new Error(`loadWeights: ${shownName(name)} is F64, wanted F32, F16, I32, I8 or U8`);
    }
    if (values instanceof Float32Array) return { name, shape, values, dtype: "float32" } as const;
    if (values instanceof Uint16Array) return { name, shape, values: fromHalf(values), dtype: "float32" } as const;
    return { name, shape, values: Int32Array.from(values), dtype: "int32" } as const;
  });
  return Object.fromEntries(found.map(({ name, shape, values, dtype }) => [name, tf.tensor(values, shape, dtype)]));
}

/** The texts saved beside the weights. @throws Error as loadWeights */
export function readWeightsMetadata(file: string): Record<string, string> {
  return decodeSafetensors(readBytes("readWeightsMetadata", file), path.basename(file)).metadata;
}

function readBytes(who: string, file: string): Uint8Array {
  try {
    return fs.readFileSync(file);
  } catch (cause) {
    throw new Error(`${who}: cannot read ${file} (${(cause as NodeJS.ErrnoException).code}): check the path`, {
      cause,
    });
  }
}
