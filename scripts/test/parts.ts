import fs from "node:fs";
import path from "node:path";
import type { Context } from "../context";
import { runNode } from "./child";
import { tallyIn } from "./tally";
import type { Tally } from "./tally";
import { vitestTally } from "./vitest-report";

/** One line of the summary. */
export interface PartReport extends Tally {
  name: string;
  seconds: number;
  remark: string;
}

/** One part of `npm test`. */
export interface Part {
  name: PartName;
  run(context: Context): Promise<Tally & { remark?: string }>;
}

export const PART_NAMES = ["lint", "types", "unit", "notebooks"] as const;
export type PartName = (typeof PART_NAMES)[number];

/** Each counts as one test. */
const LINTERS: readonly { name: string; args: readonly string[] }[] = [
  { name: "eslint", args: ["node_modules/eslint/bin/eslint.js", "--max-warnings=0", "."] },
  { name: "prettier", args: ["node_modules/prettier/bin/prettier.cjs", "--check", "--log-level=warn", "."] },
  {
    name: "dependency-cruiser",
    args: [
      "node_modules/dependency-cruiser/bin/dependency-cruise.mjs",
      "--config=.dependency-cruiser.cjs",
      "--output-type=err",
      "lib",
      "scripts",
      "test",
    ],
  },
];

/** lib and scripts as Node resolves them, then everything together as vitest does. */
const TYPES = ["lib", "scripts", "."].map((project) => ({
  name: `tsc -p ${project}`,
  args: ["node_modules/typescript/bin/tsc", "--noEmit", "-p", project],
}));

export const PARTS: readonly Part[] = [
  { name: "lint", run: (context) => runChecks(context, LINTERS) },
  { name: "types", run: (context) => runChecks(context, TYPES) },
  { name: "unit", run: runUnit },
  { name: "notebooks", run: runNotebooks },
];

/** Programs that only speak when something is wrong, two at a time. */
async function runChecks(
  context: Context,
  checks: readonly { name: string; args: readonly string[] }[],
): Promise<Tally & { remark: string }> {
  const bad: string[] = [];
  const waiting = [...checks];
  const work = async (): Promise<void> => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const { code, output } = await runNode(context, check.args, { echo: false });
      if (code === 0) continue;
      bad.push(check.name);
      context.stdout.write(`\n${check.name}:\n${output.trimEnd()}\n`);
    }
  };
  await Promise.all([work(), work()]);
  return { passed: checks.length - bad.length, failed: bad.length, skipped: 0, remark: bad.join(", ") };
}

async function runUnit(context: Context): Promise<Tally & { remark: string }> {
  const report = path.join(context.root, "build/test/vitest.json");
  fs.rmSync(report, { force: true });
  const args = ["node_modules/vitest/vitest.mjs", "run", "--reporter=default", "--reporter=json"];
  const { code } = await runNode(context, [...args, `--outputFile.json=${report}`], { echo: true });
  const tally = vitestTally(fs.existsSync(report) ? fs.readFileSync(report, "utf8") : null, code);
  return { ...tally, remark: tally.skippedNames.length > 0 ? `skipped: ${shortList(tally.skippedNames)}` : "" };
}

function shortList(names: readonly string[]): string {
  return names.length <= 3 ? names.join("; ") : `${names.slice(0, 3).join("; ")} and ${names.length - 3} more`;
}

async function runNotebooks(context: Context): Promise<Tally & { remark?: string }> {
  const program = path.join(context.root, "build/scripts/genlab.js");
  const { code, output } = await runNode(context, [program, "check", "--profile", "quick"], { echo: true });
  const tally = tallyIn(output);
  if (!tally) return { passed: 0, failed: 1, skipped: 0, remark: "genlab check ended without its closing line" };
  return code !== 0 && tally.failed === 0 ? { ...tally, failed: 1, remark: `exit code ${code}` } : tally;
}
