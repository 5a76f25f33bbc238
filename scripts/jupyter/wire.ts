// Jupyter's wire format over ZeroMQ, for the kernel and for our client: frames ↔ messages, signed with HMAC.
// https://jupyter-client.readthedocs.io/en/stable/messaging.html#the-wire-protocol
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

/** The version of the messaging protocol spoken here. */
export const PROTOCOL_VERSION = "5.3";

const DELIMITER = Buffer.from("<IDS|MSG>");

export type Json = Record<string, unknown>;

export interface Header {
  msg_id: string;
  msg_type: string;
  username: string;
  session: string;
  date: string;
  version: string;
}

export interface Message {
  /** The routing prefix: socket identities on a router, the topic on iopub. */
  identities: Buffer[];
  header: Header;
  /** The header of the request this answers; empty when it answers none. */
  parent_header: Header | Record<string, never>;
  metadata: Json;
  content: Json;
  buffers: Buffer[];
}

/** How a connection signs its messages; an empty key means unsigned. */
export interface Signature {
  key: string;
  /** As in the connection file, for example `hmac-sha256`. */
  scheme?: string;
}

/** Frames that are no message: too few, not signed as agreed, or not JSON. */
export class WireError extends Error {
  override name = "WireError";
}

export interface MessageOptions {
  session: string;
  username?: string;
  parent?: Header;
  metadata?: Json;
  identities?: Buffer[];
  buffers?: Buffer[];
}

/** A new message with its own id and the time of now. */
export function createMessage(type: string, content: object, options: MessageOptions): Message {
  return {
    identities: options.identities ?? [],
    header: {
      msg_id: randomUUID(),
      msg_type: type,
      username: options.username ?? options.parent?.username ?? "genlab",
      session: options.session,
      date: new Date().toISOString(),
      version: PROTOCOL_VERSION,
    },
    parent_header: options.parent ?? {},
    metadata: options.metadata ?? {},
    content: content as Json,
    buffers: options.buffers ?? [],
  };
}

/** The frames of a message: identities, delimiter, signature, four JSON parts, buffers. */
export function encode(message: Message, signature: Signature): Buffer[] {
  const parts = [message.header, message.parent_header, message.metadata, message.content].map((part) =>
    Buffer.from(JSON.stringify(part)),
  );
  return [...message.identities, DELIMITER, Buffer.from(sign(parts, signature)), ...parts, ...message.buffers];
}

/**
 * The message in received frames.
 * @throws WireError when the frames are malformed or their signature is wrong.
 */
export function decode(frames: readonly Buffer[], signature: Signature): Message {
  const at = frames.findIndex((frame) => frame.equals(DELIMITER));
  if (at < 0) throw new WireError("message without the delimiter <IDS|MSG>");
  const [signed, ...rest] = frames.slice(at + 1);
  const parts = rest.slice(0, 4);
  if (signed === undefined || parts.length < 4) {
    throw new WireError(`message with ${frames.length - at - 1} frames after the delimiter, expected at least 5`);
  }
  const expected = Buffer.from(sign(parts, signature));
  if (signature.key !== "" && !(signed.length === expected.length && timingSafeEqual(signed, expected))) {
    throw new WireError("message with a wrong signature");
  }
  const [header, parent, metadata, content] = parts.map(parseObject) as [Json, Json, Json, Json];
  if (typeof header["msg_type"] !== "string" || typeof header["msg_id"] !== "string") {
    throw new WireError("message whose header has no msg_type or no msg_id");
  }
  return {
    identities: frames.slice(0, at),
    header: header as unknown as Header,
    parent_header: parent as unknown as Header,
    metadata,
    content,
    buffers: rest.slice(4),
  };
}

function parseObject(part: Buffer): Json {
  let value: unknown;
  try {
    value = JSON.parse(part.toString("utf8"));
  } catch {
    throw new WireError("message with a part that is not JSON");
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new WireError("message with a part that is not an object");
  }
  return value as Json;
}

function sign(parts: readonly Buffer[], { key, scheme = "hmac-sha256" }: Signature): string {
  if (key === "") return "";
  const hmac = createHmac(scheme.replace(/^hmac-/, ""), key);
  for (const part of parts) hmac.update(part);
  return hmac.digest("hex");
}
