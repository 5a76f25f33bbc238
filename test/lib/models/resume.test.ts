// The image models as the notebooks train them: interrupted in the middle they are usable, and go on exactly.
import { it } from "vitest";
import { batches } from "../../../lib/data/batches";
import { binarise } from "../../../lib/data/binarise";
import { DigitSet } from "../../../lib/data/mnist";
import { convGenerator, convGeneratorLayers, labelledCritic, withLabels } from "../../../lib/models/conv-gan";
import {
  convCriticLayers,
  copyLayers,
  flatnessPenalty,
  logisticCriticLoss,
  nonSaturatingLoss,
} from "../../../lib/models/gan";
import { labelTensor } from "../../../lib/models/labels";
import { madeNll, madeWeights } from "../../../lib/models/made";
import { pixelCnnNll, pixelCnnWeights } from "../../../lib/models/pixelcnn";
import { elbo, vaeWeights } from "../../../lib/models/vae";
import { adam } from "../../../lib/nn/optimizers";
import { compile } from "../../../lib/tensor/compile";
import { call, trainStep } from "../../../lib/tensor/program-functions";
import type { Draws } from "../../../lib/tensor/program-functions";
import { randomStream } from "../../../lib/tensor/random";
import type { RandomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";
import { expectResumesExactly } from "./resumes-exactly";
import type { Run } from "./resumes-exactly";

/** Ten digits that nobody wrote: enough for a step. */
const set = new DigitSet(
  Uint8Array.from(randomStream(1).uniformArray(10 * 784), (u) => 256 * u),
  Uint8Array.from({ length: 10 }, (_, i) => i),
);
const data = () => batches(set, { size: 4, stream: randomStream(2), range: "[0,1]" });

/** One net that lowers a loss of binary pictures. */
function likelihoodRun<W extends object>(
  fresh: () => W,
  loss: (x: tf.Tensor2D, net: W, random: Draws) => tf.Scalar,
): Run {
  const program = compile(
    { net: fresh(), average: fresh() },
    {
      step: trainStep(
        (state: { net: W; average: W }, { grey }: { grey: tf.Tensor2D }, _: object, random: Draws) => ({
          loss: loss(binarise(grey, random), state.net, random),
        }),
        {
          ...{ inputs: { grey: ["B", 784] as ["B", 784] }, of: "net" as const, by: adam({ lr: (t) => 0.01 / t }) },
          average: { into: "average" as const, decay: 0.9 },
        },
      ),
      nll: call(
        (state: { net: W; average: W }, { x }: { x: tf.Tensor2D }, _: object, random: Draws) => ({
          loss: loss(x, state.average, random),
        }),
        { inputs: { x: ["B", 784] as ["B", 784] } },
      ),
    },
    { random: randomStream(3) },
  );
  const digits = data();
  return {
    state: { program, digits },
    step: () => {
      const { images: grey } = digits.next();
      const { loss } = program.step({ grey });
      grey.dispose();
      return loss;
    },
    look: () => [program.nll({ x: tf.ones([1, 784]) }).loss],
  };
}

/** The game with labels: two optimizers, penalty in every other step, averaged generator, noise from a stream of its own. */
function ganRun(): Run {
  const stream = randomStream(4);
  const noise: RandomStream = stream.split("z");
  const G = convGeneratorLayers(stream.split("G"), { noise: 3, channels: [3, 2], classes: 10 });
  const D = { layers: convCriticLayers(stream.split("D"), [2, 3]), digits: stream.split("e").normal([10, 147]) };
  const score = (x: tf.Tensor2D, y: tf.Tensor1D, d: typeof D) => labelledCritic(x, y, d.layers, d.digits);
  const inputs = { real: ["B", 784] as ["B", 784], y: { shape: ["B"] as ["B"], dtype: "int32" as const } };
  const by = adam({ lr: 0.01, beta1: 0 });
  const game = (state: { G: typeof G; D: typeof D }, real: tf.Tensor2D, y: tf.Tensor1D, random: Draws) => {
    const fake = convGenerator(withLabels(random.normal([4, 3]), y), state.G);
    return logisticCriticLoss(score(real, y, state.D), score(fake, y, state.D));
  };
  const program = compile(
    { G, D, average: copyLayers(G) },
    {
      critic: trainStep((state, { real, y }, _, random) => ({ loss: game(state, real, y, random) }), {
        ...{ inputs, of: "D", by },
      }),
      calmCritic: trainStep(
        (state, { real, y }, _, random) => ({
          loss: tf.add<tf.Scalar>(
            game(state, real, y, random),
            flatnessPenalty((x) => score(x, y, state.D), real),
          ),
        }),
        { inputs, of: "D", by },
      ),
      generator: trainStep(
        (state, { z, y }) => ({
          loss: nonSaturatingLoss(score(convGenerator(withLabels(z, y), state.G), y, state.D)),
        }),
        {
          ...{ inputs: { z: ["B", 3], y: inputs.y }, of: "G", by: adam({ lr: 0.01 }) },
          average: { into: "average", decay: 0.9 },
        },
      ),
      draw: call(({ average }, { z, y }) => ({ pictures: convGenerator(withLabels(z, y), average) }), {
        inputs: { z: ["B", 3], y: inputs.y },
      }),
    },
    { random: stream.split("noise") },
  );
  const digits = data();
  return {
    state: { program, noise, digits },
    step: (i) => {
      let batch = digits.next();
      while (batch.images.shape[0] < 4) batch = digits.next(); // the epoch's last is smaller
      const [y, z] = [labelTensor(batch.labels, 10, { none: false }), noise.normal([4, 3])];
      const given = { real: batch.images, y };
      const { loss } = i % 2 === 0 ? program.calmCritic(given) : program.critic(given);
      const made = program.generator({ z, y });
      tf.dispose([batch.images, y, z]);
      return loss + made.loss;
    },
    look: () => [...tf.mean(program.draw({ z: tf.ones([1, 3]), y: labelTensor([7]) }).pictures).dataSync()],
  };
}

const runs: Record<string, () => Run> = {
  VAE: () =>
    likelihoodRun(
      () => vaeWeights(randomStream(5), { hidden: [6], latents: 3 }),
      (x, net, random) => tf.neg(elbo(x, random.normal([x.shape[0], 3]), net)),
    ),
  MADE: () =>
    likelihoodRun(
      () => madeWeights(randomStream(5), { hidden: [6] }),
      (x, net) => tf.mean(madeNll(x, net)),
    ),
  PixelCNN: () =>
    likelihoodRun(
      () => pixelCnnWeights(randomStream(5), { blocks: 1, channels: 2, head: 2, places: true }),
      (x, net) => tf.mean(pixelCnnNll(x, net)),
    ),
  "GAN with labels": ganRun,
};

onEveryBackend("interrupted and resumed", (backend) => {
  it.each(Object.entries(runs))("%s: six steps are three, a checkpoint and three more, bit by bit", (name, run) => {
    return expectResumesExactly(`${name} ${backend}`, run);
  });
});
