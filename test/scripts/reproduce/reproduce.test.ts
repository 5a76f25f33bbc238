import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";
import { Command } from "commander";
import { ExitCode } from "../../../scripts/cli-error";
import { realContext } from "../../../scripts/context";
import { register } from "../../../scripts/reproduce/command";
import type { Recipe } from "../../../scripts/reproduce/recipe";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "genlab-reproduce-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));

async function reproduce(args: string[], recipes?: Record<string, () => Promise<Recipe>>): Promise<string> {
  let printed = "";
  const program = new Command("genlab").exitOverride().configureOutput({ writeErr: () => undefined });
  const context = {
    ...realContext(),
    cwd: folder,
    stdout: { write: (text: string) => (printed += text) },
    now: () => 0,
  };
  register(program, context, recipes);
  for (const command of program.commands) command.exitOverride().copyInheritedSettings(program);
  await program.parseAsync(["reproduce", ...args], { from: "user" });
  return printed;
}

const tiny: Recipe = {
  name: "tiny",
  description: "three bytes",
  file: "tiny.bin",
  make({ out, epochs = 7, log }) {
    log(`making ${epochs}`);
    fs.writeFileSync(out, "abc");
    return Promise.resolve({
      config: { epochs },
      metrics: { "tiny.size": { value: 3, unit: "bytes" } },
      steps: epochs,
    });
  },
};

it("writes what the recipe makes, and a record with its checksum", async () => {
  const printed = await reproduce(["tiny", "--out", "made", "--epochs", "2"], { tiny: () => Promise.resolve(tiny) });
  expect(printed).toContain("making 2\n");
  expect(printed).toContain("tiny.bin: 3 bytes · tiny.size 3 bytes");
  const record = JSON.parse(fs.readFileSync(path.join(folder, "made", "tiny.json"), "utf8")) as Record<string, unknown>;
  expect(record).toMatchObject({
    name: "tiny",
    command: "genlab reproduce tiny",
    sha256: createHash("sha256").update("abc").digest("hex"),
    config: { epochs: 2 },
    metrics: { "tiny.size": { value: 3, unit: "bytes" } },
    steps: 2,
    date: "1970-01-01",
  });
  expect(fs.readdirSync(path.join(folder, "made")).sort()).toEqual(["tiny.bin", "tiny.json"]);
});

it("refuses an unknown recipe, and weaker weights in data/", async () => {
  const usage = { exitCode: ExitCode.usage };
  await expect(reproduce(["nothing"])).rejects.toMatchObject({
    message: expect.stringContaining("no recipe nothing: there is digit-classifier") as string,
    ...usage,
  });
  await expect(reproduce(["digit-classifier", "--epochs", "1"])).rejects.toMatchObject({
    message: expect.stringContaining("add --out") as string,
    ...usage,
  });
  await expect(reproduce(["digit-classifier", "--epochs", "x"])).rejects.toThrow("wanted a whole number");
});
