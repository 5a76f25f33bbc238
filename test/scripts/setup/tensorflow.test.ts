import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  TemporaryProject,
  closedIndex,
  makeWheel,
  realPython,
  realRoot,
  setupModule,
  wheelFolder,
} from "./temporary-project";

interface TensorflowModule {
  wheelPlatforms: (platform: string, arch: string, libc: "glibc" | "musl") => string[] | null;
  libcOf: (program: string) => "glibc" | "musl";
}

const python = realPython();
let project: TemporaryProject;
beforeEach(() => {
  project = new TemporaryProject();
  project.steps('import { tensorflowStep } from "./tensorflow.mjs";', "tensorflowStep");
  if (python) fs.symlinkSync(path.join(realRoot, ".venv"), path.join(project.root, ".venv"));
});
afterEach(() => project.dispose());

const wheelFiles = {
  "tensorflow/libtensorflow_cc.so.2": "cc",
  "tensorflow/libtensorflow_framework.so.2": "framework",
  "tensorflow/include/tensorflow/c/c_api.h": "header",
  "tensorflow/include/external/eigen.h": "not needed",
  "tensorflow/python/big.py": "not needed",
};

function lock(device: "cpu" | "gpu", version: string, machine: string): Record<string, string | undefined> {
  const wheels = path.join(project.root, "wheels");
  const name = device === "cpu" ? "tensorflow_cpu" : "tensorflow";
  // A wheel for a Python that is not the one here serves as well.
  const list = [makeWheel(wheels, name, version, `cp311-cp311-manylinux_2_27_${machine}`, wheelFiles)];
  if (device === "gpu") {
    const cuda = {
      "nvidia/cudnn/lib/libcudnn.so.9": "cudnn",
      "nvidia/cudnn/include/cudnn.h": "not needed",
      "nvidia/nvcc/bin/ptxas": "#!/bin/sh\necho ran\n",
    };
    list.push(makeWheel(wheels, "nvidia_cudnn_cu12", "9.0", `py3-none-manylinux_2_27_${machine}`, cuda));
  }
  project.write(`scripts/setup/requirements/tensorflow-${device}.txt`, list.join(""));
  return wheelFolder(wheels);
}

function unpacked(device: string): string[] {
  const folder = fs
    .readdirSync(path.join(project.root, "build"))
    .find((name) => name.startsWith(`tensorflow-${device}`));
  if (!folder) return [];
  const entries = fs.readdirSync(path.join(project.root, "build", folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort();
}

const machine = process.arch === "arm64" ? "aarch64" : "x86_64";

describe.skipIf(python === "")("TensorFlow's libraries", () => {
  it("come out of the locked wheel of any Python: libraries and C headers only, and the download goes", async () => {
    const env = lock("cpu", "2.21.0", machine);
    const { code, output } = await project.run(["--cpu"], env);
    expect(output).toMatch(/✓ TensorFlow +\S+ s +2\.21\.0 for CPU \(chosen with --cpu\)/);
    expect(code).toBe(0);
    expect(unpacked("cpu")).toEqual(["c_api.h", "libtensorflow_cc.so.2", "libtensorflow_framework.so.2"]);
    expect(project.has("build/scratch")).toBe(false);
    expect((await project.run([], closedIndex)).output).toMatch(/^Genlab is set up/);
  });

  it("for a GPU bring CUDA's libraries beside them, and both kinds stay for switching back", async () => {
    await project.run(["--cpu"], lock("cpu", "2.21.0", machine));
    const { output } = await project.run(["--gpu"], lock("gpu", "2.21.0", machine));
    expect(output).toMatch(/✓ TensorFlow +\S+ s +2\.21\.0 for GPU/);
    expect(unpacked("gpu")).toContain("libcudnn.so.9");
    expect(unpacked("gpu")).not.toContain("cudnn.h");
    const folder =
      fs.readdirSync(path.join(project.root, "build")).find((name) => name.startsWith("tensorflow-gpu")) ?? "";
    const program = path.join(project.root, "build", folder, "nvidia/nvcc/bin/ptxas");
    expect(spawnSync(program, { encoding: "utf8" }).stdout).toBe("ran\n");
    expect((await project.run(["--cpu"], closedIndex)).output).toMatch(/^Genlab is set up/);
  });

  it("without network fail in one line that names the slower backend", async () => {
    const { code, output } = await project.run(["--cpu"], closedIndex);
    expect(code).toBe(4);
    expect(output).toMatch(
      /^! pip download of TensorFlow failed: no network, or the package registry is out of reach\. The quick profile runs anyway, on the slower pure JavaScript backend\. Fix: connect/m,
    );
    expect(unpacked("cpu")).toEqual([]);
  });

  it("are not to be had on every system: says so, and where they are", async () => {
    const preload = project.write("preload.mjs", 'Object.defineProperty(process, "arch", { value: "riscv64" });');
    const { code, output } = await project.run(["--cpu"], { NODE_OPTIONS: `--import=${preload}` });
    expect(code).toBe(4);
    expect(output).toMatch(
      /^! TensorFlow: there is no wheel for linux riscv64\. The quick profile runs anyway.*Fix: use Linux with glibc on x86-64 or arm64, for example: docker run/m,
    );
  });

  it("say so when the registry has no wheel for this machine", async () => {
    const env = lock("cpu", "2.21.0", machine === "x86_64" ? "aarch64" : "x86_64");
    const { output } = await project.run(["--cpu"], env);
    expect(output).toMatch(/^! pip download of TensorFlow failed: the package registry has no fitting package\./m);
  });
});

describe("wheel tags", () => {
  it("fit glibc on x86-64 and arm64, and nothing else", async () => {
    const { wheelPlatforms } = await setupModule<TensorflowModule>("tensorflow.mjs");
    expect(wheelPlatforms("linux", "x64", "glibc")).toContain("manylinux_2_27_x86_64");
    expect(wheelPlatforms("linux", "arm64", "glibc")).toContain("manylinux_2_27_aarch64");
    expect(wheelPlatforms("linux", "x64", "musl")).toBeNull();
    expect(wheelPlatforms("darwin", "arm64", "glibc")).toBeNull();
    expect(wheelPlatforms("linux", "riscv64", "glibc")).toBeNull();
  });

  it("tell musl by the loader that a program names", async () => {
    const { libcOf } = await setupModule<TensorflowModule>("tensorflow.mjs");
    expect(libcOf(project.write("musl", `\x7fELF${"\0".repeat(500)}/lib/ld-musl-x86_64.so.1\0`))).toBe("musl");
    expect(libcOf(project.write("glibc", `\x7fELF${"\0".repeat(500)}/lib64/ld-linux-x86-64.so.2\0`))).toBe("glibc");
  });
});
