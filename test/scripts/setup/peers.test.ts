import { spawnSync } from "node:child_process";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TemporaryProject, closedIndex, makeWheel, realPython, wheelFolder } from "./temporary-project";

let project: TemporaryProject;
let wheels: string;
beforeEach(() => {
  project = new TemporaryProject();
  project.steps("", "");
  project.echoCommandLine();
  wheels = path.join(project.root, "wheels");
  makeWheel(wheels, "genlab_probe", "1.0", "py3-none-any", { "genlab_probe.py": 'value = "one"\n' });
  project.write("scripts/bench/peers/requirements.txt", "genlab_probe==1.0\n");
});
afterEach(() => project.dispose());

describe.skipIf(realPython() === "")("the peers' environment", () => {
  it("is made for `bench --peers` alone, once, and anew when the list changes", async () => {
    const env = wheelFolder(wheels);
    expect((await project.run(["bench"], env)).output).toMatch(/^Genlab is set up .*\nRAN bench\n$/);
    const first = await project.run(["bench", "--quick", "--peers"], env);
    expect(first.output).toMatch(/✓ PyTorch and JAX .*Python 3\.\d+/);
    expect(first.output).toMatch(/RAN bench --quick --peers\n$/);
    const python = path.join(project.root, "build/peers-venv/bin/python");
    const { stdout } = spawnSync(python, ["-c", "import genlab_probe; print(genlab_probe.value)"], {
      encoding: "utf8",
    });
    expect(stdout).toBe("one\n");
    expect((await project.run(["bench", "--peers"], env)).output).toMatch(/^Genlab is set up .*\nRAN bench --peers\n$/);
    project.write("scripts/bench/peers/requirements.txt", "# changed\ngenlab_probe==1.0\n");
    expect((await project.run(["bench", "--peers"], env)).output).toContain("✓ PyTorch and JAX");
  }, 120_000);

  it("that cannot be had is named, with what works, and leaves no stamp", async () => {
    const { output } = await project.run(["bench", "--peers"], closedIndex);
    expect(output).toMatch(
      /^! pip install of PyTorch and JAX failed: no network, or the package registry is out of reach\. Everything but the comparison with PyTorch and JAX works\. Fix: connect, /m,
    );
    expect(output).toMatch(/set up in part .* not: PyTorch and JAX/);
    expect(project.has("build/peers-venv/genlab.json")).toBe(false);
  }, 120_000);
});
