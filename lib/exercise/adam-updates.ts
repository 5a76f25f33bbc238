import { functionExercise } from "./exercise";

interface AdamVariant {
  correctM?: boolean;
  correctV?: boolean;
  /** What t is in the first step. */
  first?: number;
  root?: boolean;
  sign?: number;
  betas?: readonly [number, number];
  inside?: boolean;
}
/** Adam's changes of one parameter (Kingma & Ba 2015, algorithm 1), and its usual misreadings. */
const adamThat =
  ({
    correctM = true,
    correctV = true,
    first = 1,
    root = true,
    sign = -1,
    betas = [0.9, 0.999],
    inside = false,
  }: AdamVariant = {}) =>
  (gradients: readonly number[], learningRate: number): number[] => {
    const epsilon = 1e-8;
    const [beta1, beta2] = betas;
    let m = 0;
    let v = 0;
    return gradients.map((g, i) => {
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      const mHat = correctM ? m / (1 - beta1 ** (i + first)) : m;
      const vHat = correctV ? v / (1 - beta2 ** (i + first)) : v;
      const scale = inside ? Math.sqrt(vHat + epsilon) : (root ? Math.sqrt(vHat) : vHat) + epsilon;
      return (sign * learningRate * mHat) / scale;
    });
  };

export const adamUpdates = functionExercise<readonly [readonly number[], number]>("adamUpdates", {
  call: "adamUpdates(gradients, learningRate)",
  given: [
    [[-3.9, -3.5, -3.1], 0.01],
    [[2e-4, -1e-4, 3e-4, 0], 0.1],
  ],
  wanted: adamThat(),
  mistakes: [
    {
      gives: adamThat({ correctM: false, correctV: false }),
      because: "without the bias correction the first steps are about 3 times too large: divide m and v by 1 − βᵗ",
    },
    {
      gives: adamThat({ correctV: false }),
      because: "m is corrected, v is not corrected: it starts at 0 and is far too small at first, divide it by 1 − β₂ᵗ",
    },
    {
      gives: adamThat({ correctM: false }),
      because: "v is corrected, m is not corrected: it starts at 0 and is far too small at first, divide it by 1 − β₁ᵗ",
    },
    { gives: adamThat({ first: 0 }), because: "t counts from 1: with t = 0 the correction is a division 0/0" },
    {
      gives: (g, rate) => {
        let moved = 0;
        return adamThat()(g, rate).map((change) => (moved += change));
      },
      because: "those are the places where the parameter arrives; return the change of each step",
    },
    { gives: adamThat({ root: false }), because: "divide by √v̂, not by v̂" },
    { gives: adamThat({ sign: 1 }), because: "the updates point uphill: return −learningRate · …" },
    {
      gives: adamThat({ betas: [0.999, 0.9] }),
      because: "β₁ and β₂ are swapped: the mean forgets faster (0.9), the square slower (0.999)",
    },
    { gives: adamThat({ inside: true }), because: "ε stands outside the square root: √v̂ + ε" },
    { gives: (g, rate) => g.map((v) => -rate * v), because: "that is plain SGD" },
  ],
  praise: "The first update is always ±learningRate, whatever the gradient's size.",
});
