import { spawn } from "node:child_process";
import type { Context } from "../context";

/** What a program of a test part left. */
export interface Outcome {
  /** null when a signal ended it. */
  code: number | null;
  output: string;
}

/**
 * Runs a Node program of the project; Ctrl-C reaches it directly, as it stays in our process group.
 * @param echo passes its output on while it runs
 */
export function runNode(
  context: Context,
  args: readonly string[],
  { echo, env = {} }: { echo: boolean; env?: NodeJS.ProcessEnv },
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: context.root,
      env: { ...context.env, ...(context.isTTY ? { FORCE_COLOR: "1" } : {}), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        output += chunk;
        if (echo) context.stdout.write(chunk);
      });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output }));
  });
}
