import { functionExercise } from "./exercise";

interface AdamVariant {
  correct?: boolean;
  root?: boolean;
  sign?: number;
  betas?: readonly [number, number];
  inside?: boolean;
}
/** Adam's changes of one parameter (Kingma & Ba 2015, algorithm 1), and its usual misreadings. */
const adamThat =
  ({ correct = true, root = true, sign = -1, betas = [0.9, 0.999], inside = false }: AdamVariant = {}) =>
  (gradients: readonly number[], learningRate: number): number[] => {
    const epsilon = 1e-8;
    const [beta1, beta2] = betas;
    let m = 0;
    let v = 0;
    return gradients.map((g, i) => {
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      const mHat = correct ? m / (1 - beta1 ** (i + 1)) : m;
      const vHat = correct ? v / (1 - beta2 ** (i + 1)) : v;
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
      gives: adamThat({ correct: false }),
      because: "without the bias correction the first steps are about 3 times too large: divide m and v by 1 − βᵗ",
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
