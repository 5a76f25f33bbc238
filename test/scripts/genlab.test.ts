import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { Context } from "../../scripts/context";

const root = path.resolve(import.meta.dirname, "../..");
const built = path.join(root, "build/scripts/genlab.js");

async function genlab(...args: string[]): Promise<{ code: number; output: string }> {
  const { runGenlab } = (await import(built)) as { runGenlab: (args: string[], context: Context) => Promise<number> };
  let output = "";
  const stream = { write: (text: string) => (output += text) };
  const context = { cwd: root, env: {}, stdout: stream, stderr: stream, isTTY: false, root, now: Date.now };
  return { code: await runGenlab(args, context), output };
}

describe.skipIf(!fs.existsSync(built))("the command line", () => {
  it("lists its commands", async () => {
    const { code, output } = await genlab("--help");
    expect(code).toBe(0);
    for (const command of ["start", "test", "watch"]) expect(output).toMatch(new RegExp(`^  ${command} `, "m"));
    expect((await genlab()).output).toBe(output);
  });

  it("answers a wrong command or option with status 2, and what was probably meant", async () => {
    const wrong = await genlab("strat");
    expect(wrong.code).toBe(2);
    expect(wrong.output).toMatch(/unknown command 'strat'\n\(Did you mean start\?\)/);
    expect(await genlab("test", "--only", "everything")).toMatchObject({ code: 2 });
    expect((await genlab("start", "--help")).code).toBe(0);
  });

  it("answers as node_modules/.bin/genlab, which is what npx calls, with its own exit status", () => {
    const command = path.join(root, "node_modules/.bin/genlab");
    const help = spawnSync(command, ["--help"], { encoding: "utf8" });
    expect(help.stdout).toMatch(/^Usage: genlab /);
    expect(spawnSync(command, ["run", "no-such.ipynb"], { encoding: "utf8" }).status).toBe(2);
  });

  it("says how to build it when it is not built", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "genlab-unbuilt-"));
    try {
      fs.mkdirSync(path.join(folder, "scripts"));
      fs.copyFileSync(path.join(root, "scripts/genlab.cjs"), path.join(folder, "scripts/genlab.cjs"));
      const { status, stderr } = spawnSync(process.execPath, [path.join(folder, "scripts/genlab.cjs")], {
        encoding: "utf8",
      });
      expect(status).toBe(4);
      expect(stderr).toMatch(/^genlab: wanted the built command line .*found none\. Make it: npm run setup\n$/);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});
