import { expect, it } from "vitest";
import { activeUnits } from "../../../lib/evaluate/active-units";
import { tf } from "../../../lib/tensor/tf";

it("counts latents whose mean moves", () => {
  // One that moves, one that hardly does, one that is stuck away from 0.
  const means = tf.tensor2d([
    [1, 0.05, 3],
    [-1, -0.05, 3],
    [2, 0.05, 3],
    [-2, -0.05, 3],
  ]);
  const { count, variances } = activeUnits(means);
  expect(count).toBe(1);
  [2.5, 0.0025, 0].forEach((wanted, i) => expect(variances[i]).toBeCloseTo(wanted, 6));
  expect(activeUnits(means, 0.001).count).toBe(2);
});

it("one picture has no variance", () => {
  expect(() => activeUnits(tf.zeros([1, 4]))).toThrow("wanted the means of two pictures or more, got 1");
  expect(() => activeUnits(tf.fill([3, 2], NaN))).toThrow("activeUnits: means[0, 0] is NaN, wanted a finite number");
});
