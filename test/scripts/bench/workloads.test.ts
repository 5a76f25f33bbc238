import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { loadWorkload, workloadNames } from "../../../scripts/bench/workloads";

const peers = path.resolve(import.meta.dirname, "../../../scripts/bench/peers");
const names = workloadNames();

it("finds every workload by its file", () => {
  expect(names).toEqual(expect.arrayContaining(["diffusion", "gpt", "mlp", "pixelcnn", "vae", "wgan"]) as string[]);
  expect(workloadNames("/nowhere")).toEqual([]);
});

it.each(names)("%s has two widths, batches from 16 to 512, titles of its own, and both peers", (name) => {
  const { training, sampler } = loadWorkload(name);
  for (const kind of [training, sampler]) {
    const titles = kind?.sizes.map((size) => kind.title(size)) ?? [];
    expect(new Set(titles).size).toBe(titles.length);
  }
  if (training === undefined) return;
  expect(new Set(training.sizes.map(({ width }) => width)).size).toBeGreaterThan(1);
  for (const { batch } of training.sizes) expect(batch >= 12 && batch <= 512).toBe(true); // nanoGPT's batch is 12
  for (const peer of ["torch", "jax"]) expect(fs.existsSync(path.join(peers, `${name}_${peer}.py`))).toBe(true);
});

it("refuses a file that exports neither kind", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "genlab-bench-"));
  try {
    fs.writeFileSync(path.join(folder, "empty.js"), "exports.other = 1;\n");
    expect(() => loadWorkload("empty", folder)).toThrow("workloads/empty.ts exports neither training nor sampler");
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
