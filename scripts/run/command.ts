import type { Command } from "commander";
import { CliError, ExitCode } from "../cli-error";
import type { Context } from "../context";
import { executeNotebooks } from "./execute";
import { addSharedOptions, readSharedOptions } from "./options";
import type { RawOptions } from "./options";

export function register(program: Command, context: Context): void {
  const command = program
    .command("run [notebooks...]")
    .description("Execute notebooks headlessly, each in a kernel of its own; files are written only on request.")
    .addHelpText(
      "after",
      `
Arguments are notebooks or folders of them; none means the project's notebooks.

Exit status: 0 all passed, 1 a cell failed (error, type error, timeout, dead kernel, lost or too much output) or a file
could not be written, 2 wrong option or unreadable notebook, 4 set-up incomplete, 130 Ctrl-C; of several, the later in
the order 1, 2, 4, 130.`,
    );
  addSharedOptions(command).action(async (notebooks: string[], raw: RawOptions) => {
    const options = readSharedOptions(raw, context);
    if (options.update && Object.keys(options.params).length > 0) {
      throw new CliError(
        "run: --update would write the values of --param into the notebook: use --out DIR instead",
        ExitCode.usage,
      );
    }
    await executeNotebooks({ command: "run", args: notebooks, options }, context);
  });
}
