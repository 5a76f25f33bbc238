import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { Command } from "commander";
import { batches, loadMnist, randomStream, saveWeights, sgd, tf, train } from "genlab";
import { CliError, ExitCode } from "../../../scripts/cli-error";
import { realContext } from "../../../scripts/context";
import { register } from "../../../scripts/reproduce/command";
import type { Cookbook } from "../../../scripts/reproduce/command";
import type { Recipe } from "../../../scripts/reproduce/recipe";
import { loadRecipe, recipeNames } from "../../../scripts/reproduce/recipes";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "genlab-reproduce-"));
const cache = path.join(folder, "cache");
const checkpoints = path.join(cache, "genlab", "reproduce");
afterAll(() => fs.rmSync(folder, { recursive: true }));
beforeEach(() => fs.rmSync(cache, { recursive: true, force: true }));

let seconds = 0;
async function reproduce(args: string[], cookbook?: Cookbook): Promise<string> {
  let printed = "";
  const program = new Command("genlab").exitOverride().configureOutput({ writeErr: () => undefined });
  const context = {
    ...realContext(),
    cwd: folder,
    root: folder,
    env: { XDG_CACHE_HOME: cache },
    stdout: { write: (text: string) => (printed += text) },
    now: () => 1000 * seconds,
  };
  register(program, context, cookbook);
  for (const command of program.commands) command.exitOverride().copyInheritedSettings(program);
  await program.parseAsync(["reproduce", ...args], { from: "user" });
  return printed;
}

/** A small real training: the mean digit, found by descent. `crashAt`: the step that fails once. */
function meanDigit({ kind = "run", rate = 0.1, crashAt = Infinity, crashAfter = false } = {}): Recipe {
  return {
    name: "mean",
    description: "the mean digit",
    kind: kind as Recipe["kind"],
    config: { rate, batch: 10 },
    async make(sitting) {
      const mean = tf.variable(tf.zeros<tf.Rank.R1>([784]));
      const optimizer = sgd({ lr: rate });
      const data = batches(loadMnist().train.take(50), { size: 10, stream: randomStream(1) });
      const options = sitting.options({ steps: 20, seed: 1, state: { mean, optimizer, data } });
      await train(options, (i) => {
        if (i === crashAt) process.emit("SIGINT"); // noticed after this step
        seconds++;
        const { images } = data.next();
        const { value, grads } = tf.variableGrads(() => tf.mean(tf.square(tf.sub(images, mean))), [mean]);
        optimizer.step([mean], [grads[mean.name]!]);
        tf.dispose([images, grads]);
        return { loss: value };
      });
      if (crashAfter) throw new Error("no memory to measure");
      if (kind === "weights") saveWeights(sitting.out, { mean });
      const value = tf.tidy(() => tf.sum(tf.square(mean)).dataSync()[0]!);
      optimizer.dispose();
      mean.dispose();
      return { metrics: { "mean.energy": { value, unit: "" } }, steps: options.steps };
    },
  };
}

const book = (recipe: Recipe): Cookbook => ({ names: () => [recipe.name], load: () => recipe });
const read = (...names: string[]): Record<string, unknown> =>
  JSON.parse(fs.readFileSync(path.join(folder, ...names), "utf8")) as Record<string, unknown>;

describe("genlab reproduce", () => {
  it("writes a record of a paper-length run", async () => {
    seconds = 0;
    const printed = await reproduce(["mean", "--out", "once"], book(meanDigit()));
    expect(printed).toContain("mean.energy ");
    expect(read("once", "results", "mean.json")).toMatchObject({
      name: "mean",
      command: "genlab reproduce mean",
      config: { rate: 0.1, batch: 10 },
      metrics: { "mean.energy": { value: expect.any(Number) as number, unit: "" } },
      steps: 20,
      seconds: 20,
      date: "1970-01-01",
    });
    expect(fs.readdirSync(path.join(folder, "once"))).toEqual(["results"]);
    expect(fs.readdirSync(checkpoints)).toEqual([]);
  });

  it("writes weights with their checksum", async () => {
    await reproduce(["mean", "--out", "made"], book(meanDigit({ kind: "weights" })));
    const bytes = fs.readFileSync(path.join(folder, "made", "mean.safetensors"));
    expect(read("made", "mean.json")).toMatchObject({
      file: "mean.safetensors",
      bytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
    });
  });

  it("goes on after Ctrl-C exactly where it stopped, and adds up the time", async () => {
    await reproduce(["mean", "--out", "whole"], book(meanDigit()));
    seconds = 0;
    await expect(reproduce(["mean", "--out", "parts"], book(meanDigit({ crashAt: 6 })))).rejects.toMatchObject({
      message: expect.stringContaining("call it again to go on") as string,
      exitCode: ExitCode.interrupted,
    });
    expect(fs.readdirSync(checkpoints)).toEqual(["mean.safetensors"]);
    seconds = 1000;
    await reproduce(["mean", "--out", "parts"], book(meanDigit()));
    const [whole, parts] = [read("whole", "results", "mean.json"), read("parts", "results", "mean.json")];
    expect(parts.metrics).toEqual(whole.metrics);
    expect(parts.seconds).toBe(20);
  });

  it("loses no training when measuring fails", async () => {
    await expect(reproduce(["mean", "--out", "late"], book(meanDigit({ crashAfter: true })))).rejects.toThrow("memory");
    seconds = 0;
    await reproduce(["mean", "--out", "late"], book(meanDigit()));
    expect(seconds).toBe(0); // no step was made again
  });

  it("refuses a checkpoint of other settings, until --restart", async () => {
    await expect(reproduce(["mean", "--out", "x"], book(meanDigit({ crashAt: 3 })))).rejects.toThrow("interrupted");
    const faster = book(meanDigit({ rate: 0.2 }));
    await expect(reproduce(["mean", "--out", "x"], faster)).rejects.toThrow('other settings, {"rate":0.1,"batch":10}');
    await reproduce(["mean", "--out", "x", "--restart"], faster);
    expect(read("x", "results", "mean.json")).toMatchObject({ config: { rate: 0.2 } });
  });

  it("refuses a damaged or foreign checkpoint in one line with the cure, until --restart", async () => {
    const file = path.join(checkpoints, "mean.safetensors");
    await expect(reproduce(["mean", "--out", "x"], book(meanDigit({ crashAt: 3 })))).rejects.toThrow("interrupted");
    const good = fs.readFileSync(file);
    const run = Buffer.from(good.toString("latin1").replace("genlab checkpoint 1", "somebody else's file"), "latin1");
    const tree = Buffer.from(good.toString("latin1").replace("parts", "p\\u00"), "latin1");
    const bad = [Buffer.alloc(0), good.subarray(0, 100), good.subarray(0, -5), Buffer.alloc(5000, 7), run, tree];
    for (const bytes of bad) {
      fs.writeFileSync(file, bytes);
      const error: unknown = await reproduce(["mean", "--out", "x"], book(meanDigit())).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(CliError);
      expect((error as CliError).message).toMatch(
        /^reproduce: checkpoint mean\.safetensors .*: remove \S+, or call with --restart$/,
      );
      expect(fs.readFileSync(file)).toEqual(bytes);
    }
    await reproduce(["mean", "--out", "x", "--restart"], book(meanDigit()));
    expect(read("x", "results", "mean.json")).toMatchObject({ steps: 20 });
  });

  it("keeps a try apart from the real run, and out of data/", async () => {
    await expect(reproduce(["mean"], book(meanDigit({ crashAt: 9 })))).rejects.toThrow("interrupted");
    await reproduce(["mean", "--steps", "2", "--out", "try"], book(meanDigit()));
    expect(read("try", "results", "mean.json")).toMatchObject({ steps: 2 });
    expect(fs.readdirSync(checkpoints)).toEqual(["mean.safetensors"]);
    const usage = { exitCode: ExitCode.usage };
    await expect(reproduce(["mean", "--steps", "2"], book(meanDigit()))).rejects.toMatchObject({
      message: expect.stringContaining("add --out") as string,
      ...usage,
    });
    await expect(reproduce(["mean", "--steps", "x"], book(meanDigit()))).rejects.toThrow("wanted a whole number");
    await expect(reproduce(["nothing"])).rejects.toMatchObject({
      message: expect.stringMatching(/no recipe nothing: there is .*digit-classifier/) as string,
      ...usage,
    });
  });
});

describe("a recipe with a data set", () => {
  const recipe: Recipe = {
    ...{ name: "letters", description: "Counts letters", kind: "run", data: "text", config: { seed: 1 } },
    make: ({ data }) =>
      Promise.resolve({ metrics: { letters: { value: fs.readFileSync(data).length, unit: "" } }, steps: 1 }),
  };
  const sha256 = createHash("sha256").update("abc").digest("hex");

  it("takes a user's file, or what was downloaded, and records its checksum", async () => {
    fs.mkdirSync(path.join(folder, "data"), { recursive: true });
    const entry = {
      name: "text",
      title: "t",
      file: "t.txt",
      url: "https://example.org/t",
      bytes: 3,
      sha256,
      terms: "none",
    };
    fs.writeFileSync(path.join(folder, "data/downloads.json"), JSON.stringify([entry]));
    fs.writeFileSync(path.join(folder, "mine.txt"), "abc");
    const none = expect.stringMatching(
      /letters needs text: run genlab download text, or give a file of yours with --data/,
    ) as string;
    await expect(reproduce(["letters", "--out", "d"], book(recipe))).rejects.toMatchObject({
      message: none,
      exitCode: ExitCode.usage,
    });
    await reproduce(["letters", "--out", "d", "--data", "mine.txt"], book(recipe));
    const wanted = { metrics: { letters: { value: 3 } }, data: { name: "text", sha256 } };
    expect(read("d", "results", "letters.json")).toMatchObject({
      ...wanted,
      command: "genlab reproduce letters --data FILE",
    });
    expect(JSON.stringify(read("d", "results", "letters.json"))).not.toContain("mine.txt");
    fs.mkdirSync(path.join(cache, "genlab/downloads"), { recursive: true });
    fs.writeFileSync(path.join(cache, "genlab/downloads/t.txt"), "abc");
    await reproduce(["letters", "--out", "d"], book(recipe));
    fs.writeFileSync(path.join(folder, "other.txt"), "abcd");
    await expect(reproduce(["letters", "--data", "other.txt"], book(recipe))).rejects.toThrow(
      "--data other.txt is not text (its sha256 differs): add --out",
    );
    expect(fs.existsSync(path.join(folder, "data/results/letters.json"))).toBe(false);
    await reproduce(["letters", "--out", "e", "--data", "other.txt"], book(recipe));
    expect(read("e", "results", "letters.json")).toMatchObject({ data: { name: "another file than text" } });
    await expect(reproduce(["letters", "--out", "d", "--data", "no.txt"], book(recipe))).rejects.toThrow(
      "--data no.txt is no file",
    );
    await expect(reproduce(["mean", "--out", "d", "--data", "mine.txt"], book(meanDigit()))).rejects.toThrow(
      "takes no --data",
    );
  });
});

describe("a recipe that reads a text", () => {
  const given = async (content: string | Uint8Array): Promise<unknown> => {
    fs.mkdirSync(path.join(folder, "data"), { recursive: true });
    const entry = { name: "tinyshakespeare", title: "t", file: "t.txt", url: "https://example.org/t" };
    const known = { ...entry, bytes: 3, sha256: "0".repeat(64), terms: "none" };
    fs.writeFileSync(path.join(folder, "data/downloads.json"), JSON.stringify([known]));
    fs.writeFileSync(path.join(folder, "given.txt"), content);
    const args = ["gpt-nanogpt-cpu", "--steps", "1", "--out", "t", "--data", "given.txt"];
    return reproduce(args).catch((error: unknown) => error);
  };

  it.each([
    ["in Latin-1", Buffer.from("caf\xe9 ".repeat(900), "latin1"), /^reproduce: readText: \S*given\.txt is not UTF-8/],
    ["of one character", "a", /^reproduce: splitText: the text has 1 character: too few/],
    ["of two characters", "ab", /^reproduce: given\.txt has 1 character to validate on, its last tenth, wanted 201/],
    ["too short for a window", "to be ".repeat(100), /has 60 characters .*wanted 201 or more: give a longer text$/],
  ])("refuses one %s before it trains", async (_, content, message) => {
    const error = await given(content);
    expect(error).toMatchObject({ message: expect.stringMatching(message) as string, exitCode: ExitCode.usage });
    expect(fs.readdirSync(checkpoints)).toEqual([]);
  });

  it("measures one that is just long enough, with an error that is a number", async () => {
    await given("to be or ".repeat(224)); // 202 of 2,016 to validate on
    const { metrics } = read("t", "results", "gpt-nanogpt-cpu.json") as { metrics: Record<string, { value: unknown }> };
    expect(Object.values(metrics).every(({ value }) => Number.isFinite(value))).toBe(true);
  });
});

describe("the recipes", () => {
  it.each(recipeNames())("%s is a recipe of its file's name", (name) => {
    const recipe = loadRecipe(name);
    expect(recipe.description).toMatch(/^[A-Z0-9].{20,}/);
    expect(Object.keys(recipe.config)).toContain("seed");
    if (recipe.kind === "weights") expect(Object.keys(recipe.config)).not.toContain("ngram"); // they measure no baseline
  });

  it("digit-classifier trains, writes and measures, in a few steps", async () => {
    await reproduce(["digit-classifier", "--steps", "2", "--out", "digits"]);
    expect(read("digits", "digit-classifier.json")).toMatchObject({
      metrics: { "digit_classifier.parameters": { value: 174_146 } },
      steps: 2,
    });
  });
});
