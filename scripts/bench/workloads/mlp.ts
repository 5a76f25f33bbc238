import { adam, compile, linear, mse, randomStream, tf, torchLinear, trainStep } from "genlab";
import type { LinearWeights } from "genlab";
import type { Training } from "../workload";

const INPUTS = 64;
const OUTPUTS = 8;
const LR = 1e-3;

/** The smallest workload, and the example to copy: a network of two layers that learns numbers. */
export const training: Training = {
  sizes: [
    { batch: 16, width: 128 },
    { batch: 512, width: 512 },
  ],
  title: ({ batch, width }) => `C${width} B${batch}`,
  build({ batch, width }) {
    const root = randomStream(1);
    const net = [torchLinear(root, INPUTS, width), torchLinear(root, width, OUTPUTS)];
    const inputs = { x: root.normal([batch, INPUTS]), y: root.normal([batch, OUTPUTS]) };
    return {
      weights: { net },
      inputs,
      config: { lr: LR },
      start(mode) {
        const program = compile(
          { net },
          {
            step: trainStep((state, { x, y }) => ({ loss: mse(predict(x, state.net), y) }), {
              inputs: { x: ["B", INPUTS], y: ["B", OUTPUTS] },
              of: "net",
              by: adam({ lr: LR }),
            }),
          },
          mode,
        );
        return { step: () => program.step(inputs).loss };
      },
    };
  },
};

/** x [B, 64] → [B, 8] */
function predict(x: tf.Tensor2D, net: readonly LinearWeights[]): tf.Tensor2D {
  return linear(tf.relu(linear(x, net[0]!)), net[1]!);
}
