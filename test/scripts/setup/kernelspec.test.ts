import fs from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { TemporaryProject } from "./temporary-project";

it("the kernelspec names this node and this folder, and is rewritten when either moved", async () => {
  const project = new TemporaryProject();
  try {
    project.steps('import { kernelSpecStep } from "./kernelspec.mjs";', "kernelSpecStep");
    const file = ".venv/share/jupyter/kernels/tslab/kernel.json";
    expect((await project.run()).code).toBe(0);
    const spec = JSON.parse(project.read(file)) as { argv: string[] };
    expect(spec).toMatchObject({
      argv: [
        process.execPath,
        path.join(project.root, "build/scripts/kernel/main.js"),
        "--connection-file",
        "{connection_file}",
      ],
      display_name: "TypeScript (Genlab)",
      language: "typescript",
      interrupt_mode: "signal",
    });
    expect((await project.run()).output).toMatch(/^Genlab is set up/);
    project.write(file, project.read(file).replace(spec.argv[0] ?? "", "/old/node"));
    await project.run();
    expect(JSON.parse(project.read(file))).toEqual(spec);
    expect(fs.readdirSync(path.dirname(path.join(project.root, file)))).toEqual(["kernel.json"]);
    expect(project.read(".venv/share/jupyter/lab/settings/overrides.json")).toContain('"fetchNews": "false"');
  } finally {
    project.dispose();
  }
});
