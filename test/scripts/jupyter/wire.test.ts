import { describe, expect, it } from "vitest";
import { createMessage, decode, encode } from "../../../scripts/jupyter/wire";

const message = createMessage(
  "stream",
  { text: "grün ≤ 1\u2028" },
  { session: "s", identities: [Buffer.from([0, 255])] },
);
message.buffers = [Buffer.from([1, 2, 3])];

describe("the wire format", () => {
  it("reads back what it wrote", () => {
    expect(decode(encode(message, "key"), "key")).toEqual(message);
    expect(decode(encode(message, ""), "")).toEqual(message);
  });

  it("refers to the parent by its whole header", () => {
    expect(createMessage("status", {}, { session: "k", parent: message }).parent_header).toEqual(message.header);
  });

  it("signs header, parent, metadata and content: a change in any, or another key, is refused", () => {
    for (const at of [3, 4, 5, 6]) {
      const frames = encode(message, "key");
      frames[at] = Buffer.from(JSON.stringify({ ...(JSON.parse(frames[at]!.toString()) as object), forged: 1 }));
      expect(() => decode(frames, "key")).toThrow("signature does not match");
    }
    expect(() => decode(encode(message, "key"), "other")).toThrow("signature does not match");
    expect(() => decode(encode(message, ""), "key")).toThrow("signature does not match");
  });

  it("signs as jupyter_client does", () => {
    // python: hmac.new(b"key", b"{}{}{}{}", "sha256").hexdigest()
    const frames = encode({ ...message, header: {} as never, content: {} }, "key");
    expect(frames[2]!.toString()).toBe("ca767b02c5bc061ed184a9a029e7f93a7f2f7ed4e8fe74120fc1212f0b008fa3");
  });

  it("refuses frames that are no message", () => {
    expect(() => decode([Buffer.from("x")], "key")).toThrow("without the <IDS|MSG> delimiter");
    expect(() => decode(encode(message, "key").slice(0, 5), "key")).toThrow("expected at least 5");
  });
});
