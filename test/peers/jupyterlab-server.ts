import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "./python-peer";
import type { JupyterWorld } from "./python-peer";

export interface LabServer {
  /** The address of a notebook in the world's folder. */
  url(notebook: string): string;
  stop(): Promise<void>;
}

const SETTINGS = {
  // No question about news, no look-up of versions.
  "apputils-extension/notification": { fetchNews: "false", checkForUpdates: false },
};

/** Starts JupyterLab on the world's folder: a free port of 127.0.0.1, a token, nobody's settings. */
export async function startLab(world: JupyterWorld, timeoutMs: number): Promise<LabServer> {
  const settings = path.join(world.folder, "settings");
  for (const [name, value] of Object.entries(SETTINGS)) {
    const file = path.join(settings, "@jupyterlab", `${name}.jupyterlab-settings`);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(value));
  }
  const token = randomBytes(16).toString("hex");
  const options = [
    "--no-browser",
    "--allow-root",
    "--ip=127.0.0.1",
    "--port=0",
    "--ServerApp.port_retries=0",
    `--ServerApp.root_dir=${world.folder}`,
    `--IdentityProvider.token=${token}`,
    "--LabApp.expose_app_in_browser=True",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
  ];
  const child = spawn(path.join(ROOT, ".venv/bin/python"), ["-m", "jupyterlab", ...options], {
    cwd: world.folder,
    env: {
      ...world.env,
      JUPYTERLAB_SETTINGS_DIR: settings,
      JUPYTERLAB_WORKSPACES_DIR: path.join(world.folder, "workspaces"),
    },
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  const exited = new Promise<void>((resolve) => child.on("exit", () => resolve()));
  let log = "";
  const port = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`JupyterLab did not start: ${log}`)), timeoutMs);
    child.stderr.on("data", (chunk: Buffer) => {
      log += chunk.toString();
      const found = /http:\/\/127\.0\.0\.1:(\d+)\//.exec(log);
      if (!found) return;
      clearTimeout(timer);
      resolve(found[1]!);
    });
    void exited.then(() => reject(new Error(`JupyterLab ended at once: ${log}`)));
  });
  return {
    // A workspace of its own: else JupyterLab opens the notebooks of the last visit too.
    url: (notebook) =>
      `http://127.0.0.1:${port}/lab/workspaces/${notebook.replace(".ipynb", "")}/tree/${notebook}?token=${token}`,
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => process.kill(-child.pid!, "SIGKILL"), 10_000);
      await exited;
      clearTimeout(timer);
    },
  };
}
