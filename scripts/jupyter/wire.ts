/**
 * Jupyter's wire format (protocol 5.3): `[identities…, "<IDS|MSG>", signature, header, parent_header, metadata, content,
 * buffers…]`, signed by HMAC-SHA256 over the four JSON parts. Used by the kernel and by the runner alike.
 * https://jupyter-client.readthedocs.io/en/stable/messaging.html#the-wire-protocol
 */
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

export const PROTOCOL_VERSION = "5.3";
const DELIMITER = Buffer.from("<IDS|MSG>");

export interface Header {
  msg_id: string;
  msg_type: string;
  session: string;
  username: string;
  /** ISO 8601. */
  date: string;
  version: string;
}

export type Json = Record<string, unknown>;

export interface Message {
  /** Routing prefix; empty for a client's message. */
  identities: Buffer[];
  header: Header;
  /** Empty when the message answers nothing. */
  parent_header: Partial<Header>;
  metadata: Json;
  content: Json;
  buffers: Buffer[];
}

/** A new message with a header of its own. */
export function createMessage(
  type: string,
  content: Json,
  options: { session: string; username?: string; parent?: Message; metadata?: Json; identities?: Buffer[] },
): Message {
  return {
    identities: options.identities ?? [],
    header: {
      msg_id: randomUUID(),
      msg_type: type,
      session: options.session,
      username: options.username ?? "genlab",
      date: new Date().toISOString(),
      version: PROTOCOL_VERSION,
    },
    parent_header: options.parent?.header ?? {},
    metadata: options.metadata ?? {},
    content,
    buffers: [],
  };
}

/** HMAC-SHA256 of the JSON parts, in hexadecimal; an empty key means an empty signature (authentication off). */
export function sign(parts: readonly (string | Buffer)[], key: string): string {
  if (key === "") return "";
  const hmac = createHmac("sha256", key);
  for (const part of parts) hmac.update(part);
  return hmac.digest("hex");
}

/**
 * Halves of surrogate pairs, which JSON can escape but no UTF-8 file can hold: Jupyter could not save the notebook any
 * more. They become U+FFFD, as in every other output of Node.
 */
function wellFormed(json: string): string {
  if (!json.includes("\\ud")) return json;
  return json.replace(/\\(?:u(d[89a-f][0-9a-f]{2})|[^])/g, (escape, half?: string) => (half ? "\ufffd" : escape));
}

/** The frames of a message, signed. */
export function encode(message: Message, key: string): Buffer[] {
  const parts = [message.header, message.parent_header, message.metadata, message.content].map((part) =>
    Buffer.from(wellFormed(JSON.stringify(part))),
  );
  return [...message.identities, DELIMITER, Buffer.from(sign(parts, key)), ...parts, ...message.buffers];
}

/**
 * Reads the frames of a message.
 * @throws Error when the delimiter or a part is missing, the signature does not match, or a part is no JSON object.
 */
export function decode(frames: readonly Buffer[], key: string): Message {
  const at = frames.findIndex((frame) => frame.equals(DELIMITER));
  if (at < 0) throw new Error("wire: a message without the <IDS|MSG> delimiter");
  const signature = frames[at + 1];
  const parts = frames.slice(at + 2, at + 6);
  if (signature === undefined || parts.length < 4) {
    throw new Error(`wire: a message of ${frames.length - at - 1} frames after the delimiter, expected at least 5`);
  }
  const expected = Buffer.from(sign(parts, key));
  if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
    throw new Error("wire: a message whose signature does not match: the key differs, or someone else sent it");
  }
  const [header, parent, metadata, content] = parts.map((part) => {
    const value: unknown = JSON.parse(part.toString("utf8"));
    if (typeof value !== "object" || value === null) throw new Error("wire: a message part that is no JSON object");
    return value as Json;
  });
  return {
    identities: frames.slice(0, at),
    header: header as unknown as Header,
    parent_header: parent as Partial<Header>,
    metadata: metadata!,
    content: content!,
    buffers: frames.slice(at + 6),
  };
}
