import fs from "node:fs";
import path from "node:path";
import { run } from "./children.mjs";
import { toolFailure } from "./failure.mjs";
import { readJson } from "./files.mjs";

/**
 * node_modules, exactly as package-lock.json says. npm writes its own record (node_modules/.package-lock.json) last, so a
 * half-made node_modules has none, and one made by hand with `npm install` counts as well.
 */
export const packagesStep = {
  id: "packages",
  title: "npm packages",
  needs: [],
  essential: true,
  megabytes: 700,
  ready: ({ root }) => packagesMatch(root),
  async make({ root, env }) {
    const { program, args } = npm(env);
    // NODE_ENV=production or `omit` in the user's configuration would leave out the compiler.
    const whole = ["--include=dev", "--include=optional"];
    const result = await run(program, [...args, "ci", "--ignore-scripts", ...whole, "--no-audit", "--no-fund"], {
      cwd: root,
      env,
    });
    // npm only warns of a file that it could not write whole (a full disk), and then vouches for it.
    const cut = /TAR_ENTRY_ERROR/.test(result.output);
    if (cut) fs.rmSync(path.join(root, "node_modules/.package-lock.json"), { force: true });
    if (result.code !== 0 || cut || !packagesMatch(root))
      throw toolFailure("npm ci", result.output, "Without its packages nothing works");
    return `${Object.keys(readJson(path.join(root, "node_modules/.package-lock.json"))?.packages ?? {}).length} packages`;
  },
};

/** Whether every package that the lockfile wants on each platform is installed in that very version. */
export function packagesMatch(root) {
  const wanted = readJson(path.join(root, "package-lock.json"))?.packages ?? {};
  const installed = readJson(path.join(root, "node_modules/.package-lock.json"))?.packages;
  if (!installed) return false;
  return Object.entries(wanted).every(([place, { optional, version, integrity, link }]) => {
    if (optional || !place.includes("node_modules/")) return true;
    const found = installed[place];
    if (!found || found.version !== version || found.integrity !== integrity) return false;
    return fs.existsSync(link ? path.join(root, place) : path.join(root, place, "package.json"));
  });
}

/** npm as the running one was started, else the first on the path. */
function npm(env) {
  const running = env.npm_execpath;
  if (running && path.basename(running) === "npm-cli.js" && fs.existsSync(running))
    return { program: process.execPath, args: [running] };
  return { program: "npm", args: [] };
}
