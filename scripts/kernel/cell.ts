import { AsyncLocalStorage } from "node:async_hooks";
import { inspect } from "node:util";
import { withoutAsyncSymbols } from "./async-symbols";
import { PROGRESS_MIME } from "../jupyter/progress";
import type { ProgressEvent } from "../jupyter/progress";
import type { Json } from "../jupyter/wire";
import type { Channel } from "./channel";
import type { StreamName } from "./threads";

export type MimeBundle = Record<string, unknown>;

export interface DisplayOptions {
  id?: string;
  update?: boolean;
  metadata?: Record<string, unknown>;
}

/** What `globalThis[Symbol.for("genlab.cell")]` is for the code of a cell. */
export interface CellInterface {
  /** Aborted by an interrupt. */
  readonly signal: AbortSignal;
  display(bundle: MimeBundle, options?: DisplayOptions): void;
  progress(event: ProgressEvent): void;
}

/** The cell that started whatever runs now: also timers and promises that outlive it. */
export const context = new AsyncLocalStorage<Cell>();

/** One execution of a cell. */
export class Cell {
  running = true;
  /** Set when code of this cell read the signal: then it is given time to end by itself. */
  cooperative = false;
  /** The first failure outside the cell's own promise: an unhandled rejection, an exception in a callback. */
  failure: { reason: unknown } | null = null;
  readonly interface: CellInterface;
  private readonly controller = new AbortController();
  private readonly progressIds = new Map<string, string>();
  private progressCount = 0;

  constructor(
    /** Number of the request, by which the server thread knows its header. */
    readonly id: number,
    /** How messages call it: `cell [3]`. */
    readonly label: string,
    private readonly silent: boolean,
    private readonly channel: Channel,
  ) {
    const signal = () => {
      this.cooperative = true;
      return this.controller.signal;
    };
    this.interface = {
      get signal() {
        return signal();
      },
      display: (bundle, options) => this.display(bundle, options),
      progress: (event) => this.progress(event),
    };
  }

  stream(name: StreamName, text: string): void {
    if (text === "" || this.silent) return;
    this.channel.post({ type: "stream", cell: this.id, name, text: withoutAsyncSymbols(text) });
  }

  publish(message: string, content: Json): void {
    if (!this.silent) this.channel.post({ type: "publish", cell: this.id, message, content });
  }

  /** Node shows the async context inside promises and timers; a cell is nothing to read there. */
  [inspect.custom](): string {
    return "[cell]";
  }

  abort(): void {
    this.controller.abort();
  }

  get aborted(): boolean {
    return this.controller.signal.aborted;
  }

  private display(bundle: MimeBundle, options: DisplayOptions = {}): void {
    this.publish(options.update === true ? "update_display_data" : "display_data", {
      data: portable(bundle),
      metadata: portable(options.metadata ?? {}),
      transient: options.id === undefined ? {} : { display_id: options.id },
    });
  }

  private progress(event: ProgressEvent): void {
    const name = event.name ?? "";
    const known = this.progressIds.get(name);
    const id = known ?? `progress-${this.id}-${++this.progressCount}`;
    if (event.done === true) this.progressIds.delete(name);
    else this.progressIds.set(name, id);
    const bundle: MimeBundle = { "text/plain": event.text };
    // The final line is what the file keeps: plain text.
    if (event.done !== true) bundle[PROGRESS_MIME] = event;
    this.display(bundle, { id, update: known !== undefined });
  }
}

/** A bundle as JSON carries it: bytes in base64, NaN as null. */
export function portable(bundle: Record<string, unknown>): Json {
  const result: Json = {};
  for (const [key, value] of Object.entries(bundle)) {
    if (value === undefined) continue;
    if (value instanceof Uint8Array) result[key] = Buffer.from(value).toString("base64");
    else result[key] = typeof value === "string" ? value : JSON.parse(JSON.stringify(value) ?? "null");
  }
  return result;
}
