import { describe, expect, it } from "vitest";
import { allClose, toleranceOf } from "../../../lib/tensor/all-close";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";

onEveryBackend("allClose", (backend) => {
  it("accepts tensors, typed arrays, lists and numbers within the tolerance", () => {
    const t = tf.tensor2d([
      [1, 2],
      [3, 4],
    ]);
    expect(
      allClose(t, [
        [1, 2],
        [3, 4.00001],
      ]).ok,
    ).toBe(true);
    expect(allClose(new Float32Array([1, 2]), [1, 2]).ok).toBe(true);
    expect(allClose(2, 2.000001)).toEqual({
      ok: true,
      message: expect.stringMatching(/^all 1 values agree/) as string,
    });
    t.dispose();
  });

  it("keeps tolerances by dtype and backend", () => {
    expect(toleranceOf("float32").rtol).toBe(backend === "tensorflow" ? 1e-4 : 1e-5);
    expect(toleranceOf("int32")).toEqual({ rtol: 0, atol: 0 });
    const [a, b] = [tf.tensor1d([100000, 2], "int32"), tf.tensor1d([100001, 2], "int32")];
    expect(allClose(a, b).ok).toBe(false);
    expect(allClose(a, b, { rtol: 1e-4 }).ok).toBe(true);
    tf.dispose([a, b]);
  });
});

describe("allClose says what differs", () => {
  it("names index and both values of the worst element", () => {
    const { ok, message } = allClose(
      [
        [1, 2],
        [3, 4],
      ],
      [
        [1, 2.5],
        [3, 14],
      ],
      { rtol: 1e-3, atol: 0 },
    );
    expect(ok).toBe(false);
    expect(message).toBe("value [1, 1] is 4, expected 14 (2 of 4 values differ; rtol 0.001, atol 0)");
  });
  it("NaN equals nothing, not even NaN; infinity equals itself only", () => {
    expect(allClose([NaN], [NaN]).ok).toBe(false);
    expect(allClose([NaN, 1], [0, 1], { atol: Infinity }).ok).toBe(false);
    expect(allClose([1], [NaN], { atol: Infinity }).ok).toBe(false);
    expect(allClose([Infinity], [Infinity]).ok).toBe(true);
    expect(allClose([Infinity], [-Infinity]).ok).toBe(false);
    expect(allClose([1e30], [Infinity]).ok).toBe(false);
    expect(allClose([1, NaN, 5], [1, 2, 3]).message).toContain("value [1] is NaN, expected 2");
  });
  it("compares shapes first", () => {
    expect(allClose([[1, 2]], [1, 2]).message).toBe("shape is [1, 2], expected [2]");
    expect(() => allClose([[1, 2], [3]], [1])).toThrow("rows of unequal length");
  });
});
