import fs from "node:fs";
import path from "node:path";
import { toolFailure } from "./failure.mjs";
import { bytesBelow, hashOf, readJson, readText, writeAtomically } from "./files.mjs";
import { findPython, makeEnvironment, pip } from "./python.mjs";

const WORKS = "Everything but the comparison with PyTorch and JAX works";

/**
 * PyTorch and JAX in an environment of their own, for `npm run bench -- --peers`. Exact versions, but no hashes: which
 * file pip takes for torch (CPU or CUDA) is the user's choice. Made anew as a whole, the stamp last; what pip has
 * downloaded before it was stopped stays in its cache.
 */
export const peersStep = {
  id: "peers",
  title: "PyTorch and JAX",
  needs: [],
  // Measured: 1,500 MB with the CPU build of torch, plus its wheel on the way.
  megabytes: 2_000,
  ready: (project) => hashOf(JSON.stringify(readJson(stampFile(project)))) === hashOf(JSON.stringify(stampOf(project))),
  async make(project, note) {
    const { peersVenv, peersList, env } = project;
    note("looking for Python");
    const python = await findPython(env);
    await makeEnvironment({ python: python.command, folder: peersVenv, env, works: WORKS });
    const watch = setInterval(() => note(`${(bytesBelow(peersVenv) / 1e6).toFixed(0)} MB`), 2_000);
    try {
      const args = ["install", "--only-binary=:all:", "--no-compile", "-r", peersList];
      const result = await pip(project, args, path.join(peersVenv, "bin/python"));
      if (result.code !== 0) throw toolFailure("pip install of PyTorch and JAX", result.output, WORKS);
    } finally {
      clearInterval(watch);
    }
    writeAtomically(stampFile(project), JSON.stringify(stampOf(project)));
    return `Python ${python.version}, ${(bytesBelow(peersVenv) / 1e6).toFixed(0)} MB`;
  },
};

/** scripts/bench looks for it: without the stamp the environment is not whole. */
function stampFile({ peersVenv }) {
  return path.join(peersVenv, "genlab.json");
}

/** What the environment depends on: the list, its own place, and the Python below it. */
function stampOf({ peersVenv, peersList }) {
  const python = path.join(peersVenv, "bin/python");
  return {
    list: hashOf(readText(peersList) ?? ""),
    place: peersVenv,
    python: fs.existsSync(python) ? fs.realpathSync(python) : null,
  };
}
