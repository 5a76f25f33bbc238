import type { MessagePort } from "node:worker_threads";
import { Slot } from "./threads";
import type { ToServer } from "./threads";

/** Output on its way that makes a cell wait: more would only fill memory. */
const MAX_PENDING = 32 * 1024 * 1024;
/** How long the process stays to publish its last output. */
const DRAIN_MS = 10_000;

/** The main thread's end of the channel to the server thread. */
export class Channel {
  constructor(
    private readonly port: Pick<MessagePort, "postMessage">,
    readonly slots: Int32Array,
  ) {}

  post(message: ToServer): void {
    this.port.postMessage(message);
    if (message.type !== "stream") return;
    const before = Atomics.add(this.slots, Slot.pending, message.text.length);
    // A cell that prints faster than sockets send waits here; short waits, so that an interrupt gets through.
    for (let pending = before; pending > MAX_PENDING; pending = Atomics.load(this.slots, Slot.pending)) {
      Atomics.wait(this.slots, Slot.pending, pending, 50);
    }
  }

  /** Blocks until everything posted is published. */
  drain(): void {
    this.port.postMessage({ type: "drain" } satisfies ToServer);
    Atomics.wait(this.slots, Slot.drained, 0, DRAIN_MS);
  }
}
