/** What the process's exit status means; the README lists them. */
export const ExitCode = {
  ok: 0,
  /** A cell failed: error, type error, timeout, kernel death, lost output. */
  failed: 1,
  /** Wrong arguments, or a file that cannot be read or is no notebook. */
  usage: 2,
  /** Everything ran, but the outputs differ from the committed ones. */
  different: 3,
  /** Something that set-up makes is missing. */
  setup: 4,
  /** Ended by Ctrl-C. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** A failure that a user can act on: one line without a stack trace, and the status that the process ends with. */
export class CliError extends Error {
  constructor(
    message: string,
    readonly exitCode: ExitCode = ExitCode.failed,
  ) {
    super(message);
    this.name = "CliError";
  }
}
