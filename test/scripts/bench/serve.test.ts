import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Contender } from "../../../scripts/bench/protocol";
import { realPython, realRoot } from "../setup/temporary-project";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "genlab-serve-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const write = (name: string, content: string): void => fs.writeFileSync(path.join(folder, name), content);

/** serve.py beside stand-ins for the libraries: what is tested is ours. */
beforeAll(() => {
  fs.copyFileSync(path.join(realRoot, "scripts/bench/peers/serve.py"), path.join(folder, "serve.py"));
  write("torch.py", 'print("a greeting on stdout")\n__version__ = "9.9"\ndef set_num_threads(n): assert n == 3\n');
  write(
    "safetensors.py",
    `class safe_open:
    def __init__(self, file, kind): pass
    def __enter__(self): return self
    def __exit__(self, *_): pass
    def keys(self): return ["weights.net.0.w", "inputs.x"]
    def get_tensor(self, name): return name
    def metadata(self): return {"config": '{"lr": 0.1}'}
`,
  );
  const workload = (loss: string, step: string): string => `
def torch_workload(weights, inputs, config, compiled):
    assert weights == {"net.0.w": "weights.net.0.w"} and inputs == {"x": "inputs.x"} and config == {"lr": 0.1}
    print("compiled", compiled)
    return ${loss}, lambda: ${step}
`;
  write("tiny_torch.py", workload("2.0", "2.0"));
  write("quiet_two_torch.py", workload("2.0", "None"));
  write("bad_torch.py", workload("2.0", "2.1"));
  write("nan_torch.py", workload('float("inf")', "None"));
  write("broken_torch.py", "import no_such_library\n");
});

describe.skipIf(realPython() === "")("serve.py", () => {
  it("answers with losses, times and memory, whatever the libraries print", async () => {
    const contender = new Contender({
      name: "torch",
      argv: [realPython(), path.join(folder, "serve.py"), "torch", "3"],
      cwd: folder,
      env: process.env,
    });
    const load = (workload: string) =>
      contender.ask("load", { workload, kind: "training", size: {}, file: "weights" }, 20_000);
    try {
      expect(await contender.ask("hello", {}, 20_000)).toMatchObject({ threads: 3, versions: { torch: "9.9" } });
      expect((await load("tiny")).losses).toEqual([2, 2, 2, 2, 2]);
      expect((await load("quiet-two")).losses).toEqual([2]);
      expect((await load("nan")).losses).toEqual([null]);
      const { ms, count } = await contender.ask("run", { turns: 4 }, 20_000);
      expect([ms >= 0, count]).toEqual([true, 4]);
      expect((await contender.ask("memory", {}, 20_000)).peakMB).toBeGreaterThan(1);
      await expect(load("bad")).rejects.toThrow(
        /^torch could not load: ValueError: bad_torch: the first step's loss is 2\.1, the loss on the given weights 2\.0/,
      );
      await expect(load("absent")).rejects.toThrow(
        /^torch could not load: FileNotFoundError: there is no absent_torch\.py beside serve\.py: write it, or choose others with --only/,
      );
      await expect(load("broken")).rejects.toThrow(/^torch could not load: ModuleNotFoundError: .*no_such_library/);
    } finally {
      contender.kill();
    }
  });
});
