import { expect, it } from "vitest";
import { sheared } from "../../../lib/data/sheared";

it("moves rows above the middle to the right, those below to the left, and keeps the ink", () => {
  const picture = new Float32Array(25).fill(0);
  for (let y = 0; y < 5; y++) picture[y * 5 + 2] = 1; // an upright stroke
  const moved = sheared(picture, 0.5, 0, 5);
  const rows = Array.from({ length: 5 }, (_, y) => [...moved.subarray(5 * y, 5 * y + 5)]);
  expect(rows[0]).toEqual([0, 0, 0, 1, 0]); // two rows up: one pixel to the right
  expect(rows[1]).toEqual([0, 0, 0.5, 0.5, 0]);
  expect(rows[2]).toEqual([0, 0, 1, 0, 0]);
  expect(rows[4]).toEqual([0, 1, 0, 0, 0]);
});

it("slope 0 changes nothing; background comes in at the sides", () => {
  const picture = Float32Array.from({ length: 16 }, (_, i) => i / 16);
  expect(sheared(picture, 0, -1, 4)).toEqual(picture);
  expect(sheared(picture, 2, -1, 4)[0]).toBe(-1); // row 0 moves 3 to the right
  expect(sheared(picture, 2, -1, 4)[3]).toBe(picture[0]);
  expect(() => sheared(picture, 1, 0)).toThrow("wanted 784 pixels, got 16");
});
