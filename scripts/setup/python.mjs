import fs from "node:fs";
import path from "node:path";
import { run } from "./children.mjs";
import { SetupFailure, toolFailure } from "./failure.mjs";
import { hashOf, readJson, readText, writeAtomically } from "./files.mjs";

const WORKS =
  "Notebooks, tests and checks still run headlessly, on the slower backend; JupyterLab and the native TensorFlow do not";

/**
 * A private Python. A virtual environment cannot be moved (its scripts name their folder) and a half-installed one cannot
 * be trusted, so it is always made anew, and the stamp that vouches for it is written last, by the step after this one.
 */
export const venvStep = {
  id: "venv",
  title: "Python environment",
  needs: [],
  megabytes: 30,
  ready: environmentReady,
  async make({ venv, env }) {
    const python = await findPython(env);
    await makeEnvironment({ python: python.command, folder: venv, env, works: WORKS });
    return `Python ${python.version}`;
  },
};

/**
 * An empty environment with pip, in place of whatever lies there.
 * @param {{ python: string, folder: string, env: NodeJS.ProcessEnv, works: string }} options works: what does without it
 */
export async function makeEnvironment({ python, folder, env, works }) {
  fs.rmSync(folder, { recursive: true, force: true });
  // pip apart, because venv keeps to itself why putting it there failed.
  const stages = [
    [python, "-m", "venv", "--without-pip", folder],
    [path.join(folder, "bin/python"), "-I", "-m", "ensurepip", "--upgrade", "--default-pip"],
  ];
  for (const [program, ...args] of stages) {
    const result = await run(program, args, { env: pythonEnv(env) });
    if (result.code !== 0) throw toolFailure(`${python} -m venv`, result.output, works);
  }
}

/** JupyterLab, its kin and the peers that the tests compare with, from the hash-locked list. */
export const jupyterStep = {
  id: "jupyter",
  title: "JupyterLab",
  needs: ["venv"],
  megabytes: 500,
  ready: environmentReady,
  async make(project) {
    const list = path.join(project.requirements, "jupyter.txt");
    const result = await pip(project, [
      "install",
      "--require-hashes",
      "--only-binary=:all:",
      // Python compiles a module when it is first imported; doing it for all here costs 10 s.
      "--no-compile",
      "-r",
      list,
    ]);
    if (result.code !== 0)
      throw toolFailure(
        "pip install of JupyterLab",
        result.output,
        "Notebooks, tests and checks still run headlessly; JupyterLab does not",
      );
    writeAtomically(project.venvStamp, JSON.stringify(stampOf(project)));
  },
};

function environmentReady(project) {
  const stamp = readJson(project.venvStamp);
  return (
    stamp !== null &&
    fs.existsSync(project.venvPython) &&
    hashOf(JSON.stringify(stamp)) === hashOf(JSON.stringify(stampOf(project)))
  );
}

/** What the environment depends on: the list, its own place, and the Python below it (gone or replaced by an upgrade?). */
function stampOf({ requirements, venv, venvPython }) {
  return {
    list: hashOf(readText(path.join(requirements, "jupyter.txt")) ?? ""),
    place: venv,
    python: fs.existsSync(venvPython) ? fs.realpathSync(venvPython) : null,
  };
}

/**
 * pip of the private environment, with the user's own configuration (mirror, proxy, certificates). Its temporary files
 * lie in the project: /tmp is often a small memory disk.
 * @param {any} project
 * @param {string[]} args
 * @param {string} [python] of another environment
 */
export function pip(project, args, python = project.venvPython) {
  fs.mkdirSync(project.scratch, { recursive: true });
  const env = { ...pythonEnv(project.env), TMPDIR: project.scratch, PIP_DISABLE_PIP_VERSION_CHECK: "1" };
  const quiet = ["--no-input", "--progress-bar=off", "--retries=2"];
  return run(python, ["-m", "pip", args[0], ...quiet, ...args.slice(1)], { cwd: project.root, env });
}

/** The environment without what would make Python or pip look elsewhere. */
export function pythonEnv(env) {
  const clean = { ...env, PYTHONNOUSERSITE: "1" };
  for (const name of [
    "PYTHONHOME",
    "PYTHONPATH",
    "PIP_USER",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_REQUIRE_VIRTUALENV",
    "__PYVENV_LAUNCHER__",
  ])
    delete clean[name];
  return clean;
}

const PROBE =
  "import sys, importlib.util as u; print('probe', '.'.join(map(str, sys.version_info[:3])), u.find_spec('venv') is not None and u.find_spec('ensurepip') is not None)";

/**
 * The first Python that is new enough and can make environments.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ command: string, version: string }>}
 * @throws {SetupFailure} saying which of the two is missing
 */
export async function findPython(env) {
  const old = [];
  const bare = [];
  for (const command of ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10", "python"]) {
    const { code, output } = await run(command, ["-I", "-c", PROBE], { env: pythonEnv(env), timeoutMs: 20_000 });
    const [, version, complete] = /^probe (\S+) (\S+)/m.exec(output) ?? [];
    if (code !== 0 || !version) continue;
    const [major, minor] = version.split(".").map(Number);
    if (major !== 3 || minor < 10) old.push(`${command} is ${version}`);
    else if (complete !== "True") bare.push(`${command} ${version}`);
    else return { command, version };
  }
  if (bare.length > 0)
    throw new SetupFailure({
      tried: `Python environment: ${bare[0]} has no venv module`,
      works: WORKS,
      fix: "sudo apt install python3-venv   then: npm run setup",
    });
  throw new SetupFailure({
    tried: `Python environment: wanted Python 3.10 or newer, ${old.length > 0 ? old.join(", ") : "found no python3"}`,
    works: WORKS,
    fix: "sudo apt install python3 python3-venv   then: npm run setup",
  });
}
