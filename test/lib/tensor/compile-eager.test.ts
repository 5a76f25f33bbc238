import { expect, it } from "vitest";
import { linear } from "../../../lib/nn/linear";
import { mse } from "../../../lib/nn/losses";
import { adam } from "../../../lib/nn/optimizers";
import { compile } from "../../../lib/tensor/compile";
import { useDevice } from "../../../lib/tensor/device";
import { trainStep } from "../../../lib/tensor/program-functions";
import { tf } from "../../../lib/tensor/tf";

it("runs a program op by op where that is asked, with the same losses, and records nothing", async () => {
  const { backend } = await useDevice();
  const net = { w: tf.tensor2d([[0.5], [-1]]), b: tf.tensor1d([0.1]) };
  const inputs = { x: tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]), y: tf.tensor2d([[1], [2], [4]]) };
  const losses = [true, false].map((eager) => {
    const program = compile(
      { net },
      {
        step: trainStep((state, { x, y }) => ({ loss: mse(linear(x, state.net), y) }), {
          inputs: { x: ["B", 2], y: ["B", 1] },
          of: "net",
          by: adam({ lr: 0.01 }),
        }),
      },
      { eager },
    );
    const list = Array.from({ length: 5 }, () => program.step(inputs).loss);
    expect(program.recorded("step") === undefined).toBe(eager || backend === "cpu");
    program.dispose();
    return list;
  });
  losses[0]!.forEach((loss, i) => expect(losses[1]![i]! / loss).toBeCloseTo(1, 5));
  tf.dispose([net.w, net.b, inputs.x, inputs.y]);
});
