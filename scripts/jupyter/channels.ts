import { Dealer, Request, Subscriber } from "zeromq";
import type { ConnectionInfo } from "./connection";
import { decode, encode } from "./wire";
import type { Message } from "./wire";

export type RequestChannel = "shell" | "control" | "stdin";

export interface ChannelHandlers {
  /** A message of the kernel on one of the request channels. */
  onMessage(channel: RequestChannel, message: Message): void;
  onIopub(message: Message): void;
  /** A message that could not be read: wrong signature, broken JSON. */
  onBroken(error: Error): void;
}

/** The client's five sockets. Sending never throws: after close, messages go nowhere. */
export class Channels {
  private readonly requests: Record<RequestChannel, Dealer>;
  private readonly iopub: Subscriber;
  private readonly sending: Record<RequestChannel, Promise<void>>;
  private closed = false;

  constructor(
    private readonly info: ConnectionInfo,
    /** The client's session id: also the name of its sockets, since a kernel asks for input from the name that sent the request. */
    session: string,
    private readonly handlers: ChannelHandlers,
  ) {
    // Linger 0: a message to a dead kernel must not keep our process alive. Short reconnects: the kernel is still starting.
    const options = { linger: 0, reconnectInterval: 25, reconnectMaxInterval: 200, sendHighWaterMark: 0 };
    const dealer = () => new Dealer({ ...options, receiveHighWaterMark: 0, routingId: session });
    this.requests = { shell: dealer(), control: dealer(), stdin: dealer() };
    this.sending = { shell: Promise.resolve(), control: Promise.resolve(), stdin: Promise.resolve() };
    // No high-water mark: a flood of output queues here instead of being dropped by the kernel's publisher.
    this.iopub = new Subscriber({
      linger: 0,
      reconnectInterval: 25,
      reconnectMaxInterval: 200,
      receiveHighWaterMark: 0,
    });
    this.iopub.subscribe();
    this.requests.shell.connect(this.address(info.shell_port));
    this.requests.control.connect(this.address(info.control_port));
    this.requests.stdin.connect(this.address(info.stdin_port));
    this.iopub.connect(this.address(info.iopub_port));
    for (const channel of ["shell", "control", "stdin"] as const) {
      void this.listen(this.requests[channel], (message) => handlers.onMessage(channel, message));
    }
    void this.listen(this.iopub, (message) => handlers.onIopub(message));
  }

  send(channel: RequestChannel, message: Message): void {
    const frames = encode(message, this.info.key);
    // zeromq.js allows one send at a time on a socket; the chain keeps the order.
    this.sending[channel] = this.sending[channel].then(async () => {
      if (!this.closed) await this.requests[channel].send(frames);
    });
    this.sending[channel] = this.sending[channel].catch(() => undefined);
  }

  /** Whether the kernel's heartbeat echoes within that time. */
  async heartbeat(milliseconds: number): Promise<boolean> {
    const socket = new Request({ linger: 0, receiveTimeout: milliseconds, sendTimeout: milliseconds });
    try {
      socket.connect(this.address(this.info.hb_port));
      await socket.send("ping");
      await socket.receive();
      return true;
    } catch {
      return false;
    } finally {
      socket.close();
    }
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const socket of Object.values(this.requests)) socket.close();
    this.iopub.close();
  }

  private address(port: number): string {
    return `${this.info.transport}://${this.info.ip}:${port}`;
  }

  private async listen(socket: Dealer | Subscriber, deliver: (message: Message) => void): Promise<void> {
    try {
      for await (const frames of socket) {
        let message: Message;
        try {
          message = decode(frames, this.info.key);
        } catch (error) {
          this.handlers.onBroken(error as Error);
          continue;
        }
        if (!this.closed) deliver(message);
      }
    } catch (error) {
      if (!this.closed) this.handlers.onBroken(error as Error);
    }
  }
}
