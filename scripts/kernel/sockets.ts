import { Publisher, Reply, Router } from "zeromq";
import { decode, encode } from "../jupyter/wire";
import type { Message } from "../jupyter/wire";
import type { ConnectionInfo } from "./threads";

export type Channel = "shell" | "control" | "stdin";

/** Time in which ZeroMQ may still deliver what was sent before the sockets closed. */
const LINGER_MS = 5000;

/** The kernel's five sockets: bound, received from, closed together. */
export class Sockets {
  readonly iopub = new Publisher({ sendHighWaterMark: 0, linger: LINGER_MS });
  private readonly routers: Record<Channel, Router> = {
    shell: router(),
    control: router(),
    stdin: router(),
  };
  private readonly heartbeat = new Reply({ linger: 0 });
  private readonly sending: Record<Channel, Promise<void>> = {
    shell: Promise.resolve(),
    control: Promise.resolve(),
    stdin: Promise.resolve(),
  };
  private closed = false;

  constructor(
    private readonly connection: ConnectionInfo,
    private readonly log: (line: string) => void,
  ) {}

  /** @throws Error when a port is taken. */
  async bind(): Promise<void> {
    const { connection } = this;
    const { transport, ip } = connection;
    const address = (port: number) => (transport === "ipc" ? `ipc://${ip}-${port}` : `${transport}://${ip}:${port}`);
    await this.iopub.bind(address(connection.iopub_port));
    await this.heartbeat.bind(address(connection.hb_port));
    await this.routers.stdin.bind(address(connection.stdin_port));
    await this.routers.control.bind(address(connection.control_port));
    await this.routers.shell.bind(address(connection.shell_port));
  }

  /** Receives until the sockets close; a broken message costs a line in the log, never the kernel. */
  listen(onMessage: (channel: "shell" | "control", message: Message) => void): void {
    for (const channel of ["shell", "control"] as const) {
      void this.receive(this.routers[channel], (frames) => {
        const message = decode(frames, this.connection.key);
        if (typeof message.header.msg_type !== "string" || typeof message.header.msg_id !== "string") {
          throw new Error("wire: a message whose header has no msg_type or no msg_id");
        }
        onMessage(channel, message);
      });
    }
    void this.receive(this.routers.stdin, () => undefined);
    void this.receive(this.heartbeat, async (frames) => this.heartbeat.send(frames));
  }

  /** Sends on a router; the chain keeps the order, since zeromq.js allows one send at a time on a socket. */
  async send(channel: Channel, message: Message): Promise<void> {
    const frames = encode(message, this.connection.key);
    const sent = this.sending[channel].then(() => this.routers[channel].send(frames));
    this.sending[channel] = sent.catch((error: Error) => this.log(`a reply could not be sent: ${error.message}`));
    await this.sending[channel];
  }

  /** Whether a request waits on shell that has not been received yet. */
  get shellReadable(): boolean {
    return !this.closed && this.routers.shell.readable;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const socket of [...Object.values(this.routers), this.heartbeat, this.iopub]) socket.close();
  }

  private async receive(socket: Router | Reply, handle: (frames: Buffer[]) => void | Promise<void>): Promise<void> {
    while (!this.closed) {
      let frames: Buffer[];
      try {
        frames = await socket.receive();
      } catch (error) {
        if (!this.closed) this.log(`a socket failed: ${(error as Error).message}`);
        return;
      }
      try {
        await handle(frames);
      } catch (error) {
        if (!this.closed) this.log(`dropped ${(error as Error).message.replace(/^wire: /, "")}`);
      }
    }
  }
}

function router(): Router {
  return new Router({ linger: LINGER_MS, sendHighWaterMark: 0, receiveHighWaterMark: 0 });
}
