import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { expectSameLosses } from "../../../scripts/bench/losses";
import { measure } from "../../../scripts/bench/measure";
import type { Case } from "../../../scripts/bench/measure";
import { Contender } from "../../../scripts/bench/protocol";
import type { Launch } from "../../../scripts/bench/protocol";
import { until } from "../setup/temporary-project";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "genlab-bench-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** A process that speaks the protocol and misbehaves as told. */
function fake(mode: string, name = mode, log = ""): Launch {
  const script = path.join(import.meta.dirname, "fake-contender.mjs");
  return { name, argv: [process.execPath, script, mode, ...(log ? [log] : [])], cwd: folder, env: process.env };
}

const what: Case = { workload: "mlp", kind: "training", size: { batch: 1 }, name: "mlp B1", file: null };
const plan = { rounds: 3, turnMs: 10, timeoutsMs: { load: 20_000, run: 20_000 } };

describe("a measurement", () => {
  it("lets the contenders run in turns, each as often as fills a turn", async () => {
    const log = path.join(folder, "log");
    const [a, b] = await measure(what, [fake("good", "a", log), fake("silent", "b", log)], plan);
    expect(a).toEqual({
      name: "a",
      ms: [2, 2, 2],
      perSecond: [5000, 5000, 5000],
      firstMs: 7,
      peakMB: 123,
      losses: [1, 0.9],
    });
    expect(b!.losses).toEqual([1.00005]);
    const lines = fs.readFileSync(log, "utf8").trim().split("\n");
    expect(lines.slice(-8)).toEqual([
      ...Array.from({ length: 3 }, () => ["good run 5", "silent run 5"]).flat(),
      "good memory",
      "silent memory",
    ]);
  });

  it.each([
    ["dies", /^dies ended \(exit code 3\)\. Its last words: Traceback: no module named torch$/],
    ["garbage", /^garbage answered "load" with no JSON: Welcome to my library 1\.0$/],
    ["null", /^null answered "load" with another answer's line: null$/],
    ["stale", /^stale answered "load" with another answer's line: /],
    ["refuses", /^refuses could not load: no mlp_torch\.py$/],
    ["wrong", /^mlp B1: wrong computes another loss on the same weights \(a 1, b 1, wrong 1\.001; allowed 0\.0001 rel/],
    ["nan", /^mlp B1: nan computes another loss on the same weights/],
    ["drifts", /^mlp B1: drifts computes another loss after 1 update \(a 0\.9, b 0\.9, drifts 0\.5; allowed 0\.01 rel/],
  ])("with one that %s fails and names it", async (mode, message) => {
    await expect(measure(what, [fake("good", "a"), fake("good", "b"), fake(mode)], plan)).rejects.toThrow(message);
  });

  it("does not wait for one that hangs, and ends it", async () => {
    const short = { ...plan, timeoutsMs: { load: 700, run: 700 } };
    await expect(measure(what, [fake("hangs")], short)).rejects.toThrow(
      /^hangs did not answer "load" within 0\.7 s and was killed$/,
    );
  });

  it("says so when a program is not there, and when it has ended before it is asked", async () => {
    const missing = { ...fake("good", "torch"), argv: [path.join(folder, "no-python")] };
    await expect(measure(what, [missing], plan)).rejects.toThrow(/^torch cannot be started \(ENOENT\)/);
    const contender = new Contender(fake("good", "gone"));
    expect(await contender.ask("run", { turns: 4 }, 20_000)).toEqual({ ms: 8, count: 40 });
    contender.kill();
    let message = "";
    await until(() => {
      void contender.ask("memory", {}, 5_000).catch((error: Error) => (message = error.message));
      return message !== "";
    }, "its end to be known");
    expect(message).toMatch(/^gone ended \(SIGKILL\)/);
  });
});

describe("losses", () => {
  it("agree within 1e-4 at first and 1e-2 later, and those who tell only the first are believed", () => {
    expect(() => expectSameLosses("w", { a: [2, 1], b: [2.0001, 1.005], c: [2] })).not.toThrow();
    expect(() => expectSameLosses("w", { a: [0], b: [0] })).not.toThrow();
  });

  it("name the odd one, whoever it is", () => {
    expect(() => expectSameLosses("w", { genlab: [2], eager: [1], torch: [1], jax: [1] })).toThrow(
      /^w: genlab computes another loss/,
    );
    expect(() => expectSameLosses("w", { genlab: [2], eager: [1] })).toThrow(/^w: eager computes .*genlab 2, eager 1/);
    expect(() => expectSameLosses("w", { genlab: [NaN], eager: [NaN] })).toThrow(
      /^w: genlab and eager compute another/,
    );
    expect(() => expectSameLosses("w", { a: [1], b: [1], c: [2], d: [3] })).toThrow(/^w: c and d compute another/);
  });
});
