import { expect, it } from "vitest";
import { tanh } from "../../../lib/nn/activations";
import { torchLinear } from "../../../lib/nn/initializers";
import { linear } from "../../../lib/nn/linear";
import { mse } from "../../../lib/nn/losses";
import { adam } from "../../../lib/nn/optimizers";
import { allClose } from "../../../lib/tensor/all-close";
import { compile } from "../../../lib/tensor/compile";
import { trainStep } from "../../../lib/tensor/program-functions";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";

const B = 8;

function data(size = B) {
  const stream = randomStream(3);
  return { x: stream.normal([size, 3]), y: stream.normal([size, 2]) };
}

/** Two layers; the loss over the batch, scaled by a declared number. */
function program(shards: number, reduce: "mean" | "sum" = "mean") {
  const stream = randomStream(1);
  const net = { first: torchLinear(stream, 3, 5), second: torchLinear(stream, 5, 2) };
  return compile(
    { net },
    {
      step: trainStep(
        (state, { x, y }, { scale }) => {
          const predicted = linear(tanh(linear(x, state.net.first)), state.net.second);
          const loss = reduce === "mean" ? mse(predicted, y) : tf.sum<tf.Scalar>(tf.square(tf.sub(predicted, y)));
          return { loss: tf.mul<tf.Scalar>(scale, loss), size: tf.mean<tf.Scalar>(tf.abs(predicted)), predicted };
        },
        {
          inputs: { x: ["B", 3], y: ["B", 2] },
          scalars: { scale: 1 },
          of: "net",
          by: adam({ lr: 0.05 }),
          clipNorm: 0.5,
          shards,
        },
      ),
    },
  );
}

onEveryBackend("shards", () => {
  it.each([1, 2, 4])("%i parts of a batch make the step of the whole", (shards) => {
    const [whole, parts, inputs] = [program(1), program(shards), data()];
    for (let i = 0; i < 10; i++) {
      const [wanted, got] = [whole.step(inputs, { scale: 2 }), parts.step(inputs, { scale: 2 })];
      expect(got.loss).toBeCloseTo(wanted.loss, 5);
      expect(got.size).toBeCloseTo(wanted.size, 5);
      const compared = allClose(got.predicted, wanted.predicted, { rtol: 1e-4, atol: 1e-5 });
      expect(compared.ok, compared.message).toBe(true);
      tf.dispose([wanted.predicted, got.predicted]);
    }
    const [a, b] = [parts.read("net").first.w, whole.read("net").first.w];
    const compared = allClose(a, b, { rtol: 1e-3, atol: 1e-4 });
    expect(compared.ok, compared.message).toBe(true);
    whole.dispose();
    parts.dispose();
  });

  it("a batch that cannot be divided is computed whole", () => {
    const [whole, parts, last] = [program(1), program(2), data(5)];
    expect(parts.step(data()).loss).toBeCloseTo(whole.step(data()).loss, 5);
    const [wanted, got] = [whole.step(last), parts.step(last)];
    expect(got.loss).toBeCloseTo(wanted.loss, 5);
    expect(got.predicted.shape).toEqual([5, 2]);
    whole.dispose();
    parts.dispose();
  });

  it("a loss that is no mean over the batch is refused, and nothing is trained", () => {
    const summed = program(2, "sum");
    const before = summed.read("net").first.w.dataSync();
    expect(() => summed.step(data())).toThrow(/step: shards: the parts of the batch have a mean loss of .* tf\.mean/);
    expect(summed.read("net").first.w.dataSync()).toEqual(before);
    expect(summed.steps("step")).toBe(0);
    summed.dispose();
  });

  it("also where the body draws random numbers", () => {
    const noisy = compile(
      { w: tf.tensor1d([1, 2]) },
      {
        step: trainStep(
          (state, { x }, _, random) => {
            const noise = random.normal([x.shape[0], 2]);
            return { loss: tf.sum<tf.Scalar>(tf.square(tf.sub(tf.mul(x, state.w), noise))) };
          },
          { inputs: { x: ["B", 2] }, of: "w", by: adam({ lr: 0.01 }), shards: 2 },
        ),
      },
    );
    expect(() => noisy.step({ x: tf.ones([4, 2]) })).toThrow(
      "step: shards: the parts of the batch have a mean loss of",
    );
    noisy.dispose();
  });

  it("random draws are made for each part, as op by op", () => {
    const noisy = (eager: boolean) =>
      compile(
        { w: tf.tensor1d([1, 2]) },
        {
          step: trainStep(
            (state, { x }, _, random) => {
              const noise = random.normal([x.shape[0], 2]);
              return { loss: tf.mean<tf.Scalar>(tf.square(tf.sub(tf.mul(x, state.w), noise))), noise };
            },
            { inputs: { x: ["B", 2] }, of: "w", by: adam({ lr: 0.01 }), shards: 2 },
          ),
        },
        { random: randomStream(5), eager },
      );
    const x = tf.ones<tf.Rank.R2>([4, 2]);
    const [eager, graph] = [noisy(true), noisy(false)];
    for (let i = 0; i < 3; i++) {
      const [a, b] = [eager.step({ x }), graph.step({ x })];
      expect(b.loss).toBeCloseTo(a.loss, 5);
      expect(allClose(b.noise, a.noise).ok).toBe(true);
      expect(a.noise.shape).toEqual([4, 2]);
    }
    eager.dispose();
    graph.dispose();
  });
});

it("shards need a named first axis and a whole number", () => {
  const make = (options: { inputs: { x: [number, number] }; shards: number }) => () =>
    compile(
      { w: tf.tensor1d([1, 2]) },
      {
        step: trainStep((state, { x }) => ({ loss: tf.mean<tf.Scalar>(tf.mul(x, state.w)) }), {
          ...{ of: "w", by: adam({ lr: 0.01 }) },
          ...options,
        }),
      },
    );
  expect(make({ inputs: { x: [4, 2] }, shards: 2 })).toThrow('no input\'s first axis has a name: declare ["B", …]');
  expect(make({ inputs: { x: [4, 2] }, shards: 1.5 })).toThrow("wanted shards, a whole number ≥ 1, got 1.5");
});
