import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { useDevice } from "../../../lib/tensor/device";
import { tf } from "../../../lib/tensor/tf";
import { benchFigure } from "../../../scripts/bench/figure";
import type { Measured } from "../../../scripts/bench/measure";
import { reportJson, writeResult } from "../../../scripts/bench/report";
import type { BenchReport } from "../../../scripts/bench/report";
import { goalLines, samplerResult, trainingResult } from "../../../scripts/bench/results";
import { median, ratioOf, spreadOf, turnsFor } from "../../../scripts/bench/statistics";
import { columns, measurementLine, samplerTable, three, trainingTables } from "../../../scripts/bench/table";
import { named } from "../../../scripts/bench/workload";

function measured(name: string, ms: number[]): Measured {
  const perSecond = ms.map((each) => 1000 / each);
  return { name, ms, perSecond, firstMs: 1234.5678, peakMB: 456.789, losses: [0.25, 0.2] };
}

const alone = trainingResult("mlp C8 B1", [measured("genlab", [1, 3, 2]), measured("eager", [4, 5, 6])]);
const beside = trainingResult("gpt L1", [
  measured("genlab", [10, 11, 12]),
  measured("eager", [30, 30, 30]),
  measured("torch", [20, 22, 24]),
  measured("torchCompile", [8, 11, 16]),
  measured("jax", [40, 40, 40]),
]);
const rate = samplerResult("mlp C8 B1", "samples/s", [measured("genlab", [1, 2, 4]), measured("eager", [10, 20, 40])]);

it("takes the middle of several rounds, their extremes, and ratios round by round", () => {
  expect(median([5, 1, 100])).toBe(5);
  expect(median([4, 1, 2, 100])).toBe(3);
  expect(median([])).toBeNaN();
  expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  expect(spreadOf([]).min).toBeNaN();
  expect(ratioOf([1, 20, 3], [2, 40, 3])).toEqual({ median: 0.5, min: 0.5, max: 1 });
  expect(() => ratioOf([1], [1, 2])).toThrow("1 rounds of one, 2 of the other");
  expect([turnsFor(400, 3), turnsFor(1, 3), turnsFor(400, 0), turnsFor(400, 1, 20)]).toEqual([133, 1, 10_000, 20]);
});

it("sums up a training step without peers", () => {
  expect(alone).toMatchObject({
    name: "mlp C8 B1",
    ms: { genlab: 2, eager: 5 },
    spread: { genlab: [1, 3], eager: [4, 6] },
    ratio: { eager: { median: 1 / 3, min: 0.25, max: 0.6 } },
    ratioToFastestPeer: null,
    fastestPeer: null,
    loss: { genlab: 0.25, eager: 0.25 },
  });
  expect(goalLines([alone])).toEqual([]);
});

it("sums up a training step beside peers, and says where the goals are missed", () => {
  expect(beside.fastestPeer).toBe("torchCompile");
  expect(beside.ratioToFastestPeer).toBe(1);
  expect(beside.ratio.torch).toEqual({ median: 0.5, min: 0.5, max: 0.5 });
  const slow = trainingResult("vae", [measured("genlab", [10]), measured("torch", [11]), measured("jax", [8])]);
  expect(goalLines([beside, slow, alone])).toEqual([
    "No slower than the fastest peer: 1 of 2, missed by vae (1.25 of JAX jit)",
    "At least 1.3× as fast as PyTorch eager: 1 of 2, missed by vae (1.10×)",
  ]);
});

it("writes tables whose columns line up and whose gaps are dashes", () => {
  expect(trainingTables([alone, beside]).split("\n")).toEqual([
    "Milliseconds per training step, median (fastest–slowest round)",
    "workload             Genlab       TF.js eager           PyTorch     torch.compile           JAX jit",
    "─────────  ────────────────  ────────────────  ────────────────  ────────────────  ────────────────",
    "mlp C8 B1  2.00 (1.00–3.00)  5.00 (4.00–6.00)                 –                 –                 –",
    "gpt L1     11.0 (10.0–12.0)  30.0 (30.0–30.0)  22.0 (20.0–24.0)  11.0 (8.00–16.0)  40.0 (40.0–40.0)",
    "",
    "Genlab's time as a share of theirs, round by round: below 1 Genlab is faster",
    "workload        TF.js eager           PyTorch     torch.compile           JAX jit",
    "─────────  ────────────────  ────────────────  ────────────────  ────────────────",
    "mlp C8 B1  0.33 (0.25–0.60)                 –                 –                 –",
    "gpt L1     0.37 (0.33–0.40)  0.50 (0.50–0.50)  1.00 (0.75–1.25)  0.28 (0.25–0.30)",
    "",
    "Compilation and first step (s) / peak memory of the process (MB)",
    "workload       Genlab  TF.js eager     PyTorch  torch.compile     JAX jit",
    "─────────  ──────────  ───────────  ──────────  ─────────────  ──────────",
    "mlp C8 B1  1.23 / 457   1.23 / 457           –              –           –",
    "gpt L1     1.23 / 457   1.23 / 457  1.23 / 457     1.23 / 457  1.23 / 457",
    "",
  ]);
  expect(samplerTable([rate])).toContain("mlp C8 B1  500 (250–1,000)  50.0 (25.0–100)  samples/s");
  expect([trainingTables([]), samplerTable([])]).toEqual(["", ""]);
  expect(measurementLine({ name: "kernel start", value: 812.4, unit: "ms", what: "to first answer" })).toBe(
    "kernel start          812 ms       to first answer",
  );
});

it("writes numbers with three digits and columns as wide as their widest cell", () => {
  expect([0, 0.01234, 0.9999, 1.234, 45.67, 789.4, 12_345, 1_234_567, NaN].map(three)).toEqual([
    ...["0.00", "0.0123", "1.00", "1.23", "45.7", "789", "12,300", "1,230,000", "–"],
  ]);
  expect(
    columns([
      ["a", "b"],
      ["long", "×"],
    ]),
  ).toBe("a     b\n────  ─\nlong  ×");
});

it("writes the JSON report, six digits a number, and says when it cannot", () => {
  const report: BenchReport = {
    workloads: [alone, beside],
    samplers: [rate],
    results: [],
    failures: [],
    plan: { rounds: 3, turnMs: 10, quick: false },
    machine: { cpu: "cpu", cores: 2, threads: 2, gib: 4, device: "cpu" },
    versions: { node: "v20" },
    date: "2026-01-01T00:00:00.000Z",
  };
  const written = JSON.parse(reportJson(report)) as BenchReport;
  expect(Object.keys(written)).toEqual(
    expect.arrayContaining(["workloads", "samplers", "machine", "versions", "date"]) as string[],
  );
  expect(written.workloads[0]!.ratio.eager!.median).toBe(0.333333);
  expect(written.workloads[0]!.ratioToFastestPeer).toBeNull();
  expect(Object.keys(written.workloads[1]!.ms)).toEqual(["genlab", "eager", "torch", "torchCompile", "jax"]);
  expect(written.samplers[0]).toMatchObject({ unit: "samples/s", perSecond: { genlab: 500, eager: 50 } });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "genlab-bench-"));
  try {
    writeResult(path.join(folder, "new/bench.json"), "{}", "--json");
    expect(fs.readdirSync(path.join(folder, "new"))).toEqual(["bench.json"]);
    expect(() => writeResult(path.join(folder, "new/bench.json/in-a-file.json"), "{}", "--json")).toThrow(
      /^bench: wanted to write .*in-a-file\.json, got .*Choose another --json file\.$/,
    );
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

it("draws a panel for each workload, with names and numbers, in a picture for any background", () => {
  const svg = benchFigure([alone, beside], "a machine");
  for (const words of ["mlp C8 B1", "gpt L1", "torch.compile", "JAX jit", "2.00", "a machine", "ms per step"])
    expect(svg).toContain(words);
  expect(svg).toMatch(/^<svg xmlns=/);
  expect(svg).not.toMatch(/background|#fff|#000/);
  const many = Array.from({ length: 20 }, (_, i) => ({ ...beside, name: `workload ${i}` }));
  expect(benchFigure(many, "a machine")).toContain("workload 19");
});

it("names tensors by their paths", async () => {
  await useDevice({ prefer: "cpu" });
  const tree = { net: [{ w: tf.zeros([2, 3]), b: tf.zeros([3]) }], scale: tf.scalar(1), bias: undefined };
  const flat = named(tree, "weights");
  expect(Object.keys(flat)).toEqual(["weights.net.0.w", "weights.net.0.b", "weights.scale"]);
  expect(flat["weights.net.0.w"]!.shape).toEqual([2, 3]);
});
