import fs from "node:fs";
import path from "node:path";
import { CliError, ExitCode } from "../cli-error";
import type { Context } from "../context";
import { findKernel, OWN_KERNEL } from "../jupyter/kernelspec";
import type { Launch } from "./protocol";

/** Everybody who may take part, in the order of the table. */
export const CONTENDERS = ["genlab", "eager", "torch", "torchCompile", "jax"] as const;
export type ContenderName = (typeof CONTENDERS)[number];

/** The three that `--peers` adds. */
export const PEERS = ["torch", "torchCompile", "jax"] as const satisfies readonly ContenderName[];

/** What people call them. */
export const TITLES: Record<ContenderName, string> = {
  genlab: "Genlab",
  eager: "TF.js eager",
  torch: "PyTorch",
  torchCompile: "torch.compile",
  jax: "JAX jit",
};

/** Compiled and op by op, each in the environment of a notebook's kernel and in no other. */
export function ownContenders({ root, env }: Context): Launch[] {
  const main = path.join(root, "build/scripts/bench/contender/main.js");
  return (["genlab", "eager"] as const).map((name) => ({
    name,
    argv: [process.execPath, main, name],
    cwd: root,
    env: { ...env, ...kernelEnvironment(root, env) },
  }));
}

/** What JupyterLab's kernelspec and our runner give a notebook's kernel: allocator and threads are the product's. */
export function kernelEnvironment(root: string, env: NodeJS.ProcessEnv): Record<string, string> {
  const file = path.join(root, ".venv/share/jupyter/kernels", OWN_KERNEL, "kernel.json");
  const spec = fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as { env?: object }) : {};
  return { ...spec.env, ...findKernel(OWN_KERNEL, { root, env }).env };
}

/**
 * PyTorch eager, torch.compile and JAX jit, on the CPU.
 * @param threads as many as our own contenders use
 * @throws CliError when their environment is not there
 */
export function peerContenders({ root, env }: Context, threads: number): Launch[] {
  const venv = path.join(root, "build/peers-venv");
  if (!fs.existsSync(path.join(venv, "genlab.json")))
    throw new CliError(
      "bench: PyTorch and JAX are not set up: npm run bench -- --peers   makes their environment (2 GB on the disk)",
      ExitCode.setup,
    );
  const clean: NodeJS.ProcessEnv = {
    ...env,
    CUDA_VISIBLE_DEVICES: "",
    JAX_PLATFORMS: "cpu",
    OMP_NUM_THREADS: String(threads),
    NPROC: String(threads), // the size of XLA's thread pool
    PYTHONNOUSERSITE: "1",
    PYTHONUNBUFFERED: "1",
    // Compiled anew in each run: the first call's time is the compiler's.
    TORCHINDUCTOR_CACHE_DIR: path.join(benchFolder(root), "inductor"),
    TORCHINDUCTOR_FORCE_DISABLE_CACHES: "1",
  };
  for (const name of ["PYTHONHOME", "PYTHONPATH", "LD_PRELOAD"]) delete clean[name];
  const serve = path.join(root, "scripts/bench/peers/serve.py");
  return PEERS.map((name) => ({
    name,
    argv: [path.join(venv, "bin/python"), serve, name, String(threads)],
    cwd: root,
    env: clean,
  }));
}

/** Files that live as long as a run. */
export function benchFolder(root: string): string {
  return path.join(root, "build/bench");
}
