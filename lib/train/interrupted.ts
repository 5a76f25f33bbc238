/** Thrown by train when the cell was interrupted; its message says what is kept and how to go on. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";

  constructor(
    message: string,
    /** Steps that were finished. */
    readonly step: number,
  ) {
    super(message);
  }
}
