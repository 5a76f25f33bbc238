import fs from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TemporaryProject, closedIndex, realPython, realRoot } from "./temporary-project";

const realModules = path.join(realRoot, "node_modules");
const python = realPython();
/** The TensorFlow that set-up unpacked in this checkout; none on a system without a wheel. */
const tensorflow = fs.existsSync(path.join(realRoot, "build"))
  ? fs.readdirSync(path.join(realRoot, "build")).filter((name) => /^tensorflow-cpu-\d/.test(name))
  : [];

let project: TemporaryProject;
beforeEach(() => {
  project = new TemporaryProject();
  project.steps('import { nativeStep } from "./native.mjs";', "nativeStep");
  linkModules();
  for (const name of tensorflow)
    fs.symlinkSync(
      path.join(realRoot, "build", name),
      path.join(
        fs.mkdirSync(path.join(project.root, "build"), { recursive: true }) ?? path.join(project.root, "build"),
        name,
      ),
    );
  if (python) fs.symlinkSync(path.join(realRoot, ".venv"), path.join(project.root, ".venv"));
});
afterEach(() => project.dispose());

/** The real packages by link, but a copy of the one that the binding is put into, without a binding. */
function linkModules(): void {
  const modules = path.join(project.root, "node_modules");
  const scope = path.join(modules, "@tensorflow");
  fs.mkdirSync(scope, { recursive: true });
  for (const name of fs.readdirSync(realModules))
    if (name !== "@tensorflow") fs.symlinkSync(path.join(realModules, name), path.join(modules, name));
  for (const name of fs.readdirSync(path.join(realModules, "@tensorflow")))
    if (name !== "tfjs-node-gpu") fs.symlinkSync(path.join(realModules, "@tensorflow", name), path.join(scope, name));
  fs.cpSync(path.join(realModules, "@tensorflow/tfjs-node-gpu"), path.join(scope, "tfjs-node-gpu"), {
    recursive: true,
    filter: (source) => !source.endsWith("napi-v8"),
  });
}

const binding = "node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node";

describe.skipIf(tensorflow.length === 0)("the native binding", () => {
  it("is compiled, shown to compute, found again in the cache after npm ci, and not touched when all is well", async () => {
    const first = await project.run(["--cpu"]);
    expect(first.output).toMatch(/✓ native TensorFlow binding +\S+ s +TensorFlow 2\.\d+\.\d+, compiled with \S+/);
    const inode = fs.statSync(path.join(project.root, binding)).ino;
    expect((await project.run()).output).toMatch(/^Genlab is set up/);
    expect(fs.statSync(path.join(project.root, binding)).ino).toBe(inode);

    fs.rmSync(path.join(project.root, binding)); // as npm ci does
    const again = await project.run([], { PATH: "/nowhere" });
    expect(again.output).toMatch(/✓ native TensorFlow binding .*compiled before/);

    // A binding that does not compute is not accepted, whatever the stamp of an earlier one says.
    const cached = fs.readdirSync(path.join(project.root, "build/native"))[0] ?? "";
    fs.writeFileSync(path.join(project.root, "build/native", cached), "not a library");
    const broken = await project.run();
    expect(broken.code).toBe(4);
    expect(broken.output).toMatch(
      /^! Native TensorFlow binding: it was built, but does not compute here \(.*\)\. The quick profile.*Fix: rm -r build\/native/m,
    );
    expect((await project.run()).code).toBe(4);
  }, 120_000);

  it.skipIf(python === "")("without a compiler, here or from a package, says what was tried and the cure", async () => {
    const env = { ...closedIndex, PATH: project.pathWith("sh"), CXX: undefined };
    const { code, output } = await project.run(["--cpu"], env);
    expect(code).toBe(4);
    expect(output).toMatch(
      /^! Native TensorFlow binding: no C\+\+ compiler \(tried g\+\+, c\+\+, clang\+\+\), and one from a package \(pip install of ziglang\) failed: no network, .*\. The quick profile runs anyway, .*Fix: sudo apt install g\+\+ +then: npm run setup$/m,
    );
  });

  it("with a compiler that fails shows its first error, and runs the command anyway", async () => {
    project.echoCommandLine();
    const CXX = project.write(
      "bad/g++",
      '#!/bin/sh\ncase "$1" in --version) exit 0;; esac\necho "x.cc:1: error: bad day" >&2; exit 1\n',
      0o755,
    );
    const { code, output } = await project.run(["--cpu", "check"], { CXX });
    expect(output).toMatch(/^! Native TensorFlow binding: g\+\+ could not compile it \(x\.cc:1: error: bad day\)\./m);
    expect(output).toMatch(/RAN check\n$/);
    expect(code).toBe(0);
  });
});
