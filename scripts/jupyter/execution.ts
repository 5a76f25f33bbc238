import type { KernelExit } from "./process";
import type { Message } from "./wire";

/** How an execution ended, as far as the protocol tells. */
export interface ExecuteOutcome {
  /** The content of execute_reply; null when the kernel died or the reply never came. */
  reply: { status: string; [key: string]: unknown } | null;
  /** Set when the kernel's process ended. */
  exit: KernelExit | null;
  /** What should have come and did not. */
  missing: "reply" | "idle" | null;
}

/** One execute_request on its way: it is over when its reply and its idle are both there, or the kernel is dead. */
export class Execution {
  /** Iopub messages proved to have been lost while this ran. */
  lost = 0;
  /** Iopub messages of this execution so far. */
  messages = 0;
  finished = false;
  readonly outcome: Promise<ExecuteOutcome>;
  private resolve!: (outcome: ExecuteOutcome) => void;
  private reply: ExecuteOutcome["reply"] = null;
  private idle = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    /** The msg_id of the request. */
    readonly id: string,
    private readonly onMessage: (message: Message) => void,
    private readonly halfAnswerMs: number,
  ) {
    this.outcome = new Promise((resolve) => (this.resolve = resolve));
  }

  replied(message: Message): void {
    this.reply = message.content as { status: string };
    this.half();
  }

  received(message: Message): void {
    this.messages++;
    this.onMessage(message);
    if (message.header.msg_type === "status" && message.content.execution_state === "idle") this.idle = true;
    if (this.idle || this.reply !== null) this.half();
  }

  died(exit: KernelExit): void {
    this.finish({ reply: this.reply, exit, missing: null });
  }

  private half(): void {
    if (this.idle && this.reply !== null) return this.finish({ reply: this.reply, exit: null, missing: null });
    // As long as messages keep coming, the other half is still on its way.
    clearTimeout(this.timer);
    this.timer = setTimeout(
      () => this.finish({ reply: this.reply, exit: null, missing: this.idle ? "reply" : "idle" }),
      this.halfAnswerMs,
    );
  }

  private finish(outcome: ExecuteOutcome): void {
    clearTimeout(this.timer);
    if (this.finished) return;
    this.finished = true;
    this.resolve(outcome);
  }
}
