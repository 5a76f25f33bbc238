import { describe, expect, it } from "vitest";
import { explain, flops } from "../../../lib/show/explain";
import { adam } from "../../../lib/nn/optimizers";
import { compile } from "../../../lib/tensor/compile";
import { useDevice } from "../../../lib/tensor/device";
import { bytesOf, flopsOf } from "../../../lib/tensor/op-cost";
import { call, trainStep } from "../../../lib/tensor/program-functions";
import { repeat } from "../../../lib/tensor/repeat";
import { tf } from "../../../lib/tensor/tf";
import { native } from "../backends";

const op = (name: string, inputs: number[][], outputs: number[][]) => ({
  ...{ op: name, inputs, outputs, times: 1, phase: "forward" as const, reads: [], makes: [] },
});

describe("the cost of an op", () => {
  it.each<[string, ReturnType<typeof op>, number]>([
    [
      "[2, 3]·[3, 5]: 2·2·3·5",
      op(
        "MatMul",
        [
          [2, 3],
          [3, 5],
        ],
        [[2, 5]],
      ),
      60,
    ],
    [
      "its first matrix transposed",
      op(
        "MatMul",
        [
          [3, 2],
          [3, 5],
        ],
        [[2, 5]],
      ),
      60,
    ],
    [
      "a batch of 4",
      op(
        "BatchMatMulV2",
        [
          [4, 2, 3],
          [4, 3, 5],
        ],
        [[4, 2, 5]],
      ),
      240,
    ],
    [
      "3×3 from 2 to 8 channels at 1·5·5: 2·200·18",
      op(
        "Conv2D",
        [
          [1, 5, 5, 2],
          [3, 3, 2, 8],
        ],
        [[1, 5, 5, 8]],
      ),
      7200,
    ],
    ["its gradient by input", op("Conv2DBackpropInput", [[4], [3, 3, 2, 8], [1, 5, 5, 8]], [[1, 5, 5, 2]]), 7200],
    ["its gradient by filter", op("Conv2DBackpropFilter", [[1, 5, 5, 2], [4], [1, 5, 5, 8]], [[3, 3, 2, 8]]), 7200],
    ["a sum of 12", op("Sum", [[3, 4], [1]], [[3]]), 12],
    [
      "a product of 12 pairs",
      op(
        "Mul",
        [
          [3, 4],
          [3, 4],
        ],
        [[3, 4]],
      ),
      12,
    ],
    ["AddN of 3", op("AddN", [[4], [4], [4]], [[4]]), 8],
    ["Adam on 10 weights", op("ResourceApplyAdam", [[10], [10], [10], [10]], [[10], [10], [10]]), 120],
    ["a transpose", op("Transpose", [[3, 4], [2]], [[4, 3]]), 0],
  ])("%s", (_, one, flops) => expect(flopsOf(one)).toBe(flops));

  it("bytes: what is read and written once", () => {
    expect(
      bytesOf(
        op(
          "MatMul",
          [
            [2, 3],
            [3, 5],
          ],
          [[2, 5]],
        ),
      ),
    ).toBe(4 * (6 + 15 + 10));
    expect(bytesOf(op("Reshape", [[6], [2]], [[2, 3]]))).toBe(0);
  });
});

describe.skipIf(native.backend !== "tensorflow")("explain", () => {
  const make = () =>
    compile(
      { net: { w: tf.ones<tf.Rank.R2>([6, 5]) }, spare: tf.zeros([7]) },
      {
        step: trainStep((s, { x }) => ({ loss: tf.mean<tf.Scalar>(tf.square(tf.matMul(x, s.net.w))) }), {
          ...{ inputs: { x: [4, 6] }, of: "net", by: adam({ lr: 1 }) },
        }),
        loop: call((s, { x }) => ({ y: repeat(10, [x], (_, v) => [tf.mul<tf.Tensor2D>(v, 2)])[0], w: s.net.w }), {
          inputs: { x: [4, 6] },
        }),
      },
    );

  it("counts what a training step does", async () => {
    await useDevice();
    const program = make();
    const x = tf.ones<tf.Rank.R2>([4, 6]);
    expect(() => explain(program, "step")).toThrow("explain: nothing is recorded of step: call it once first");
    expect(flops(program, "step")).toBeNaN();
    program.step({ x });
    tf.dispose(Object.values(program.loop({ x })));
    const explained = explain(program, "step");
    const { rows, totals } = explained;
    expect(rows.filter((row) => row.op === "MatMul").map(({ phase, times, mflop }) => [phase, times, mflop])).toEqual([
      ["forward", 1, (2 * 4 * 6 * 5) / 1e6],
      ["backward", 1, (2 * 4 * 6 * 5) / 1e6], // by w alone: x is not trained
    ]);
    expect(rows.find((row) => row.op === "ResourceApplyAdam")).toMatchObject({ phase: "optimizer", times: 1 });
    expect(flops(program, "step")).toBe(totals.flops);
    expect(flops(program, "step")).toBeGreaterThan(2 * 2 * 4 * 6 * 5);
    expect(flops(program, "loop")).toBe(240);
    expect(totals).toMatchObject({ parameters: 37, optimizerBytes: 4 * 2 * 30 });
    expect(totals.flops).toBeCloseTo(
      rows.reduce((sum, row) => sum + 1e6 * row.mflop, 0),
      3,
    );
    expect(totals.peakBytes).toBeGreaterThanOrEqual(4 * 4 * 5);
    expect(explain(program, "loop").rows.find((row) => row.op === "Mul")).toMatchObject({
      times: 10,
      mflop: 240 / 1e6,
    });
    expect(explained.toString()).toContain("37 parameters, 240 B of the optimizer");
    const shown = (explained as unknown as Record<symbol, () => Record<string, string>>)[
      Symbol.for("Jupyter.display")
    ]!();
    expect(shown["text/html"]).toContain("ResourceApplyAdam");
    expect(explained.figure().data).toHaveLength(2);
    program.dispose();
    x.dispose();
  });
});
