import { describe, expect, it } from "vitest";
import { decodeSafetensors, encodeSafetensors } from "../../../lib/data/safetensors";
import type { Entry } from "../../../lib/data/safetensors";

function bytesOf(header: unknown, data: number[] = []): Uint8Array {
  const json = typeof header === "string" ? header : JSON.stringify(header);
  const head = Buffer.from(json);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(head.length));
  return new Uint8Array(Buffer.concat([length, head, Buffer.from(data)]));
}
const field = (shape: unknown, begin: unknown, end: unknown, dtype: unknown = "U8") => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});
const decode = (bytes: Uint8Array) => () => decodeSafetensors(bytes, "w.safetensors");

describe("safetensors", () => {
  it("come back as they were, aligned, whatever their order and kind", () => {
    const entries = new Map<string, Entry>([
      ["bytes", { shape: [3], values: Uint8Array.of(1, 2, 255) }],
      ["wide", { shape: [2], values: Float64Array.of(Math.PI, -0) }],
      ["numbers", { shape: [2, 1], values: Float32Array.of(1.5, NaN) }],
      ["whole", { shape: [], values: Int32Array.of(-7) }],
      ["__proto__", { shape: [0, 4], values: new Float32Array(0) }],
    ]);
    const bytes = encodeSafetensors({ entries, metadata: { how: "ä" } });
    expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0);
    const back = decodeSafetensors(bytes, "x");
    expect(back.metadata).toEqual({ how: "ä" });
    expect(new Map([...back.entries].sort())).toEqual(new Map([...entries].sort()));
  });

  it("are not disturbed by names and texts that look like JSON", () => {
    const values = Uint8Array.of(1);
    const entries = new Map<string, Entry>(
      ['a":1,"b', "{[\\", "dtype", '"'].map((name) => [name, { shape: [1], values }]),
    );
    const metadata = { "a:b": '"a":"a"', dtype: "{" };
    const back = decodeSafetensors(encodeSafetensors({ entries, metadata }), "x");
    expect(back).toEqual({ entries, metadata });
  });

  it("refuse to write what does not fit", () => {
    const entry = { shape: [3], values: Float32Array.of(1, 2) };
    expect(() => encodeSafetensors({ entries: new Map([["w", entry]]), metadata: {} })).toThrow(
      "w has 2 numbers, its shape [3] wants 3",
    );
    const fine = { shape: [2], values: Float32Array.of(1, 2) };
    expect(() => encodeSafetensors({ entries: new Map([["__metadata__", fine]]), metadata: {} })).toThrow(
      "is reserved",
    );
  });

  it("name what is wrong in one short line, however deep, long or wild it is", () => {
    const nest = "[".repeat(200_000) + "]".repeat(200_000);
    const message = (bytes: Uint8Array): string => {
      try {
        decodeSafetensors(bytes, "w.safetensors");
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    };
    for (const name of ["dtype", "shape"]) {
      const fields = { dtype: '"U8"', shape: "[1]", [name]: nest };
      const header = `{"w":{"dtype":${fields.dtype},"shape":${fields.shape},"data_offsets":[0,1]}}`;
      expect(message(bytesOf(header, [1]))).toContain(`w has ${name} [[[…]]]`);
    }
    expect(message(bytesOf({ w: field(Array<number>(100_000).fill(-1), 0, 1) }, [1])).length).toBeLessThan(200);
    const wild = message(bytesOf({ "\u001b[2J\u009b\u202e": field([-1], 0, 1) }, [1]));
    expect(wild).toContain("\\u001b[2J\\u009b\\u202e has shape [-1]");
    expect(message(bytesOf({ ["n".repeat(1e6)]: 1 })).length).toBeLessThan(200);
    expect(message(bytesOf({ ["n".repeat(1e6)]: 1 }))).toContain("nnn… is not described");
    expect(message(bytesOf({ ["n".repeat(80)]: 1 }))).toContain("nnn is not described");
  });

  const cases: [string, Uint8Array, string][] = [
    ["empty", new Uint8Array(0), "it has 0 bytes"],
    ["only a length", bytesOf("").subarray(0, 7), "it has 7 bytes"],
    [
      "a huge header",
      Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 127, 123, 125),
      "its header claims 922337203685477",
    ],
    ["a cut header", bytesOf({}).subarray(0, 9), "its header claims 2 bytes, the file has 9"],
    ["no JSON", bytesOf("{,"), "its header is not JSON"],
    ["bad UTF-8", bytesOf({}).with(9, 0xff), "its header is not JSON"],
    ["a list", bytesOf("[]"), "its header does not begin with {"],
    ["a space before the header", bytesOf(" {}"), "its header does not begin with {"],
    ["a byte order mark before it", bytesOf("\uFEFF{}"), "its header does not begin with {"],
    ["no header", bytesOf(""), "its header does not begin with {"],
    ["metadata of numbers", bytesOf({ __metadata__: { a: 1 } }), "its metadata are not texts"],
    ["a field of text", bytesOf({ w: "F32" }), "w is not described"],
    [
      "an unknown dtype",
      bytesOf({ w: field([1], 0, 1, "BF16") }, [0]),
      'w has dtype "BF16", known are F64, F32, F16, I32, I8, U8, BOOL: convert it to F32',
    ],
    [
      "a dtype that the format does not have",
      bytesOf({ w: field([1], 0, 1, "toString") }, [0]),
      'w has dtype "toString", known are F64, F32, F16, I32, I8, U8, BOOL: make it again',
    ],
    [
      "wide whole numbers",
      bytesOf({ w: field([1], 0, 8, "I64") }, Array<number>(8).fill(0)),
      'w has dtype "I64", known are F64, F32, F16, I32, I8, U8, BOOL: convert it to F32',
    ],
    ["a negative shape", bytesOf({ w: field([-1], 0, 1) }, [0]), "w has shape [-1]"],
    ["a fraction", bytesOf({ w: field([0.5], 0, 1) }, [0]), "w has shape [0.5]"],
    [
      "three offsets",
      bytesOf({ w: { dtype: "U8", shape: [1], data_offsets: [0, 1, 2] } }, [0]),
      "w has offsets [0,1,2]",
    ],
    ["a wrong size", bytesOf({ w: field([2], 0, 1) }, [0]), "w lies at bytes 0 to 1, its shape wants 2 bytes"],
    [
      "an overflowing shape",
      bytesOf({ w: field([2 ** 31, 2 ** 31, 2 ** 31], 0, 1) }, [0]),
      "w has shape [2147483648,2147483648,2147483648]: too many numbers",
    ],
    [
      "an overflowing shape beside a 0",
      bytesOf({ w: field([2 ** 31, 2 ** 31, 0], 0, 0) }),
      "w has shape [2147483648,2147483648,0]: too many numbers",
    ],
    [
      "one that overflows as bytes only",
      bytesOf({ w: field([0, 2 ** 52], 0, 0, "F32") }),
      "w has shape [0,4503599627370496]: too many numbers",
    ],
    ["offsets backwards", bytesOf({ w: field([0], 1, 0) }, [0]), "w lies at bytes 1 to 0"],
    ["a range outside", bytesOf({ w: field([4], 0, 4) }, [0]), "its entries end at byte 4 of 1"],
    ["an overlap", bytesOf({ a: field([2], 0, 2), b: field([2], 1, 3) }, [0, 0, 0]), "b begins at byte 1, expected 2"],
    [
      "two names for the same bytes",
      bytesOf({ a: field([2], 0, 2), b: field([2], 0, 2) }, [0, 0]),
      "b begins at byte 0",
    ],
    [
      "an entry within another",
      bytesOf({ a: field([4], 0, 4), b: field([1], 1, 2) }, [0, 0, 0, 0]),
      "b begins at byte 1",
    ],
    [
      "an offset beyond exact numbers",
      bytesOf({ w: field([1], 0, 2 ** 60) }, [0]),
      "w has offsets [0,1152921504606847000]",
    ],
    [
      "a dimension beyond exact numbers",
      bytesOf({ w: field([2 ** 60], 0, 1) }, [0]),
      "w has shape [1152921504606847000]",
    ],
    [
      "a name that stands twice",
      bytesOf(
        '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}',
        [0, 0],
      ),
      "a stands twice in its header",
    ],
    [
      "a name that stands twice with the same bytes",
      bytesOf(
        '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0061" : {"dtype":"I8","shape":[1],"data_offsets":[0,1]}}',
        [0],
      ),
      "a stands twice in its header",
    ],
    [
      "a description that says one thing twice",
      bytesOf('{"a":{"dtype":"U8","shape":[2],"shape":[1],"data_offsets":[0,1]}}', [0]),
      "shape stands twice in its header",
    ],
    ["a nest too deep", bytesOf(`{"w":${"[".repeat(200_000)}`), "its header is not JSON"],
    ["a gap", bytesOf({ a: field([1], 0, 1), b: field([1], 2, 3) }, [0, 0, 0]), "b begins at byte 2, expected 1"],
    ["bytes after the last", bytesOf({ a: field([1], 0, 1) }, [0, 0]), "its entries end at byte 1 of 2"],
  ];
  it("reads BOOL, as which some GPT-2 files keep their masks, as bytes", () => {
    const { entries } = decodeSafetensors(bytesOf({ "h.0.attn.bias": field([2], 0, 2, "BOOL") }, [1, 0]), "w");
    expect(entries.get("h.0.attn.bias")).toEqual({ shape: [2], values: Uint8Array.of(1, 0) });
  });

  it.each(cases)("refuses %s", (_, bytes, message) => {
    expect(decode(bytes)).toThrow(`w.safetensors is not a whole safetensors file: ${message}`);
  });

  it("refuses every cut of a good file", () => {
    const bytes = encodeSafetensors({
      entries: new Map([["w", { shape: [3], values: Float32Array.of(1, 2, 3) }]]),
      metadata: {},
    });
    for (let length = 0; length < bytes.length; length++)
      expect(decode(bytes.subarray(0, length))).toThrow("not a whole");
  });
});
