import { expect, it } from "vitest";
import { adam, sgd } from "../../../lib/nn/optimizers";
import { compile } from "../../../lib/tensor/compile";
import { trainStep } from "../../../lib/tensor/program-functions";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";

onEveryBackend("learning rates that a train step refuses", () => {
  it("a schedule that gives no number", () => {
    const program = compile(
      { w: tf.tensor1d([1]) },
      { step: trainStep((s) => ({ loss: tf.sum(s.w) }), { of: "w", by: sgd({ lr: (t) => (t > 1 ? NaN : 0.1) }) }) },
    );
    program.step();
    expect(() => program.step()).toThrow("step: the learning rate of step 2 is NaN, wanted 0 or more, a finite number");
    expect(program.steps("step")).toBe(1);
    expect(program.step({}, { lr: 0.1 }).loss).toBeCloseTo(0.9);
    program.dispose();
  });

  it("a learning rate below 0 climbs, from a schedule that ran out too", () => {
    const program = compile(
      { w: tf.tensor1d([1]) },
      { step: trainStep((s) => ({ loss: tf.sum(s.w) }), { of: "w", by: adam({ lr: (t) => 0.1 * (2 - t) }) }) },
    );
    const words = "wanted 0 or more, a finite number: below 0 the loss would rise; end the schedule at 0";
    expect(() => program.step({}, { lr: -0.1 })).toThrow(`step: the learning rate of step 1 is -0.1, ${words}`);
    program.step();
    program.step(); // 0: the weights stay
    expect(() => program.step()).toThrow(`step: the learning rate of step 3 is -0.1, ${words}`);
    expect(program.steps("step")).toBe(2);
    program.dispose();
  });
});
