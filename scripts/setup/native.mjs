import fs from "node:fs";
import path from "node:path";
import { run } from "./children.mjs";
import { SetupFailure, causeOf, lastLine, toolFailure } from "./failure.mjs";
import { filesBelow, hashOf, readJson, readText, writeAtomically } from "./files.mjs";
import { pip } from "./python.mjs";
import { SLOWER, tensorflowFolder } from "./tensorflow.mjs";

const SOURCES = ["tfjs_backend.cc", "tfjs_binding.cc"];
const FLAGS = ["-O2", "-std=c++17", "-fPIC", "-shared", "-DNAPI_VERSION=8", "-DBUILDING_NODE_EXTENSION"];

/**
 * The npm package's N-API binding, compiled against TensorFlow's current libraries (its own download is of 2022). The
 * result is kept under build/, named after everything it is made from, so that `npm ci` costs a copy and no compilation.
 */
export const nativeStep = {
  id: "native",
  title: "native TensorFlow binding",
  needs: ["packages", "tensorflow"],
  megabytes: 5,
  ready: (project) => {
    const cached = cachedBinding(project);
    return (
      fs.existsSync(cached) &&
      sameBytes(cached, project.bindingFile) &&
      readJson(checkStamp(project))?.checked === checkKey(project)
    );
  },
  async make(project, note) {
    const cached = cachedBinding(project);
    let compiler = "compiled before";
    if (!fs.existsSync(cached)) compiler = await compile(project, cached, note);
    install(cached, project.bindingFile);
    note("checking that it computes");
    const version = await check(project).catch((error) => {
      fs.rmSync(project.bindingFile, { force: true }); // lib then takes the slower backend instead of crashing
      throw error;
    });
    writeAtomically(checkStamp(project), JSON.stringify({ checked: checkKey(project) }));
    return `TensorFlow ${version}, ${compiler}`;
  },
};

/** Named after the sources, the headers, the flags and TensorFlow's folder, which the binding looks for at run time. */
function cachedBinding(project) {
  const folder = path.join(project.bindingPackage, "binding");
  const sources = filesBelow(folder, (name) => /\.(cc|h)$/.test(name)).map(
    (name) => readText(path.join(folder, name)) ?? "",
  );
  const headers = readText(path.join(project.root, "node_modules/node-api-headers/package.json")) ?? "";
  const key = hashOf(...sources, headers, FLAGS.join(" "), path.basename(tensorflowFolder(project)), process.arch);
  return path.join(project.build, "native", `tfjs_binding-${project.device.name}-${key.slice(0, 16)}.node`);
}

function checkStamp({ stamps }) {
  return path.join(stamps, "native.json");
}

/** The check is made anew for another Node, another binding, another place. */
function checkKey(project) {
  return hashOf(process.version, fs.readFileSync(project.bindingFile), tensorflowFolder(project));
}

function sameBytes(a, b) {
  try {
    return fs.readFileSync(a).equals(fs.readFileSync(b));
  } catch {
    return false;
  }
}

function install(from, to) {
  fs.mkdirSync(path.dirname(to), { recursive: true });
  const temporary = `${to}.${process.pid}.tmp`;
  fs.copyFileSync(from, temporary);
  fs.renameSync(temporary, to);
}

async function compile(project, target, note) {
  const compiler = await findCompiler(project, note);
  note(`compiling with ${compiler.name}`);
  const tensorflow = path.join(tensorflowFolder(project), "tensorflow");
  const output = path.join(project.scratch, "tfjs_binding.node");
  fs.mkdirSync(project.scratch, { recursive: true });
  // Relative to where the binding is loaded from, so that the project folder can be moved.
  const rpath = path.relative(path.dirname(project.bindingFile), tensorflow);
  const args = [
    ...FLAGS,
    `-I${path.join(project.root, "node_modules/node-api-headers/include")}`,
    `-I${project.bindingPackage}`,
    `-I${path.join(tensorflow, "include")}`,
    ...SOURCES.map((name) => path.join(project.bindingPackage, "binding", name)),
    "-o",
    output,
    path.join(tensorflow, "libtensorflow_cc.so.2"),
    path.join(tensorflow, "libtensorflow_framework.so.2"),
    `-Wl,-rpath,$ORIGIN/${rpath}`,
  ];
  const env = { ...project.env, TMPDIR: project.scratch, ...compiler.env };
  const result = await run(compiler.program, [...compiler.args, ...args], { cwd: project.root, env });
  if (result.code !== 0) {
    if (causeOf(result.output) === "disk") throw toolFailure(`Compiling with ${compiler.name}`, result.output, SLOWER);
    const said = result.output.split("\n").find((line) => /error/i.test(line)) ?? lastLine(result.output);
    throw new SetupFailure({
      tried: `Native TensorFlow binding: ${compiler.name} could not compile it (${said.trim().slice(0, 200)})`,
      works: SLOWER,
      fix: "sudo apt install g++   then: npm run setup",
    });
  }
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.renameSync(output, target);
  return `compiled with ${compiler.name}`;
}

/** $CXX, else a C++ compiler of the system, else one from a package (Zig's clang), which needs no administrator. */
async function findCompiler(project, note) {
  const candidates = [project.env.CXX, "g++", "c++", "clang++"].filter(Boolean);
  for (const candidate of candidates) {
    const [program, ...args] = candidate.trim().split(/\s+/);
    const { code } = await run(program, [...args, "--version"], { env: project.env, timeoutMs: 20_000 });
    if (code === 0) return { name: path.basename(program), program, args, env: {} };
  }
  note("no C++ compiler here: fetching one (ziglang)");
  const folder = path.join(project.scratch, "ziglang");
  const list = path.join(project.requirements, "compiler.txt");
  const result = await pip(project, [
    "install",
    "--require-hashes",
    "--only-binary=:all:",
    "--no-compile",
    "--target",
    folder,
    "-r",
    list,
  ]);
  if (result.code === 0) {
    const caches = {
      ZIG_GLOBAL_CACHE_DIR: path.join(folder, "cache"),
      ZIG_LOCAL_CACHE_DIR: path.join(folder, "cache"),
    };
    return { name: "ziglang", program: path.join(folder, "ziglang/zig"), args: ["c++"], env: caches };
  }
  const zig = toolFailure("one from a package (pip install of ziglang)", result.output, "").tried;
  throw new SetupFailure({
    tried: `Native TensorFlow binding: no C++ compiler (tried ${candidates.join(", ")}), and ${zig}`,
    works: SLOWER,
    fix: "sudo apt install g++   then: npm run setup",
  });
}

/** A product of matrices and a gradient, in a process of its own: a binding that crashes must not take set-up with it. */
const CHECK = `
const util = require("node:util");
util.isNullOrUndefined ??= (value) => value === null || value === undefined;
util.isArray ??= Array.isArray;
const tf = require("@tensorflow/tfjs-node-gpu");
const product = tf.matMul([[1, 2], [3, 4]], [[5, 6], [7, 8]]).dataSync().join();
const slope = tf.grad((x) => x.mul(x).sum())(tf.tensor1d([3, -4])).dataSync().join();
if (tf.getBackend() !== "tensorflow" || product !== "19,22,43,50" || slope !== "6,-8")
  throw new Error("wrong results: " + [tf.getBackend(), product, slope].join(" "));
console.log("TensorFlow=" + tf.backend().binding.TF_Version);
`;

async function check(project) {
  const env = { ...project.env, TF_CPP_MIN_LOG_LEVEL: "3" };
  const result = await run(process.execPath, ["-e", CHECK], { cwd: project.root, env, timeoutMs: 120_000 });
  const version = /TensorFlow=(\S+)/.exec(result.output)?.[1];
  if (result.code === 0 && version) return version;
  const how =
    result.signal === "SIGILL"
      ? "this processor lacks AVX"
      : result.signal
        ? `ended by ${result.signal}`
        : lastLine(result.output);
  throw new SetupFailure({
    tried: `Native TensorFlow binding: it was built, but does not compute here (${how})`,
    works: SLOWER,
    fix: "rm -r build/native   then: npm run setup",
  });
}
