import fs from "node:fs";
import path from "node:path";
import { run } from "./children.mjs";
import { SetupFailure, toolFailure } from "./failure.mjs";
import { bytesBelow, hashOf, readText } from "./files.mjs";
import { pip } from "./python.mjs";

export const SLOWER = "The quick profile runs anyway, on the slower pure JavaScript backend";

/**
 * TensorFlow's libraries and C headers out of its Python wheel. They do not depend on Python, so the wheel of any Python
 * serves; the folder is unpacked beside and renamed, so it is there whole or not at all.
 */
export const tensorflowStep = {
  id: "tensorflow",
  title: "TensorFlow",
  needs: ["venv"],
  // The wheel (274 MB; with CUDA's about 3 GB) lies beside what comes out of it (853 MB, 6 GB) for a moment.
  megabytes: ({ device }) => (device.name === "gpu" ? 9_000 : 1_200),
  ready: (project) => fs.existsSync(path.join(tensorflowFolder(project), "tensorflow")),
  async make(project, note) {
    const platforms = wheelPlatforms(process.platform, process.arch, libcOf(process.execPath));
    if (!platforms)
      throw new SetupFailure({
        tried: `TensorFlow: there is no wheel for ${process.platform} ${process.arch}${libcOf(process.execPath) === "musl" ? " with musl" : ""}`,
        works: SLOWER,
        fix: "use Linux with glibc on x86-64 or arm64, for example: docker run -it -v .:/genlab -w /genlab node:22 npm test",
      });
    const { device, scratch } = project;
    const wheels = path.join(scratch, "wheels");
    const unpacked = path.join(scratch, "tensorflow");
    for (const folder of [wheels, unpacked]) {
      fs.rmSync(folder, { recursive: true, force: true });
      fs.mkdirSync(folder, { recursive: true });
    }
    const watch = setInterval(() => note(`${device.name}, ${(bytesBelow(scratch) / 1e6).toFixed(0)} MB`), 500);
    try {
      await download(project, platforms, wheels);
      await unpack(project, wheels, unpacked);
    } finally {
      clearInterval(watch);
    }
    const folder = tensorflowFolder(project);
    fs.rmSync(folder, { recursive: true, force: true });
    fs.renameSync(unpacked, folder);
    fs.rmSync(wheels, { recursive: true, force: true });
    return `${tensorflowVersion(project)} for ${device.name === "gpu" ? "GPU" : "CPU"} (${device.why})`;
  },
};

async function download(project, platforms, wheels) {
  const args = ["download", "--no-deps", "--require-hashes", "--only-binary=:all:", "--no-cache-dir"];
  args.push("--implementation=cp", "--python-version=3.11", ...platforms.map((name) => `--platform=${name}`));
  const result = await pip(project, [...args, "-d", wheels, "-r", listFile(project)]);
  if (result.code !== 0) throw toolFailure("pip download of TensorFlow", result.output, SLOWER);
}

async function unpack(project, wheels, folder) {
  const script = path.join(project.root, "scripts/setup/unpack_wheel.py");
  for (const wheel of fs.readdirSync(wheels)) {
    const result = await run(project.venvPython, ["-I", script, path.join(wheels, wheel), folder], {
      env: project.env,
    });
    if (result.code !== 0) throw toolFailure("Unpacking TensorFlow", result.output, SLOWER);
    fs.rmSync(path.join(wheels, wheel));
  }
}

function listFile({ requirements, device }) {
  return path.join(requirements, `tensorflow-${device.name}.txt`);
}

function tensorflowVersion(project) {
  return /^tensorflow\S*==(\S+)/m.exec(readText(listFile(project)) ?? "")?.[1] ?? "?";
}

/** Where this device's TensorFlow lies: named after the locked list, so a changed lock makes a new one. */
export function tensorflowFolder(project) {
  const list = readText(listFile(project)) ?? "";
  return path.join(
    project.build,
    `tensorflow-${project.device.name}-${tensorflowVersion(project)}-${hashOf(list).slice(0, 8)}`,
  );
}

/**
 * The wheel tags that fit, newest first; null when TensorFlow has no wheel with C libraries that we can use.
 * @param {string} platform as process.platform
 * @param {string} arch as process.arch
 * @param {"glibc" | "musl"} libc
 */
export function wheelPlatforms(platform, arch, libc) {
  const machine = { x64: "x86_64", arm64: "aarch64" }[arch];
  if (platform !== "linux" || libc === "musl" || !machine) return null;
  const tags = [
    "manylinux_2_28",
    "manylinux_2_27",
    "manylinux_2_26",
    "manylinux_2_24",
    "manylinux_2_17",
    "manylinux2014",
  ];
  return [...tags, "manylinux_2_12", "manylinux2010", "manylinux_2_5", "manylinux1"].map((tag) => `${tag}_${machine}`);
}

/** The C library that a program was linked with, told by the loader named at its beginning. */
export function libcOf(program) {
  const head = Buffer.alloc(65_536);
  const file = fs.openSync(program, "r");
  try {
    fs.readSync(file, head, 0, head.length, 0);
  } finally {
    fs.closeSync(file);
  }
  return head.includes("ld-musl") ? "musl" : "glibc";
}
