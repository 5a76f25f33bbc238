import { afterAll, describe, expect, it } from "vitest";
import { critic, criticLayers, criticLoss, generator, generatorLayers, generatorLoss } from "../../../lib/models/gan";
import { gradientPenalty, interpolate } from "../../../lib/models/gan";
import { gptLoss, gptWeights } from "../../../lib/models/gpt";
import { pixelCnnNll, pixelCnnWeights } from "../../../lib/models/pixelcnn";
import { unet, unetWeights } from "../../../lib/models/unet";
import { elbo, importanceWeightedBound, vaeWeights } from "../../../lib/models/vae";
import { crossEntropy, mse } from "../../../lib/nn/losses";
import { adam, adamw } from "../../../lib/nn/optimizers";
import { compile } from "../../../lib/tensor/compile";
import type { CompileOptions } from "../../../lib/tensor/compile";
import { useDevice } from "../../../lib/tensor/device";
import { trainStep } from "../../../lib/tensor/program-functions";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { native } from "../backends";

const STEPS = 50;

/** Makes a program on the backend in use; the returned function makes step i and gives its losses. */
type Make = (options: CompileOptions) => { step: (i: number) => number[]; dispose: () => void };

/** A program of one train step, fed by `inputs(i)`. */
const single =
  (
    make: (options: CompileOptions) => { step(inputs: never): { loss: number }; dispose(): void },
    inputs: (i: number) => object,
  ): Make =>
  (options) => {
    const program = make(options);
    return {
      step: (i) => {
        const fed = inputs(i);
        const { loss } = program.step(fed as never);
        tf.dispose(fed as tf.TensorContainer);
        return [loss];
      },
      dispose: () => program.dispose(),
    };
  };

const stream = (i: number) => randomStream(100).split(i);
const byAdam = () => adam({ lr: 1e-3 });

const MODELS: Record<string, Make> = {
  "an MLP": single(
    (options) => {
      const s = randomStream(0);
      const net = { w: s.normal([6, 16], 0, 0.4), b: tf.zeros([16]), v: s.normal([16, 1], 0, 0.3) };
      return compile(
        { net },
        {
          step: trainStep(
            ({ net: { w, b, v } }, { x, y }) => ({
              loss: mse(tf.matMul(tf.tanh(tf.add(tf.matMul(x, w), b)) as tf.Tensor2D, v), y),
            }),
            { inputs: { x: ["B", 6], y: ["B", 1] }, of: "net", by: byAdam() },
          ),
        },
        options,
      );
    },
    (i) => ({ x: stream(i).normal([8, 6]), y: stream(i).split("y").normal([8, 1]) }),
  ),
  "a convolutional classifier": single(
    (options) => {
      const s = randomStream(0);
      const net = { k: s.normal([3, 3, 1, 4], 0, 0.3), b: tf.zeros<tf.Rank.R1>([4]), w: s.normal([64, 3], 0, 0.1) };
      return compile(
        { net },
        {
          step: trainStep(
            ({ net: { k, b, w } }, { x, y }) => {
              const h = tf.maxPool(tf.relu(tf.add(tf.conv2d(x, k, 1, "same"), b)) as tf.Tensor4D, 2, 2, "same");
              return { loss: crossEntropy(tf.matMul(tf.reshape(h, [x.shape[0], 64]), w), y) };
            },
            {
              inputs: { x: ["B", 8, 8, 1], y: { shape: ["B"], dtype: "int32" } },
              of: "net",
              by: byAdam(),
              clipNorm: 1,
            },
          ),
        },
        options,
      );
    },
    (i) => ({ x: stream(i).normal([4, 8, 8, 1]), y: stream(i).split("y").integers([4], 0, 3) }),
  ),
  "WGAN-GP, second derivatives": (options) => {
    const s = randomStream(0);
    const config = { noise: 4, hidden: [8, 16], pixels: 12 };
    const program = compile(
      { g: generatorLayers(s.split("g"), config), d: criticLayers(s.split("d"), config) },
      {
        criticStep: trainStep(
          ({ g, d }, { real, z }, _, random) => {
            const fake = generator(z, g);
            const score = (x: tf.Tensor2D) => critic(x, d);
            const penalty = gradientPenalty(score, interpolate(real, fake, random.uniform([real.shape[0], 1])));
            const loss = criticLoss(score(real), score(fake));
            return { loss: tf.add<tf.Scalar>(loss, tf.mul(10, penalty)), penalty };
          },
          { inputs: { real: ["B", 12], z: ["B", 4] }, of: "d", by: adam({ lr: 1e-3, beta1: 0.5, beta2: 0.9 }) },
        ),
        generatorStep: trainStep(({ g, d }, { z }) => ({ loss: generatorLoss(critic(generator(z, g), d)) }), {
          inputs: { z: ["B", 4] },
          of: "g",
          by: adam({ lr: 1e-3, beta1: 0.5, beta2: 0.9 }),
        }),
      },
      { ...options, random: randomStream(4) },
    );
    return {
      step: (i) => {
        const [real, z] = [stream(i).uniform([5, 12], -1, 1), stream(i).split("z").normal([5, 4])];
        const { loss, penalty } = program.criticStep({ real, z });
        const made = [loss, penalty, program.generatorStep({ z }).loss];
        tf.dispose([real, z]);
        return made;
      },
      dispose: () => program.dispose(),
    };
  },
  "a VAE": single(
    (options) =>
      compile(
        { vae: vaeWeights(randomStream(0), { pixels: 12, hidden: [10], latents: 3 }) },
        {
          step: trainStep(
            ({ vae }, { x }, _, random) => ({ loss: tf.neg<tf.Scalar>(elbo(x, random.normal([6, 3]), vae)) }),
            {
              ...{ inputs: { x: [6, 12] }, of: "vae", by: byAdam() },
            },
          ),
        },
        options,
      ),
    (i) => ({ x: tf.tidy(() => tf.cast(tf.greater(stream(i).uniform([6, 12]), 0.5), "float32")) }),
  ),
  "a VAE with the bound of five draws": single(
    (options) =>
      compile(
        { vae: vaeWeights(randomStream(0), { pixels: 12, hidden: [10], latents: 3 }) },
        {
          step: trainStep(
            ({ vae }, { x }, _, random) => ({
              loss: tf.neg<tf.Scalar>(tf.mean<tf.Scalar>(importanceWeightedBound(x, random.normal([5, 6, 3]), vae))),
            }),
            {
              ...{ inputs: { x: [6, 12] }, of: "vae", by: byAdam() },
            },
          ),
        },
        options,
      ),
    (i) => ({ x: tf.tidy(() => tf.cast(tf.greater(stream(i).uniform([6, 12]), 0.5), "float32")) }),
  ),
  "a GPT": single(
    (options) => {
      const config = { vocab: 11, context: 8, layers: 2, heads: 2, width: 16 };
      return compile(
        { gpt: gptWeights(randomStream(0), config) },
        {
          step: trainStep(({ gpt }, { tokens, targets }) => ({ loss: gptLoss(tokens, targets, gpt, config) }), {
            inputs: { tokens: { shape: ["B", 8], dtype: "int32" }, targets: { shape: ["B", 8], dtype: "int32" } },
            of: "gpt",
            by: adamw({ lr: 1e-3, weightDecay: 0.1, decays: ({ shape }) => shape.length >= 2 }),
            clipNorm: 1,
          }),
        },
        options,
      );
    },
    (i) => ({ tokens: stream(i).integers([3, 8], 0, 11), targets: stream(i).split("y").integers([3, 8], 0, 11) }),
  ),
  "a PixelCNN": single(
    (options) =>
      compile(
        { net: pixelCnnWeights(randomStream(0), { size: 6, blocks: 1, channels: 4, head: 4 }) },
        {
          step: trainStep(({ net }, { x }) => ({ loss: tf.mean<tf.Scalar>(pixelCnnNll(x, net, 6)) }), {
            ...{ inputs: { x: ["B", 36] }, of: "net", by: byAdam() },
          }),
        },
        options,
      ),
    (i) => ({ x: tf.tidy(() => tf.cast(tf.greater(stream(i).uniform([3, 36]), 0.5), "float32")) }),
  ),
  "a U-Net": single(
    (options) => {
      const config = {
        size: 8,
        channels: [4, 4, 8] as [number, number, number],
        embedding: 8,
        classes: 0,
        heads: 2,
        groups: 2,
      };
      return compile(
        { net: unetWeights(randomStream(0), config) },
        {
          step: trainStep(({ net }, { x, t, eps }) => ({ loss: mse(unet(x, t, undefined, net, config), eps) }), {
            ...{ inputs: { x: ["B", 64], t: ["B"], eps: ["B", 64] }, of: "net", by: byAdam() },
          }),
        },
        options,
      );
    },
    (i) => ({
      x: stream(i).normal([2, 64]),
      t: stream(i).split("t").uniform([2], 0, 999),
      eps: stream(i).split("e").normal([2, 64]),
    }),
  ),
};

describe.skipIf(native.backend !== "tensorflow")(`compiled = op by op = pure JavaScript over ${STEPS} steps`, () => {
  afterAll(async () => {
    await useDevice();
  });

  it.each(Object.entries(MODELS))("%s", { timeout: 60_000 }, async (_, make) => {
    const run = (options: CompileOptions = {}): number[][] => {
      const program = make(options);
      const losses = Array.from({ length: STEPS }, (__, i) => program.step(i));
      program.dispose();
      return losses;
    };
    await useDevice();
    const [graph, eager] = [run(), run({ eager: true })];
    await useDevice({ prefer: "cpu" });
    const script = run();
    for (const [name, others] of Object.entries({ eager, script })) {
      graph.forEach((losses, i) =>
        losses.forEach((loss, k) => {
          const scale = Math.max(Math.abs(others[i]![k]!), 0.05); // a Wasserstein loss may pass through 0
          const error = Math.abs(loss - others[i]![k]!) / scale;
          expect(error, `${name}, step ${i}: ${loss}, wanted ${others[i]![k]}`).toBeLessThan(i < 10 ? 1e-4 : 1e-3);
        }),
      );
    }
    expect(graph.at(-1)![0]).not.toBe(graph[0]![0]);
  });
});
