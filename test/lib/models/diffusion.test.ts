import { describe, expect, it } from "vitest";
import {
  ddimStep,
  ddpmStep,
  guide,
  noiseLoss,
  noiseSchedule,
  posteriorVariance,
  predictX0,
  qSample,
  samplingTimes,
} from "../../../lib/models/diffusion";
import { allClose } from "../../../lib/tensor/all-close";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";

function expectClose(got: tf.Tensor, wanted: tf.Tensor | number[], atol = 1e-5): void {
  const { ok, message } = allClose(got, wanted, { rtol: 1e-4, atol });
  expect(ok, message).toBe(true);
}

describe("noiseSchedule", () => {
  it.each(["linear", "cosine"] as const)(
    "%s: ᾱ falls from nearly 1 to nearly 0, and is the product of 1 − β",
    (kind) => {
      for (const T of [50, 1000]) {
        const { betas, alphaBars } = noiseSchedule(kind, T);
        expect(alphaBars[0]).toBeGreaterThan(0.99);
        expect(alphaBars[T - 1]).toBeLessThan(1e-4);
        let product = 1;
        betas.forEach((beta, t) => {
          product *= 1 - beta;
          expect(Math.abs(alphaBars[t]! - product)).toBeLessThan(1e-6);
          if (t > 0) expect(alphaBars[t]).toBeLessThan(alphaBars[t - 1]!);
        });
      }
    },
  );

  it("are the papers'", () => {
    const linear = noiseSchedule("linear");
    expect([linear.betas[0], linear.betas[999]].map((b) => b!.toPrecision(3))).toEqual(["0.000100", "0.0200"]);
    expect(linear.alphaBars[999]).toBeCloseTo(4.04e-5, 6);
    // Half of the variance is left near the middle of the cosine's way.
    expect(noiseSchedule("cosine").alphaBars[499]).toBeCloseTo(0.494, 2);
    expect(() => noiseSchedule("linear", 1)).toThrow("wanted 2 steps or more, got 1");
  });

  it("samplingTimes begins at T − 1 and ends at or near 0, each once", () => {
    expect(samplingTimes(1000, 4)).toEqual([999, 749, 499, 249]);
    expect(samplingTimes(5, 5)).toEqual([4, 3, 2, 1, 0]);
    expect(new Set(samplingTimes(1000, 300)).size).toBe(300);
    expect(() => samplingTimes(10, 11)).toThrow("wanted 1 to 10 steps, got 11");
  });
});

onEveryBackend("diffusion", () => {
  const draws = () => {
    const stream = randomStream(1);
    const x0 = tf.clipByValue<tf.Tensor2D>(stream.normal([3, 5], 0, 0.4), -1, 1);
    return { x0, eps: stream.normal([3, 5]), noise: stream.normal([3, 5]) };
  };

  it("qSample: ᾱ = 1 is the picture, ᾱ = 0 is the noise; mean and variance in between", () => {
    tf.tidy(() => {
      const { x0, eps } = draws();
      expectClose(qSample(x0, eps, 1), x0);
      expectClose(qSample(x0, eps, 0), eps);
      const x = qSample(tf.fill([20_000, 1], 0.5), randomStream(2).normal([20_000, 1]), 0.64);
      const { mean, variance } = tf.moments(x);
      expect(mean.dataSync()[0]).toBeCloseTo(0.8 * 0.5, 1);
      expect(variance.dataSync()[0]).toBeCloseTo(0.36, 1);
      const levels = tf.tensor2d([[1], [0], [0.5]]);
      expectClose(tf.slice(qSample(x0, eps, levels), 0, 1), tf.slice(x0, 0, 1));
    });
  });

  it("noiseLoss: 1 for a network that guesses 0, 0 for one that knows", () => {
    tf.tidy(() => {
      const schedule = noiseSchedule("cosine", 100);
      const x0 = tf.zeros<tf.Rank.R2>([2000, 5]);
      const eps = randomStream(3).normal([2000, 5]);
      const t = randomStream(4).integers([2000], 0, 100);
      const loss = (model: (x: tf.Tensor2D) => tf.Tensor2D): number =>
        noiseLoss(model, x0, t, eps, schedule).dataSync()[0]!;
      expect(loss((x) => tf.zerosLike(x))).toBeCloseTo(1, 1);
      expect(loss(() => eps)).toBe(0);
    });
  });

  it("with the true noise, every step back lands where qSample would, and the last one on the picture", () => {
    tf.tidy(() => {
      const { x0, eps } = draws();
      const x = qSample(x0, eps, 0.3);
      expectClose(predictX0(x, eps, 0.3), x0);
      expectClose(ddimStep({ x, eps, alphaBar: 0.3, alphaBarNext: 0.7 }), qSample(x0, eps, 0.7));
      expectClose(ddimStep({ x, eps, alphaBar: 0.3, alphaBarNext: 1 }), x0, 2e-5);
      expectClose(ddpmStep({ x, eps, alphaBar: 0.3, alphaBarNext: 1 }), x0, 2e-5);
    });
  });

  it("the last step adds no noise, in DDPM and in DDIM with η = 1", () => {
    tf.tidy(() => {
      const { x0, eps, noise } = draws();
      const last = { x: qSample(x0, eps, 0.98), eps, alphaBar: 0.98, alphaBarNext: 1 };
      expectClose(ddpmStep({ ...last, noise }), ddpmStep(last));
      expectClose(ddimStep({ ...last, noise }, 1), ddimStep(last), 2e-5);
      const middle = { ...last, alphaBar: 0.5, alphaBarNext: 0.6 };
      const apart = tf.max(tf.abs(tf.sub(ddpmStep({ ...middle, noise }), ddpmStep(middle)))).dataSync()[0]!;
      expect(apart).toBeGreaterThan(0.1); // any other does
    });
  });

  it("DDIM with η = 1 is DDPM; its mean is the paper's formula in ε", () => {
    tf.tidy(() => {
      const { x0, eps, noise } = draws();
      const { betas, alphaBars } = noiseSchedule("linear", 100);
      const t = 40;
      const [alphaBar, alphaBarNext] = [alphaBars[t]!, alphaBars[t - 1]!];
      const step = { x: qSample(x0, eps, alphaBar), eps, alphaBar, alphaBarNext, noise, clip: false };
      expectClose(ddimStep(step, 1), ddpmStep(step), 1e-4);
      // (x − β/√(1 − ᾱ)·ε)/√α  [Ho et al. 2020, eq. 11]
      const inner = tf.sub(step.x, tf.mul(eps, betas[t]! / Math.sqrt(1 - alphaBar)));
      expectClose(ddpmStep({ ...step, noise: undefined }), tf.div(inner, Math.sqrt(1 - betas[t]!)), 1e-4);
      expectClose(
        posteriorVariance(alphaBar, alphaBarNext),
        tf.scalar((betas[t]! * (1 - alphaBarNext)) / (1 - alphaBar)),
      );
    });
  });

  it("levels may be tensors, one for each picture", () => {
    tf.tidy(() => {
      const { x0, eps, noise } = draws();
      const [now, next] = [tf.tensor2d([[0.2], [0.5], [0.9]]), tf.tensor2d([[0.4], [0.8], [1]])];
      const x = qSample(x0, eps, now);
      const all = ddpmStep({ x, eps, alphaBar: now, alphaBarNext: next, noise });
      const row = (t: tf.Tensor2D): tf.Tensor2D => tf.slice(t, 1, 1);
      const one = ddpmStep({ x: row(x), eps: row(eps), alphaBar: 0.5, alphaBarNext: 0.8, noise: row(noise) });
      expectClose(row(all), one);
    });
  });

  it("the variance of a DDPM chain stays that of q: standard normal data stay standard normal", () => {
    tf.tidy(() => {
      // For x₀ ~ N(0, 1) every q(x_t) is N(0, 1), and the best guess of the noise is ε̂ = √(1 − ᾱ)·x.
      const stream = randomStream(5);
      const { alphaBars } = noiseSchedule("cosine", 20);
      let x = stream.normal([20_000, 1]);
      for (let t = 19; t > 0; t--) {
        const eps = tf.mul<tf.Tensor2D>(x, Math.sqrt(1 - alphaBars[t]!));
        const noise = stream.normal([20_000, 1]);
        x = ddpmStep({ x, eps, alphaBar: alphaBars[t]!, alphaBarNext: alphaBars[t - 1]!, noise, clip: false });
      }
      const { variance } = tf.moments(x);
      // The posterior variance is the smallest that the papers allow: a little is missing.
      expect(variance.dataSync()[0]).toBeGreaterThan(0.5);
      expect(variance.dataSync()[0]).toBeLessThan(1.02);
    });
  });

  it("guidance: s = 0 is unconditional, s = 1 conditional, and further in the same direction", () => {
    tf.tidy(() => {
      const { x0: unconditional, eps: conditional } = draws();
      expectClose(guide(unconditional, conditional, 0), unconditional);
      expectClose(guide(unconditional, conditional, 1), conditional);
      const wanted = tf.add(conditional, tf.mul(2, tf.sub(conditional, unconditional)));
      expectClose(guide(unconditional, conditional, 3), wanted);
      expectClose(guide(unconditional, conditional, tf.scalar(3)), wanted);
    });
  });
});
