import { expect, it } from "vitest";
import { denoiser, denoiserWeights, pixelReadings } from "../../../lib/models/denoiser";
import {
  alphaBarAt,
  ddimStep,
  ddpmStep,
  noiseSchedule,
  predictedNoise,
  predictionTarget,
  qSample,
  velocity,
} from "../../../lib/models/diffusion";
import type { Prediction } from "../../../lib/models/diffusion";
import { mse } from "../../../lib/nn/losses";
import { adam } from "../../../lib/nn/optimizers";
import { allClose } from "../../../lib/tensor/all-close";
import { compile } from "../../../lib/tensor/compile";
import { trainStep } from "../../../lib/tensor/program-functions";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import golden from "../../golden/denoiser.json" with { type: "json" };
import { onEveryBackend } from "../backends";
import { expectGolden, sineWeights, wave } from "./golden";
import { SMALL_UNET } from "./small-unet";

const SMALL = { ...SMALL_UNET, classes: 3 };
const cosine = noiseSchedule("cosine");

function expectClose(got: tf.Tensor, wanted: tf.Tensor | number[], atol = 1e-5): void {
  const { ok, message } = allClose(got, wanted, { rtol: 1e-4, atol });
  expect(ok, message).toBe(true);
}

it("the cosine schedule is the one that diffusers calls squaredcos_cap_v2", () => {
  golden.cosine.t.forEach((t, i) => {
    expect(cosine.betas[t]! / golden.cosine.betas[i]!).toBeCloseTo(1, 5);
    expect(cosine.alphaBars[t]! / golden.cosine.alphaBars[i]!).toBeCloseTo(1, 5);
  });
});

onEveryBackend("denoiser", () => {
  it("loss of v and its gradients equal PyTorch's", () => {
    const t = tf.tensor1d([3, 500, 990], "int32");
    const labels = tf.tensor1d([2, 0, 3], "int32");
    const [x0, eps] = [wave([3, 64], 1), wave([3, 64], 5)] as [tf.Tensor2D, tf.Tensor2D];
    const alphaBar = alphaBarAt(cosine, t);
    const x = qSample(x0, eps, alphaBar);
    const weights = sineWeights(denoiserWeights(randomStream(1), SMALL), golden.denoiser);
    expectGolden(golden.denoiser, weights, (w) =>
      mse(denoiser(x, t, labels, w, cosine, SMALL), velocity(x0, eps, alphaBar)),
    );
  });

  it("steps of DDPM and DDIM equal the papers' formulas in float64; the last adds no noise", () => {
    tf.tidy(() => {
      const [x, eps, noise] = [wave([2, 5], 1), wave([2, 5], 5), wave([2, 5], 9)] as tf.Tensor2D[];
      const bars = cosine.alphaBars;
      const step = { x: x!, eps: eps!, noise: noise!, clip: false };
      const middle = { ...step, alphaBar: bars[400]!, alphaBarNext: bars[399]! };
      expectClose(tf.reshape(ddpmStep(middle), [-1]), golden.steps.ddpm400, 1e-4);
      const last = { ...step, alphaBar: bars[0]!, alphaBarNext: 1 };
      expectClose(tf.reshape(ddpmStep(last), [-1]), golden.steps.ddpm0, 1e-4);
      const far = { ...step, alphaBar: bars[400]!, alphaBarNext: bars[350]! };
      expectClose(tf.reshape(ddimStep(far), [-1]), golden.steps.ddim, 1e-4);
    });
  });

  it("noise, picture and velocity are one: each gives the noise back", () => {
    tf.tidy(() => {
      const stream = randomStream(2);
      const [x0, eps] = [stream.uniform([3, 5], -1, 1), stream.normal([3, 5])];
      for (const alphaBar of [0.04, 0.5, 0.9, tf.tensor2d([[0.1], [0.6], [0.99]])]) {
        const x = qSample(x0, eps, alphaBar);
        for (const what of ["eps", "x0", "v"] as Prediction[]) {
          expectClose(predictedNoise(what, predictionTarget(what, x0, eps, alphaBar), x, alphaBar), eps, 1e-4);
        }
      }
      expectClose(velocity(x0, eps, 1), eps);
      expectClose(velocity(x0, eps, 0), tf.neg(x0));
      // v stands at a right angle to x_t: (cos, sin)·(−sin, cos) = 0
      const both = tf.add(tf.square(qSample(x0, eps, 0.3)), tf.square(velocity(x0, eps, 0.3)));
      expectClose(both, tf.add(tf.square(x0), tf.square(eps)));
    });
  });

  it("a reading is the velocity of a pixel that has that colour, cut to ±3", () => {
    tf.tidy(() => {
      const x0 = tf.tensor2d([[-1, 1, 0.2, -1]]);
      const eps = tf.tensor2d([[0.3, -1.4, 0.5, 2]]);
      for (const a of [0.999, 0.5, 0.01]) {
        const { black, white } = pixelReadings(qSample(x0, eps, a), a);
        const v = tf.clipByValue<tf.Tensor2D>(velocity(x0, eps, a), -3, 3);
        expectClose(tf.gather(black, [0, 3], 1), tf.gather(v, [0, 3], 1), 1e-3);
        expectClose(tf.gather(white, [1], 1), tf.gather(v, [1], 1), 1e-3);
        expect(tf.max(tf.abs(black)).dataSync()[0]).toBeLessThanOrEqual(3);
      }
      const { white } = pixelReadings(qSample(x0, eps, 0.999), 0.999);
      expect(white.dataSync()[0]).toBe(-3); // a black pixel is no white one: far outside
    });
  });

  it("fresh weights guess 0; wrong labels and sizes say so", () => {
    tf.tidy(() => {
      const weights = denoiserWeights(randomStream(3), SMALL);
      const [x, t] = [randomStream(4).normal([2, 64]), tf.tensor1d([0, 999], "int32")];
      const labels = tf.tensor1d([0, 3], "int32");
      expect(tf.max(tf.abs(denoiser(x, t, labels, weights, cosine, SMALL))).dataSync()[0]).toBe(0);
      expect(() => denoiser(x, t, undefined, weights, cosine, SMALL)).toThrow("no labels for a network with");
      expect(() => denoiser(tf.zeros([2, 49]), t, labels, weights, cosine, SMALL)).toThrow("denoiser: x is [2, 49]");
    });
  });

  it("a run that is saved, restored and continued equals one that was not interrupted, averages included", () => {
    const data = randomStream(6);
    const batch = () => ({
      x0: data.uniform([4, 64], -1, 1),
      t: data.integers([4], 0, 1000),
      labels: data.integers([4], 0, 4),
    });
    const batches = [batch(), batch(), batch(), batch()];
    const start = () =>
      compile(
        { net: denoiserWeights(randomStream(7), SMALL), average: denoiserWeights(randomStream(7), SMALL) },
        {
          step: trainStep(
            (state, { x0, t, labels }, _scalars, random) => {
              const eps = random.normal([x0.shape[0], 64]);
              const alphaBar = alphaBarAt(cosine, t);
              const v = denoiser(qSample(x0, eps, alphaBar), t, labels, state.net, cosine, SMALL);
              return { loss: mse(v, velocity(x0, eps, alphaBar)) };
            },
            {
              inputs: {
                x0: ["B", 64],
                t: { shape: ["B"], dtype: "int32" },
                labels: { shape: ["B"], dtype: "int32" },
              },
              of: "net",
              by: adam({ lr: (i) => 1e-2 / i }),
              average: { into: "average", decay: 0.9 },
            },
          ),
        },
        { random: randomStream(8), eager: true }, // compiled programs resume exactly too: compile.test.ts
      );
    const whole = start();
    const wanted = batches.map((inputs) => whole.step(inputs).loss);
    const first = start();
    first.step(batches[0]!);
    first.step(batches[1]!);
    const second = start();
    second.restore(first.save());
    expect([second.step(batches[2]!).loss, second.step(batches[3]!).loss]).toEqual(wanted.slice(2));
    const averages = [whole, second].map((program) => program.read("average").noise.w.dataSync());
    expect(averages[1]).toEqual(averages[0]);
    [whole, first, second].forEach((program) => program.dispose());
  });
});
