import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import type TypeScript from "typescript";
import { expect, it } from "vitest";
import * as genlab from "../../lib/index";
import { onEveryBackend } from "../lib/backends";

// Each block of the guide runs as it stands there.
const ts = createRequire(__filename)("typescript") as typeof TypeScript;
const text = fs.readFileSync(path.resolve(__dirname, "../../docs/compile.md"), "utf8");
const blocks = [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);

/** Runs a block; `useDevice` leaves the backend under test alone. @returns its printed lines */
async function run(code: string): Promise<unknown[][]> {
  const names = /^import \{ (.*) \} from "genlab";$/m.exec(code)![1]!.split(", ");
  const body = ts.transpileModule(code.replace(/^import .*$/m, ""), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  }).outputText;
  const lines: unknown[][] = [];
  const console = { log: (...parts: unknown[]) => lines.push(parts) };
  const values = { ...genlab, useDevice: () => Promise.resolve() } as Record<string, unknown>;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const main = new Function("console", ...names, `return (async () => {${body}})();`) as (
    ...args: unknown[]
  ) => Promise<void>;
  await main(console, ...names.map((name) => values[name]));
  return lines;
}

onEveryBackend("docs/compile.md", () => {
  it("its example trains and predicts", async () => {
    const lines = await run(blocks[0]!);
    expect(lines.map(([first]) => first).slice(0, 4)).toEqual([0, 50, 100, 150]);
    expect(Number(lines[3]![1])).toBeLessThan(Number(lines[0]![1]));
    expect(Number(lines[4]![0])).toBeGreaterThan(-1.3);
    expect(Number(lines[4]![0])).toBeLessThan(-0.7);
  });

  it("its chain runs", async () => {
    expect(await run(blocks[1]!)).toEqual([[5, true]]);
  });

  it("its loop runs", async () => {
    const [[end]] = (await run(blocks[2]!)) as [[number[]]];
    expect(end).toEqual([10, -10]);
  });

  it("there are no other blocks", () => expect(blocks).toHaveLength(3));
});
