import fs from "node:fs";
import { afterEach, expect, it, vi } from "vitest";
import { paperMetric, paperRun } from "../../../lib/data/paper-run";

afterEach(() => vi.restoreAllMocks());
const file = (text: string): void => {
  vi.spyOn(fs, "existsSync").mockImplementation((name) => !String(name).endsWith("none.json"));
  vi.spyOn(fs, "readFileSync").mockImplementation((name) =>
    String(name).endsWith("package.json") ? '{ "name": "genlab-series" }' : text,
  );
};

it("reads a record, and knows when there is none", () => {
  file('{ "name": "vae", "metrics": { "vae.test_nll_nats": { "value": 86.9, "unit": "nats" } }, "seconds": 12 }');
  expect(paperRun("vae")).toMatchObject({ seconds: 12 });
  expect(paperMetric("vae", "vae.test_nll_nats")).toBe(86.9);
  expect(paperMetric("vae", "vae.fid")).toBeNaN();
  expect(paperRun("none")).toBeUndefined();
  expect(paperMetric("none", "vae.fid")).toBeNaN();
});

it("refuses what is no record", () => {
  file("{");
  expect(() => paperRun("vae")).toThrow("data/results/vae.json is not JSON: run genlab reproduce vae again");
  file('{ "name": "gan", "metrics": {} }');
  expect(() => paperRun("vae")).toThrow("is no record of it");
  file('{ "name": "vae", "metrics": { "vae.fid": { "value": null } } }');
  expect(() => paperRun("vae")).toThrow("has no number for vae.fid");
});
