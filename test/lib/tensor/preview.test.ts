import { inspect } from "node:util";
import { expect, it } from "vitest";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";

onEveryBackend("a tensor inside another value", () => {
  it("shows itself in a few words", () => {
    const shown = (value: unknown) => inspect(value, { breakLength: 200 });
    expect(shown([tf.tensor([1, 2]), { w: tf.ones([3, 4], "int32") }])).toBe(
      "[ Tensor [2] float32: 1, 2, { w: Tensor [3, 4] int32: 1, 1, 1, 1, 1, 1, … } ]",
    );
    expect(shown({ a: tf.variable(tf.scalar(3)), b: tf.zeros([0, 2]) })).toBe(
      "{ a: Variable [] float32: 3, b: Tensor [0, 2] float32 (empty) }",
    );
    expect(shown([tf.tensor(["x", 'y "z"']), tf.tensor([true, false])])).toBe(
      '[ Tensor [2] string: "x", "y \\"z\\"", Tensor [2] bool: true, false ]',
    );
    expect(shown([tf.tensor([0.1, NaN, -Infinity, 1e-7])])).toBe("[ Tensor [4] float32: 0.1, NaN, -Infinity, 1e-7 ]");
    expect(shown([tf.scalar(123456789, "int32")])).toBe("[ Tensor [] int32: 123456789 ]");
    expect(shown([Object.create(tf.Tensor.prototype)])).toBe("[ Tensor ]");
    const gone = tf.tensor([1]);
    gone.dispose();
    expect(shown([gone])).toBe("[ Tensor [1] float32 (disposed) ]");
  });

  it("takes no memory for it, and none of the gradients", () => {
    const big = tf.zeros([200, 100]);
    const before = tf.memory().numTensors;
    expect(inspect({ big })).toBe("{ big: Tensor [200, 100] float32: 0, 0, 0, 0, 0, 0, … }");
    expect(tf.memory().numTensors).toBe(before);
    const slope = tf.tidy(() =>
      tf
        .grad((x) => {
          inspect([x]);
          return tf.mul(x, x);
        })(tf.scalar(3))
        .dataSync(),
    );
    expect([...slope]).toEqual([6]);
  });
});
