import { afterAll, beforeAll, describe } from "vitest";
import { useDevice } from "../../lib/tensor/device";
import type { Device } from "../../lib/tensor/device";

/** The native device, or why there is none: asked once a test file. */
export const native: Device = await useDevice();

/** Runs the same suite on every backend that is present; an absent one is named as skipped. */
export function onEveryBackend(name: string, suite: (backend: "tensorflow" | "cpu") => void): void {
  const absent = native.backend !== "tensorflow";
  describe.skipIf(absent)(`${name} · tensorflow${absent ? ` (absent: ${native.advice})` : ""}`, () => {
    beforeAll(async () => {
      await useDevice({ prefer: "native" });
    });
    suite("tensorflow");
  });
  describe(`${name} · cpu`, () => {
    beforeAll(async () => {
      await useDevice({ prefer: "cpu" });
    });
    afterAll(async () => {
      await useDevice();
    });
    suite("cpu");
  });
}
