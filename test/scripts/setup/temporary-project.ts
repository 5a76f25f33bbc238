import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";

/** The checkout that the tests run in, itself set up. */
export const realRoot = path.resolve(import.meta.dirname, "../../..");
const setupFolder = path.join(realRoot, "scripts/setup");

/** A module of scripts/setup, which is plain JavaScript without declarations. */
export async function setupModule<T>(name: string): Promise<T> {
  return (await import(pathToFileURL(path.join(setupFolder, name)).href)) as T;
}

export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
}

/** A project with its own copy of set-up, which writes nothing outside its folder. */
export class TemporaryProject {
  readonly root: string;
  private readonly children: ChildProcess[] = [];

  /** @param parent where to make it; a small file system, for the tests of a full disk */
  constructor(parent = os.tmpdir()) {
    this.root = fs.realpathSync(fs.mkdtempSync(path.join(parent, "genlab-set-up-")));
    fs.cpSync(setupFolder, path.join(this.root, "scripts/setup"), { recursive: true });
  }

  /** Writes a file below the root. */
  write(name: string, content: string, mode = 0o644): string {
    const file = path.join(this.root, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content, { mode });
    return file;
  }

  read(name: string): string {
    return fs.readFileSync(path.join(this.root, name), "utf8");
  }

  has(name: string): boolean {
    return fs.existsSync(path.join(this.root, name));
  }

  /** Set-up makes only these: `expressions` is the array's content, `imports` what it refers to. */
  steps(imports: string, expressions: string): void {
    this.write("scripts/setup/steps.mjs", `${imports}\nexport const steps = [${expressions}];\n`);
  }

  /** A command line that prints its arguments, in place of the built one. */
  echoCommandLine(): void {
    this.write("build/scripts/genlab.js", 'console.log("RAN " + process.argv.slice(2).join(" "));\n');
  }

  /** Starts set-up; `env` values that are undefined are removed from the environment. */
  start(
    args: readonly string[] = [],
    env: Record<string, string | undefined> = {},
  ): ChildProcess & { finished: Promise<Finished> } {
    const whole = { ...process.env, npm_execpath: undefined, ...env };
    const clean = Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined));
    const child = spawn(process.execPath, [path.join(this.root, "scripts/setup/main.mjs"), ...args], {
      cwd: this.root,
      env: clean,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.children.push(child);
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
    const finished = new Promise<Finished>((resolve) =>
      child.once("close", (code, signal) => resolve({ code, signal, output })),
    );
    return Object.assign(child, { finished });
  }

  run(args: readonly string[] = [], env: Record<string, string | undefined> = {}): Promise<Finished> {
    return this.start(args, env).finished;
  }

  /** A PATH with these programs of the system only. */
  pathWith(...programs: string[]): string {
    const folder = path.join(this.root, `only-${programs.join("-") || "nothing"}`);
    fs.mkdirSync(folder, { recursive: true });
    for (const program of programs) fs.symlinkSync(which(program), path.join(folder, program));
    return folder;
  }

  dispose(): void {
    for (const child of this.children) child.kill("SIGKILL");
    fs.rmSync(this.root, { recursive: true, force: true });
  }
}

/** The full path of a program. */
export function which(program: string): string {
  const { stdout } = spawnSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" });
  return fs.realpathSync(stdout.trim());
}

/** The interpreter itself: a version manager's shim needs programs that a bare PATH lacks. */
export function realPython(): string {
  const venv = path.join(realRoot, ".venv/bin/python");
  return fs.existsSync(venv) ? fs.realpathSync(venv) : "";
}

/** pip's settings for an index where nothing listens, whatever the machine's own configuration. */
export const closedIndex = {
  PIP_CONFIG_FILE: "/dev/null",
  PIP_INDEX_URL: "http://127.0.0.1:9/simple",
  PIP_EXTRA_INDEX_URL: undefined,
  PIP_FIND_LINKS: undefined,
  PIP_NO_INDEX: undefined,
};

/** pip's settings for a folder of wheels and no index at all. */
export const wheelFolder = (folder: string): Record<string, string | undefined> => ({
  ...closedIndex,
  PIP_INDEX_URL: undefined,
  PIP_NO_INDEX: "1",
  PIP_FIND_LINKS: folder,
});

/**
 * A wheel made by hand, and its locked requirement.
 * @param tag such as "py3-none-any"
 * @param files what it holds besides its metadata
 */
export function makeWheel(
  folder: string,
  name: string,
  version: string,
  tag: string,
  files: Record<string, string>,
): string {
  const script = `
import base64, hashlib, json, sys, zipfile
folder, name, version, tag, files = sys.argv[1:5] + [json.loads(sys.argv[5])]
info = f"{name}-{version}.dist-info/"
files = {k: v.encode() for k, v in files.items()}
files[info + "METADATA"] = f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n".encode()
files[info + "WHEEL"] = f"Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: {tag}\\n".encode()
record = "".join(f"{k},sha256={base64.urlsafe_b64encode(hashlib.sha256(v).digest()).rstrip(b'=').decode()},{len(v)}\\n" for k, v in files.items())
files[info + "RECORD"] = (record + info + "RECORD,,\\n").encode()
path = f"{folder}/{name}-{version}-{tag}.whl"
with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
    for k, v in files.items():
        member = zipfile.ZipInfo(k)
        member.external_attr = (0o755 if "/bin/" in k else 0o644) << 16
        archive.writestr(member, v)
print(hashlib.sha256(open(path, "rb").read()).hexdigest(), end="")
`;
  fs.mkdirSync(folder, { recursive: true });
  const made = spawnSync(realPython(), ["-I", "-c", script, folder, name, version, tag, JSON.stringify(files)], {
    encoding: "utf8",
  });
  if (made.status !== 0) throw new Error(made.stderr);
  return `${name.replaceAll("_", "-")}==${version} --hash=sha256:${made.stdout}\n`;
}

/** Ids of processes whose command line contains `text`. */
export function processesRunning(text: string): number[] {
  return fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return fs.readFileSync(`/proc/${name}/cmdline`, "utf8").includes(text);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Waits until `condition` holds. */
export async function until(condition: () => boolean, what: string, timeoutMs = 20_000): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; !condition();) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
