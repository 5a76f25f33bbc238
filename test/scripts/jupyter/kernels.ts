import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { NODE_PATH, transpile } from "./transpile";

export const root = path.resolve(import.meta.dirname, "../../..");
export const STOCK = "stock-tslab";

/** A temporary JUPYTER_PATH in which tests install kernels, and a TMPDIR in which leftovers would be seen. */
export class KernelFolder {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), "genlab-test-"));
  private faulty: string | null = null;
  private readonly outerTmp = process.env.TMPDIR;
  private readonly tmp = path.join(this.folder, "tmp");

  constructor() {
    mkdirSync(this.tmp);
  }

  /** Installs a kernelspec; `{connection_file}` stands in argv. */
  add(name: string, argv: string[], extra: Record<string, unknown> = {}): string {
    const folder = path.join(this.folder, "kernels", name);
    mkdirSync(folder, { recursive: true });
    const spec = { argv, display_name: name, language: "typescript", ...extra };
    writeFileSync(path.join(folder, "kernel.json"), JSON.stringify(spec));
    return name;
  }

  /** The tslab of the registry, untouched. */
  addStock(): string {
    const bin = path.join(root, "node_modules/tslab/bin/tslab");
    return this.add(STOCK, [process.execPath, bin, "kernel", "--config-path", "{connection_file}"]);
  }

  /** The fault injector (faulty-kernel.ts) with these flags. */
  addFaulty(name: string, flags: string[] = [], extra: Record<string, unknown> = {}): string {
    this.faulty ??= transpile(["test/scripts/jupyter/faulty-kernel.ts", "scripts/jupyter/wire.ts"]);
    const main = path.join(this.faulty, "test/scripts/jupyter/faulty-kernel.js");
    const argv = [process.execPath, main, "{connection_file}", ...flags];
    return this.add(name, argv, { env: { NODE_PATH }, ...extra });
  }

  env(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    return { ...process.env, JUPYTER_PATH: this.folder, TMPDIR: this.tmp, ...extra };
  }

  /** Lets this process, too, make its temporary files where {@link leftovers} looks. */
  watchTmp(): void {
    process.env.TMPDIR = this.tmp;
  }

  /** Connection files that are still there. */
  leftovers(): string[] {
    return readdirSync(this.tmp).filter((name) => name.startsWith("genlab-kernel-"));
  }

  remove(): void {
    if (this.outerTmp === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = this.outerTmp;
    rmSync(this.folder, { recursive: true, force: true });
    if (this.faulty) rmSync(this.faulty, { recursive: true, force: true });
  }
}

/** The processes of a group, zombies included, as ps knows them. */
export function groupMembers(pgid: number): string[] {
  return processes().filter((line) => Number.parseInt(line) === pgid);
}

/** The process groups of all processes whose command line matches. */
export function groupsOf(commandLine: RegExp): number[] {
  return processes()
    .filter((line) => commandLine.test(line))
    .map((line) => Number.parseInt(line));
}

function processes(): string[] {
  return execFileSync("ps", ["-eo", "pgid=,pid=,stat=,args="], { encoding: "utf8" }).split("\n");
}

/** Waits until something holds; false when it does not within that time. */
export async function eventually(holds: () => boolean, milliseconds = 5_000): Promise<boolean> {
  for (const end = Date.now() + milliseconds; Date.now() < end;) {
    if (holds()) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return holds();
}
