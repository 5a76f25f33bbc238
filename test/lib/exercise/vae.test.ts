import { vaeChecks } from "../../../lib/exercise/vae";
import { judgeCheckers } from "./judging";
import type { Case } from "./judging";

type List = readonly number[];
type Rows = readonly List[];
const sum = (v: List) => v.reduce((a, b) => a + b, 0);
const mean = (v: List) => sum(v) / v.length;

const draw = (width: (logVariance: number) => number) => (m: List, l: List, eps: List) =>
  m.map((value, i) => value + width(l[i]!) * eps[i]!);

const kl =
  (term: (m: number, l: number) => number, over = mean) =>
  (means: Rows, logs: Rows) =>
    over(means.map((row, i) => sum(row.map((m, j) => term(m, logs[i]![j]!)))));
const rightTerm = (m: number, l: number) => (m * m + Math.exp(l) - 1 - l) / 2;

/** ln p(xᵢ | z), written another way than the checker's. */
const pixel = (bit: number, l: number) => -Math.max(0, bit ? -l : l) - Math.log1p(Math.exp(-Math.abs(l)));
const reconstruction = (x: List, logits: List) => sum(x.map((bit, i) => pixel(bit, logits[i]!)));
const chance = (l: number) => 1 / (1 + Math.exp(-l));

const logSum = (w: List) => {
  const top = Math.max(...w);
  return top + Math.log(sum(w.map((v) => Math.exp(v - top))));
};

const least = (w: List) => Math.min(...w);

const score =
  (of: (f: number, z: number, mu: number, sigma: number, b: number) => number, over = mean) =>
  (f: List, z: List, mu: number, sigma: number, b: number) =>
    over(f.map((value, i) => of(value, z[i]!, mu, sigma, b)));

const pairs =
  (beats: (o: number, n: number) => number, over = mean) =>
  (normal: List, odd: List) =>
    over(odd.flatMap((o) => normal.map((n) => beats(o, n))));
const higher = (o: number, n: number) => (o > n ? 1 : o < n ? 0 : 0.5);

const cases: Record<keyof typeof vaeChecks, Case> = {
  klOnPaper: {
    right: (1 + 0.25 - 1 + Math.log(4)) / 2,
    wrong: [
      [0.25 + Math.log(4), /factor ½/],
      [(0.5 + Math.log(2)) / 2, /standard deviation/],
      [(0.25 - Math.log(4)) / 2, /sign of ln σ²/],
      [(Math.log(4) - 0.75) / 2, /μ² = 1 is missing/],
      [(1.25 + Math.log(4)) / 2, /−1 is missing/],
      [(8 - 1 - Math.log(4)) / 2, /other way round/],
    ],
  },
  sumOrMean: {
    right: { nats: 543.43, beta: 784 },
    wrong: [
      [{ nats: 0.6931, beta: 784 }, /one pixel's/],
      [{ nats: 543.43, beta: 1 / 784 }, /other way round/],
      [{ nats: 543.43, beta: 1 }, /multiply the whole loss/],
      [{ nats: 784, beta: 784 }, /bits are right/],
      [{ nats: 0.6931, beta: 1 }, /one pixel's/],
      [{ nats: 543.43 }, /beta missing/],
    ],
  },
  drawLatent: {
    right: draw((l) => Math.sqrt(Math.exp(l))),
    wrong: [
      [draw(Math.exp), /is the variance/],
      [draw((l) => l), /gives a logarithm/],
      [draw((l) => l / 2), /exp is missing/],
      [draw((l) => Math.exp(-l / 2)), /divided by σ/],
      [draw(() => 1), /σ is missing/],
      [draw(() => 0), /that is the mean/],
      [(m: List, l: List, e: List) => m.map((v, i) => (v + e[i]!) * Math.exp(l[i]! / 2)), /ε alone/],
    ],
  },
  klOfBatch: {
    right: kl(rightTerm),
    wrong: [
      [kl(rightTerm, sum), /summed over the pictures/],
      [(m: Rows, l: Rows) => kl(rightTerm)(m, l) / m[0]!.length, /mean over the latents/],
      [kl((m, l) => -rightTerm(m, l)), /never below 0/],
      [kl((m, l) => 2 * rightTerm(m, l)), /factor ½/],
      [kl((m, l) => (m + Math.exp(l) - 1 - l) / 2), /square μ/],
      [kl((m, l) => (m * m + Math.exp(2 * l) - 1 - 2 * l) / 2), /for ln σ/],
      [
        (m: Rows, l: Rows) => m.map((row, i) => sum(row.map((v, j) => rightTerm(v, l[i]![j]!)))),
        /did you forget the mean/,
      ],
    ],
  },
  elboOfPicture: {
    right: (x: List, logits: List, price: number) => reconstruction(x, logits) - price,
    wrong: [
      [(x: List, l: List, price: number) => reconstruction(x, l) / x.length - price, /mean over the pixels/],
      [(x: List, l: List, price: number) => reconstruction(x, l) + price, /is a price/],
      [(x: List, l: List, price: number) => price - reconstruction(x, l), /that is the loss/],
      [(x: List, l: List, price: number) => sum(x.map((bit, i) => bit * pixel(1, l[i]!))) - price, /black pixels/],
      [
        (x: List, l: List, price: number) =>
          sum(x.map((bit, i) => Math.log(bit ? chance(l[i]!) : 1 - chance(l[i]!)))) - price,
        /max\(l, 0\)/,
      ],
      [(x: List, l: List) => reconstruction(x, l), /subtract the KL/],
      ...[chance, (l: number) => Math.exp(l) / (1 + Math.exp(l))].map(
        (of) =>
          [
            (x: List, l: List, price: number) =>
              sum(x.map((bit, i) => bit * Math.log(of(l[i]!)) + (1 - bit) * Math.log(1 - of(l[i]!)))) - price,
            /0 · ln 0 is NaN for a computer/,
          ] as const,
      ),
      ...[1e-12, 1e-8, 1e-7, 1e-6, Number.EPSILON].flatMap((tiny) => [
        [
          (x: List, l: List, price: number) =>
            sum(
              x.map((bit, i) => bit * Math.log(chance(l[i]!) + tiny) + (1 - bit) * Math.log(1 - chance(l[i]!) + tiny)),
            ) - price,
          /hides what a sure mistake costs/,
        ] as const,
        [
          (x: List, l: List, price: number) =>
            sum(
              x.map((bit, i) => {
                const p = Math.min(Math.max(chance(l[i]!), tiny), 1 - tiny);
                return bit * Math.log(p) + (1 - bit) * Math.log(1 - p);
              }),
            ) - price,
          /hides what a sure mistake costs/,
        ] as const,
      ]),
      // The trap that the exercise names: it overflows from 710 on.
      [
        (x: List, l: List, price: number) =>
          sum(x.map((bit, i) => bit * l[i]! - Math.log(1 + Math.exp(l[i]!)))) - price,
        /e⁷⁵⁰ is infinite/,
      ],
      [
        (x: List, l: List, price: number) => (reconstruction(x, l) - price) / x.length,
        /divided everything by the pixels/,
      ],
    ],
  },
  boundOfWeights: {
    right: (w: List) => logSum(w) - Math.log(w.length),
    wrong: [
      [mean, /ELBO again/],
      [logSum, /divide by k/],
      [(w: List) => Math.log(mean(w.map((v) => Math.exp(v)))), /largest out first/],
      [(w: List) => w[0]! + Math.log(mean(w.map((v) => Math.exp(v - w[0]!)))), /another weight out/],
      [(w: List) => least(w) + Math.log(mean(w.map((v) => Math.exp(v - least(w))))), /another weight out/],
      [(w: List) => -900 + Math.log(mean(w.map((v) => Math.exp(v + 900)))), /not a constant/],
      [(w: List) => -1000 + Math.log(mean(w.map((v) => Math.exp(v + 1000)))), /not a constant/],
      [(w: List) => Math.max(...w), /best draw alone/],
      [(w: List) => Math.log(w.length) - logSum(w), /sign is flipped/],
    ],
  },
  scoreGradient: {
    right: score((f, z, mu, sigma, b) => ((f - b) * (z - mu)) / (sigma * sigma)),
    wrong: [
      [score((f, z, mu, sigma) => (f * (z - mu)) / (sigma * sigma)), /subtract the baseline/],
      [score((f, z, mu, sigma, b) => ((f - b) * (z - mu)) / sigma), /by σ once/],
      [score((f, z, mu, _, b) => (f - b) * (z - mu)), /division is missing/],
      [score((f, z, mu, sigma, b) => ((f - b) * (mu - z)) / (sigma * sigma)), /sign is flipped/],
      [score((f, z, mu, sigma, b) => ((f - b) * (z - mu)) / (sigma * sigma), sum), /sum over the draws/],
    ],
  },
  auroc: {
    right: pairs(higher),
    wrong: [
      [pairs((o, n) => higher(n, o)), /normal one scores higher/],
      [pairs((o, n) => (o > n ? 1 : 0)), /count it half/],
      [pairs((o, n) => (o >= n ? 1 : 0)), /ties as found/],
      [pairs(higher, sum), /number of pairs/],
      [(n: List, o: List) => mean(o.map((s) => (s > mean(n) ? 1 : 0))), /one threshold/],
    ],
  },
};

judgeCheckers(cases, vaeChecks);
