import fs from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TemporaryProject, which } from "./temporary-project";

let project: TemporaryProject;
beforeEach(() => {
  project = new TemporaryProject();
  project.echoCommandLine();
  project.steps('import { packagesStep } from "./packages.mjs";', "packagesStep");
});
afterEach(() => project.dispose());

/** A lockfile over a local workspace, which needs no network, and perhaps one package of a registry. */
function lockfile(extra: Record<string, unknown> = {}): void {
  const root = {
    name: "tiny",
    version: "1.0.0",
    workspaces: ["part"],
    dependencies: Object.keys(extra).length ? { far: "1.0.0" } : {},
  };
  project.write("package.json", JSON.stringify(root));
  project.write(
    "part/package.json",
    JSON.stringify({ name: "part", version: "1.0.0", scripts: { install: "touch installed" } }),
  );
  const packages = {
    "": root,
    part: { name: "part", version: "1.0.0", hasInstallScript: true },
    "node_modules/part": { resolved: "part", link: true },
    ...extra,
  };
  project.write(
    "package-lock.json",
    JSON.stringify({ name: "tiny", version: "1.0.0", lockfileVersion: 3, requires: true, packages }),
  );
}

const far = {
  "node_modules/far": { version: "1.0.0", resolved: "http://127.0.0.1:9/far-1.0.0.tgz", integrity: "sha512-AAAA" },
};
const offline = { npm_config_registry: "http://127.0.0.1:9/", npm_config_fetch_retries: "0" };

describe("npm packages", () => {
  it("are installed from the lockfile without running their scripts, and again when one is gone or npm was cut off", async () => {
    lockfile();
    expect((await project.run(["a"])).output).toMatch(/✓ npm packages[\s\S]*RAN a\n$/);
    expect(project.has("node_modules/part/package.json")).toBe(true);
    expect(project.has("part/installed")).toBe(false);
    expect((await project.run(["b"])).output).toMatch(/^Genlab is set up/);
    fs.rmSync(path.join(project.root, "node_modules/.package-lock.json"));
    expect((await project.run(["c"])).output).toContain("✓ npm packages");
    fs.rmSync(path.join(project.root, "node_modules/part"));
    expect((await project.run(["d"])).output).toContain("✓ npm packages");
  });

  it("include those for development and the optional ones, whatever NODE_ENV and npm's configuration leave out", async () => {
    const root = {
      name: "tiny",
      version: "1.0.0",
      devDependencies: { tool: "file:tool" },
      optionalDependencies: { extra: "file:extra" },
    };
    project.write("package.json", JSON.stringify(root));
    const packages: Record<string, unknown> = { "": root };
    for (const [name, kind] of Object.entries({ tool: { dev: true }, extra: { optional: true } })) {
      project.write(`${name}/package.json`, JSON.stringify({ name, version: "1.0.0" }));
      packages[name] = { version: "1.0.0", ...kind };
      packages[`node_modules/${name}`] = { resolved: name, link: true };
    }
    project.write(
      "package-lock.json",
      JSON.stringify({ name: "tiny", version: "1.0.0", lockfileVersion: 3, requires: true, packages }),
    );
    await project.run(["a"], { NODE_ENV: "production", npm_config_omit: "optional" });
    expect(project.has("node_modules/tool/package.json")).toBe(true);
    expect(project.has("node_modules/extra/package.json")).toBe(true);
  });

  it("without network end set-up in one line", async () => {
    lockfile(far);
    const { code, output } = await project.run(["a"], offline);
    expect(code).toBe(4);
    expect(output).toMatch(
      /^npm ci failed: no network, or the package registry is out of reach\. Without its packages nothing works\. Fix: connect/m,
    );
    expect(output).not.toContain("RAN");
  });

  it.each([
    ["leaves files cut off and records them as whole", true],
    ["records nothing", false],
  ])("on a full disk, where npm %s and reports success, are not taken for installed", async (_, recorded) => {
    lockfile();
    const warning = "npm warn tar TAR_ENTRY_ERROR ENOSPC: no space left on device, write";
    const record = '{"packages":{"node_modules/part":{"resolved":"part","link":true}}}';
    const write = recorded ? `echo '${record}' > node_modules/.package-lock.json` : ":";
    const script = `#!/bin/sh\nmkdir -p node_modules/part\necho {} > node_modules/part/package.json\n${write}\necho '${warning}' >&2\n`;
    project.write("bin/npm", script, 0o755);
    const full = { PATH: `${project.root}/bin:${process.env.PATH}` };
    for (let time = 0; time < 2; time++) {
      const { code, output } = await project.run(["a"], full);
      expect(code).toBe(4);
      expect(output).toMatch(/^npm ci failed: the disk is full\. .* Fix: free some space, then: npm run setup$/m);
      expect(output).not.toContain("RAN");
    }
  });

  it("without npm end set-up in one line", async () => {
    lockfile();
    const { code, output } = await project.run(["a"], { PATH: project.pathWith("sh") });
    expect(which("sh")).not.toBe("");
    expect(code).toBe(4);
    expect(output).toMatch(/^npm ci failed: .*npm.*ENOENT/m);
  });
});
