import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { useDevice } from "../../../lib/tensor/device";
import { dropNoise } from "../../../lib/tensor/native-noise";
import { tf } from "../../../lib/tensor/tf";
import { native, onEveryBackend } from "../backends";

onEveryBackend("useDevice", (backend) => {
  it("computes, and says with what", async () => {
    const device = await useDevice({ prefer: backend === "cpu" ? "cpu" : "native" });
    expect(device.backend).toBe(backend);
    expect(tf.getBackend()).toBe(backend);
    expect(tf.tidy(() => tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync()[0])).toBe(11);
    expect(device.threads).toBeGreaterThan(0);
    expect(device.tensorflow).toEqual(backend === "cpu" ? null : expect.stringMatching(/^\d+\.\d+\.\d+/));
    const show = (device as unknown as Record<symbol, () => Record<string, string>>)[Symbol.for("Jupyter.display")]!;
    expect(show()).toEqual({ "text/plain": String(device) });
    expect(String(device)).not.toContain("\n");
    expect(String(device)).toMatch(
      backend === "cpu" ? /^TensorFlow\.js 4/ : /^TensorFlow 2\.\d+\.\d+ · .+ · \d+ threads?$/,
    );
  });
});

describe("useDevice", () => {
  it("refuses an unknown preference", async () => {
    await expect(useDevice({ prefer: "gpu" as "cpu" })).rejects.toThrow('wanted prefer: "native" or "cpu", got "gpu"');
  });

  it("takes tensors along when the backend changes", async () => {
    await useDevice({ prefer: "cpu" });
    const x = tf.tensor1d([1, 2, 3]);
    await useDevice();
    const y = tf.mul(x, 2);
    expect([...y.dataSync()]).toEqual([2, 4, 6]);
    tf.dispose([x, y]);
  });

  it("obeys GENLAB_BACKEND=cpu", async () => {
    vi.stubEnv("GENLAB_BACKEND", "cpu");
    expect((await useDevice()).backend).toBe("cpu");
    vi.unstubAllEnvs();
    await useDevice();
  });
});

// The rest needs fresh processes: a binding is loaded once. They run the package as built, as a notebook does.
const root = path.resolve(__dirname, "../../..");
fs.mkdirSync(path.join(root, "build"), { recursive: true });
const build = fs.mkdtempSync(path.join(root, "build/test-device-")); // inside, to find node_modules

function run(folder: string, code: string) {
  const file = path.join(folder, "main.cjs");
  fs.writeFileSync(file, code);
  return spawnSync(process.execPath, [file], { encoding: "utf8", timeout: 60_000 });
}

const MAIN = `
const { useDevice } = require("./lib/tensor/device.js");
useDevice().then(async (first) => {
  await useDevice();
  console.log(JSON.stringify({ backend: first.backend, line: String(first), advice: first.advice }));
});`;

describe("useDevice in a fresh process", () => {
  beforeAll(() => {
    const tsc = path.join(root, "node_modules/typescript/bin/tsc");
    const out = path.join(build, "lib");
    const sources = ["device", "native", "native-noise", "tf"].map((name) => path.join(root, `lib/tensor/${name}.ts`));
    execFileSync(process.execPath, [
      ...[tsc, "--outDir", path.join(out, "tensor"), "--module", "nodenext", "--target", "es2022", "--skipLibCheck"],
      ...["--esModuleInterop", "--types", "node", "--typeRoots", path.join(root, "node_modules/@types"), ...sources],
    ]);
    return () => fs.rmSync(build, { recursive: true });
  }, 60_000);

  /** A stand-in for the package @tensorflow/tfjs-node-gpu, or `undefined` for none at all. */
  function standIn(files: Record<string, string> | undefined): string {
    const home = fs.mkdtempSync(path.join(build, "package-"));
    for (const [name, text] of Object.entries(files ?? {})) {
      fs.mkdirSync(path.dirname(path.join(home, name)), { recursive: true });
      fs.writeFileSync(path.join(home, name), text);
    }
    return `const Module = require("node:module"), resolve = Module._resolveFilename;
      Module._resolveFilename = function (name, ...rest) {
        const [, inside] = /^@tensorflow.tfjs-node-gpu(.*)$/.exec(name) ?? [];
        if (inside === undefined) return resolve.call(this, name, ...rest);
        return resolve.call(this, ${files === undefined ? '"no-such-package"' : `${JSON.stringify(home)} + inside`}, ...rest);
      };`;
  }

  it.skipIf(native.backend !== "tensorflow")("prints nothing of TensorFlow's noise to a pipe", () => {
    fs.writeFileSync(path.join(build, "main.cjs"), `${MAIN}\nprocess.stderr.write("mine\\n");`);
    // A shell's pipe, not a socket as spawn makes it.
    const command = `"${process.execPath}" main.cjs 2>&1 >out.txt | cat`;
    const env = { ...process.env };
    delete env.TF_CPP_MIN_LOG_LEVEL;
    const { stdout } = spawnSync("sh", ["-c", command], { cwd: build, encoding: "utf8", env, timeout: 60_000 });
    expect(stdout).toBe("mine\n");
    expect(fs.readFileSync(path.join(build, "out.txt"), "utf8")).toContain('"backend":"tensorflow"');
  });

  it.skipIf(native.backend !== "tensorflow")("works where Node has lost util.isNullOrUndefined (Node ≥ 23)", () => {
    const code = `const util = require("node:util"); delete util.isNullOrUndefined; delete util.isArray;
      const { useDevice } = require("./lib/tensor/device.js"); const { tf } = require("./lib/tensor/tf.js");
      useDevice().then(() => console.log(tf.getBackend(), tf.split(tf.tensor1d([1, 2]), 2)[1].dataSync()[0]));`;
    const { stdout, stderr } = run(build, code);
    expect(stdout, stderr).toBe("tensorflow 2\n");
  });

  it("says once, in one line, that the package is missing", () => {
    const { stdout, stderr } = run(build, standIn(undefined) + MAIN);
    expect(JSON.parse(stdout)).toMatchObject({ backend: "cpu" });
    expect(stderr).toMatch(/^TensorFlow\.js .*native TensorFlow is not installed: run `npm run setup`\n$/);
  });

  it("says once, in one line, that the binding is missing", () => {
    const { stdout, stderr } = run(build, standIn({ "package.json": "{}" }) + MAIN);
    expect(JSON.parse(stdout)).toMatchObject({ backend: "cpu" });
    expect(stderr).toMatch(/^TensorFlow\.js .*native TensorFlow is not set up: run `npm run setup`\n$/);
  });

  it("says in one line why the binding is broken", () => {
    const binding = "lib/napi-v8/tfjs_binding.node";
    const files = { "package.json": "{}", "index.js": `require("./${binding}")`, [binding]: "not a library" };
    const { stdout, stderr } = run(build, standIn(files) + MAIN);
    expect(JSON.parse(stdout)).toMatchObject({ backend: "cpu" });
    expect(stderr).toMatch(
      /^TensorFlow\.js .*native TensorFlow cannot be loaded \(.*tfjs_binding\.node: .+\): run `npm run setup`\n$/,
    );
  });
});

describe("dropNoise", () => {
  it("drops TensorFlow's routine lines and keeps errors and everything else", () => {
    const text = [
      "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR",
      "I0000 00:00:1795465096.942379    8311 port.cc:153] oneDNN custom operations are on. You may see",
      "To enable the following instructions: AVX2 FMA, in other operations, rebuild TensorFlow",
      "2026-03-05 10:00:00.000001: I tensorflow/core/platform/cpu_feature_guard.cc:210] This TensorFlow binary",
      "E0000 00:00:1795465096.942379    8311 cuda_driver.cc:200] failed call to cuInit",
      "terminate called after throwing an instance of 'std::bad_alloc'",
      "",
    ].join("\n");
    expect(dropNoise(text)).toBe(text.split("\n").slice(4).join("\n"));
  });
});
