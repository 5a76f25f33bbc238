import type { Publisher as PublisherSocket } from "zeromq";
import { createMessage, encode } from "../jupyter/wire";
import type { Json, Message } from "../jupyter/wire";
import type { StreamName } from "./threads";

/** A message is sent when it is this long … */
const MAX_CHARACTERS = 128 * 1024;
/** … or this old: live for a reader, few messages for a client. */
const MAX_AGE_MS = 40;

interface Pending {
  parent: Message | null;
  name: StreamName;
  texts: string[];
  characters: number;
}

interface Queued {
  message: Message;
  /** Characters of cell output in it. */
  characters: number;
}

/**
 * Everything on iopub, in order and numbered. zeromq.js makes some sends asynchronous and refuses another one meanwhile
 * (that is how stock tslab loses output), so one loop awaits each send. Stream text of one cell is joined.
 */
export class Publisher {
  private seq = 0;
  private pending: Pending | null = null;
  private timer: NodeJS.Timeout | null = null;
  private readonly queue: Queued[] = [];
  private sending = false;
  private readonly drained: (() => void)[] = [];

  constructor(
    private readonly socket: PublisherSocket,
    private readonly key: string,
    private readonly session: string,
    /** Told how many characters of stream text have left. */
    private readonly onSent: (characters: number) => void,
  ) {}

  stream(parent: Message | null, name: StreamName, text: string): void {
    if (this.pending && (this.pending.parent !== parent || this.pending.name !== name)) this.flush();
    this.pending ??= { parent, name, texts: [], characters: 0 };
    this.pending.texts.push(text);
    this.pending.characters += text.length;
    if (this.pending.characters >= MAX_CHARACTERS) this.flush();
    else this.timer ??= setTimeout(() => this.flushAged(), MAX_AGE_MS);
  }

  publish(parent: Message | null, type: string, content: Json): void {
    this.flush();
    this.enqueue(parent, type, content, 0);
  }

  /** Resolves when everything published so far is in ZeroMQ's hands. */
  async drain(): Promise<void> {
    this.flush();
    if (this.sending) await new Promise<void>((resolve) => this.drained.push(resolve));
  }

  private flushAged(): void {
    this.timer = null;
    // Half a character waits for its other half, or for whatever else is published.
    if (!isHigh(this.pending?.texts.at(-1) ?? "")) this.flush();
  }

  private flush(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    const pending = this.pending;
    if (!pending) return;
    this.pending = null;
    const text = pending.texts.join("");
    this.enqueue(pending.parent, "stream", { name: pending.name, text }, pending.characters);
  }

  private enqueue(parent: Message | null, type: string, content: Json, characters: number): void {
    const message = createMessage(type, content, {
      session: this.session,
      parent: parent ?? undefined,
      username: parent?.header.username,
      identities: [Buffer.from(`kernel.${this.session}.${type}`)],
      metadata: { genlab: { seq: ++this.seq } },
    });
    this.queue.push({ message, characters });
    if (!this.sending) void this.send();
  }

  private async send(): Promise<void> {
    this.sending = true;
    for (let next = this.queue.shift(); next; next = this.queue.shift()) {
      await this.socket.send(encode(next.message, this.key));
      if (next.characters > 0) this.onSent(next.characters);
    }
    // In the same turn as the empty queue was seen: a message that comes now must find nobody sending.
    this.sending = false;
    for (const resolve of this.drained.splice(0)) resolve();
  }
}

/** Whether a text ends with the first half of a surrogate pair. */
function isHigh(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff;
}
