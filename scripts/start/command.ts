import { InvalidArgumentError } from "commander";
import type { Command } from "commander";
import type { Context } from "../context";
import { runJupyterLab } from "./jupyterlab";

/** `genlab start`. */
export function register(program: Command, context: Context): void {
  program
    .command("start")
    .description("open JupyterLab on the notebooks; Ctrl-C ends it")
    .option("--port <number>", "listen on exactly this port (otherwise the first free one from 8888)", portNumber)
    .option("--no-browser", "only print the address")
    .action((options: { port?: number; browser: boolean }) => runJupyterLab(context, options));
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new InvalidArgumentError("wanted a port from 1 to 65535.");
  return port;
}
