import { createHash } from "node:crypto";
import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { adam } from "../../../lib/nn/optimizers";
import { compile } from "../../../lib/tensor/compile";
import { useDevice } from "../../../lib/tensor/device";
import { nativeBackend } from "../../../lib/tensor/native-binding";
import { call, trainStep } from "../../../lib/tensor/program-functions";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { native } from "../backends";

/** Weights and biases that many ops read: a write that does not wait for them would show. */
function small(seed = 3) {
  const stream = randomStream(seed);
  const state = tf.tidy(() => ({
    net: [0, 1, 2].map(() => ({ w: stream.normal([16, 16], 0, 0.3), b: stream.normal([16]) })),
  }));
  const program = compile(
    state,
    {
      step: trainStep(
        (s, { x }, _, random) => {
          const h = s.net.reduce<tf.Tensor>(
            (now, { w, b }) => tf.relu(tf.add(tf.matMul(now as tf.Tensor2D, w), b)),
            tf.add(x, random.normal([8, 16])),
          );
          const biases = tf.addN(s.net.map(({ b }) => tf.sum(tf.square(b))));
          return { loss: tf.add<tf.Scalar>(tf.mean(tf.square(tf.sub(h, 1))), tf.mul(biases, 1e-3)) };
        },
        { inputs: { x: [8, 16] }, of: "net", by: adam({ lr: 1e-3 }), clipNorm: 1 },
      ),
      out: call((s, { x }) => ({ y: tf.matMul(x, s.net[0]!.w) }), { inputs: { x: ["B", 16] } }),
    },
    { random: randomStream(seed) },
  );
  tf.dispose(state);
  return program;
}

const graphFolders = (): number =>
  fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith("genlab-graph-")).length;

describe.skipIf(native.backend !== "tensorflow")("a compiled program over its life", () => {
  beforeAll(async () => {
    await useDevice();
  });

  it("20 runs give equal hashes", () => {
    const x = randomStream(9).normal([8, 16]);
    const hashes = Array.from({ length: 20 }, () => {
      const program = small();
      const losses = Float64Array.from({ length: 30 }, () => program.step({ x }).loss);
      const hash = createHash("sha256").update(losses);
      for (const { values } of Object.values(program.save().state)) hash.update(values);
      program.dispose();
      return hash.digest("hex");
    });
    expect(new Set(hashes).size).toBe(1);
    x.dispose();
  });

  it("10,000 steps leave tensors and memory as they were", () => {
    const program = small();
    const x = randomStream(9).normal([8, 16]);
    const turn = (): void => {
      program.step({ x });
      program.out({ x }).y.dispose();
    };
    for (let i = 0; i < 1500; i++) turn();
    const [tensors, held, resident] = [
      tf.memory().numTensors,
      nativeBackend().binding.getNumOfTensors(),
      process.memoryUsage.rss(),
    ];
    for (let i = 0; i < 10_000; i++) turn();
    expect(tf.memory().numTensors).toBe(tensors);
    expect(nativeBackend().binding.getNumOfTensors()).toBe(held);
    expect(process.memoryUsage.rss() - resident).toBeLessThan(60e6);
    program.dispose();
    x.dispose();
  }, 60_000);

  it("new recordings close the session before them and leave no file", () => {
    const program = small();
    const [tensors, held, folders] = [
      tf.memory().numTensors,
      nativeBackend().binding.getNumOfTensors(),
      graphFolders(),
    ];
    const record = (from: number, to: number): void => {
      for (let size = from; size < to; size++) {
        const x = tf.zeros<tf.Rank.R2>([size, 16]);
        program.out({ x }).y.dispose();
        x.dispose();
      }
    };
    record(1, 20);
    const resident = process.memoryUsage.rss();
    record(20, 36);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(nativeBackend().binding.getNumOfTensors()).toBe(held);
    expect(graphFolders()).toBeLessThanOrEqual(folders);
    expect(process.memoryUsage.rss() - resident).toBeLessThan(60e6);
    program.dispose();
  });
});

// Interrupts and the garbage collector need a process of their own; they run the package as built, as a notebook does.
const root = path.resolve(__dirname, "../../..");
describe.skipIf(native.backend !== "tensorflow")("in a process of its own", () => {
  let build: string;
  beforeAll(() => {
    fs.mkdirSync(path.join(root, "build"), { recursive: true });
    build = fs.mkdtempSync(path.join(root, "build/test-compile-"));
    const tsc = path.join(root, "node_modules/typescript/bin/tsc");
    const names = [
      "tensor/compile",
      "tensor/program-functions",
      "tensor/device",
      "tensor/native",
      "tensor/random",
      "nn/optimizers",
    ];
    const sources = names.map((name) => path.join(root, `lib/${name}.ts`));
    execFileSync(process.execPath, [
      ...[tsc, "--outDir", path.join(build, "lib"), "--module", "nodenext", "--target", "es2022", "--skipLibCheck"],
      ...["--esModuleInterop", "--types", "node", "--typeRoots", path.join(root, "node_modules/@types"), ...sources],
    ]);
    return () => fs.rmSync(build, { recursive: true });
  }, 120_000);

  const PRELUDE = `
    const { useDevice } = require("./lib/tensor/device.js"), { tf } = require("./lib/tensor/tf.js");
    const { compile } = require("./lib/tensor/compile.js"), { adam } = require("./lib/nn/optimizers.js");
    const { call, trainStep } = require("./lib/tensor/program-functions.js"), { randomStream } = require("./lib/tensor/random.js");
    const make = (size) => compile({ w: randomStream(1).normal([size, size]) }, {
      step: trainStep((s, { x }) => ({ loss: tf.mean(tf.square(Array.from({ length: 60 }).reduce((h) => tf.tanh(tf.matMul(h, s.w)), x))) }),
        { inputs: { x: ["B", size] }, of: "w", by: adam({ lr: 1e-3 }) }) });`;
  const run = (code: string, ...flags: string[]): string => {
    const file = path.join(build, `${createHash("sha256").update(code).digest("hex").slice(0, 8)}.cjs`);
    fs.writeFileSync(file, `${PRELUDE} useDevice().then(async () => {${code}});`);
    const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, file], {
      encoding: "utf8",
      timeout: 60_000,
    });
    expect(status, stderr).toBe(0);
    return stdout;
  };

  it("an interrupt at any moment leaves a usable program", { timeout: 90_000 }, () => {
    const stdout = run(`
      const vm = require("node:vm"), { spawn } = require("node:child_process");
      const program = make(64);
      const random = Math.random, backend = tf.backend(), engine = tf.engine();
      const names = () => [Object.keys(backend), Object.getOwnPropertyNames(engine)].join();
      const before = names();
      let count = 0;
      globalThis.loop = () => { for (let size = 1; ; size++) { const x = tf.ones([1 + (size % 40), 64]); program.step({ x }); x.dispose(); } };
      for (const delay of [30, 60, 90, 130, 170, 220, 300, 400]) {
        spawn("sh", ["-c", "sleep " + delay / 1000 + "; kill -INT " + process.pid]);
        try { new vm.Script("globalThis.loop()").runInThisContext({ breakOnSigint: true }); }
        catch (error) { if (error.code === "ERR_SCRIPT_EXECUTION_INTERRUPTED") count++; else throw error; }
        await new Promise((resolve) => setTimeout(resolve, 5));
        const x = tf.ones([2, 64]);
        const { loss } = program.step({ x });
        if (!Number.isFinite(loss) || Math.random !== random || names() !== before || engine.state.gradientDepth !== 0) {
          throw new Error("broken after " + delay + " ms: " + loss + " " + names());
        }
        x.dispose();
      }
      program.dispose();
      console.log("interrupted", count);`);
    expect(stdout).toContain("interrupted 8");
  });

  it("the garbage collector frees programs that nobody can reach", { timeout: 60_000 }, () => {
    const stdout = run(
      `
      const x = tf.ones([2, 8]);
      let closed = 0;
      const { binding } = tf.backend();
      const close = binding.deleteSavedModel;
      const { nativeBackend } = require("./lib/tensor/native-binding.js");
      const counting = Object.create(binding, { deleteSavedModel: { value: (id) => { closed++; return close.call(binding, id); } } });
      tf.backend().binding = counting;
      (() => { for (let i = 0; i < 5; i++) make(8).step({ x }); })();
      const afterCalls = closed; // the session before the recording, of each
      const eager = () => { compile({ w: tf.zeros([3]) }, { f: call((s) => ({ y: s.w })) }, { eager: true }); };
      tf.tidy(eager); const tensors = tf.memory().numTensors; tf.tidy(eager);
      for (let i = 0; i < 10; i++) { globalThis.gc(); await new Promise((resolve) => setTimeout(resolve, 20)); }
      console.log(JSON.stringify({ afterCalls, closed, eager: tf.memory().numTensors < tensors + 1 }));`,
      "--expose-gc",
    );
    expect(JSON.parse(stdout)).toEqual({ afterCalls: 5, closed: 10, eager: true });
  });

  // Otherwise a thread of TensorFlow gives the array back to V8 when it updates the variable: a crash, once in a long while.
  it("variables do not live in the arrays they were made from", { timeout: 60_000 }, () => {
    const stdout = run(
      `
      const arrays = [];
      const borrowed = (length) => {
        const values = new Float32Array(length).fill(1);
        arrays.push(new WeakRef(values));
        return tf.tensor1d(values);
      };
      const ask = { peek: call((s) => ({ y: s.w })) };
      const [made, written] = tf.tidy(() => [compile({ w: borrowed(1000) }, ask), compile({ w: tf.zeros([1000]) }, ask)]);
      tf.tidy(() => written.write({ w: borrowed(1000) }));
      for (let i = 0; i < 10; i++) { globalThis.gc(); await new Promise((resolve) => setTimeout(resolve, 20)); }
      const ends = [made, written].map((program) => program.peek().y.dataSync()[999]);
      console.log(JSON.stringify({ alive: arrays.map((one) => one.deref() !== undefined), ends }));`,
      "--expose-gc",
    );
    expect(JSON.parse(stdout)).toEqual({ alive: [false, false], ends: [1, 1] });
  });
});
