import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { realContext } from "../../../scripts/context";
import { browserCommand, runJupyterLab } from "../../../scripts/start/jupyterlab";
import { processesWith } from "../../../scripts/start/session-processes";

const root = path.resolve(import.meta.dirname, "../../..");
const python = path.join(root, ".venv/bin/python");
const built = path.join(root, "build/scripts/genlab.js");

/** Drives `genlab start` on a pseudo-terminal: waits for the address, starts a kernel, types one Ctrl-C. */
const ON_A_TERMINAL = `
import json, re, sys, time, urllib.error, urllib.request
import pexpect

node, built, port = sys.argv[1:4]
child = pexpect.spawn(node, [built, "start", "--no-browser", "--port", port], timeout=100, encoding="utf8", dimensions=(24, 200))
child.expect(r"http://127\\.0\\.0\\.1:(\\d+)/lab\\?token=([0-9a-f]{48})")
shown, token = child.match.groups()
before = child.before

def ask(place, body=None, key=token):
    headers = {"Authorization": "token " + key}
    request = urllib.request.Request(f"http://127.0.0.1:{shown}{place}", data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, None

specs = ask("/api/kernelspecs")[1]
kernel = ask("/api/kernels", b"{}")[1]
environ = open(f"/proc/{child.pid}/environ").read()
sockets = open("/proc/net/tcp").read()
time.sleep(2.5)
running = [k["name"] for k in ask("/api/kernels")[1]]
result = {
    "port": shown,
    "default": specs["default"],
    "kernel": kernel["name"],
    "running": running,
    "withoutToken": ask("/api/kernels", key="wrong")[0],
    # local addresses that listen on our port: 0100007F is 127.0.0.1
    "listens": sorted({line.split()[1].split(":")[0] for line in sockets.splitlines()[1:] if line.split()[1].endswith(":%04X" % int(shown)) and line.split()[3] == "0A"}),
    "noise": before,
}
began = time.time()
child.sendintr()
child.expect(pexpect.EOF)
child.close()
result.update(seconds=time.time() - began, exit=child.exitstatus, signal=child.signalstatus)
print(json.dumps(result))
`;

async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

describe.skipIf(!fs.existsSync(python) || !fs.existsSync(built))("npm start", () => {
  it("serves JupyterLab with our kernel on 127.0.0.1 behind a token, and one Ctrl-C on a terminal ends everything", async () => {
    const port = await freePort();
    const mark = `test-${process.pid}-${port}`;
    const driver = spawn(python, ["-c", ON_A_TERMINAL, process.execPath, built, String(port)], {
      cwd: root,
      env: { ...process.env, GENLAB_TEST_MARK: mark },
    });
    let output = "";
    let errors = "";
    driver.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    driver.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    const code = await new Promise((resolve) => driver.once("close", resolve));
    expect(errors).toBe("");
    expect(code).toBe(0);
    const result = JSON.parse(output) as Record<string, unknown>;
    expect(result).toMatchObject({
      port: String(port),
      default: "tslab",
      kernel: "tslab",
      running: ["tslab"],
      withoutToken: 403,
      listens: ["0100007F"],
      exit: 0,
      signal: null,
    });
    expect(String(result.noise).replace(/\s/g, "")).toBe("JupyterLabwiththeTypeScriptkernel:");
    expect(result.seconds).toBeLessThan(15);
    expect(processesWith("GENLAB_TEST_MARK", mark)).toEqual([]);
    const left = fs.readdirSync(path.join(root, "build/jupyter/runtime")).filter((name) => name.includes(String(port)));
    expect(left).toEqual([]);
  }, 180_000);

  it("ends everything too when nobody reads what it says any more: a closed terminal, a pipe to head", async () => {
    const port = await freePort();
    const mark = `test-${process.pid}-${port}`;
    const child = spawn(process.execPath, [built, "start", "--no-browser", "--port", String(port)], {
      cwd: root,
      env: { ...process.env, GENLAB_TEST_MARK: mark },
    });
    await new Promise<void>((resolve) =>
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        if (text.includes("Ctrl-C here ends it")) resolve();
      }),
    );
    child.stdout.destroy();
    child.stderr.destroy();
    child.kill("SIGINT");
    await new Promise((resolve) => child.once("exit", resolve));
    const left = processesWith("GENLAB_TEST_MARK", mark);
    for (const pid of left) process.kill(pid, "SIGKILL");
    expect(left).toEqual([]);
  }, 120_000);

  it("says in one line that a port is taken", async () => {
    const server = net.createServer();
    const port = await new Promise<number>((resolve) =>
      server.listen(0, "127.0.0.1", () => resolve((server.address() as net.AddressInfo).port)),
    );
    try {
      const child = spawn(process.execPath, [built, "start", "--no-browser", "--port", String(port)], { cwd: root });
      let errors = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
      const code = await new Promise((resolve) => child.once("close", resolve));
      expect(errors.trim().split("\n").at(-1)).toBe(
        `genlab: start: wanted port ${port}, it is taken. Choose another: npm start -- --port ${port + 1}`,
      );
      expect(code).toBe(1);
    } finally {
      server.close();
    }
  }, 120_000);

  it("refuses a port that is none", () => {
    const { status, stderr } = spawnSync(process.execPath, [built, "start", "--port", "99999"], { encoding: "utf8" });
    expect(status).toBe(2);
    expect(stderr).toContain("wanted a port from 1 to 65535");
  });
});

it("without JupyterLab, npm start ends with status 4 and what to run", async () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "genlab-start-"));
  try {
    await expect(runJupyterLab({ ...realContext(), root }, { browser: false })).rejects.toMatchObject({
      message: "start: wanted JupyterLab in .venv, found none (set-up says why above). Run: npm run setup",
      exitCode: 4,
    });
  } finally {
    fs.rmSync(root, { recursive: true });
  }
});

describe("the browser", () => {
  it("is opened where there is a display, and only there", () => {
    expect(browserCommand({}, "linux")).toBeNull();
    expect(browserCommand({ DISPLAY: ":0" }, "linux")).toBe("xdg-open");
    expect(browserCommand({ WAYLAND_DISPLAY: "wayland-0", BROWSER: "firefox" }, "linux")).toBe("firefox");
    expect(browserCommand({}, "darwin")).toBe("open");
  });
});
