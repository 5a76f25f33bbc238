import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

/** How one JupyterLab server is started: nothing of it lies in the user's home. */
export interface ServerPlan {
  program: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  /** Where the server announces its address: runtime/jpserver-PID.json. */
  runtime: string;
  log: string;
  token: string;
  /** In the environment of every process of this server, so that none is left behind. */
  session: string;
}

/** What `genlab start` was asked. */
export interface StartOptions {
  /** Exactly this port; without it the first free one from 8888 on. */
  port?: number;
  browser: boolean;
}

/** Arguments and environment of the private JupyterLab for the project at `root`. */
export function serverPlan(root: string, env: NodeJS.ProcessEnv, { port }: StartOptions): ServerPlan {
  const home = path.join(root, "build/jupyter");
  const folder = (name: string): string => path.join(home, name);
  const token = randomBytes(24).toString("hex");
  const session = randomBytes(8).toString("hex");
  const args = [
    "-m",
    "jupyterlab",
    "--no-browser",
    "--ServerApp.ip=127.0.0.1",
    `--ServerApp.port=${port ?? 8888}`,
    `--ServerApp.port_retries=${port === undefined ? 50 : 0}`,
    `--ServerApp.root_dir=${path.join(root, "notebooks")}`,
    "--ServerApp.log_level=WARN",
    "--MultiKernelManager.default_kernel_name=tslab",
    // Nothing phones home: no news, no look for updates, no catalogue of extensions.
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
  ];
  if (process.getuid?.() === 0) args.push("--allow-root"); // containers
  return {
    program: path.join(root, ".venv/bin/python"),
    args,
    env: {
      ...env,
      JUPYTER_TOKEN: token,
      JUPYTER_CONFIG_DIR: folder("config"),
      JUPYTER_DATA_DIR: folder("data"),
      JUPYTER_RUNTIME_DIR: folder("runtime"),
      JUPYTERLAB_SETTINGS_DIR: folder("settings"),
      JUPYTERLAB_WORKSPACES_DIR: folder("workspaces"),
      JUPYTER_PREFER_ENV_PATH: "1",
      TF_CPP_MIN_LOG_LEVEL: "3",
      GENLAB_SESSION: session,
    },
    runtime: folder("runtime"),
    log: folder("jupyterlab.log"),
    token,
    session,
  };
}

/** The port that the server with this process id announced, or null before it did. */
export function announcedPort(runtime: string, pid: number): number | null {
  try {
    const record: unknown = JSON.parse(fs.readFileSync(path.join(runtime, `jpserver-${pid}.json`), "utf8"));
    return typeof record === "object" && record !== null && "port" in record && typeof record.port === "number"
      ? record.port
      : null;
  } catch {
    return null; // not written yet, or half-written
  }
}

/** Whether the server answers an authorised request. */
export async function answers(port: number, token: string): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/api/status`, {
      headers: { authorization: `token ${token}` },
      signal: AbortSignal.timeout(2_000),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
