import type { Check } from "./exercise";
import { functionExercise, valueExercise } from "./exercise";

type List = readonly number[];

const { sqrt } = Math;
/** A pixel-wise formula over two lists. */
const each = (a: List, b: List, f: (a: number, b: number) => number): number[] => a.map((x, i) => f(x, b[i]!));

/** β = 0.1, 0.2, 0.5: what is left is 0.9, 0.9·0.8, 0.9·0.8·0.5. */
const whatIsLeft = valueExercise("whatIsLeft", {
  wanted: [0.9, 0.72, 0.36],
  mistakes: [
    { gives: [0.9, 0.8, 0.5], because: "those are the single 1 − β; ᾱ is the product of all up to here" },
    { gives: [0.9, 0.7, 0.2], because: "you subtracted the β one after another: each step keeps a share, so multiply" },
    { gives: [0.1, 0.02, 0.01], because: "that is the product of the β; multiply what is left, 1 − β" },
    {
      gives: [sqrt(0.9), sqrt(0.72), sqrt(0.36)],
      because: "that is √ᾱ, the factor of the picture; ᾱ itself is a share of variance",
    },
    { gives: [1, 0.9, 0.72], because: "you are one step late: after the first step 0.9 is left, not 1" },
    { gives: [0.1, 0.28, 0.64], because: "that is 1 − ᾱ, the variance of the noise" },
  ],
  praise: "After three steps a third of the variance is still picture.",
});

const noisyPixels = functionExercise<readonly [List, List, number]>("noisyPixels", {
  call: "noisyPixels(x0, eps, alphaBar)",
  given: [
    [[1, -1, 0.5], [0.3, -1.2, 2], 0.64],
    [[-1, -1, 0.2], [1.5, 0.1, -0.7], 0.19],
  ],
  wanted: (x0, eps, a) => each(x0, eps, (x, e) => sqrt(a) * x + sqrt(1 - a) * e),
  mistakes: [
    {
      gives: (x0, eps, a) => each(x0, eps, (x, e) => a * x + (1 - a) * e),
      because: "ᾱ and 1 − ᾱ are variances; pixels are multiplied by their roots",
    },
    {
      gives: (x0, eps, a) => each(x0, eps, (x, e) => sqrt(1 - a) * x + sqrt(a) * e),
      because: "the two factors are swapped: at ᾱ = 1 there must be no noise",
    },
    {
      gives: (x0, eps, a) => each(x0, eps, (x, e) => sqrt(a) * x + (1 - sqrt(a)) * e),
      because: "1 − √ᾱ is not √(1 − ᾱ): the variances add up to 1, not the factors",
    },
    {
      gives: (x0, eps, a) => each(x0, eps, (x, e) => sqrt(a) * x + (1 - a) * e),
      because: "the noise lacks its root: its standard deviation is √(1 − ᾱ)",
    },
    {
      gives: (x0, eps, a) => each(x0, eps, (x, e) => x + sqrt(1 - a) * e),
      because: "the picture must shrink by √ᾱ while the noise grows, or the variance explodes",
    },
  ],
  praise: "Any amount of noise in one go: no need to take the steps one by one.",
});

const guessedPicture = functionExercise<readonly [List, List, number]>("guessedPicture", {
  call: "guessedPicture(x, eps, alphaBar)",
  given: [
    [[0.3, -0.7, 1.1], [0.2, 0.4, -0.1], 0.64],
    [[-1.5, 0.4, 0.1], [-1.1, 1.6, 0.9], 0.36],
  ],
  wanted: (x, eps, a) => each(x, eps, (p, e) => (p - sqrt(1 - a) * e) / sqrt(a)),
  mistakes: [
    {
      gives: (x, eps, a) => each(x, eps, (p, e) => p - sqrt(1 - a) * e),
      because: "you removed the noise, but the picture is still shrunk: divide by √ᾱ",
    },
    {
      gives: (x, eps, a) => each(x, eps, (p, e) => (p - sqrt(1 - a) * e) / a),
      because: "divide by √ᾱ, not by ᾱ",
    },
    {
      gives: (x, eps, a) => each(x, eps, (p, e) => (p - (1 - a) * e) / sqrt(a)),
      because: "the noise stands in x with the factor √(1 − ᾱ)",
    },
    {
      gives: (x, eps, a) => each(x, eps, (p, e) => p / sqrt(a) - e),
      because: "ε̂ is not removed by its share √(1 − ᾱ)",
    },
    {
      gives: (x, eps, a) => each(x, eps, (p, e) => (p - sqrt(a) * e) / sqrt(1 - a)),
      because: "the factors are swapped: √ᾱ belongs to the picture",
    },
    {
      gives: (x, eps, a) => each(x, eps, (p, e) => (p + sqrt(1 - a) * e) / sqrt(a)),
      because: "the noise was added once; take it away",
    },
  ],
  praise: "From this one guess follow all steps back.",
});

const velocity = functionExercise<readonly [List, List, number]>("velocity", {
  call: "velocity(x0, eps, alphaBar)",
  given: [
    [[1, -1, 0.5], [0.3, -1.2, 2], 0.64],
    [[-1, 0.1, 0.2], [1.5, 0.1, -0.7], 0.19],
  ],
  wanted: (x0, eps, a) => each(x0, eps, (x, e) => sqrt(a) * e - sqrt(1 - a) * x),
  mistakes: [
    {
      gives: (x0, eps, a) => each(x0, eps, (x, e) => sqrt(a) * x - sqrt(1 - a) * e),
      because: "picture and noise are swapped: at ᾱ = 1, without noise, v must be ε",
    },
    {
      gives: (x0, eps, a) => each(x0, eps, (x, e) => sqrt(1 - a) * x - sqrt(a) * e),
      because: "the sign is flipped: v = √ᾱ·ε − √(1 − ᾱ)·x₀",
    },
    {
      gives: (x0, eps, a) => each(x0, eps, (x, e) => sqrt(a) * x + sqrt(1 - a) * e),
      because: "that is x_t itself; v is what points at a right angle to it",
    },
    {
      gives: (x0, eps, a) => each(x0, eps, (x, e) => a * e - (1 - a) * x),
      because: "the roots are missing: cos φ = √ᾱ and sin φ = √(1 − ᾱ)",
    },
    {
      gives: (x0, eps, a) => each(x0, eps, (x, e) => sqrt(1 - a) * e - sqrt(a) * x),
      because: "the two factors are swapped: at ᾱ = 1, without noise, v must be ε",
    },
  ],
  praise: "x_t = cos φ·x₀ + sin φ·ε, and v is its derivative by φ.",
});

const ddim = (x: List, eps: List, now: number, next: number, noise = sqrt(1 - next)): number[] =>
  each(x, eps, (p, e) => (sqrt(next) * (p - sqrt(1 - now) * e)) / sqrt(now) + noise * e);

const ddimByHand = functionExercise<readonly [List, List, number, number]>("ddimByHand", {
  call: "ddimByHand(x, eps, now, next)",
  given: [
    [[0.3, -0.7, 1.1], [0.2, 0.4, -0.1], 0.36, 0.64],
    [[-1.5, 0.4, 0.1], [-1.1, 1.6, 0.9], 0.84, 1],
  ],
  describe: (_x, _eps, now, next) => `from ᾱ = ${now} to ${next}`,
  wanted: ddim,
  mistakes: [
    {
      gives: (x, eps, now, next) => ddim(x, eps, now, next, sqrt(1 - now)),
      because: "the noise put back has the old strength: it must be √(1 − ᾱ′), with ᾱ′ the next one",
    },
    {
      gives: (x, eps, _now, next) => ddim(x, eps, next, next),
      because: "x belongs to ᾱ now: guess the picture with that, and only then use the next one",
    },
    {
      gives: (x, eps, now, next) => ddim(x, eps, now, next, 0),
      because: "you put no noise back: √(1 − ᾱ′)·ε̂ is missing",
    },
    {
      gives: (x, eps, now, next) => ddim(x, eps, now, next).map((value) => value / sqrt(next)),
      because: "the guessed picture must shrink by √ᾱ′ before noise is put back",
    },
    {
      gives: (x, eps, now, next) => ddim(x, eps, now, next, 1 - next),
      because: "the noise lacks its root: √(1 − ᾱ′)",
    },
  ],
  praise: "At the last step ᾱ′ is 1, and what is left is the guessed picture.",
});

/** Standard deviations of the noise that DDPM adds when it goes from t to t − 1; at t = 0 the next ᾱ is 1. */
const spread = (alphaBars: List, variance: (now: number, next: number) => number): number[] =>
  alphaBars.map((now, t) => sqrt(variance(now, t === 0 ? 1 : alphaBars[t - 1]!)));

const stepNoise = functionExercise<readonly [List]>("stepNoise", {
  call: "stepNoise(alphaBars)",
  given: [[[0.9, 0.72, 0.36]], [[0.99, 0.9, 0.5, 0.1]]],
  wanted: (alphaBars) => spread(alphaBars, (now, next) => ((1 - next) / (1 - now)) * (1 - now / next)),
  mistakes: [
    {
      gives: (alphaBars) => spread(alphaBars, (now, next) => 1 - now / next),
      because: "that is √β at every step, also at t = 0: it would put noise on the finished picture",
    },
    {
      gives: (alphaBars) =>
        spread(alphaBars, (now, next) => ((1 - next) / (1 - now)) * (1 - now / next)).map((sigma) => sigma * sigma),
      because: "those are the variances; noise is multiplied by their roots",
    },
    {
      gives: (alphaBars) => spread(alphaBars, (now, next) => ((1 - now) / (1 - next)) * (1 - now / next)),
      because: "the fraction is upside down: (1 − ᾱ′)/(1 − ᾱ), which is below 1",
    },
    {
      gives: (alphaBars) =>
        alphaBars.map((now, t) => {
          const next = t === 0 ? now : alphaBars[t - 1]!;
          return sqrt(((1 - next) / (1 - now)) * (1 - alphaBars[Math.max(t, 1)]! / alphaBars[Math.max(t, 1) - 1]!));
        }),
      because: "after the last step ᾱ′ is 1, not ᾱ₀: the finished picture gets no noise",
    },
    {
      gives: (alphaBars) => spread(alphaBars, (now) => 1 - now),
      because: "that is all the noise that is in x; a step adds only a part of it anew",
    },
  ],
  praise: "0 at t = 0: the last step adds no noise.",
});

const guidedNoise = functionExercise<readonly [List, List, number]>("guidedNoise", {
  call: "guidedNoise(without, withLabel, s)",
  given: [
    [[0.3, -0.7, 1.1], [0.2, 0.4, -0.1], 0],
    [[0.3, -0.7, 1.1], [0.2, 0.4, -0.1], 1],
    [[-1.5, 0.4, 0.1], [-1.1, 1.6, 0.9], 3],
  ],
  describe: (_u, _c, s) => `for s = ${s}`,
  wanted: (u, c, s) => each(u, c, (a, b) => a + s * (b - a)),
  mistakes: [
    {
      gives: (u, c, s) => each(u, c, (a, b) => b + s * (b - a)),
      because: "you start from the labelled guess: then s = 0 already follows the label. That is the paper's w = s − 1",
    },
    {
      gives: (u, c, s) => each(u, c, (a, b) => a + s * b),
      because: "add the difference of the two guesses, not the labelled guess itself",
    },
    {
      gives: (u, c, s) => each(u, c, (a, b) => b + s * (a - b)),
      because: "the two guesses are swapped: s = 1 must be the labelled one",
    },
    {
      gives: (u, c, s) => each(u, c, (a, b) => (a + s * b) / (1 + s)),
      because: "a weighted mean never goes beyond the label; guidance exaggerates",
    },
    {
      gives: (u, c, s) => each(u, c, (a, b) => a + s * (a - b)),
      because: "the difference has the wrong sign: that flees from the label",
    },
  ],
  praise: "s = 0 ignores the label, s = 1 follows it, s > 1 exaggerates.",
});

const paste = (x: List, known: List, mask: List, level: (known: number, i: number) => number): number[] =>
  x.map((value, i) => (mask[i] === 1 ? level(known[i]!, i) : value));

const pasteKnown = functionExercise<readonly [List, List, List, List, number]>("pasteKnown", {
  call: "pasteKnown(x, known, mask, eps, alphaBar)",
  given: [
    [[0.5, -0.2, 0.8, 0.1], [1, -1, 1, -1], [1, 1, 0, 0], [0.3, -1.2, 2, 0.4], 0.64],
    [[0.5, -0.2, 0.8, 0.1], [1, -1, 1, -1], [0, 1, 0, 1], [0.3, -1.2, 2, 0.4], 0.25],
  ],
  wanted: (x, known, mask, eps, a) => paste(x, known, mask, (k, i) => sqrt(a) * k + sqrt(1 - a) * eps[i]!),
  mistakes: [
    {
      gives: (x, known, mask) => paste(x, known, mask, (k) => k),
      because: "the known pixels are pasted clean; the network expects noise of the same level everywhere",
    },
    {
      gives: (x, known, mask, eps, a) =>
        paste(
          x,
          known,
          mask.map((m) => 1 - m),
          (k, i) => sqrt(a) * k + sqrt(1 - a) * eps[i]!,
        ),
      because: "the mask is inverted: 1 marks what is known",
    },
    {
      gives: (x, known, mask, eps, a) => paste(x, known, mask, (k, i) => a * k + (1 - a) * eps[i]!),
      because: "the roots are missing: √ᾱ·x₀ + √(1 − ᾱ)·ε",
    },
    {
      gives: (x, known, mask, _eps, a) => paste(x, known, mask, (k) => sqrt(a) * k),
      because: "the known pixels shrink, but get no noise: √(1 − ᾱ)·ε is missing",
    },
    {
      gives: (x, known, mask, eps, a) => x.map((v, i) => v + mask[i]! * (sqrt(a) * known[i]! + sqrt(1 - a) * eps[i]!)),
      because: "you add to what is there; known pixels replace it",
    },
  ],
  praise: "Pasted after every step, the known part pulls the rest along.",
});

/** Notebook 06: diffusion. */
export const diffusionChecks = {
  whatIsLeft,
  noisyPixels,
  guessedPicture,
  velocity,
  ddimByHand,
  stepNoise,
  guidedNoise,
  pasteKnown,
} satisfies Record<string, Check>;
