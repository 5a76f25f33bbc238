import type { Command } from "commander";
import pc from "picocolors";
import { CliError, ExitCode } from "../cli-error";
import type { Context } from "../context";
import { executeNotebooks } from "../run/execute";
import { addSharedOptions, readSharedOptions } from "../run/options";
import type { RawOptions } from "../run/options";
import { judge } from "./verdict";

/** `genlab check`. */
export function register(program: Command, context: Context): void {
  const command = program
    .command("check [notebooks...]")
    .description("Execute notebooks and compare with the committed outputs.")
    .addHelpText(
      "after",
      `
Arguments are notebooks or folders of them; none means the project's notebooks.

The profile standard compares metrics with their bands, texts with a tolerance of 1e-4, figures by structure, pictures
by sight; cells tagged "trained" by metrics and structure. The other profiles compare structure, and metrics must be
there, finite and sane. With --update the new outputs are written; then only what is wrong in themselves fails.

Exit status: 0 all as committed, 1 a cell failed, 2 wrong option or unreadable notebook, 3 outputs differ,
4 set-up incomplete, 130 Ctrl-C; of several, the later in the order 3, 1, 2, 4, 130.`,
    );
  addSharedOptions(command).action(async (notebooks: string[], raw: RawOptions) => {
    const options = readSharedOptions(raw, context);
    if (options.update && options.profile !== "standard") {
      throw usage(`--update writes the committed outputs, which the profile standard makes, not ${options.profile}`);
    }
    if (options.update && Object.keys(options.params).length > 0) {
      throw usage("--update writes the committed notebook, so --param may not change it");
    }
    const colors = pc.createColors(context.isTTY && !context.env.NO_COLOR);
    const { root, cwd } = context;
    await executeNotebooks(
      {
        command: "check",
        args: notebooks,
        options,
        onFinished: (finished) => judge(finished, { ...options, root, cwd, colors }),
      },
      context,
    );
  });
}

function usage(problem: string): CliError {
  return new CliError(`check: ${problem}: leave one of the options out`, ExitCode.usage);
}
