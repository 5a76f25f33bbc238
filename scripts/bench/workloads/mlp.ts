import { adam, linear, mse, randomStream, tf, torchLinear } from "genlab";
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
    const x = root.normal([batch, INPUTS]) as tf.Tensor2D;
    const y = root.normal([batch, OUTPUTS]) as tf.Tensor2D;
    return {
      weights: { net },
      inputs: { x, y },
      config: { lr: LR },
      start() {
        const vars = net.map(({ w, b }) => ({ w: tf.variable(w), b: tf.variable(b) }));
        const params = vars.flatMap(({ w, b }) => [w, b] as tf.Variable[]);
        const opt = adam({ lr: LR });
        return {
          step: () =>
            tf.tidy(() => {
              const { value, grads } = tf.variableGrads(
                () => mse(predict(x, vars as unknown as LinearWeights[]), y),
                params,
              );
              opt.step(
                params,
                params.map((p) => grads[p.name]!),
              );
              return value.dataSync()[0]!;
            }),
        };
      },
    };
  },
};

/** x [B, 64] → [B, 8] */
function predict(x: tf.Tensor2D, net: readonly LinearWeights[]): tf.Tensor2D {
  return linear(tf.relu(linear(x, net[0]!)), net[1]!);
}
