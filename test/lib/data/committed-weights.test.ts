// Our own weights and their recipes lie side by side in data/: each file is the one that its record names.
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { dataFile } from "../../../lib/data/paths";

interface WeightsRecord {
  name: string;
  command: string;
  file: string;
  bytes: number;
  sha256: string;
  config: object;
  metrics: object;
}

const folder = path.dirname(dataFile("digit-classifier.safetensors"));
const weights = fs.readdirSync(folder).filter((file) => file.endsWith(".safetensors"));

it("there are weights in data/, and every record that names a file has it there", () => {
  expect(weights).toContain("digit-classifier.safetensors");
  expect(weights.length).toBeGreaterThanOrEqual(6);
  const named = fs
    .readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => (JSON.parse(fs.readFileSync(path.join(folder, file), "utf8")) as Partial<WeightsRecord>).file)
    .filter((file) => file !== undefined);
  expect(named.sort()).toEqual([...weights].sort());
});

describe.each(weights)("%s", (file) => {
  const bytes = fs.readFileSync(path.join(folder, file));
  const recipe = path.join(folder, file.replace(/safetensors$/, "json"));
  const record = JSON.parse(fs.readFileSync(recipe, "utf8")) as WeightsRecord;

  it("is the file of its record, by sha256, and at most a megabyte", () => {
    expect(record.file).toBe(file);
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(record.sha256);
    expect(bytes.length).toBe(record.bytes);
    expect(bytes.length).toBeLessThanOrEqual(2 ** 20);
  });

  it("has a recipe: the command that made it, its sizes and what it measured", () => {
    expect(record.command).toBe(`genlab reproduce ${record.name}`);
    expect(fs.existsSync(path.join(folder, "..", "scripts/reproduce/recipes", `${record.name}.ts`))).toBe(true);
    expect(Object.keys(record.config)).not.toEqual([]);
    expect(Object.keys(record.metrics)).not.toEqual([]);
  });
});
