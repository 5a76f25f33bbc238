import { expect, it } from "vitest";
import {
  convCriticLayers,
  copyLayers,
  critic,
  criticLayers,
  criticLoss,
  criticObjective,
  flatnessPenalty,
  generator,
  generatorLayers,
  generatorLayersAtMean,
  generatorLoss,
  gradientNorms,
  gradientPenalty,
  interpolate,
  logisticCriticLoss,
} from "../../../lib/models/gan";
import type { GanLayer } from "../../../lib/models/gan";
import { adam } from "../../../lib/nn/optimizers";
import { allClose } from "../../../lib/tensor/all-close";
import { compile } from "../../../lib/tensor/compile";
import { trainStep } from "../../../lib/tensor/program-functions";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import golden from "../../golden/gan.json" with { type: "json" };
import { onEveryBackend } from "../backends";

type Arrays = { w: number[][]; b: number[] }[];

const network = (arrays: Arrays): GanLayer[] => arrays.map(({ w, b }) => ({ w: tf.tensor2d(w), b: tf.tensor1d(b) }));

/** All weights, layer by layer: w, b, w, b … */
const weightsOf = (layers: readonly GanLayer[]): tf.Tensor[] => layers.flatMap(({ w, b }) => [w, b]);

/** The gradient of a function of a network's weights, by each of them; null where it does not depend on one. */
function gradientsBy(layers: readonly GanLayer[], f: (layers: GanLayer[]) => tf.Scalar) {
  const variables = layers.map(({ w, b }) => ({ w: tf.variable(w as tf.Tensor), b: tf.variable(b as tf.Tensor) }));
  const flatList = variables.flatMap(({ w, b }) => [w, b]);
  const { value, grads } = tf.variableGrads(() => f(variables as unknown as GanLayer[]), flatList);
  const of = (v: tf.Variable): tf.Tensor | undefined => grads[v.name];
  return { value, grads: variables.map(({ w, b }) => ({ w: of(w), b: of(b) })) };
}

function expectClose(got: tf.Tensor | number, wanted: number[], rtol = 1e-4, atol = 2e-6): void {
  const values = typeof got === "number" ? [got] : Array.from(got.dataSync());
  const compared = allClose(values, wanted, { rtol, atol });
  expect(compared.ok, compared.message).toBe(true);
}

function flat(tensor: tf.Tensor): tf.Tensor {
  return tf.reshape(tensor, [-1]);
}

function setUp() {
  const [g, d] = [network(golden.generator), network(golden.critic)];
  const [z, real, alpha] = [tf.tensor2d(golden.z), tf.tensor2d(golden.real), tf.tensor2d(golden.alpha)];
  const score = (x: tf.Tensor2D): tf.Tensor1D => critic(x, d);
  return { g, d, z, real, alpha, score };
}

/** The numbers of gan.py's convolutional critic. */
function sineCritic(): GanLayer[] {
  const sines = (shape: number[], start: number, scale: number): tf.Tensor => {
    const count = shape.reduce((product, n) => product * n, 1);
    return tf.tensor(
      Float32Array.from({ length: count }, (_, n) => scale * Math.sin(start + 0.7 * n)),
      shape,
    );
  };
  return [
    { w: sines([5, 5, 1, 2], 1, 0.4), b: sines([2], 2, 0.3) },
    { w: sines([5, 5, 2, 3], 3, 0.3), b: sines([3], 4, 0.3) },
    { w: sines([147, 1], 5, 0.4), b: sines([1], 6, 0.3) },
  ] as GanLayer[];
}

onEveryBackend("gan against PyTorch", () => {
  it("networks and losses", () => {
    const { g, z, real, score } = setUp();
    const fake = generator(z, g);
    expectClose(flat(fake), golden.fake.flat());
    expectClose(score(real), golden.scores);
    expectClose(flat(criticLoss(score(real), score(fake))), [golden.criticLoss]);
    expectClose(flat(generatorLoss(score(fake))), [golden.generatorLoss]);
  });

  it("the gradient penalty and its gradient by every weight of the critic", () => {
    const { g, d, z, real, alpha } = setUp();
    const points = interpolate(real, generator(z, g), alpha);
    expectClose(flat(points), golden.interpolated.flat());
    const { value, grads } = gradientsBy(d, (layers) => gradientPenalty((x) => critic(x, layers), points));
    expectClose(flat(value), [golden.gradientPenalty]);
    d.forEach(({ b }, i) => {
      expectClose(flat(grads[i]!.w!), golden.penaltyGradients[i]!.w.flat());
      // The last bias does not occur in the critic's gradient: TensorFlow.js then has no entry for it.
      expectClose(grads[i]!.b ?? tf.zerosLike(b), golden.penaltyGradients[i]!.b);
    });
    // Not all 0: else the penalty would be a number that nobody differentiates.
    expect(tf.max(tf.abs(grads[0]!.w!)).dataSync()[0]).toBeGreaterThan(0.01);
  });

  it("a convolutional critic: scores, penalty, and its gradient by the weights", () => {
    const { scores, penalty, gradients } = golden.convolution;
    const d = sineCritic();
    const images = tf.tensor2d(
      Float32Array.from({ length: 3 * 784 }, (_, n) => Math.sin(0.37 * n + 0.5)),
      [3, 784],
    );
    const score = (x: tf.Tensor2D): tf.Tensor1D => critic(x, d);
    expectClose(score(images), scores, 1e-4, 1e-5);
    const { value, grads } = gradientsBy(d, (layers) => gradientPenalty((x) => critic(x, layers), images));
    expectClose(flat(value), [penalty]);
    grads.forEach(({ w }, i) => expectClose(tf.slice(flat(w!), 0, gradients[i]!.length), gradients[i]!, 1e-3, 1e-5));
  });

  it("four training steps with Adam, two of the critic for each of the generator", () => {
    const { g, d, z, real, alpha } = setUp();
    const program = ganProgram(g, d, golden.lambda);
    for (const wanted of golden.steps) {
      program.criticStep({ real, z, alpha });
      const { wasserstein, penalty } = program.criticStep({ real, z, alpha });
      const made = program.generatorStep({ z });
      expectClose(-wasserstein, [wanted.critic], 1e-3, 1e-5);
      expectClose(penalty, [wanted.penalty], 1e-3, 1e-5);
      expectClose(made.loss, [wanted.generator], 1e-3, 1e-5);
    }
    program.dispose();
  });
});

/** Both networks as one program, with Adam as in gan.py. */
function ganProgram(g: GanLayer[], d: GanLayer[], lambda: number) {
  const options = { lr: 1e-2, beta1: 0.5, beta2: 0.9, epsilon: 1e-4 };
  return compile(
    { g, d },
    {
      criticStep: trainStep(
        (state, { real, z, alpha }) =>
          criticObjective((x) => critic(x, state.d), real, generator(z, state.g), { weight: lambda, alpha }),
        { inputs: { real: ["B", "n"], z: ["B", "noise"], alpha: ["B", 1] }, of: "d", by: adam(options) },
      ),
      generatorStep: trainStep((state, { z }) => ({ loss: generatorLoss(critic(generator(z, state.g), state.d)) }), {
        inputs: { z: ["B", "noise"] },
        of: "g",
        by: adam(options),
      }),
    },
  );
}

onEveryBackend("gan on paper", () => {
  it("has the sizes and the shapes of the article", () => {
    const g = generatorLayers(randomStream(1));
    const d = criticLayers(randomStream(2));
    const count = (layers: GanLayer[]): number => weightsOf(layers).reduce((sum, v) => sum + v.size, 0);
    expect(count(g)).toBe(100 * 256 + 256 + 256 * 512 + 512 + 512 * 784 + 784);
    expect(count(d)).toBe(784 * 512 + 512 + 512 * 256 + 256 + 256 + 1);
    const pictures = generator(randomStream(3).normal([5, 100]), g);
    expect(pictures.shape).toEqual([5, 784]);
    expect(critic(pictures, d).shape).toEqual([5]);
    expect(tf.max(tf.abs(pictures)).dataSync()[0]).toBeLessThan(1);
    tf.dispose([weightsOf(g), weightsOf(d), pictures]);
  });

  it("a convolutional critic has 14,817 numbers", () => {
    const d = convCriticLayers(randomStream(2));
    expect(weightsOf(d).reduce((sum, v) => sum + v.size, 0)).toBe(25 * 16 + 16 + 25 * 16 * 32 + 32 + 49 * 32 + 1);
    expect(critic(randomStream(3).uniform([2, 784], -1, 1), d).shape).toEqual([2]);
  });

  it("starts at the mean digit", () => {
    const images = randomStream(2).uniform([30, 784], -0.5, 0.9);
    const g = generatorLayersAtMean(randomStream(3), images);
    const dark = tf.zeros<tf.Rank.R2>([2, 100]);
    expectClose(flat(tf.mean(generator(dark, g), 0)), [...tf.mean(images, 0).dataSync()], 1e-4, 1e-5);
    const signal = generator(randomStream(5).normal([200, 100]), g);
    // He's variance: the sum before tanh has a standard deviation near 1.4, so pictures differ from the start.
    const spread = tf.mean(tf.sqrt(tf.moments(tf.atanh(tf.clipByValue(signal, -0.9999, 0.9999)), 0).variance));
    expect(spread.dataSync()[0]).toBeGreaterThan(1);
    expect(spread.dataSync()[0]).toBeLessThan(2);
  });

  it("a linear critic climbs by |w| everywhere: its penalty is (|w| − 1)²", () => {
    const w = tf.tensor2d([[3], [4]]);
    const score = (x: tf.Tensor2D): tf.Tensor1D => tf.reshape(tf.matMul(x, w), [-1]);
    const x = tf.tensor2d([
      [0, 0],
      [5, -1],
      [2, 2],
    ]);
    expectClose(gradientNorms(score, x), [5, 5, 5]);
    expectClose(flat(gradientPenalty(score, x)), [16]);
    const unit = (points: tf.Tensor2D): tf.Tensor1D => tf.div(score(points), 5);
    expectClose(flat(gradientPenalty(unit, x)), [0]);
  });

  it("the gradient of the penalty exists where the critic is flat", () => {
    const w = tf.variable(tf.tensor2d([[0], [0]]));
    const penalty = (): tf.Scalar => gradientPenalty((x) => tf.reshape(tf.matMul(x, w), [-1]), tf.tensor2d([[1, 2]]));
    const { grads } = tf.variableGrads(penalty, [w]);
    expect([...grads[w.name]!.dataSync()].every(Number.isFinite)).toBe(true);
  });

  it("interpolation: α = 1 is real, α = 0 is fake, one α for a whole picture", () => {
    const [real, fake] = [
      tf.tensor2d([
        [1, 2],
        [3, 4],
        [0, 8],
      ]),
      tf.tensor2d([
        [5, 6],
        [7, 8],
        [4, 0],
      ]),
    ];
    const points = interpolate(real, fake, tf.tensor2d([[1], [0], [0.25]]));
    expectClose(flat(points), [1, 2, 7, 8, 3, 2]);
  });

  it("a last batch of 32 does not fit 64 fakes, and one α a pixel is refused", () => {
    const [real, fake] = [tf.zeros<tf.Rank.R2>([32, 784]), tf.zeros<tf.Rank.R2>([64, 784])];
    expect(() => interpolate(real, fake, tf.zeros([32, 1]))).toThrow("32 real pictures of 784 numbers, 64 fake");
    expect(() => interpolate(real, real, tf.zeros([32, 784]))).toThrow("wanted alpha [32, 1], got [32, 784]");
  });

  it("α is uniform in [0, 1]: normal draws are refused", () => {
    const [real, fake] = [tf.ones<tf.Rank.R2>([2, 3]), tf.zeros<tf.Rank.R2>([2, 3])];
    expect(() => interpolate(real, fake, tf.tensor2d([[0.4], [-0.3]]))).toThrow(
      /interpolate: alpha\[1, 0\] is -0\.3.*, wanted 0 to 1: draw it with stream\.uniform\(\[B, 1\]\)/,
    );
    expect(() => interpolate(real, fake, tf.tensor2d([[1.7], [0]]))).toThrow("alpha[0, 0] is 1.7");
  });

  it("the penalty looks between real and fake: α = 1 would miss a critic that is steep only there", () => {
    // D(x) = 5·relu(x − 1)·… is flat at the fakes (0) and at the reals (2), steep between them.
    const score = (x: tf.Tensor2D): tf.Tensor1D => tf.sum(tf.sub(tf.relu(tf.sub(x, 0.5)), tf.relu(tf.sub(x, 1.5))), 1);
    const [real, fake] = [tf.fill<tf.Rank.R2>([64, 1], 2), tf.zeros<tf.Rank.R2>([64, 1])];
    const penaltyAt = (alpha: tf.Tensor2D): number =>
      criticObjective((x) => tf.mul(score(x), 3), real, fake, { weight: 1, alpha }).penalty.dataSync()[0]!;
    expect(penaltyAt(tf.ones([64, 1]))).toBeCloseTo(1, 3); // the slope is 0 there: as if the critic were flat
    expect(penaltyAt(randomStream(1).uniform([64, 1]))).toBeGreaterThan(2); // (3 − 1)² on half of the way
  });

  it("no batch norm, no dropout: a score is one picture's own, and the same at every call", () => {
    const x = randomStream(5).uniform([4, 784], -1, 1);
    for (const d of [criticLayers(randomStream(6), { hidden: [20] }), convCriticLayers(randomStream(7), [3, 4])]) {
      const all = Array.from(critic(x, d).dataSync());
      expectClose(critic(tf.slice(x, 2, 1), d), [all[2]!], 1e-4, 1e-5);
      expectClose(critic(x, d), all, 0, 0);
    }
  });

  it("sizes that do not fit are refused with what to change", () => {
    const [g, d, c] = [
      generatorLayers(randomStream(1)),
      criticLayers(randomStream(2)),
      convCriticLayers(randomStream(3)),
    ];
    expect(() => generator(tf.zeros([2, 64]), g)).toThrow("generator: z is [2, 64], wanted [B, 100]: ");
    for (const layers of [d, c]) {
      expect(() => critic(tf.zeros([2, 783]), layers)).toThrow("critic: x is [2, 783], wanted [B, 784]: ");
      expect(() => critic(tf.zeros([2, 28, 28]) as unknown as tf.Tensor2D, layers)).toThrow("critic: x is [2, 28, 28]");
    }
    expect(() => generatorLayers(randomStream(1), { noise: 0 })).toThrow(
      "generatorLayers: noise is 0, wanted 1 or more",
    );
    expect(() => criticLayers(randomStream(1), { hidden: [20, NaN] })).toThrow("criticLayers: hidden is NaN");
    expect(() => convCriticLayers(randomStream(1), [16, 0])).toThrow("convCriticLayers: channels is 0");
    const start = (x: tf.Tensor2D) => () => generatorLayersAtMean(randomStream(1), x);
    expect(start(tf.zeros([0, 784]))).toThrow("generatorLayersAtMean: no pictures: give at least one");
    expect(start(tf.fill([2, 784], 255))).toThrow("images[0, 0] is 255, wanted -1 to 1");
    expect(start(tf.fill([2, 784], NaN))).toThrow("images[0, 0] is NaN");
  });

  it("real pictures that are no −1 to 1 are refused by the losses; points are not", () => {
    const score = (x: tf.Tensor2D): tf.Tensor1D => tf.sum<tf.Tensor1D>(x, 1);
    const [fake, alpha] = [tf.zeros<tf.Rank.R2>([2, 784]), tf.zeros<tf.Rank.R2>([2, 1])];
    const cure = 'wanted -1 to 1: take images(indices), whose range is "[-1,1]"';
    for (const bad of [255, -2, NaN]) {
      const real = tf.fill<tf.Rank.R2>([2, 784], bad);
      const term = { weight: 1, alpha };
      expect(() => criticObjective(score, real, fake)).toThrow(`criticObjective: real[0, 0] is ${bad}, ${cure}`);
      expect(() => criticObjective(score, real, fake, term)).toThrow(`criticObjective: real[0, 0] is ${bad}, ${cure}`);
      expect(() => flatnessPenalty(score, real)).toThrow(`flatnessPenalty: x[0, 0] is ${bad}, ${cure}`);
    }
    const [points, others] = [tf.fill<tf.Rank.R2>([2, 2], 7), tf.zeros<tf.Rank.R2>([2, 2])];
    expectClose(flat(criticObjective(score, points, others).wasserstein), [14]);
    expectClose(flat(flatnessPenalty(score, points)), [2]);
    expect(() => criticObjective(score, points, tf.zeros([2, 3]))).toThrow(
      "criticObjective: fake is [2, 3], wanted [B, 2]: real and made pictures are of one size",
    );
  });

  it("a critic of single numbers with a penalty, compiled as op by op", () => {
    // TensorFlow's optimizer takes a sum with a product of one row for a bias, and then refuses the bias.
    const losses = [true, false].map((eager) => {
      const state = {
        d: criticLayers(randomStream(1), { hidden: [8], pixels: 1 }),
        g: generatorLayers(randomStream(2), { hidden: [8], noise: 1, pixels: 1 }),
      };
      const step = trainStep<typeof state, { loss: tf.Scalar }, { real: ["B", 1]; z: ["B", 1] }>(
        ({ d, g }, { real, z }) => {
          const score = (x: tf.Tensor2D): tf.Tensor1D => critic(x, d);
          const plain = logisticCriticLoss(score(real), score(generator(z, g)));
          return { loss: tf.add<tf.Scalar>(plain, flatnessPenalty(score, real)) };
        },
        { inputs: { real: ["B", 1], z: ["B", 1] }, of: "d", by: adam({ lr: 0.01 }) },
      );
      const program = compile(state, { step }, { eager });
      const [real, z] = [randomStream(3).normal([16, 1]), randomStream(4).normal([16, 1])];
      const seen = [0, 1, 2].map(() => program.step({ real, z }).loss);
      program.dispose();
      return seen;
    });
    expectClose(tf.tensor1d(losses[1]!), losses[0]!, 1e-4, 1e-5);
  });

  it("a step of one network leaves the other alone", () => {
    const { g, d, z, real, alpha } = setUp();
    const program = ganProgram(g, d, 10);
    const values = (part: "g" | "d"): number[] => weightsOf(program.read(part)).flatMap((v) => [...v.dataSync()]);
    const [g0, d0] = [values("g"), values("d")];
    program.criticStep({ real, z, alpha });
    expect(values("g")).toEqual(g0);
    const d1 = values("d");
    expect(d1).not.toEqual(d0);
    program.generatorStep({ z });
    expect(values("d")).toEqual(d1);
    expect(values("g")).not.toEqual(g0);
    program.dispose();
  });

  it("without a penalty the loss is the distance's negative", () => {
    const { g, z, real, score } = setUp();
    const { loss, wasserstein, penalty } = criticObjective(score, real, generator(z, g));
    expectClose(flat(loss), [golden.criticLoss]);
    expectClose(flat(wasserstein), [-golden.criticLoss]);
    expectClose(flat(penalty), [0]);
  });

  it("copies have tensors of their own", () => {
    const { g } = setUp();
    const copy = copyLayers(g);
    const first = copy[0]!.w.dataSync()[0];
    tf.dispose(weightsOf(g));
    expect(copy[0]!.w.dataSync()[0]).toBe(first);
  });
});
