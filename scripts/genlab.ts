/** The command line `genlab`: one file per command, loaded only when it is called. */
import fs from "node:fs";
import path from "node:path";
import { Command, CommanderError } from "commander";
import { CliError, ExitCode } from "./cli-error";
import { realContext } from "./context";
import type { Context } from "./context";

/** What scripts/<name>/command.ts exports. */
export interface CommandModule {
  register(program: Command, context: Context): void;
}

/** Every command, in the order of the help. */
const COMMANDS = ["start", "test", "run", "check", "reproduce", "download", "watch", "bench"] as const;

/**
 * The commands with the parser around them. Only the called one is loaded; without a known name all are, for the help.
 * @param args as after `genlab`
 */
export function buildProgram(args: readonly string[], context: Context): Command {
  const program = new Command("genlab")
    .description("Generative AI from scratch in TypeScript notebooks.")
    .helpOption("-h, --help", "what a command does")
    .helpCommand(true)
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    });
  const called = COMMANDS.filter((name) => name === args[0]);
  for (const name of called.length > 0 ? called : COMMANDS) {
    const file = path.join(__dirname, name, "command.js");
    if (!fs.existsSync(file)) continue;
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- lazily: a command's libraries take up to a second
    (require(file) as CommandModule).register(program, context);
  }
  for (const command of program.commands) command.exitOverride().copyInheritedSettings(program);
  return program;
}

/**
 * Runs one command line to its end.
 * @returns the process's exit status
 */
export async function runGenlab(args: readonly string[], context: Context): Promise<number> {
  try {
    const program = buildProgram(args, context);
    if (args.length === 0) {
      program.outputHelp();
      return ExitCode.ok;
    }
    await program.parseAsync(args, { from: "user" });
    return typeof process.exitCode === "number" ? process.exitCode : ExitCode.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    if (error instanceof CliError) {
      // Without a message the command has said all itself.
      if (error.message !== "") context.stderr.write(`genlab: ${error.message}\n`);
      return error.exitCode;
    }
    context.stderr.write(`genlab: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return ExitCode.failed;
  }
}

/** Whether this process was started as the command: by npx (node_modules/.bin/genlab is a link), npm or set-up. */
function isCommand(file: string | undefined): boolean {
  if (file === undefined || !fs.existsSync(file)) return false;
  const real = fs.realpathSync(file).replace(/\.(cjs|js)$/, "");
  return real.endsWith(path.join("scripts", "genlab"));
}

// Set-up loads this file in its own process; either way the command stands at argv[1].
if (isCommand(process.argv[1])) {
  // A reader that went away (a closed terminal, a pipe to head) must not keep a command from cleaning up.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  void runGenlab(process.argv.slice(2), realContext()).then((code) => {
    // eslint-disable-next-line no-restricted-properties -- the one place: a forgotten socket must not keep us alive
    process.exit(code);
  });
}
