import { afterAll, describe, expect, it } from "vitest";
import { noiseLoss, noiseSchedule } from "../../../lib/models/diffusion";
import { pixelCnnNll, pixelCnnWeights } from "../../../lib/models/pixelcnn";
import { unet, unetWeights } from "../../../lib/models/unet";
import { elbo, vaeWeights } from "../../../lib/models/vae";
import { adam } from "../../../lib/nn/optimizers";
import { compile } from "../../../lib/tensor/compile";
import { useDevice } from "../../../lib/tensor/device";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { trainStep } from "../../../lib/tensor/program-functions";
import { native } from "../backends";
import { binaryWave, wave } from "./golden";

const STEPS = 50;
const rates = { lr: 1e-3, epsilon: 1e-4 }; // a small ε makes full steps of gradients that are rounding alone

/** Losses of training steps on one batch: the same numbers wherever they run. */
type Run = (options: { eager: boolean }) => number[];

function losses(step: () => { loss: number }): number[] {
  return Array.from({ length: STEPS }, () => step().loss);
}

const RUNS: Record<string, Run> = {
  vae: (options) => {
    const vae = vaeWeights(randomStream(1), { pixels: 49, hidden: [20], latents: 4 });
    const program = compile(
      { vae },
      {
        step: trainStep((state, { x, eps }) => ({ loss: tf.neg<tf.Scalar>(elbo(x, eps, state.vae)) }), {
          inputs: { x: ["B", 49], eps: ["B", 4] },
          of: "vae",
          by: adam(rates),
        }),
      },
      options,
    );
    const inputs = { x: binaryWave([6, 49], 1), eps: wave([6, 4], 2) as tf.Tensor2D };
    return losses(() => program.step(inputs));
  },
  pixelcnn: (options) => {
    const net = pixelCnnWeights(randomStream(2), { blocks: 1, channels: 4, head: 4 });
    const program = compile(
      { net },
      {
        step: trainStep((state, { x }) => ({ loss: tf.mean<tf.Scalar>(pixelCnnNll(x, state.net, 7)) }), {
          inputs: { x: ["B", 49] },
          of: "net",
          by: adam(rates),
        }),
      },
      options,
    );
    return losses(() => program.step({ x: binaryWave([4, 49], 1) }));
  },
  diffusion: (options) => {
    const config = { size: 8, channels: [4, 6, 8] as [number, number, number], embedding: 8, heads: 2, groups: 2 };
    const net = unetWeights(randomStream(3), config);
    const schedule = noiseSchedule("cosine", 100);
    const program = compile(
      { net },
      {
        step: trainStep(
          (state, { x0, t, labels, eps }) => ({
            loss: noiseLoss((x, t) => unet(x, t, labels, state.net, config), x0, t, eps, schedule),
          }),
          {
            inputs: {
              x0: ["B", 64],
              t: { shape: ["B"], dtype: "int32" },
              labels: { shape: ["B"], dtype: "int32" },
              eps: ["B", 64],
            },
            of: "net",
            by: adam(rates),
          },
        ),
      },
      options,
    );
    const stream = randomStream(4);
    const inputs = {
      x0: wave([4, 64], 1) as tf.Tensor2D,
      t: stream.integers([4], 0, 100),
      labels: stream.integers([4], 0, 11),
      eps: stream.normal([4, 64]),
    };
    return losses(() => program.step(inputs));
  },
};

describe.skipIf(native.backend !== "tensorflow")(
  "image models train the same compiled, op by op, and in JavaScript",
  () => {
    afterAll(async () => {
      await useDevice();
    });

    it.each(Object.keys(RUNS))("%s", async (name) => {
      const run = RUNS[name]!;
      await useDevice({ prefer: "native" });
      const [compiled, eager] = [run({ eager: false }), run({ eager: true })];
      await useDevice({ prefer: "cpu" });
      const plain = run({ eager: false });
      expect(compiled[STEPS - 1]).toBeLessThan(0.97 * compiled[0]!); // it learns
      for (const other of [eager, plain]) {
        other.forEach((loss, i) => {
          const tolerance = 1e-4 + (9e-4 * i) / (STEPS - 1); // rounding differs, and training spreads it
          expect(Math.abs(loss - compiled[i]!) / compiled[i]!, `step ${i}`).toBeLessThan(tolerance);
        });
      }
    });
  },
);
