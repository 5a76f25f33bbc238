import type { Message } from "./wire";

/**
 * Proves that no iopub message was lost. Our kernel numbers its messages (`metadata.genlab.seq`: 1, 2, 3 …); a number
 * that is missing is a lost message. Other kernels do not number: then only circumstantial evidence remains.
 */
export class Sequence {
  /** Messages proved to be missing. */
  lost = 0;
  /** Whether this kernel numbers its messages. */
  numbered = false;
  private last = 0;

  /** Takes note of a message; returns how many are missing right before it. */
  note(message: Message): number {
    const seq = (message.metadata.genlab as { seq?: unknown } | undefined)?.seq;
    if (typeof seq !== "number") return 0;
    // What was sent before our subscription was live is nobody's output.
    const missing = this.numbered ? Math.max(0, seq - this.last - 1) : 0;
    this.numbered = true;
    this.last = Math.max(seq, this.last);
    this.lost += missing;
    return missing;
  }
}
