import fs from "node:fs";
import path from "node:path";
import { run } from "./children.mjs";
import { SetupFailure, lastLine } from "./failure.mjs";
import { filesBelow, hashOf, readJson, readText, writeAtomically } from "./files.mjs";

/** The two TypeScript projects: sources and where their JavaScript goes. */
const PARTS = [
  { source: "lib", output: "lib/dist" },
  { source: "scripts", output: "build/scripts" },
];

/** lib → lib/dist and scripts → build/scripts, when a source changed. */
export const buildStep = {
  id: "build",
  title: "build of lib and scripts",
  needs: ["packages"],
  essential: true,
  megabytes: 10,
  ready: (project) =>
    readJson(stampFile(project))?.sources === sourcesHash(project) && missingOutputs(project.root).length === 0,
  async make(project) {
    const { root, env } = project;
    const sources = sourcesHash(project);
    removeOrphans(root);
    // tsc trusts its own record; without the files that it vouches for, the record must go as well.
    if (missingOutputs(root).length > 0)
      for (const { output } of PARTS) fs.rmSync(path.join(root, output, ".tsbuildinfo"), { force: true });
    const compiler = path.join(root, "node_modules/typescript/bin/tsc");
    // -p compares contents; -b would compare times, and miss what was edited while another build was running.
    let [code, output] = [0, ""];
    for (const { source } of PARTS) {
      const built = await run(process.execPath, [compiler, "-p", source], { cwd: root, env });
      [code, output] = [code || built.code, output + built.output];
    }
    const missing = missingOutputs(root);
    if (missing.length > 0)
      throw new SetupFailure({
        tried: `tsc -p lib and tsc -p scripts made no ${missing[0]} (${firstError(output)})`,
        works: "Nothing runs without the build",
        fix: "node node_modules/typescript/bin/tsc -b lib scripts   shows every error",
      });
    // Type errors are for `npm test` to judge: a notebook can run while a file elsewhere is half-written.
    if (code !== 0) return `with type errors: ${firstError(output)}`;
    writeAtomically(stampFile(project), JSON.stringify({ sources }));
  },
};

function firstError(output) {
  const errors = output.split("\n").filter((line) => line.includes("error TS"));
  if (errors.length === 0) return lastLine(output);
  return errors.length === 1 ? errors[0] : `${errors[0]} and ${errors.length - 1} more`;
}

function stampFile({ stamps }) {
  return path.join(stamps, "build.json");
}

/** Sources relative to their part's folder. */
function sourcesOf(root, { source }) {
  const skipped = (name) => name === "dist" || name.includes("node_modules");
  return filesBelow(path.join(root, source), (name) => /\.(ts|json)$/.test(name), skipped);
}

function sourcesHash({ root }) {
  const parts = [];
  for (const part of PARTS)
    for (const name of [...sourcesOf(root, part), "tsconfig.json", "package.json"]) {
      const file = path.join(part.source, name);
      parts.push(file, readText(path.join(root, file)) ?? "");
    }
  parts.push(readText(path.join(root, "tsconfig.base.json")) ?? "");
  parts.push(readText(path.join(root, "node_modules/typescript/package.json")) ?? "");
  return hashOf(...parts);
}

function missingOutputs(root) {
  return PARTS.flatMap((part) =>
    sourcesOf(root, part)
      .filter((name) => /(?<!\.d)\.ts$/.test(name))
      .map((name) => path.join(part.output, name.replace(/\.ts$/, ".js")))
      .filter((file) => !fs.existsSync(path.join(root, file))),
  );
}

/** JavaScript whose source was deleted or renamed would still be found by require. */
function removeOrphans(root) {
  for (const part of PARTS) {
    const sources = new Set(sourcesOf(root, part).map((name) => name.replace(/\.ts$/, "")));
    const made = filesBelow(path.join(root, part.output), (name) => /\.(js|d\.ts)(\.map)?$/.test(name));
    for (const name of made)
      if (!sources.has(name.replace(/\.(js|d\.ts)(\.map)?$/, "")))
        fs.rmSync(path.join(root, part.output, name), { force: true });
  }
}
