import { expect, it } from "vitest";
import {
  decode,
  elbo,
  elboTerms,
  encode,
  importanceLogWeights,
  importanceWeightedBound,
  klPerLatent,
  klToStandardNormal,
  reparameterise,
  vaeWeights,
} from "../../../lib/models/vae";
import type { VaeWeights } from "../../../lib/models/vae";
import { bernoulliLogLikelihood } from "../../../lib/nn/likelihood";
import { allClose } from "../../../lib/tensor/all-close";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import golden from "../../golden/images.json" with { type: "json" };
import goldenVae from "../../golden/vae.json" with { type: "json" };
import { onEveryBackend } from "../backends";
import { binaryWave, expectGolden, named, replaced, sineWeights, wave } from "./golden";

const SMALL = { pixels: 6, hidden: [5, 4], latents: 3 };

const small = (): VaeWeights => sineWeights(vaeWeights(randomStream(1), SMALL), golden.vae);

function expectClose(got: tf.Tensor | number[], wanted: tf.Tensor | number[], rtol = 1e-4, atol = 1e-5): void {
  const { ok, message } = allClose(got, wanted, { rtol, atol });
  expect(ok, message).toBe(true);
}

onEveryBackend("vae", () => {
  it("ELBO and its gradients equal PyTorch's", () => {
    expectGolden(golden.vae, small(), (weights) =>
      tf.neg(elbo(binaryWave([4, 6], 1), wave([4, 3], 2) as tf.Tensor2D, weights)),
    );
  });

  it("the importance-weighted bound equals PyTorch's, by its own densities", () => {
    const eps = wave([5, 4, 3], 3) as tf.Tensor3D;
    expectClose(importanceWeightedBound(binaryWave([4, 6], 1), eps, small()), golden.vae.importanceWeighted);
  });

  it("so do its log weights and its gradients: the pictures may be made inside what is differentiated", () => {
    const eps = wave([5, 4, 3], 3) as tf.Tensor3D;
    const wanted = tf.reshape(tf.tensor1d(goldenVae.importanceWeighted.logWeights), [5, 4]);
    expectClose(importanceLogWeights(binaryWave([4, 6], 1), eps, small()), wanted);
    expectGolden(goldenVae.importanceWeighted, small(), (weights) =>
      tf.neg(tf.mean<tf.Scalar>(importanceWeightedBound(binaryWave([4, 6], 1), eps, weights))),
    );
  });

  it("a decoder that says one half everywhere, with q = p, has −784·ln 2", () => {
    tf.tidy(() => {
      const weights = replaced(vaeWeights(randomStream(2), { hidden: [8], latents: 4 }), () => tf.scalar(0));
      const zero = { w: tf.zeros<tf.Rank.R2>([8, 784]), b: tf.zeros<tf.Rank.R1>([784]) };
      const shapes = new Map(named(vaeWeights(randomStream(2), { hidden: [8], latents: 4 })));
      const flat = replaced(weights, (name) => tf.zerosLike(shapes.get(name)!));
      expect(zero.w.shape).toEqual(flat.decoder.logits.w.shape);
      const x = binaryWave([3, 784], 1);
      const stream = randomStream(3);
      expect(elbo(x, stream.normal([3, 4]), flat).dataSync()[0]).toBeCloseTo(-784 * Math.LN2, 3);
      expectClose(importanceWeightedBound(x, stream.normal([7, 3, 4]), flat), Array<number>(3).fill(-784 * Math.LN2));
      // Per pixel and averaged it would be −ln 2, 784 times less against the same KL: no bound.
    });
  });

  it("the closed form of KL equals the average of ln q − ln p over draws", () => {
    tf.tidy(() => {
      const q = {
        mean: tf.tensor2d([[0.5, -1, 0]]),
        logVariance: tf.tensor2d([[Math.log(0.25), 0.3, 0]]),
      };
      const N = 200_000;
      const eps = randomStream(4).normal([N, 1, 3]);
      const z = reparameterise(q, eps);
      // ln q(z) − ln p(z) = ½·Σ (z² − ε² − ln σ²)
      const ratio = tf.sum(tf.sub(tf.sub(tf.square(z), tf.square(eps)), q.logVariance), 2).mul(0.5);
      expect(tf.mean(ratio).dataSync()[0]).toBeCloseTo(klToStandardNormal(q).dataSync()[0]!, 1);
      const byHand = 0.5 * (0.25 + 0.25 - 1 - Math.log(0.25) + (1 + Math.exp(0.3) - 1 - 0.3));
      expectClose(klToStandardNormal(q), [byHand]);
      const standard = { mean: tf.zeros<tf.Rank.R2>([2, 3]), logVariance: tf.zeros<tf.Rank.R2>([2, 3]) };
      expectClose(klToStandardNormal(standard), [0, 0]);
    });
  });

  it("z has the mean and variance that the encoder says", () => {
    tf.tidy(() => {
      const q = { mean: tf.tensor2d([[2, -1]]), logVariance: tf.tensor2d([[Math.log(0.04), Math.log(9)]]) };
      const z = reparameterise(q, randomStream(5).normal([50_000, 1, 2]));
      const { mean, variance } = tf.moments(z, 0);
      expectClose(mean, tf.tensor2d([[2, -1]]), 0, 0.05);
      expectClose(variance, tf.tensor2d([[0.04, 9]]), 0.03, 0);
    });
  });

  it("more draws raise the bound, and with one the two estimates agree in the mean", () => {
    tf.tidy(() => {
      const weights = small();
      const x = binaryWave([4, 6], 1);
      const stream = randomStream(6);
      const bound = (k: number): number => {
        const repeats = 4000 / k;
        const many = tf.tile(x, [repeats, 1]);
        return tf.mean(importanceWeightedBound(many, stream.normal([k, 4 * repeats, 3]), weights)).dataSync()[0]!;
      };
      const [one, five, fifty] = [bound(1), bound(5), bound(50)];
      expect(five).toBeGreaterThan(one);
      expect(fifty).toBeGreaterThan(five);
      const exact = elbo(tf.tile(x, [1000, 1]), stream.normal([4000, 3]), weights).dataSync()[0]!;
      expect(Math.abs(exact - one)).toBeLessThan(0.05);
    });
  });

  it("β weighs the KL term alone", () => {
    tf.tidy(() => {
      const [x, eps, weights] = [binaryWave([4, 6], 1), wave([4, 3], 2) as tf.Tensor2D, small()];
      const { logLikelihood, kl } = elboTerms(x, eps, weights);
      const wanted = tf.mean(tf.sub(logLikelihood, tf.mul(kl, 4)));
      expectClose([elbo(x, eps, weights, 4).dataSync()[0]!], [wanted.dataSync()[0]!]);
      expectClose([elbo(x, eps, weights, tf.scalar(4)).dataSync()[0]!], [wanted.dataSync()[0]!]);
      expect(tf.min(kl).dataSync()[0]).toBeGreaterThan(0);
    });
  });

  it("the default model has 860,884 numbers, and shapes as documented", () => {
    const weights = vaeWeights(randomStream(7));
    expect(named(weights).reduce((sum, [, { size }]) => sum + size, 0)).toBe(860_884);
    expect(encode(tf.zeros([2, 784]), weights).mean.shape).toEqual([2, 50]);
    expect(decode(tf.zeros([2, 50]), weights).shape).toEqual([2, 784]);
    expect(() => elbo(tf.zeros([2, 784]), tf.zeros([3, 50]), weights)).toThrow("eps is [3, 50], wanted [2, 50]");
  });

  it("reparameterise takes one ε a latent: [B, Z], k times as many, or n draws of one picture, nothing that is stretched", () => {
    const q = { mean: tf.zeros<tf.Rank.R2>([3, 2]), logVariance: tf.zeros<tf.Rank.R2>([3, 2]) };
    const of = (shape: number[], by = q) => reparameterise(by, tf.ones(shape)).shape;
    expect(of([3, 2])).toEqual([3, 2]);
    expect(of([5, 3, 2])).toEqual([5, 3, 2]);
    const one = { mean: tf.zeros<tf.Rank.R2>([1, 2]), logVariance: tf.zeros<tf.Rank.R2>([1, 2]) };
    expect(of([11, 2], one)).toEqual([11, 2]);
    for (const shape of [[1, 2], [3, 1], [2], [5, 1, 2], [3, 3]]) {
      expect(() => of(shape)).toThrow(`reparameterise: eps is [${shape.join(", ")}], wanted [`);
    }
    expect(() => of([11, 1], one)).toThrow("reparameterise: eps is [11, 1], wanted [n, 2]");
  });

  it("refuses pixels that are no floats in words", () => {
    const weights = vaeWeights(randomStream(1), { pixels: 4, hidden: [3], latents: 2 });
    for (const dtype of ["int32", "bool"] as const) {
      expect(() => elbo(tf.ones([2, 4], dtype), tf.zeros([2, 2]), weights)).toThrow(
        `encode: x is ${dtype}, wanted float32: tf.cast(…, "float32")`,
      );
    }
  });

  it("the KL of a picture is the sum over its latents, and 0 for each that has collapsed", () => {
    tf.tidy(() => {
      const q = { mean: tf.tensor2d([[1, 0, -2]]), logVariance: tf.tensor2d([[0, 0, Math.log(0.25)]]) };
      const wanted = [0.5, 0, 0.5 * (4 + 0.25 - 1 + Math.log(4))];
      expectClose(klPerLatent(q), tf.tensor2d([wanted]));
      expectClose(klToStandardNormal(q), [wanted[0]! + wanted[2]!]);
    });
  });

  it("the output starts at the pixels' means: an untrained decoder draws the mean picture", () => {
    tf.tidy(() => {
      const config = { pixels: 3, hidden: [4], latents: 2 };
      const weights = vaeWeights(randomStream(8), { ...config, pixelMeans: [0, 0.25, 1] });
      expectClose(tf.sigmoid(weights.decoder.logits.b!), [0.001, 0.25, 0.999]);
      expectClose(vaeWeights(randomStream(8), config).decoder.logits.w, weights.decoder.logits.w);
      expect(() => vaeWeights(randomStream(8), { ...config, pixelMeans: [0, 1] })).toThrow("2 pixelMeans for 3 pixels");
      const bytes = { ...config, pixelMeans: [0, 64, 255] };
      expect(() => vaeWeights(randomStream(8), bytes)).toThrow(
        "pixelMeans[1] is 64, wanted 0 to 1: divide bytes by 255",
      );
    });
  });

  it("sizes that do not fit are refused with what to change", () => {
    const weights = small();
    expect(() => encode(tf.zeros([2, 7]), weights)).toThrow("encode: wanted [B, 6], 6 pixels a row, got [2, 7]");
    expect(() => decode(tf.zeros([2, 4]), weights)).toThrow("decode: wanted [B, 3], 3 latents a row, got [2, 4]");
    expect(() => vaeWeights(randomStream(1), { latents: 0 })).toThrow("whole numbers ≥ 1, got 0");
    expect(() => vaeWeights(randomStream(1), { hidden: [20.5] })).toThrow("whole numbers ≥ 1, got 20.5");
    tf.dispose(weights as unknown as tf.TensorContainer);
  });

  it("grey and [−1, 1] pictures are refused: the chances of such would not add up to 1", () => {
    const [weights, eps] = [small(), wave([2, 3], 1) as tf.Tensor2D];
    const grey = tf.fill<tf.Rank.R2>([2, 6], 0.5);
    expect(() => elbo(grey, eps, weights)).toThrow("elbo: x[0, 0] is 0.5, wanted 0 or 1: ");
    expect(() => elboTerms(tf.sub(tf.mul(binaryWave([2, 6], 1), 2), 1), eps, weights)).toThrow(/is -1, wanted 0 or 1/);
    expect(() => elbo(tf.fill([2, 6], NaN), eps, weights)).toThrow("x[0, 0] is NaN");
    const many = wave([4, 2, 3], 1) as tf.Tensor3D;
    expect(() => importanceWeightedBound(grey, many, weights)).toThrow("importanceLogWeights: x[0, 0] is 0.5");
  });

  it("noise of another length is refused: of length 1 it would be shared by all latents", () => {
    const [weights, x] = [small(), binaryWave([2, 6], 1)];
    expect(() => elbo(x, tf.zeros([2, 1]), weights)).toThrow(
      "elbo: eps is [2, 1], wanted [2, 3]: one ε for each latent",
    );
    expect(() => elbo(x, tf.zeros([2, 4]), weights)).toThrow("eps is [2, 4], wanted [2, 3]");
    expect(() => importanceLogWeights(x, tf.zeros([5, 2, 1]), weights)).toThrow(
      "importanceLogWeights: eps is [5, 2, 1], wanted [k, 2, 3]",
    );
    expect(() => importanceLogWeights(x, tf.zeros([0, 2, 3]), weights)).toThrow("no draws: give one ε or more");
    expect(() => importanceLogWeights(x, tf.zeros([2, 3]) as unknown as tf.Tensor3D, weights)).toThrow("eps is [2, 3]");
  });

  // Errors of published teaching code.

  it("the reconstruction term is a sum over pixels and a mean over the batch, in nats", () => {
    tf.tidy(() => {
      const [x, eps, weights] = [binaryWave([4, 6], 1), wave([4, 3], 2) as tf.Tensor2D, small()];
      const logits = decode(reparameterise(encode(x, weights), eps), weights);
      const p = [...tf.sigmoid(logits).dataSync()];
      const bits = [...x.dataSync()];
      const nats = bits.reduce((sum, bit, i) => sum + Math.log(bit ? p[i]! : 1 - p[i]!), 0);
      const kl = tf.mean(klToStandardNormal(encode(x, weights))).dataSync()[0]!;
      expectClose([elbo(x, eps, weights).dataSync()[0]!], [nats / 4 - kl]);
      // A mean over the pixels weighs the KL 6 times as much: 1/6 of the β-VAE's objective with β = 6, and no bound.
      expectClose([nats / 24 - kl], [elbo(x, eps, weights, 6).dataSync()[0]! / 6]);
    });
  });

  it("only over binary pictures do the chances add up to 1", () => {
    tf.tidy(() => {
      const logits = [0, 1.3, -2];
      const mass = (levels: number[]): number => {
        const pictures = levels.flatMap((a) => levels.flatMap((b) => levels.map((c) => [a, b, c])));
        const all = tf.tile(tf.tensor2d([logits]), [pictures.length, 1]);
        return tf.sum(tf.exp(bernoulliLogLikelihood(tf.tensor2d(pictures), all))).dataSync()[0]!;
      };
      expect(mass([0, 1])).toBeCloseTo(1, 5);
      // Grey levels: as a density over [0, 1]³ it integrates to Π (2p − 1)/logit(p), far below 1.
      const n = 20;
      const levels = Array.from({ length: n }, (_, i) => (i + 0.5) / n);
      const p = logits.map((l) => 1 / (1 + Math.exp(-l)));
      const exact = p.reduce((product, q, i) => product * (logits[i] === 0 ? 0.5 : (2 * q - 1) / logits[i]!), 1);
      expect(mass(levels) / n ** 3).toBeCloseTo(exact, 3);
      expect(exact).toBeLessThan(0.1);
    });
  });
});
