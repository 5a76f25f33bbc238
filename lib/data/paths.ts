import fs from "node:fs";
import path from "node:path";

/**
 * The absolute path of a file in the repository's data/ folder, wherever the notebook was started.
 * @param name relative to data/, with forward slashes: "digit-classifier.safetensors"
 * @throws Error when the name leads outside
 */
export function dataFile(name: string): string {
  const folder = path.join(repositoryRoot(), "data");
  const file = path.resolve(folder, name);
  if (!file.startsWith(folder + path.sep)) throw new Error(`dataFile: ${name} is outside data/: give a name within it`);
  return file;
}

/** The folder above this package (lib/ or lib/dist/) that holds the series' package.json. */
function repositoryRoot(): string {
  let folder = __dirname;
  while (path.dirname(folder) !== folder) {
    const manifest = path.join(folder, "package.json");
    if (fs.existsSync(manifest) && fs.readFileSync(manifest, "utf8").includes('"genlab-series"')) return folder;
    folder = path.dirname(folder);
  }
  throw new Error("dataFile: no repository around the package genlab: run from a clone of Genlab");
}
