import { diffusionChecks } from "../../../lib/exercise/diffusion";
import { judgeCheckers } from "./judging";
import type { Case } from "./judging";

type List = readonly number[];
const { sqrt } = Math;

/** An answer that treats pixel by pixel. */
const pixels = (f: (a: number, b: number, alphaBar: number) => number) => (a: List, b: List, alphaBar: number) =>
  a.map((x, i) => f(x, b[i]!, alphaBar));

const step = (f: (x: number, e: number, now: number, next: number) => number) => {
  return (x: List, eps: List, now: number, next: number) => x.map((p, i) => f(p, eps[i]!, now, next));
};
const x0Of = (x: number, e: number, a: number): number => (x - sqrt(1 - a) * e) / sqrt(a);

/** Noise of a DDPM step, by hand: `last` stands for ᾱ after the last step. */
const sigmas = (sigma: (beta: number, before: number, now: number) => number, last?: number) => (bars: List) =>
  bars.map((now, t) => {
    const before = t === 0 ? (last ?? now) : bars[t - 1]!;
    const beta = t === 0 ? 1 - now : 1 - now / before;
    return sigma(beta, before, now);
  });

const pasted = (f: (x: number, known: number, mask: number, eps: number, a: number) => number) => {
  return (x: List, known: List, mask: List, eps: List, a: number) =>
    x.map((v, i) => f(v, known[i]!, mask[i]!, eps[i]!, a));
};

const cases: Record<keyof typeof diffusionChecks, Case> = {
  whatIsLeft: {
    right: [0.9, 0.72, 0.36],
    wrong: [
      [[0.9, 0.8, 0.5], /product of all up to here/],
      [[0.9, 0.7, 0.2], /keeps a share, so multiply/],
      [[0.1, 0.02, 0.01], /product of the β/],
      [[0.9487, 0.8485, 0.6], /share of variance/],
      [[1, 0.9, 0.72], /one step late/],
      [[0.1, 0.28, 0.64], /variance of the noise/],
    ],
  },
  noisyPixels: {
    right: pixels((x, e, a) => Math.fround(sqrt(a) * x + sqrt(1 - a) * e)),
    wrong: [
      [pixels((x, e, a) => a * x + (1 - a) * e), /variances; pixels/],
      [pixels((x, e, a) => sqrt(1 - a) * x + sqrt(a) * e), /factors are swapped/],
      [pixels((x, e, a) => sqrt(a) * x + (1 - sqrt(a)) * e), /the variances add up to 1/],
      [pixels((x, e, a) => sqrt(a) * x + (1 - a) * e), /lacks its root/],
      [pixels((x, e, a) => x + sqrt(1 - a) * e), /must shrink/],
    ],
  },
  guessedPicture: {
    right: pixels(x0Of),
    wrong: [
      [pixels((x, e, a) => x - sqrt(1 - a) * e), /still shrunk/],
      [pixels((x, e, a) => (x - sqrt(1 - a) * e) / a), /not by ᾱ/],
      [pixels((x, e, a) => (x - (1 - a) * e) / sqrt(a)), /with the factor √\(1 − ᾱ\)/],
      [pixels((x, e, a) => x / sqrt(a) - e), /its share/],
      [pixels((x, e, a) => (x - sqrt(a) * e) / sqrt(1 - a)), /factors are swapped/],
      [pixels((x, e, a) => (x + sqrt(1 - a) * e) / sqrt(a)), /take it away/],
    ],
  },
  velocity: {
    right: pixels((x, e, a) => sqrt(a) * e - sqrt(1 - a) * x),
    wrong: [
      [pixels((x, e, a) => sqrt(a) * x - sqrt(1 - a) * e), /picture and noise are swapped/],
      [pixels((x, e, a) => sqrt(1 - a) * x - sqrt(a) * e), /sign is flipped/],
      [pixels((x, e, a) => sqrt(a) * x + sqrt(1 - a) * e), /x_t itself/],
      [pixels((x, e, a) => a * e - (1 - a) * x), /roots are missing/],
      [pixels((x, e, a) => sqrt(1 - a) * e - sqrt(a) * x), /two factors are swapped/],
    ],
  },
  ddimByHand: {
    right: step((x, e, now, next) => sqrt(next) * x0Of(x, e, now) + sqrt(1 - next) * e),
    wrong: [
      [step((x, e, now, next) => sqrt(next) * x0Of(x, e, now) + sqrt(1 - now) * e), /old strength/],
      [step((x, e, _now, next) => sqrt(next) * x0Of(x, e, next) + sqrt(1 - next) * e), /x belongs to ᾱ now/],
      [step((x, e, now, next) => sqrt(next) * x0Of(x, e, now)), /no noise back/],
      [step((x, e, now, next) => (sqrt(next) * x0Of(x, e, now) + sqrt(1 - next) * e) / sqrt(next)), /shrink by √ᾱ′/],
      [step((x, e, now, next) => sqrt(next) * x0Of(x, e, now) + (1 - next) * e), /lacks its root/],
    ],
  },
  stepNoise: {
    right: sigmas((beta, before, now) => sqrt((beta * (1 - before)) / (1 - now)), 1),
    wrong: [
      [sigmas((beta) => sqrt(beta)), /noise on the finished picture/],
      [sigmas((beta, before, now) => (beta * (1 - before)) / (1 - now), 1), /those are the variances/],
      [
        sigmas((beta, before, now) => (before === 1 ? Infinity : sqrt((beta * (1 - now)) / (1 - before))), 1),
        /upside down/,
      ],
      [sigmas((_beta, _before, now) => sqrt(1 - now)), /adds only a part/],
      [
        (bars: List) =>
          bars.map((now, t) => {
            const [a, b] = [bars[Math.max(t, 1)]!, bars[Math.max(t, 1) - 1]!];
            return sqrt(((1 - (t === 0 ? now : b)) / (1 - now)) * (1 - a / b));
          }),
        /after the last step ᾱ′ is 1/,
      ],
    ],
  },
  guidedNoise: {
    right: pixels((u, c, s) => (1 - s) * u + s * c),
    wrong: [
      [pixels((u, c, s) => (1 + s) * c - s * u), /paper's w/],
      [pixels((u, c, s) => u + s * c), /difference of the two guesses/],
      [pixels((u, c, s) => c + s * (u - c)), /guesses are swapped/],
      [pixels((u, c, s) => (u + s * c) / (1 + s)), /never goes beyond/],
      [pixels((u, c, s) => u + s * (u - c)), /flees from the label/],
    ],
  },
  pasteKnown: {
    right: pasted((x, k, m, e, a) => m * (sqrt(a) * k + sqrt(1 - a) * e) + (1 - m) * x),
    wrong: [
      [pasted((x, k, m) => m * k + (1 - m) * x), /pasted clean/],
      [pasted((x, k, m, e, a) => (1 - m) * (sqrt(a) * k + sqrt(1 - a) * e) + m * x), /mask is inverted/],
      [pasted((x, k, m, e, a) => m * (a * k + (1 - a) * e) + (1 - m) * x), /roots are missing/],
      [pasted((x, k, m, _e, a) => m * sqrt(a) * k + (1 - m) * x), /but get no noise/],
      [pasted((x, k, m, e, a) => x + m * (sqrt(a) * k + sqrt(1 - a) * e)), /known pixels replace it/],
    ],
  },
};

judgeCheckers(cases, diffusionChecks);
