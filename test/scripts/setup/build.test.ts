import fs from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TemporaryProject, realRoot } from "./temporary-project";

let project: TemporaryProject;
beforeEach(() => {
  project = new TemporaryProject();
  project.steps('import { buildStep } from "./build.mjs";', "buildStep");
  const options = { composite: true, strict: true, module: "nodenext", types: [], skipLibCheck: true };
  const config = (outDir: string): string =>
    JSON.stringify({
      compilerOptions: { ...options, rootDir: ".", outDir, tsBuildInfoFile: `${outDir}/.tsbuildinfo` },
      include: ["**/*.ts"],
      exclude: ["dist"],
    });
  project.write("lib/tsconfig.json", config("dist"));
  project.write("scripts/tsconfig.json", config("../build/scripts"));
  project.write("lib/index.ts", "export const one: number = 1;\n");
  project.write(
    "scripts/genlab.ts",
    'console.log("RAN " + process.argv[2]);\ndeclare const process: { argv: string[] };\nexport {};\n',
  );
  fs.mkdirSync(path.join(project.root, "node_modules"));
  fs.symlinkSync(path.join(realRoot, "node_modules/typescript"), path.join(project.root, "node_modules/typescript"));
});
afterEach(() => project.dispose());

describe("the build", { timeout: 60_000 }, () => {
  it("follows the sources: made, left alone, made again when one changes or an output is gone, cleared of what was deleted", async () => {
    project.write("lib/old.ts", "export const old = 0;\n");
    expect((await project.run(["a"])).output).toMatch(/✓ build of lib and scripts[\s\S]*RAN a\n$/);
    expect(project.has("lib/dist/old.d.ts")).toBe(true);
    expect((await project.run(["b"])).output).toMatch(/^Genlab is set up \(\d\.\d s\)\nRAN b\n$/);

    fs.rmSync(path.join(project.root, "lib/old.ts"));
    project.write("lib/index.ts", "export const two: number = 2;\n");
    await project.run();
    expect(project.has("lib/dist/old.js")).toBe(false);
    expect(project.read("lib/dist/index.js")).toContain("two");

    fs.rmSync(path.join(project.root, "lib/dist/index.js"));
    await project.run();
    expect(project.read("lib/dist/index.js")).toContain("two");
  });

  it("with a type error says so each time, and the command still runs", async () => {
    project.write("lib/wrong.ts", 'export const wrong: number = "text";\n');
    for (let time = 0; time < 2; time++) {
      const { code, output } = await project.run(["check"]);
      expect(output).toMatch(/with type errors: lib\/wrong\.ts\(1,14\): error TS2322/);
      expect(output).toMatch(/RAN check\n$/);
      expect(code).toBe(0);
    }
    expect((await project.run()).code).toBe(4);
  });

  it("that makes nothing ends in one line", async () => {
    project.write("lib/tsconfig.json", "{ nonsense");
    const { code, output } = await project.run(["check"]);
    expect(code).toBe(4);
    expect(output).toMatch(
      /^tsc -p lib and tsc -p scripts made no \S+\.js \(.*error TS.*\)\. Nothing runs without the build\. Fix: node node_modules/m,
    );
    expect(output).not.toContain("RAN");
  });
});
