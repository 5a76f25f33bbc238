import { spawn } from "node:child_process";
import path from "node:path";
import type { Command } from "commander";
import { CliError } from "../cli-error";
import type { Context } from "../context";

/** `genlab watch`. */
export function register(program: Command, context: Context): void {
  program
    .command("watch")
    .description("build lib and scripts anew at every change, for editing lib while JupyterLab runs")
    .action(() => watch(context));
}

/** Runs `tsc -b -w` until Ctrl-C. A kernel that runs already keeps the old build; it says so, and a restart loads the new. */
async function watch({ root, env, stdout }: Context): Promise<void> {
  const compiler = path.join(root, "node_modules/typescript/bin/tsc");
  stdout.write("Building lib and scripts at every change. Restart a notebook's kernel to load the new build.\n");
  const args = [compiler, "-b", "-w", "--preserveWatchOutput", "lib", "scripts"];
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] });
  let asked = false;
  const stop = (): void => {
    asked = true;
    child.kill("SIGTERM");
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, stop);
  const code = await new Promise<number | null>((resolve) => child.once("exit", resolve));
  if (!asked) throw new CliError(`watch: tsc ended by itself with code ${code}`);
}
