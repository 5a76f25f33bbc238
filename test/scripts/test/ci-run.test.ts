import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const script = path.resolve(import.meta.dirname, "../../../.ci/run");

let root: string;
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "genlab-ci-"));
  fs.mkdirSync(path.join(root, ".ci"));
  fs.copyFileSync(script, path.join(root, ".ci/run"));
  program("chromium", "exit 0");
});
afterEach(() => fs.rmSync(root, { recursive: true }));

function program(name: string, body: string): void {
  fs.mkdirSync(path.join(root, "bin"), { recursive: true });
  fs.writeFileSync(path.join(root, "bin", name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
}

/** Runs .ci/run with `npm test` and `npm run notebooks` replaced by these shell lines. */
function ci(
  test: string,
  notebooks: string,
  system = ":/usr/bin:/bin",
): { status: number | null; output: string; last: string } {
  program("npm", `echo "CI=$CI"\nif [ "$1" = test ]; then ${test}; else ${notebooks}; fi`);
  const { status, stdout, stderr } = spawnSync(path.join(root, ".ci/run"), {
    encoding: "utf8",
    cwd: "/",
    env: { PATH: path.join(root, "bin") + system },
  });
  return { status, output: stdout + stderr, last: stdout.trimEnd().split("\n").at(-1) ?? "" };
}

describe(".ci/run", () => {
  it("runs both, in CI mode, and ends with the total", () => {
    const { status, output, last } = ci(
      'echo "3 passed, 1 failed"; echo "40 passed, 0 failed"',
      'echo "2 passed, 0 failed"',
    );
    expect(last).toBe("42 passed, 0 failed");
    expect(status).toBe(0);
    expect(output.match(/^CI=true$/gm)).toHaveLength(2);
  });

  it("runs the second although the first failed, and fails", () => {
    const { status, last } = ci('echo "39 passed, 1 failed"; exit 1', 'echo "2 passed, 0 failed"');
    expect(last).toBe("41 passed, 1 failed");
    expect(status).toBe(1);
  });

  it("counts a bad end without a failed test, and an end without a closing line", () => {
    expect(ci('echo "40 passed, 0 failed"; exit 7', 'echo "2 passed, 0 failed"')).toMatchObject({
      status: 1,
      last: "42 passed, 1 failed",
    });
    const { status, output, last } = ci('echo "40 passed, 0 failed"', "kill -9 $$");
    expect(output).toContain("npm run notebooks ended with status 137 and without its closing line");
    expect(last).toBe("40 passed, 1 failed");
    expect(status).toBe(1);
  });

  it("installs Chromium where it is missing, and goes on when that fails", () => {
    fs.rmSync(path.join(root, "bin/chromium"));
    program("id", "echo 0");
    program("apt-get", `echo "$*" >> ${path.join(root, "apt.log")}; echo "E: no mirror"; exit 100`);
    // Nothing of the system but the tools that the script needs: this machine may have a browser.
    for (const tool of ["bash", "sh", "env", "dirname", "mktemp", "tee", "grep", "tail", "rm"])
      fs.symlinkSync(spawnSync("which", [tool], { encoding: "utf8" }).stdout.trim(), path.join(root, "bin", tool));
    const { output, last } = ci('echo "1 passed, 0 failed"', 'echo "1 passed, 0 failed"', "");
    expect(fs.readFileSync(path.join(root, "apt.log"), "utf8")).toMatch(/^update -q\n$/);
    expect(output).toMatch(/apt-get install chromium failed.*\nE: no mirror/);
    expect(last).toBe("2 passed, 0 failed");

    program("apt-get", `echo "$*" >> ${path.join(root, "apt.log")}`);
    ci('echo "1 passed, 0 failed"', 'echo "1 passed, 0 failed"', "");
    expect(fs.readFileSync(path.join(root, "apt.log"), "utf8")).toMatch(/^install -y .*chromium$/m);
  });
});
