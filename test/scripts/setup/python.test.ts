import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TemporaryProject, closedIndex, makeWheel, realPython, realRoot, wheelFolder } from "./temporary-project";

const python = realPython();

let project: TemporaryProject;
let wheels: string;
beforeEach(() => {
  project = new TemporaryProject();
  project.steps('import { jupyterStep, venvStep } from "./python.mjs";', "venvStep, jupyterStep");
  wheels = path.join(project.root, "wheels");
});
afterEach(() => project.dispose());

/** A lock of one small package in place of JupyterLab's hundred. */
function lockOnePackage(value: string): void {
  const requirement = makeWheel(wheels, "genlab_probe", "1.0", "py3-none-any", {
    "genlab_probe.py": `value = "${value}"\n`,
  });
  project.write("scripts/setup/requirements/jupyter.txt", requirement);
}

function importedValue(): string {
  const python = path.join(project.root, ".venv/bin/python");
  return spawnSync(python, ["-c", "import genlab_probe; print(genlab_probe.value)"], { encoding: "utf8" }).stdout;
}

/** An environment with pip but without our list, as set-up has it halfway. */
function halfMade(): void {
  spawnSync(python, ["-m", "venv", "--without-pip", path.join(project.root, ".venv")]);
  const packages = (root: string): string => {
    const lib = path.join(root, ".venv/lib");
    return path.join(lib, fs.readdirSync(lib)[0] ?? "", "site-packages");
  };
  fs.symlinkSync(path.join(packages(realRoot), "pip"), path.join(packages(project.root), "pip"));
  project.steps('import { jupyterStep } from "./python.mjs";', "jupyterStep");
}

/** A folder with a `python3` of our making and nothing else. */
function pathWithPython(script: string): { PATH: string } {
  return { PATH: path.dirname(project.write("fake/python3", script, 0o755)) };
}

describe.skipIf(python === "")("the Python environment", () => {
  it("is made from the locked list, once, and anew when the list changes or the folder moves", async () => {
    const env = { ...wheelFolder(wheels), PYTHONPATH: "/nowhere", PIP_TARGET: "/nowhere", PIP_USER: "1" };
    lockOnePackage("one");
    const first = await project.run([], env);
    expect(first.output).toMatch(/✓ Python environment .*Python 3\.\d+/);
    expect(importedValue()).toBe("one\n");
    expect((await project.run([], env)).output).toMatch(/^Genlab is set up \(\d\.\d s\)\n$/);

    lockOnePackage("two");
    expect((await project.run([], env)).output).toContain("✓ JupyterLab");
    expect(importedValue()).toBe("two\n");

    // Where no Python is found to make it anew, an environment that was moved is seen to count as none.
    const stamp = JSON.parse(project.read(".venv/genlab.json")) as { place: string };
    project.write(".venv/genlab.json", JSON.stringify({ ...stamp, place: "/moved/.venv" }));
    expect((await project.run([], { PATH: project.pathWith("sh") })).output).toContain("found no python3");
  }, 120_000);

  it("is not installed when a wheel differs from its hash", async () => {
    halfMade();
    lockOnePackage("good");
    makeWheel(wheels, "genlab_probe", "1.0", "py3-none-any", { "genlab_probe.py": 'value = "evil"\n' });
    const { code, output } = await project.run([], wheelFolder(wheels));
    expect(code).toBe(4);
    expect(output).toMatch(
      /^! pip install of JupyterLab failed: a download does not match its committed hash.*Fix: npm run setup/m,
    );
    expect(importedValue()).toBe("");
    expect(project.has(".venv/genlab.json")).toBe(false);
  });

  it("without network says so, and what works", async () => {
    halfMade();
    lockOnePackage("one");
    const { code, output } = await project.run([], closedIndex);
    expect(code).toBe(4);
    expect(output).toMatch(
      /^! pip install of JupyterLab failed: no network, or the package registry is out of reach\. Notebooks, tests and checks still run headlessly; JupyterLab does not\. Fix: connect, .*npm run setup$/m,
    );
  });

  it("with no Python names the package to install", async () => {
    const { code, output } = await project.run([], { PATH: project.pathWith("sh") });
    expect(code).toBe(4);
    expect(output).toMatch(
      /^! Python environment: wanted Python 3\.10 or newer, found no python3\. Notebooks, tests and checks still run headlessly.*Fix: sudo apt install python3 python3-venv +then: npm run setup$/m,
    );
  });

  it("with an old Python says which", async () => {
    const { output } = await project.run([], pathWithPython("#!/bin/sh\necho probe 3.8.18 True\n"));
    expect(output).toMatch(
      /^! Python environment: wanted Python 3\.10 or newer, python3 is 3\.8\.18\..*sudo apt install/m,
    );
  });

  it("with a Python without venv, as Debian ships it, names python3-venv", async () => {
    const hide = "f=u.find_spec; u.find_spec=lambda n, *a: None if n == 'ensurepip' else f(n, *a); exec(sys.argv[1])";
    const script = `#!/bin/sh\nexec "${python}" -I -c "import sys, importlib.util as u; ${hide}" "$3"\n`;
    const { output } = await project.run([], pathWithPython(script));
    expect(output).toMatch(
      /^! Python environment: python3 3\.\d+\.\d+ has no venv module\..*sudo apt install python3-venv/m,
    );
  });
});

describe("a full disk", () => {
  /** A file system of 12 MB, where the machine lets us mount one. */
  function smallDisk(): string | null {
    const folder = fs.mkdtempSync(path.join(project.root, "disk-"));
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=12m", "none", folder]);
    return mounted.status === 0 ? folder : null;
  }

  it("is seen beforehand: what is needed, what is free, nothing changed", async () => {
    const disk = smallDisk();
    const small = new TemporaryProject(disk ?? undefined);
    // Where nothing can be mounted, the system call answers for a full disk.
    const full = 'import fs from "node:fs"; fs.statfsSync = () => ({ bavail: 2048, bsize: 4096 });';
    const env = disk ? {} : { NODE_OPTIONS: `--import=${project.write("preload.mjs", full)}` };
    try {
      small.steps('import { jupyterStep, venvStep } from "./python.mjs";', "venvStep, jupyterStep");
      const { code, output } = await small.run(["check"], env);
      expect(code).toBe(4);
      expect(output).toMatch(
        /^Set-up needs \d+ MB on the disk \(Python environment, JupyterLab\), \d+ MB are free\. Nothing was changed\. Fix: free \d+ MB, then: npm run setup$/m,
      );
      expect(small.has(".venv")).toBe(false);
    } finally {
      small.dispose();
      if (disk) spawnSync("umount", [disk]);
    }
  });

  it.skipIf(python === "")(
    "that fills up on the way is named, and the stamp is not written",
    async () => {
      const disk = smallDisk();
      const small = new TemporaryProject(disk ?? undefined);
      try {
        // The limit on file sizes fails like a full disk where nothing can be mounted.
        const limit = disk ? "" : "ulimit -f 100; ";
        small.steps(
          'import { jupyterStep, venvStep } from "./python.mjs";',
          "{ ...venvStep, megabytes: 0 }, { ...jupyterStep, megabytes: 0 }",
        );
        const wrapper = small.write("fake/python3", `#!/bin/sh\n${limit}exec "${python}" "$@"\n`, 0o755);
        const { output } = await small.run([], { PATH: `${path.dirname(wrapper)}:/usr/bin:/bin` });
        expect(output).toMatch(
          /^! python3 -m venv failed: the disk is full\..*Fix: free some space, then: npm run setup$/m,
        );
        expect(small.has(".venv/genlab.json")).toBe(false);
      } finally {
        small.dispose();
        if (disk) spawnSync("umount", [disk]);
      }
    },
    60_000,
  );
});
