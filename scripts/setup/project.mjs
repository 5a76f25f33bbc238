import path from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of package.json, two levels above this file. */
export function rootFolder() {
  return path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
}

/**
 * Where everything lies; set-up writes nothing outside `root`.
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
export function projectAt(root, env) {
  const build = path.join(root, "build");
  const venv = path.join(root, ".venv");
  const binding = path.join(root, "node_modules/@tensorflow/tfjs-node-gpu");
  return {
    root,
    env,
    /** @type {{ name: "cpu" | "gpu", why: string }} */
    device: { name: "cpu", why: "" },
    build,
    venv,
    venvPython: path.join(venv, "bin/python"),
    venvStamp: path.join(venv, "genlab.json"),
    requirements: path.join(root, "scripts/setup/requirements"),
    stamps: path.join(build, "stamps"),
    scratch: path.join(build, "scratch"),
    lock: path.join(build, "set-up-lock"),
    bindingPackage: binding,
    bindingFile: path.join(binding, "lib/napi-v8/tfjs_binding.node"),
    /** PyTorch and JAX, for `npm run bench -- --peers` alone. */
    peersVenv: path.join(build, "peers-venv"),
    peersList: path.join(root, "scripts/bench/peers/requirements.txt"),
    kernelSpec: path.join(venv, "share/jupyter/kernels/tslab"),
    commandLine: path.join(build, "scripts/genlab.js"),
  };
}
