import { CliError, ExitCode } from "../cli-error";

/** A notebook file that cannot be used; the message is one line: which file, what is wrong, what to do. */
export class NotebookError extends CliError {
  constructor(
    readonly file: string,
    problem: string,
    cure: string,
  ) {
    super(`${file}: ${problem}: ${cure}`, ExitCode.usage);
    this.name = "NotebookError";
  }
}
