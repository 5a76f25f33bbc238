import { attempt, exercise, functionOf } from "./exercise";
import type { Check, Fail } from "./exercise";
import { readNumbers, showNumber, showNumbers } from "./numbers";

/** The race: y = 2x + 1 on x = 1, 2, 3 from w = 1.8, b = 0.5; the mean squared error after so many steps counts. */
const STEPS = 60;
const CALL = "schedule(step)";

interface Choice {
  learningRate: number;
  momentum: number;
}

/** Loss after each step of v ← momentum·v − learningRate·gradient, (w, b) ← (w, b) + v. */
function race(schedule: (step: number) => Choice): number[] {
  let [p, q] = [1.8 - 2, 0.5 - 1]; // distance to the minimum; the Hessian is [[28/3, 4], [4, 2]]
  let [vp, vq] = [0, 0];
  return Array.from({ length: STEPS }, (_, step) => {
    const { learningRate, momentum } = schedule(step);
    vp = momentum * vp - learningRate * ((28 / 3) * p + 4 * q);
    vq = momentum * vq - learningRate * (4 * p + 2 * q);
    p += vp;
    q += vq;
    return (14 / 3) * p * p + 4 * p * q + q * q;
  });
}

const constant = (learningRate: number, momentum = 0) => race(() => ({ learningRate, momentum })).at(-1)!;

/** The constant rate that ends lowest, to four decimals. Not 2/(λmin + λmax) = 0.1765: that one minimises the worst case. */
function bestConstantRate(): number {
  const rates = Array.from({ length: 1803 }, (_, i) => (i + 1) / 10_000);
  const losses = rates.map((rate) => constant(rate));
  return rates[losses.indexOf(Math.min(...losses))]!;
}

function readChoice(value: unknown, step: number, fail: Fail): Choice {
  const choice = typeof value === "number" ? { learningRate: value } : ((value ?? {}) as Partial<Choice>);
  const { learningRate, momentum = 0 } = choice;
  if (typeof learningRate !== "number" || Number.isNaN(learningRate))
    return fail(`${CALL} gave ${inWords(value)} at step ${step}, wanted a number or { learningRate, momentum }`);
  if (learningRate < 0)
    return fail(`learning rate ${showNumber(learningRate)} at step ${step}: a negative rate climbs`);
  if (typeof momentum !== "number" || !(momentum >= 0 && momentum < 1))
    return fail(`momentum ${String(momentum)} at step ${step}: wanted 0 ≤ momentum < 1, or old steps never fade`);
  return { learningRate, momentum };
}

function inWords(value: unknown): string {
  const numbers = readNumbers(value);
  if (typeof numbers !== "string") return showNumbers(numbers);
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** Open-ended: any schedule of learning rate and momentum that ends lower than the best constant rate. */
export const beatConstantRate: Check = exercise("beatConstantRate", (answer, fail) => {
  const schedule = functionOf(answer, CALL, fail);
  const choices: Choice[] = [];
  const losses = race((step) => {
    const choice = readChoice(
      attempt(() => schedule(step), CALL, fail),
      step,
      fail,
    );
    choices.push(choice);
    return choice;
  });
  const got = losses.at(-1)!;
  const rate = bestConstantRate();
  const target = constant(rate);
  const shown = `wanted a loss below ${showNumber(target)} after ${STEPS} steps, got ${showNumber(got)}`;
  if (got < target) {
    return `${showNumber(got)} after ${STEPS} steps; rate 0.01: ${showNumber(constant(0.01))}, best constant rate ${showNumber(rate)}: ${showNumber(target)}, momentum 0.55 at 0.27: ${showNumber(constant(0.27, 0.55))}`;
  }
  if (!(got <= losses[0]!)) return fail(`${shown}: it diverges, 2/λmax = 0.1803 is the limit of a constant rate`);
  const [first] = choices;
  const same = choices.every((c) => c.learningRate === first!.learningRate && c.momentum === 0);
  if (same) {
    return fail(
      `${shown}: a constant rate without momentum cannot do it, not even ${showNumber(rate)}; change it from step to step, or add momentum`,
    );
  }
  return fail(
    `${shown}: slower than the best constant rate; large rates serve the flat direction, small ones the steep`,
  );
});
