import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, it } from "vitest";

const realRoot = path.resolve(import.meta.dirname, "../../..");

async function until(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 50_000; !condition(); await new Promise((resolve) => setTimeout(resolve, 50)))
    if (Date.now() > deadline) throw new Error("waited 50 s in vain");
}

it.skipIf(!fs.existsSync(path.join(realRoot, "build/scripts/watch/command.js")))(
  "builds at every change, until Ctrl-C",
  async () => {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), "genlab-watch-"));
    const write = (name: string, text: string): void => {
      fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
      fs.writeFileSync(path.join(root, name), text);
    };
    const config = { compilerOptions: { composite: true, types: [], outDir: "dist", rootDir: "." }, exclude: ["dist"] };
    for (const part of ["lib", "scripts"]) {
      write(`${part}/tsconfig.json`, JSON.stringify(config));
      write(`${part}/index.ts`, "export const number = 1;\n");
    }
    fs.mkdirSync(path.join(root, "node_modules"));
    fs.symlinkSync(path.join(realRoot, "node_modules/typescript"), path.join(root, "node_modules/typescript"));
    // The command in a process of its own, on the small project.
    const code = `
      const { Command } = require("commander");
      const program = new Command();
      require("./build/scripts/watch/command.js").register(program, { root: ${JSON.stringify(root)}, env: process.env, stdout: process.stdout });
      program.parseAsync(["watch"], { from: "user" }).then(() => console.log("ended well"));
    `;
    const child = spawn(process.execPath, ["-e", code], { cwd: realRoot });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    try {
      const built = path.join(root, "lib/dist/index.js");
      await until(() => output.includes("Found 0 errors") && fs.existsSync(path.join(root, "scripts/dist/index.js")));
      write("lib/index.ts", "export const number = 2;\n");
      await until(() => fs.readFileSync(built, "utf8").includes("= 2"));
      child.kill("SIGINT");
      expect(await new Promise((resolve) => child.once("close", resolve))).toBe(0);
      expect(output).toMatch(/ended well\n$/);
    } finally {
      child.kill("SIGKILL");
      fs.rmSync(root, { recursive: true, force: true });
    }
  },
  120_000,
);
