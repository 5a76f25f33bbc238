import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { decodeWav, encodeWav, readWav, writeWav } from "../../../lib/data/wav";

const samples = Float32Array.from({ length: 801 }, (_, i) => 0.9 * Math.sin(i * 0.3));
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "wav-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));

describe("WAV", () => {
  it.each([
    ["16 bit", 1 / 32_767, 44 + 2 * 801],
    ["mu-law", 0.02, 58 + 802],
  ] as const)("%s: what is written is read again", (form, error, size) => {
    const bytes = encodeWav({ samples, rate: 8000 }, form);
    expect(bytes).toHaveLength(size);
    const back = decodeWav(bytes, { rate: 8000 });
    expect(back.rate).toBe(8000);
    expect(back.samples).toHaveLength(801);
    back.samples.forEach((x, i) => expect(Math.abs(x - samples[i]!)).toBeLessThanOrEqual(error));
  });

  it("writes and reads files; the loudest samples stay within −1 and 1", () => {
    const file = path.join(folder, "a.wav");
    writeWav(file, { samples: Float32Array.of(-1, 1, 0), rate: 44_100 });
    const { samples: read, rate } = readWav(file);
    expect([[...read], rate]).toEqual([[-1, 1, 0], 44_100]);
  });

  it("reads 8 bits, and passes by parts that it does not know", () => {
    const sixteen = encodeWav({ samples: samples.slice(0, 3), rate: 8000 });
    const bytes = new Uint8Array(44 + 10 + 3 + 1);
    bytes.set(sixteen.subarray(0, 36));
    const view = new DataView(bytes.buffer);
    view.setUint16(34, 8, true);
    bytes.set(Buffer.from("LIST"), 36);
    view.setUint32(40, 1, true); // one byte, and one to make it even
    bytes.set(Buffer.from("data"), 46);
    view.setUint32(50, 3, true);
    bytes.set([128, 255, 1], 54);
    expect([...decodeWav(bytes).samples]).toEqual([0, 1, -1]);
  });

  it("says what is wrong with a sound", () => {
    expect(() => encodeWav({ samples: new Float32Array(0), rate: 8000 })).toThrow("no samples");
    expect(() => encodeWav({ samples: Float32Array.of(0, NaN), rate: 8000 })).toThrow("sample 1 is NaN");
    expect(() => encodeWav({ samples: Float32Array.of(1.5), rate: 8000 })).toThrow("sample 0 is 1.5");
    for (const rate of [0, 8000.5, NaN, 1e6]) {
      expect(() => encodeWav({ samples, rate })).toThrow("samples a second, wanted a whole number");
    }
    expect(() => encodeWav({ samples, rate: 8000 }, "mulaw" as never)).toThrow(
      'encodeWav: form "mulaw", wanted "16 bit" or "mu-law"',
    );
  });

  it("says what is wrong with a file, and how to mend it", () => {
    const good = encodeWav({ samples, rate: 16_000 });
    const changed = (change: (view: DataView) => void): Uint8Array => {
      const copy = good.slice();
      change(new DataView(copy.buffer));
      return copy;
    };
    const read = (bytes: Uint8Array, rate?: number) => () => decodeWav(bytes, { name: "a.wav", ...(rate && { rate }) });
    expect(read(good, 8000)).toThrow(
      'a.wav has 16,000 samples a second, wanted 8,000: convert it, for example with ffmpeg -i "a.wav" -ac 1 -ar 8000',
    );
    for (const rate of [0, 999, 1e6]) {
      expect(read(changed((view) => view.setUint32(24, rate, true)))).toThrow(
        `a.wav has ${rate.toLocaleString("en")} samples a second, wanted 1,000 to 384,000: convert it`,
      );
    }
    for (const rate of [NaN, -8000, 8000.5, 1e6]) {
      expect(() => decodeWav(good, { rate })).toThrow(
        `decodeWav: wanted rate, a whole number from 1,000 to 384,000, got ${rate}`,
      );
    }
    expect(read(good.subarray(0, 1000))).toThrow("is cut off: 801 samples announced, 478 there");
    const data = Buffer.from(good).indexOf("data");
    expect(read(changed((view) => view.setUint32(data + 4, 0xffffffff, true)))).toThrow(
      "a.wav was streamed, and does not say how long it is: convert it",
    );
    expect(() => decodeWav(new Uint8Array(0))).toThrow(
      'the sound is no WAV file: convert it, for example with ffmpeg -i "old.wav"',
    );
    expect(read(good.subarray(0, 30))).toThrow("is cut off in its header");
    expect(read(good.subarray(0, 36))).toThrow("has no samples in it");
    expect(read(new Uint8Array(0))).toThrow("is no WAV file");
    expect(read(Buffer.from("fLaC and more than twelve bytes"))).toThrow("is no WAV file");
    expect(read(changed((view) => view.setUint16(22, 2, true)))).toThrow("has 2 channels, wanted 1");
    expect(read(changed((view) => view.setUint16(34, 24, true)))).toThrow("samples of form 1 with 24 bits");
    expect(read(changed((view) => view.setUint16(20, 3, true)))).toThrow("samples of form 3 with 16 bits");
    expect(read(changed((view) => view.setUint32(40, 0, true)))).toThrow("has no samples");
    expect(read(changed((view) => view.setUint32(40, 3, true)))).toThrow(
      "a.wav has 3 bytes of samples, which take 2 bytes each: copy it again",
    );
    expect(() => readWav(path.join(folder, "none.wav"))).toThrow("(ENOENT): check the path");
  });
});
