import { expect, it } from "vitest";
import { labelTensor } from "../../../lib/models/labels";

it("labelTensor takes labels and the one that says none; others are named", () => {
  const labels = labelTensor([0, 9, 10]);
  expect([labels.dtype, labels.shape, ...labels.dataSync()]).toEqual(["int32", [3], 0, 9, 10]);
  expect([...labelTensor(Uint8Array.of(2), 3).dataSync()]).toEqual([2]);
  expect(() => labelTensor([3, 11])).toThrow(
    "labelTensor: label 1 is 11: wanted 0 to 9, or 10 for a picture without one",
  );
  expect(() => labelTensor([-1])).toThrow("label 0 is -1");
  expect(() => labelTensor([2.5])).toThrow("label 0 is 2.5");
  expect(() => labelTensor([NaN], 3)).toThrow("wanted 0 to 2");
  expect(() => labelTensor([0, 10], 10, { none: false })).toThrow("label 1 is 10: wanted 0 to 9");
});
