import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { CliError, ExitCode } from "../cli-error";

/** How a kernel is launched: Jupyter's kernel.json, or our own build. */
export interface KernelSpec {
  name: string;
  displayName: string;
  language: string;
  /** Command line in which `{connection_file}` still stands. */
  argv: string[];
  env: Record<string, string>;
  /** Whether an interrupt is a SIGINT or an `interrupt_request` on the control channel. */
  interruptMode: "signal" | "message";
}

export interface KernelSearch {
  /** The project's root, where build/ and .venv/ lie. */
  root: string;
  env: NodeJS.ProcessEnv;
}

/** The name under which our kernel is installed, and which the notebooks carry. */
export const OWN_KERNEL = "tslab";

/** The folders that may hold `kernels/NAME/kernel.json`, in the order in which Jupyter searches, our .venv after JUPYTER_PATH. */
export function kernelFolders({ root, env }: KernelSearch): string[] {
  const home = env.HOME ?? os.homedir();
  const user = env.JUPYTER_DATA_DIR ?? path.join(env.XDG_DATA_HOME ?? path.join(home, ".local", "share"), "jupyter");
  const folders = [
    ...(env.JUPYTER_PATH ?? "").split(path.delimiter).filter(Boolean),
    path.join(root, ".venv", "share", "jupyter"),
    user,
    "/usr/local/share/jupyter",
    "/usr/share/jupyter",
  ];
  return folders.map((folder) => path.join(folder, "kernels"));
}

/** The names that {@link findKernel} would find, sorted. */
export function kernelNames(search: KernelSearch): string[] {
  const names = new Set([OWN_KERNEL]);
  for (const folder of kernelFolders(search)) {
    if (!existsSync(folder) || !statSync(folder).isDirectory()) continue;
    for (const name of readdirSync(folder)) {
      if (existsSync(path.join(folder, name, "kernel.json"))) names.add(name.toLowerCase());
    }
  }
  return [...names].sort();
}

/**
 * Looks a kernel up by name. `tslab` is always our own build, run by the present node, so that notebooks execute
 * without any Python; other names are searched as Jupyter does.
 * @throws CliError (usage) when there is no such kernel or its kernel.json is broken; (setup) when ours is not built.
 */
export function findKernel(name: string, search: KernelSearch): KernelSpec {
  if (name === OWN_KERNEL) return ownKernel(search.root);
  for (const folder of kernelFolders(search)) {
    const file = path.join(folder, name, "kernel.json");
    if (existsSync(file)) return readSpec(name, file, search.env);
  }
  throw new CliError(
    `no kernel "${name}" (there are: ${kernelNames(search).join(", ")}): install it, or choose one with --kernel`,
    ExitCode.usage,
  );
}

function ownKernel(root: string): KernelSpec {
  const main = path.join(root, "build", "scripts", "kernel", "main.js");
  if (!existsSync(main)) {
    throw new CliError(`the kernel is not built (${main} is missing): run npm run setup`, ExitCode.setup);
  }
  return {
    name: OWN_KERNEL,
    displayName: "TypeScript (Genlab)",
    language: "typescript",
    argv: [process.execPath, main, "--connection-file", "{connection_file}"],
    env: { MALLOC_ARENA_MAX: "2" }, // as in setup/kernelspec.mjs
    interruptMode: "signal",
  };
}

interface KernelJson {
  argv?: unknown;
  display_name?: unknown;
  language?: unknown;
  env?: unknown;
  interrupt_mode?: unknown;
}

function readSpec(name: string, file: string, environment: NodeJS.ProcessEnv): KernelSpec {
  let json: KernelJson;
  try {
    json = JSON.parse(readFileSync(file, "utf8")) as KernelJson;
  } catch (error) {
    throw new CliError(`kernel "${name}": ${file} is not readable JSON (${(error as Error).message})`, ExitCode.usage);
  }
  const argv = json.argv;
  if (!Array.isArray(argv) || argv.length === 0 || !argv.every((part): part is string => typeof part === "string")) {
    throw new CliError(`kernel "${name}": ${file} has no argv list of strings: reinstall the kernel`, ExitCode.usage);
  }
  const folder = path.dirname(file);
  // share/jupyter/kernels/NAME: four up is the prefix of the environment that installed it.
  const prefix = path.resolve(folder, "../../../..");
  const substituted = argv.map((part) => part.replaceAll("{resource_dir}", folder).replaceAll("{prefix}", prefix));
  if (/^python[\d.]*$/.test(substituted[0]!)) {
    // As jupyter_client does: `python` means the interpreter that the kernelspec belongs to.
    const python = path.join(prefix, "bin", "python");
    if (existsSync(python)) substituted[0] = python;
  }
  const env: Record<string, string> = {};
  for (const [key, value] of Object.entries((json.env ?? {}) as Record<string, unknown>)) {
    env[key] = String(value).replace(/\$\{(\w+)\}|\$(\w+)/g, (text, braced?: string, bare?: string) => {
      return environment[braced ?? bare ?? ""] ?? text;
    });
  }
  return {
    name,
    displayName: typeof json.display_name === "string" ? json.display_name : name,
    language: typeof json.language === "string" ? json.language : "",
    argv: substituted,
    env,
    interruptMode: json.interrupt_mode === "message" ? "message" : "signal",
  };
}
