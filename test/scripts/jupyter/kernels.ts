import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

export const root = path.resolve(import.meta.dirname, "../../..");
export const STOCK = "stock-tslab";

/** A temporary JUPYTER_PATH in which tests install kernels. */
export class KernelFolder {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), "genlab-test-"));

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

  env(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    return { ...process.env, JUPYTER_PATH: this.folder, ...extra };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
