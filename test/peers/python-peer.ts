import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

export const ROOT = path.resolve(import.meta.dirname, "../..");
const PYTHON = path.join(ROOT, ".venv/bin/python");
const KERNEL = path.join(ROOT, "build/scripts/kernel/main.js");

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A temporary folder that Jupyter programs take for their world: our built kernel as `tslab`, and nothing of the user's. */
export class JupyterWorld {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), "genlab-peers-"));
  readonly env: NodeJS.ProcessEnv;

  constructor() {
    for (const needed of [PYTHON, KERNEL]) {
      if (!existsSync(needed)) throw new Error(`${needed} is missing: run npm run setup`);
    }
    const spec = path.join(this.folder, "share/kernels/tslab");
    mkdirSync(spec, { recursive: true });
    const kernel = {
      argv: [process.execPath, KERNEL, "--connection-file", "{connection_file}"],
      display_name: "TypeScript (Genlab)",
      language: "typescript",
      interrupt_mode: "signal",
    };
    writeFileSync(path.join(spec, "kernel.json"), JSON.stringify(kernel));
    this.env = {
      ...process.env,
      JUPYTER_PATH: path.join(this.folder, "share"),
      JUPYTER_CONFIG_DIR: path.join(this.folder, "config"),
      JUPYTER_DATA_DIR: path.join(this.folder, "data"),
      JUPYTER_RUNTIME_DIR: path.join(this.folder, "runtime"),
      IPYTHONDIR: path.join(this.folder, "ipython"),
      PYTHONDONTWRITEBYTECODE: "1",
      NO_COLOR: "1",
      TF_CPP_MIN_LOG_LEVEL: "3",
    };
  }

  /** Writes a notebook and gives its path. */
  notebook(name: string, cells: Cell[], metadata: object = {}): string {
    const file = path.join(this.folder, `${name}.ipynb`);
    const content = {
      nbformat: 4,
      nbformat_minor: 5,
      metadata: {
        kernelspec: { name: "tslab", display_name: "TypeScript (Genlab)", language: "typescript" },
        language_info: { name: "typescript" },
        ...metadata,
      },
      cells: cells.map(({ source, outputs = [], tags = [] }, i) => ({
        cell_type: "code",
        id: `cell-${i}`,
        metadata: tags.length > 0 ? { tags } : {},
        execution_count: outputs.length > 0 ? i + 1 : null,
        source,
        outputs,
      })),
    };
    writeFileSync(file, JSON.stringify(content, null, 1));
    return file;
  }

  /** Runs the private environment's Python to its end. */
  python(args: string[], timeoutMs: number): Promise<Finished> {
    return new Promise((resolve, reject) => {
      const child = spawn(PYTHON, args, { cwd: this.folder, env: this.env, stdio: ["ignore", "pipe", "pipe"] });
      let stdout = "";
      let stderr = "";
      child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
      const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
      child.on("error", reject);
      child.on("close", (code) => {
        clearTimeout(timer);
        resolve({ code, stdout, stderr });
      });
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

export interface Cell {
  source: string;
  outputs?: object[];
  tags?: string[];
}

export function stream(text: string, name = "stdout"): object {
  return { output_type: "stream", name, text };
}

export function result(text: string, count: number): object {
  return { output_type: "execute_result", execution_count: count, data: { "text/plain": text }, metadata: {} };
}
