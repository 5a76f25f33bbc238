import fs from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TemporaryProject, processesRunning, until } from "./temporary-project";

const IMPORTS = `
import fs from "node:fs";
import path from "node:path";
import { run } from "./children.mjs";
const at = (project, name) => path.join(project.root, name);
`;

/** A step that leaves `made`, notes its beginning, and takes a while in a process of its own. */
const slowStep = (seconds: string): string => `{
  id: "slow", title: "slow thing", needs: [],
  ready: (project) => fs.existsSync(at(project, "made")),
  async make(project) {
    fs.appendFileSync(at(project, "begun"), "x");
    const { code } = await run("sleep", ["${seconds}"]);
    if (code !== 0) throw Object.assign(new Error("sleep was killed"), { code: "EKILLED" });
    fs.writeFileSync(at(project, "made"), "");
  },
}`;

let project: TemporaryProject;
beforeEach(() => {
  project = new TemporaryProject();
  project.echoCommandLine();
});
afterEach(() => project.dispose());

/** Loaded before set-up: shows it another Node, processor or so. */
function preload(code: string): Record<string, string> {
  return { NODE_OPTIONS: `--import=${project.write("preload.mjs", code)}` };
}

describe("set-up as a command", () => {
  it("makes what is missing, then runs the command; the second time it only runs the command", async () => {
    project.steps(IMPORTS, slowStep("0.1"));
    const first = await project.run(["check", "--profile", "quick"]);
    expect(first.output).toMatch(/✓ slow thing +\d+\.\d s/);
    expect(first.output).toMatch(/RAN check --profile quick\n$/);
    const began = Date.now();
    const second = await project.run(["--cpu", "test", "--gpu"]);
    expect(Date.now() - began).toBeLessThan(3_000);
    expect(second.output).toMatch(/^Genlab is set up \(\d\.\d s\)\nRAN test\n$/);
    expect(project.read("begun")).toBe("x");
  });

  it("refuses a Node that is too old, in one line, before it touches anything", async () => {
    project.steps(IMPORTS, slowStep("0.1"));
    const env = preload('Object.defineProperty(process.versions, "node", { value: "18.20.4" });');
    const { code, output } = await project.run(["test"], env);
    expect(code).toBe(4);
    expect(output).toMatch(/^Genlab: wanted Node 20\.19 or newer .*got Node 18\.20\.4\..*nvm install 22\)\n$/);
    expect(project.has("begun")).toBe(false);
  });

  it("stops at Ctrl-C with its children, and goes on when called again", async () => {
    project.steps(IMPORTS, slowStep("987654"));
    const child = project.start();
    await until(() => processesRunning("sleep\x00987654").length > 0, "the step's process");
    child.kill("SIGINT");
    const { code, output } = await child.finished;
    expect(code).toBe(130);
    expect(output).toContain("Run the same command again");
    await until(() => processesRunning("sleep\x00987654").length === 0, "its end");
    project.steps(IMPORTS, slowStep("0.1"));
    expect((await project.run(["check"])).output).toContain("RAN check");
  });

  it.each([
    ["", false],
    [" that it had no time to record", true],
  ])("after kill -9 ends what was left running%s, and goes on", async (_, forget) => {
    project.steps(IMPORTS, slowStep("876543"));
    const child = project.start();
    await until(() => processesRunning("sleep\x00876543").length > 0, "the step's process");
    child.kill("SIGKILL");
    await child.finished;
    expect(processesRunning("sleep\x00876543")).toHaveLength(1);
    if (forget) {
      const record = JSON.parse(project.read("build/set-up-lock/1")) as object;
      project.write("build/set-up-lock/1", JSON.stringify({ ...record, children: [] }));
    }
    project.steps(IMPORTS, slowStep("0.1"));
    expect((await project.run(["check"])).output).toContain("RAN check");
    expect(processesRunning("sleep\x00876543")).toEqual([]);
    expect(project.has("made")).toBe(true);
  });

  it("run four times at once, makes everything once; the others wait and say so", async () => {
    project.steps(IMPORTS, slowStep("1.5"));
    const results = await Promise.all([1, 2, 3, 4].map((n) => project.run(["run", String(n)])));
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(project.read("begun")).toBe("x");
    expect(results.filter(({ output }) => /Another set-up .*waiting for it/.test(output))).toHaveLength(3);
    expect(results.every(({ output }) => output.includes("RAN run"))).toBe(true);
  });

  it("taking over a dead lock many times at once lets one in at a time", async () => {
    project.steps(
      IMPORTS,
      `{
        id: "count", title: "counter", needs: [],
        ready: (project) => fs.readdirSync(project.root).includes("made-" + process.pid),
        async make(project) {
          const before = fs.existsSync(at(project, "count")) ? Number(fs.readFileSync(at(project, "count"), "utf8")) : 0;
          await new Promise((resolve) => setTimeout(resolve, 30));
          fs.writeFileSync(at(project, "count"), String(before + 1));
          fs.writeFileSync(at(project, "made-" + process.pid), "");
        },
      }`,
    );
    const dead = { pid: 4_194_000, started: "1", host: "elsewhere", children: [] };
    const lock = project.write("build/set-up-lock/7", JSON.stringify(dead));
    fs.utimesSync(lock, 1, 1);
    await Promise.all(Array.from({ length: 8 }, () => project.run()));
    expect(project.read("count")).toBe("8");
    expect(fs.readdirSync(path.join(project.root, "build/set-up-lock"))).toHaveLength(1);
  });

  it("remembers --cpu and --gpu until told otherwise, and sees a GPU through nvidia-smi", async () => {
    project.steps(
      IMPORTS,
      `{ id: "device", title: "device", needs: [], ready: () => false,
         make: async (project) => project.device.name + " " + project.device.why }`,
    );
    const seen = project.write("gpu/nvidia-smi", '#!/bin/sh\necho "GPU 0: NVIDIA H200 (UUID: GPU-1)"\n', 0o755);
    const withGpu = { PATH: `${path.dirname(seen)}:${process.env.PATH}` };
    const broken = project.write("nogpu/nvidia-smi", "#!/bin/sh\necho 'driver not loaded'; exit 9\n", 0o755);
    const withoutGpu = { PATH: `${path.dirname(broken)}:${process.env.PATH}` };
    const device = async (args: string[], env: Record<string, string>): Promise<string | undefined> =>
      /✓ device +\S+ s +(.*)/.exec((await project.run(args, env)).output)?.[1];
    expect(await device([], withoutGpu)).toBe("cpu no NVIDIA GPU seen");
    expect(await device([], withGpu)).toBe("gpu NVIDIA H200");
    expect(await device(["--cpu"], withGpu)).toBe("cpu chosen with --cpu");
    expect(await device([], withGpu)).toBe("cpu chosen with --cpu");
    expect(await device(["--gpu"], withoutGpu)).toBe("gpu chosen with --gpu");
  });

  it("goes on when something that is not essential fails, says what works, and exits with 4 when asked for set-up only", async () => {
    const failing = `{ id: "extra", title: "extra", needs: [], ready: () => false,
      make: async () => { throw new SetupFailure({ tried: "T failed", works: "W works", fix: "do F" }); } },
      { id: "above", title: "above", needs: ["extra"], ready: () => false, make: async () => { throw new Error("never"); } }`;
    project.steps(`${IMPORTS}import { SetupFailure } from "./failure.mjs";`, failing);
    const { code, output } = await project.run();
    expect(code).toBe(4);
    expect(output).toMatch(/✗ extra/);
    expect(output).toMatch(/^! T failed\. W works\. Fix: do F$/m);
    expect(output).toMatch(/^Genlab is set up in part \(\d\.\d s\), not: extra, above$/m);
    expect(output).not.toContain("✓ above");
    expect(await project.run(["check"])).toMatchObject({ code: 0 });
  });
});
