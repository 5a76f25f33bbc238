// What the diffusion models refuse, and what they say then: who, what, wanted, cure.
import { describe, expect, it } from "vitest";
import { batches } from "../../../lib/data/batches";
import { DigitSet } from "../../../lib/data/mnist";
import { ddimSample } from "../../../lib/models/ddim";
import { denoiser, denoiserLoss, denoiserWeights, spreadLevels } from "../../../lib/models/denoiser";
import {
  alphaBarAt,
  ddimStep,
  ddpmStep,
  guide,
  noiseLoss,
  noiseSchedule,
  predictedNoise,
  predictionTarget,
  predictX0,
  qSample,
  samplingTimes,
  velocity,
} from "../../../lib/models/diffusion";
import type { Prediction } from "../../../lib/models/diffusion";
import { labelTensor } from "../../../lib/models/labels";
import { textEncoder, textEncoderWeights } from "../../../lib/models/text-encoder";
import { sinusoids, unet, unetWeights } from "../../../lib/models/unet";
import { adam } from "../../../lib/nn/optimizers";
import { compile } from "../../../lib/tensor/compile";
import { trainStep } from "../../../lib/tensor/program-functions";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { train } from "../../../lib/train/train";
import { native, onEveryBackend } from "../backends";
import { SMALL_UNET } from "./small-unet";

const SMALL = { ...SMALL_UNET, classes: 10 };
const T = 100;
const schedule = noiseSchedule("cosine", T);
const ints = (...values: number[]): tf.Tensor1D => tf.tensor1d(values, "int32");
const rows = (B: number, n: number, value = 0): tf.Tensor2D => tf.fill([B, n], value);

onEveryBackend("refused by the formulas of diffusion", () => {
  it("alphaBarAt: levels that do not exist, halves, and other shapes", () => {
    expect(() => alphaBarAt(schedule, ints(3, T))).toThrow(
      `alphaBarAt: t[1] is ${T}, wanted a whole number from 0 to ${T - 1}: the schedule has ${T} levels, which count from 0`,
    );
    expect(() => alphaBarAt(schedule, ints(-1))).toThrow("alphaBarAt: t[0] is -1, wanted a whole number from 0 to 99");
    expect(() => alphaBarAt(schedule, tf.tensor1d([0.5]))).toThrow("alphaBarAt: t is float32, wanted int32");
    expect(() => alphaBarAt(schedule, tf.zeros([2, 1], "int32") as unknown as tf.Tensor1D)).toThrow(
      "alphaBarAt: t is [2, 1], wanted [B]",
    );
    expect(alphaBarAt(schedule, ints(0, T - 1)).shape).toEqual([2, 1]);
  });

  it("noise of another shape is not broadcast", () => {
    const [x, one, other] = [rows(2, 5), rows(1, 5), rows(2, 4)];
    for (const eps of [one, other]) {
      const got = `[${eps.shape.join(", ")}], wanted [2, 5]`;
      expect(() => qSample(x, eps, 0.5)).toThrow(`qSample: eps is ${got}`);
      expect(() => velocity(x, eps, 0.5)).toThrow(`velocity: eps is ${got}`);
      expect(() => predictX0(x, eps, 0.5)).toThrow(`predictX0: eps is ${got}`);
      expect(() => predictedNoise("v", eps, x, 0.5)).toThrow(`predictedNoise: answer is ${got}`);
      expect(() => guide(x, eps, 2)).toThrow(`guide: conditional is ${got}`);
      for (const step of [ddimStep, ddpmStep]) {
        expect(() => step({ x, eps, alphaBar: 0.5, alphaBarNext: 0.6 })).toThrow(`Step: eps is ${got}`);
        expect(() => step({ x, eps: x, noise: eps, alphaBar: 0.5, alphaBarNext: 0.6 })).toThrow(
          `Step: noise is ${got}`,
        );
      }
    }
    expect(() => guide(x, x, NaN)).toThrow("guide: s is NaN");
    expect(() => guide(x, x, tf.ones([5]) as unknown as tf.Scalar)).toThrow("guide: s is [5], wanted one number");
    expect(() => predictionTarget("eps", x, rows(1, 5), 0.5)).toThrow("predictionTarget: eps is [1, 5], wanted [2, 5]");
  });

  it("ᾱ outside [0, 1], that of a level that does not exist, and one of another shape", () => {
    const x = rows(2, 5);
    for (const [bad, words] of [
      [1.00005, "1.0000"],
      [-5e-5, "-0.00005"],
    ] as const) {
      // prettier-ignore
      const level = tf.tensor2d([bad, 0.5], [2, 1]);
      expect(() => qSample(x, x, level)).toThrow(`qSample: alphaBar[0, 0] is ${words.slice(0, 5)}`);
      expect(() => predictX0(x, x, level)).toThrow("wanted 0 to 1");
    }
    for (const bad of [schedule.alphaBars[T]!, schedule.alphaBars[-1]!, NaN, 1.5, -0.1]) {
      const got = `alphaBar is ${bad}, wanted 0 to 1: the share of the picture that is left`;
      expect(() => qSample(x, x, bad)).toThrow(`qSample: ${got}`);
      expect(() => velocity(x, x, bad)).toThrow(`velocity: ${got}`);
      expect(() => predictX0(x, x, bad)).toThrow(`predictX0: ${got}`);
      expect(() => predictedNoise("x0", x, x, bad)).toThrow(`predictedNoise: ${got}`);
      expect(() => ddimStep({ x, eps: x, alphaBar: bad, alphaBarNext: 1 })).toThrow(`ddimStep: ${got}`);
      expect(() => ddpmStep({ x, eps: x, alphaBar: 0.5, alphaBarNext: bad })).toThrow(`alphaBarNext is ${bad}, wanted`);
    }
    expect(() => qSample(x, x, tf.tensor1d([0.1, 0.2]))).toThrow(
      "qSample: alphaBar is [2], wanted [2, 1]: alphaBarAt(",
    );
    expect(() => qSample(x, x, tf.zeros([3, 1]))).toThrow("qSample: alphaBar is [3, 1], wanted [2, 1]");
    expect(() => qSample(x, x, tf.tensor2d([[0.1], [2]]))).toThrow("qSample: alphaBar[1, 0] is 2, wanted 0 to 1");
    expect(qSample(x, x, tf.tensor2d([[0.1], [1]])).shape).toEqual([2, 5]);
  });

  it("steps that would divide by 0 or take the root of a negative number", () => {
    const x = rows(1, 5);
    const step = { x, eps: x, noise: x };
    expect(() => predictX0(x, x, 0)).toThrow("predictX0: alphaBar is 0: pure noise");
    expect(() => predictedNoise("x0", x, x, 1)).toThrow("predictedNoise: alphaBar is 1: a finished picture");
    for (const [name, back] of Object.entries({ ddimStep, ddpmStep })) {
      expect(() => back({ ...step, alphaBar: 1, alphaBarNext: 1 })).toThrow(
        `${name}: alphaBar is 1: there is no noise`,
      );
      expect(() => back({ ...step, alphaBar: 0, alphaBarNext: 1 })).toThrow(`${name}: alphaBar is 0: pure noise`);
    }
    const forwards = { ...step, alphaBar: 0.6, alphaBarNext: 0.5 };
    expect(() => ddpmStep(forwards)).toThrow("ddpmStep: alphaBarNext is 0.5, below alphaBar, 0.6");
    expect(() => ddimStep(forwards, 1)).toThrow("ddimStep: alphaBarNext is 0.5, below alphaBar, 0.6");
    expect(ddimStep(forwards).shape).toEqual([1, 5]); // without new noise DDIM runs both ways
    expect(() => ddimStep({ x, eps: x, alphaBar: 0.5, alphaBarNext: 0.6 }, 1)).toThrow(
      "ddimStep: no noise, but eta is 1",
    );
    for (const eta of [-1, 2, NaN]) {
      expect(() => ddimStep({ ...step, alphaBar: 0.5, alphaBarNext: 0.6 }, eta)).toThrow(`ddimStep: eta is ${eta}`);
    }
  });

  it("what no network is asked for", () => {
    const x = rows(2, 5);
    const noise = "noise" as Prediction;
    const words = ': what is "noise", wanted "eps", "x0" or "v"';
    expect(() => predictionTarget(noise, x, x, 0.5)).toThrow(`predictionTarget${words}`);
    expect(() => predictedNoise(noise, x, x, 0.5)).toThrow(`predictedNoise${words}`);
  });

  it("pictures of 784 that are no −1 to 1; points lie where they like", () => {
    const eps = rows(2, 784);
    expect(() => velocity(rows(2, 784, 255), eps, 0.5)).toThrow("velocity: x0[0, 0] is 255, wanted -1 to 1");
    expect(velocity(rows(2, 2, 3), rows(2, 2), 0.5).shape).toEqual([2, 2]);
    expect(() => qSample(rows(2, 784, 255), eps, 0.5)).toThrow(
      'qSample: x0[0, 0] is 255, wanted -1 to 1: take images(indices), whose range is "[-1,1]"',
    );
    expect(() => qSample(rows(2, 784, NaN), eps, 0.5)).toThrow("qSample: x0[0, 0] is NaN");
    expect(() => qSample(rows(2, 1568, 7), rows(2, 1568), 0.5)).toThrow("qSample: x0[0, 0] is 7"); // two in a row
    expect(qSample(rows(2, 2, 3), rows(2, 2), 1).dataSync()[0]).toBe(3);
  });

  it("noiseLoss: its data, levels, noise and the network's answer", () => {
    const same = (x: tf.Tensor2D): tf.Tensor2D => x;
    const loss = (x0: tf.Tensor2D, t: tf.Tensor1D, eps: tf.Tensor2D, model = same) =>
      tf.tidy(() => noiseLoss(model, x0, t, eps, schedule));
    const x = rows(2, 5);
    expect(loss(x, ints(0, T - 1), x).shape).toEqual([]);
    expect(() => loss(rows(2, 5, 255), ints(0, 1), x)).toThrow("noiseLoss: x0[0, 0] is 255, wanted -1 to 1");
    expect(() => loss(x, ints(0, T), x)).toThrow(`noiseLoss: t[1] is ${T}`);
    expect(() => loss(x, ints(0), x)).toThrow("noiseLoss: t is [1], wanted [2]: one noise level for each picture");
    expect(() => loss(x, ints(0, 1), rows(2, 1))).toThrow("qSample: eps is [2, 1], wanted [2, 5]");
    expect(() => loss(x, ints(0, 1), x, (y) => tf.sum(y, 1, true))).toThrow(
      "noiseLoss: the model's answer is [2, 1], wanted [2, 5]",
    );
    expect(() => loss(tf.zeros([2, 5, 1]) as unknown as tf.Tensor2D, ints(0, 1), x)).toThrow("x0 is [2, 5, 1], wanted");
  });

  it("schedules, times and spread levels", () => {
    expect(() => noiseSchedule("quadratic" as "linear")).toThrow(
      'noiseSchedule: wanted "linear" or "cosine", got "quad',
    );
    expect(() => samplingTimes(NaN, 4)).toThrow("samplingTimes: T is NaN");
    expect(() => spreadLevels(tf.tensor1d([0.5, 1.5]), T)).toThrow("spreadLevels: u[1] is 1.5, wanted 0 to 1");
    expect(() => spreadLevels(tf.zeros([2, 1]) as unknown as tf.Tensor1D, T)).toThrow("spreadLevels: u is [2, 1]");
    expect(() => spreadLevels(tf.tensor1d([0.5]), 0)).toThrow("spreadLevels: T is 0, wanted 1 or more");
  });
});

onEveryBackend("refused by the networks of diffusion", () => {
  const weights = () => unetWeights(randomStream(1), SMALL);

  it("unet: pictures of another size, levels and labels that do not exist, or are not one for each picture", () => {
    const w = weights();
    const run = (x: tf.Tensor2D, t: tf.Tensor1D, labels: tf.Tensor1D) => tf.tidy(() => unet(x, t, labels, w, SMALL));
    const [x, t, labels] = [rows(2, 64), ints(0, 5), ints(9, 10)];
    expect(run(x, t, labels).shape).toEqual([2, 64]);
    expect(() => run(rows(2, 65), t, labels)).toThrow("wanted [B, 64]: 8 × 8 pixels");
    expect(() => run(tf.zeros([2, 8, 8]) as unknown as tf.Tensor2D, t, labels)).toThrow(
      "unet: x is [2, 8, 8], wanted [B, 64]",
    );
    expect(() => run(x, ints(0), labels)).toThrow("unet: t is [1], wanted [2]: one noise level for each picture");
    expect(() => run(x, ints(0, -1), labels)).toThrow("unet: t[1] is -1, wanted 0 or more");
    expect(() => run(x, tf.tensor1d([0, NaN]), labels)).toThrow("unet: t[1] is NaN");
    expect(() => run(x, t, ints(1))).toThrow("unet: labels is [1], wanted [2]: one label for each picture");
    for (const bad of [-1, 11]) {
      expect(() => run(x, t, ints(0, bad))).toThrow(
        `unet: labels[1] is ${bad}, wanted a whole number from 0 to 10: make them`,
      );
    }
    expect(() => run(x, t, tf.tensor1d([0, 1]))).toThrow("unet: labels are float32, wanted int32: labelTensor");
    expect(() => labelTensor([3, 10], 10, { none: false })).toThrow("labelTensor: label 1 is 10");
  });

  it("unet: conditions of another length, or too few", () => {
    const config = { ...SMALL, classes: 0, condition: 5, pictures: 1 };
    const w = unetWeights(randomStream(2), config);
    const run = (condition: tf.Tensor2D, picture: tf.Tensor2D) =>
      tf.tidy(() => unet(rows(2, 64), ints(0, 1), { condition, pictures: [picture] }, w, config));
    expect(run(rows(2, 5), rows(2, 64)).shape).toEqual([2, 64]);
    expect(() => run(rows(2, 4), rows(2, 64))).toThrow("unet: condition is [2, 4], wanted [2, 5]: one vector");
    expect(() => run(rows(1, 5), rows(2, 64))).toThrow("unet: condition is [1, 5], wanted [2, 5]");
    expect(() => run(rows(2, 5), rows(1, 64))).toThrow("unet: pictures[0] is [1, 64], wanted [2, pixels]");
    expect(() => run(rows(2, 5), rows(2, 49))).toThrow("got pictures [2, 49], wanted [B, 64]");
  });

  it("sizes that no network can have", () => {
    const made = (config: object) => () => unetWeights(randomStream(1), { ...SMALL, ...config });
    expect(made({ size: 10 })).toThrow("unetWeights: size is 10, wanted a multiple of 4: it is halved twice");
    expect(made({ channels: [4, 0, 8] })).toThrow("unetWeights: channels is 0, wanted 1 or more");
    expect(made({ embedding: 7 })).toThrow("unetWeights: embedding is 7, wanted an even number");
    expect(made({ classes: -1 })).toThrow("unetWeights: classes is -1, wanted 0 or more");
    expect(made({ outputs: 0 })).toThrow("unetWeights: outputs is 0");
    expect(() => sinusoids(ints(1), 3)).toThrow("sinusoids: wanted an even E of 2 or more, got 3");
  });

  it("denoiser and its loss: sizes, levels, range", () => {
    const w = denoiserWeights(randomStream(3), SMALL);
    const labels = ints(1, 2);
    const guess = (x: tf.Tensor2D, t: tf.Tensor1D) => tf.tidy(() => denoiser(x, t, labels, w, schedule, SMALL));
    const loss = (x0: tf.Tensor2D, t: tf.Tensor1D, eps: tf.Tensor2D) =>
      tf.tidy(() => denoiserLoss({ x0, t, eps }, labels, w, schedule, SMALL));
    const x = rows(2, 64);
    expect(() => guess(rows(2, 192), ints(0, 1))).toThrow("denoiser: x is [2, 192], wanted [B, 64]: pictures of 8 × 8");
    expect(() => guess(x, ints(0, T))).toThrow(`denoiser: t[1] is ${T}, wanted a whole number from 0 to 99`);
    expect(() => guess(x, ints(0, 1, 2))).toThrow("denoiser: t is [3], wanted [2]");
    expect(loss(x, ints(0, 1), x).shape).toEqual([]);
    expect(() => loss(rows(2, 64, 255), ints(0, 1), x)).toThrow("denoiserLoss: x0[0, 0] is 255, wanted -1 to 1");
    expect(() => loss(x, ints(-1, 1), x)).toThrow("denoiserLoss: t[0] is -1");
    expect(() => loss(x, ints(0, 1), rows(1, 64))).toThrow("qSample: eps is [1, 64], wanted [2, 64]");
  });

  it("textEncoder: words that do not exist, texts of another length, heads that do not fit", () => {
    const config = { words: 7, length: 4, width: 6, heads: 2 };
    const w = textEncoderWeights(randomStream(4), config);
    const read = (tokens: number[], heads = 2) =>
      tf.tidy(() => textEncoder(tf.tensor2d([tokens], [1, tokens.length], "int32"), w, { heads }));
    expect(read([0, 1, 2, 6]).shape).toEqual([1, 6]);
    expect(() => read([0, 1, 2, 7])).toThrow("textEncoder: tokens[0, 3] is 7, wanted a whole number from 0 to 6");
    expect(() => read([-1, 1, 2, 0])).toThrow("textEncoder: tokens[0, 0] is -1");
    expect(() => read([1, 2])).toThrow("textEncoder: tokens is [1, 2], wanted [B, 4]: fill texts up with word 0");
    expect(() => textEncoder(ints(1, 2, 3, 4) as unknown as tf.Tensor2D, w)).toThrow("textEncoder: tokens is [4]");
    expect(() => read([0, 1, 2, 3], 4)).toThrow("textEncoder: 4 heads for a width of 6: wanted a divisor of it");
    expect(() => textEncoderWeights(randomStream(4), { ...config, words: 0 })).toThrow(
      "textEncoderWeights: words is 0",
    );
  });

  it("ddimSample: noise that is none, too many steps, a model that answers something else", () => {
    const still = (x: tf.Tensor2D): tf.Tensor2D => tf.zerosLike(x);
    expect(() => ddimSample(still, rows(0, 9), schedule, 4)).toThrow(
      "ddimSample: noise is [0, 9], wanted [B, pixels] with a B of 1 or more",
    );
    expect(() => ddimSample(still, rows(2, 9, NaN), schedule, 4)).toThrow("ddimSample: noise[0, 0] is NaN");
    expect(() => ddimSample(still, tf.zeros([9]) as unknown as tf.Tensor2D, schedule, 4)).toThrow(
      "noise is [9], wanted",
    );
    expect(() => ddimSample(still, rows(2, 9), schedule, T + 1)).toThrow(`wanted 1 to ${T} steps, got ${T + 1}`);
    expect(() => ddimSample((x) => tf.slice(x, 0, 1), rows(2, 9), schedule, 4)).toThrow(
      "ddimStep: eps is [1, 9], wanted [2, 9]",
    );
  });
});

describe("data on their way into training", () => {
  it("an empty set, a batch larger than the set, a digit of another size", () => {
    const set = new DigitSet(new Uint8Array(3 * 784), Uint8Array.of(1, 2, 3));
    const stream = randomStream(1);
    expect(() => batches(set, { size: 4, stream })).toThrow(
      "batches: wanted at most 3 digits a batch, all of the set, got 4",
    );
    expect(() => batches(set.take(0), { size: 1, stream })).toThrow("the set is empty");
    expect(() => new DigitSet(new Uint8Array(3 * 783), Uint8Array.of(1, 2, 3))).toThrow(
      "2349 bytes of pixels for 3 labels, expected 2352",
    );
  });
});

describe.skipIf(native.backend !== "tensorflow")("a compiled step", () => {
  const program = (rate = 0.01) =>
    compile(
      { net: denoiserWeights(randomStream(5), SMALL) },
      {
        step: trainStep(
          ({ net }, { x0, t, labels }, _scalars, random) => {
            const eps = random.normal([x0.shape[0], 64]);
            return { loss: denoiserLoss({ x0, t, eps }, labels, net, schedule, SMALL) };
          },
          {
            inputs: { x0: ["B", 64], t: { shape: ["B"], dtype: "int32" }, labels: { shape: ["B"], dtype: "int32" } },
            of: "net",
            by: adam({ lr: rate }),
          },
        ),
      },
      { random: randomStream(6) },
    );

  it("looks at its first inputs, and works after a refusal", () => {
    const made = program();
    const good = { x0: rows(2, 64), t: ints(0, T - 1), labels: ints(0, 10) };
    expect(() => made.step({ ...good, x0: rows(2, 64, 255) })).toThrow("denoiserLoss: x0[0, 0] is 255");
    expect(() => made.step({ ...good, t: ints(0, T) })).toThrow(`denoiserLoss: t[1] is ${T}`);
    expect(() => made.step({ ...good, labels: ints(0, 11) })).toThrow("unet: labels[1] is 11");
    expect(() => made.step({ ...good, x0: rows(2, 49) })).toThrow("axis 1 must be 64");
    expect(() => made.step({ x0: rows(0, 64), t: ints(), labels: ints() })).toThrow(
      'step: input x0 is [0, 64], declared ["B", 64]: B is 0: give one row at least',
    );
    expect(Number.isFinite(made.step(good).loss)).toBe(true);
    made.dispose();
  });

  it("NaN in training: the step is named, and the input that brought it", async () => {
    const made = program();
    const nan = { x0: rows(2, 64, NaN), t: ints(0, 1), labels: ints(0, 1) };
    made.step({ ...nan, x0: rows(2, 64) }); // recorded with good numbers: later calls are not looked at
    await expect(train({ steps: 3, live: false, log: () => undefined }, () => made.step(nan))).rejects.toThrow(
      "the loss of step 2 is NaN: the input x0 holds NaN",
    );
    made.dispose();
  });
});
