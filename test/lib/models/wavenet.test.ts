import { describe, expect, it } from "vitest";
import {
  doublings,
  receptiveField,
  waveNetLogits,
  waveNetLoss,
  waveNetNats,
  waveNetWeights,
} from "../../../lib/models/wavenet";
import type { WaveNetWeights } from "../../../lib/models/wavenet";
import { adam } from "../../../lib/nn/optimizers";
import { allClose } from "../../../lib/tensor/all-close";
import { compile } from "../../../lib/tensor/compile";
import { trainStep } from "../../../lib/tensor/program-functions";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import golden from "../../golden/wavenet.json" with { type: "json" };
import { onEveryBackend } from "../backends";
import { expectGolden, sineWeights, wave } from "./golden";

/** The symbols of test/golden/wavenet.py. */
function tokens(batch: number, length: number, symbols: number): tf.Tensor2D {
  const values = Int32Array.from({ length: batch * length }, (_, n) =>
    Math.floor(((Math.sin(1.3 * n) + 1) / 2) * symbols),
  );
  return tf.tensor2d(values, [batch, length], "int32");
}

const random = (batch: number, length: number, symbols: number, seed = 1): tf.Tensor2D =>
  randomStream(seed).integers([batch, length], 0, symbols);

/** |∂ logits at the last place / ∂ what each place's symbol is| by the vectors of the symbols, one vector a place. */
function influence(weights: WaveNetWeights, dilations: number[], T: number, place = T - 1): number[] {
  const C = weights.symbols.shape[1];
  const each = tf.tensor2d(
    Int32Array.from({ length: T }, (_, t) => t),
    [1, T],
    "int32",
  );
  const vectors = randomStream(9).normal([T, C]);
  const one = (symbols: tf.Tensor): tf.Scalar =>
    tf.sum(
      tf.slice(
        waveNetLogits({ tokens: each }, { ...weights, symbols: symbols as tf.Tensor2D }, dilations),
        [place, 0],
        [1, -1],
      ),
    );
  return Array.from(tf.sum(tf.abs(tf.grad(one)(vectors)), 1).dataSync());
}

const GOLDEN = {
  plain: { dilations: [1, 2, 4], T: 12, B: 2, last: 12, config: { symbols: 5, channels: 3, skips: 4 } },
  lastOnly: { dilations: [1, 2, 4, 1, 2, 4], T: 20, B: 2, last: 5, config: { symbols: 5, channels: 3, skips: 4 } },
  throughout: { dilations: [1, 2], T: 9, B: 3, last: 7, config: { symbols: 6, channels: 2, skips: 3, condition: 4 } },
  byPlace: { dilations: [2, 1, 4], T: 9, B: 2, last: 9, config: { symbols: 6, channels: 2, skips: 3, condition: 3 } },
  places: { dilations: [1, 8], T: 7, B: 2, last: 7, config: { symbols: 4, channels: 3, skips: 2, places: 10 } },
} as const;
const CONDITIONS: Record<string, number[]> = { throughout: [3, 4], byPlace: [2, 9, 3] };

onEveryBackend("wavenet", () => {
  it.each(Object.keys(GOLDEN) as (keyof typeof GOLDEN)[])("%s: loss and gradients equal JAX's", (name) => {
    const { dilations, T, B, last, config } = GOLDEN[name];
    const weights = sineWeights(waveNetWeights(randomStream(1), { ...config, dilations }), golden[name]);
    const shape = CONDITIONS[name];
    const condition = shape && (wave(shape, 2) as tf.Tensor2D);
    expectGolden(golden[name], weights, (w) =>
      waveNetLoss({ tokens: tokens(B, T + 1, config.symbols), ...(condition && { condition }) }, w, dilations, last),
    );
  });

  it("computing only the last places gives the same logits there, however few symbols there are", () => {
    const dilations = doublings(4, 2);
    const weights = waveNetWeights(randomStream(1), { symbols: 7, dilations, channels: 4, skips: 5 });
    for (const T of [1, 3, 9, 40]) {
      const x = random(2, T, 7, T);
      const all = tf.reshape(waveNetLogits({ tokens: x }, weights, dilations), [T, 2, 7]);
      for (const last of [1, Math.ceil(T / 2), T]) {
        const some = tf.reshape(waveNetLogits({ tokens: x }, weights, dilations, last), [last, 2, 7]);
        const { ok, message } = allClose(some, tf.slice(all, [T - last, 0, 0], [last, 2, 7]), {
          rtol: 1e-4,
          atol: 1e-5,
        });
        expect(ok, `last ${last} of ${T}: ${message}`).toBe(true);
      }
    }
  });
});

it("the nats of single symbols have the loss as their mean, each in its place", () => {
  const dilations = [1, 2];
  const weights = waveNetWeights(randomStream(1), { symbols: 7, dilations, channels: 4, skips: 5 });
  const x = random(3, 10, 7);
  for (const last of [9, 4]) {
    const nats = waveNetNats({ tokens: x }, weights, dilations, last);
    expect(nats.shape).toEqual([3, last]);
    expect(tf.mean(nats).dataSync()[0]).toBeCloseTo(
      waveNetLoss({ tokens: x }, weights, dilations, last).dataSync()[0]!,
      5,
    );
    const p = tf
      .softmax(tf.reshape(waveNetLogits({ tokens: x }, weights, dilations), [10, 3, 7]))
      .arraySync() as number[][][];
    const symbols = x.arraySync();
    expect(nats.arraySync()[1]![last - 1]).toBeCloseTo(-Math.log(p[8]![1]![symbols[1]![9]!]!), 4);
    expect(nats.arraySync()[2]![0]).toBeCloseTo(-Math.log(p[9 - last]![2]![symbols[2]![10 - last]!]!), 4);
  }
});

describe("what a prediction sees", () => {
  it.each([
    { dilations: [1, 2, 4], field: 8 },
    { dilations: doublings(3, 2), field: 15 },
    { dilations: [3], field: 4 },
    { dilations: [1, 1, 1, 1], field: 5 },
  ])("dilations $dilations: its own place and $field − 1 before, by gradients", ({ dilations, field }) => {
    expect(receptiveField(dilations)).toBe(field);
    const weights = waveNetWeights(randomStream(2), { symbols: 20, dilations, channels: 6, skips: 6 });
    const acts = influence(weights, dilations, 20);
    const first = acts.findIndex((slope) => slope > 0);
    // One layer of d = 3 sees two places with a gap between; every place counts only where the dilations fill it.
    expect(20 - first).toBe(field);
    if (dilations.length > 1) expect(acts.slice(first).every((slope) => slope > 0)).toBe(true);
  });

  it("nothing that comes later: no gradient, and changing it changes nothing", () => {
    const dilations = doublings(3);
    const weights = waveNetWeights(randomStream(3), { symbols: 20, dilations, channels: 6, skips: 6 });
    const acts = influence(weights, dilations, 20, 11);
    expect(acts.slice(12)).toEqual(new Array(8).fill(0));
    expect(acts[11]).toBeGreaterThan(0);
    const x = random(1, 20, 20).arraySync()[0]!;
    const logits = (symbols: number[]): number[][] =>
      waveNetLogits({ tokens: tf.tensor2d([symbols], undefined, "int32") }, weights, dilations).arraySync();
    const changed = x.map((symbol, t) => (t > 11 ? (symbol + 1) % 20 : symbol));
    expect(logits(changed).slice(0, 12)).toEqual(logits(x).slice(0, 12));
    expect(logits(changed)[12]).not.toEqual(logits(x)[12]);
  });
});

describe("fresh weights", () => {
  it("start at the price of the symbols' frequencies", () => {
    const frequencies = [0.5, 0.25, 0.125, 0.125];
    const dilations = [1, 2];
    const weights = waveNetWeights(randomStream(1), { symbols: 4, dilations, channels: 8, skips: 8, frequencies });
    const x = tf.tensor2d(randomStream(2).categorical(frequencies, 4000), [4, 1000], "int32");
    const nats = waveNetLoss({ tokens: x }, weights, dilations).dataSync()[0]!;
    expect(nats / Math.LN2).toBeGreaterThan(1.7);
    expect(nats / Math.LN2).toBeLessThan(1.85);
  });

  it("of ordered symbols: neighbours have nearly the same vectors", () => {
    const config = { symbols: 256, dilations: [1], channels: 8, skips: 8, ordered: true };
    const { symbols, logits } = waveNetWeights(randomStream(1), config);
    for (const table of [symbols, tf.transpose(logits.w)]) {
      const rows = table.arraySync();
      const distance = (i: number, j: number): number => Math.hypot(...rows[i]!.map((v, k) => v - rows[j]![k]!));
      expect(distance(100, 101)).toBeLessThan(distance(100, 160) / 5);
    }
  });
});

it("learns, compiled, and every weight takes part", () => {
  const dilations = [1, 2, 4];
  const net = waveNetWeights(randomStream(1), {
    symbols: 8,
    dilations,
    channels: 8,
    skips: 8,
    condition: 2,
    places: 40,
  });
  const program = compile(
    { net },
    {
      step: trainStep((state, inputs) => ({ loss: waveNetLoss(inputs, state.net, dilations) }), {
        inputs: { tokens: { shape: ["B", 33], dtype: "int32" }, condition: ["B", 2] },
        of: "net",
        by: adam({ lr: 0.02 }),
        shards: 2,
      }),
    },
  );
  // Each symbol is the one seven before, plus one; the condition says from where it counts.
  const next = tf.tensor2d(
    Int32Array.from({ length: 4 * 33 }, (_, i) => (Math.floor(i / 33) + (i % 33)) % 8),
    [4, 33],
    "int32",
  );
  const condition = tf.tensor2d([0, 1, 1, 0, 1, 1, 0, 0], [4, 2]);
  const losses = Array.from({ length: 60 }, () => program.step({ tokens: next, condition }).loss);
  expect(losses[0]).toBeGreaterThan(1.5);
  expect(losses.at(-1)).toBeLessThan(0.3);
  program.dispose();
});

describe("mistakes", () => {
  const dilations = [1, 2];
  const config = { symbols: 5, dilations, channels: 2, skips: 2 };
  const weights = waveNetWeights(randomStream(1), { ...config, places: 6 });
  it("are named", () => {
    expect(() => waveNetLogits({ tokens: random(1, 7, 5) }, weights, dilations)).toThrow(
      "7 places, the weights know 6",
    );
    expect(() => waveNetLogits({ tokens: random(1, 4, 5) }, weights, [1])).toThrow("2 layers of weights, 1 dilations");
    expect(() => waveNetLogits({ tokens: random(1, 4, 5) }, weights, dilations, 5)).toThrow("the last 5 of 4 places");
    expect(() =>
      waveNetLogits({ tokens: random(1, 4, 5), condition: tf.zeros<tf.Rank.R2>([1, 3]) }, weights, dilations),
    ).toThrow("these weights know no condition");
    const asked = waveNetWeights(randomStream(1), { ...config, condition: 3 });
    expect(() => waveNetLogits({ tokens: random(1, 4, 5) }, asked, dilations)).toThrow(
      "these weights want a condition",
    );
    for (const shape of [
      [1, 3],
      [2, 4],
      [3, 3],
      [2, 3, 3],
      [2, 5, 3],
    ]) {
      const wanted = shape.length === 2 ? "[2, 3]" : "[2, 4, 3]";
      const condition: tf.Tensor2D = tf.zeros<tf.Rank.R2>(shape as [number, number]);
      const words = `waveNet: condition is [${shape.join(", ")}], wanted ${wanted}`;
      expect(() => waveNetLogits({ tokens: random(2, 4, 5), condition }, asked, dilations)).toThrow(words);
      expect(() => waveNetLoss({ tokens: random(2, 5, 5), condition }, asked, dilations)).toThrow(words);
    }
    const foreign = tf.tensor2d([[0, 1, 5]], undefined, "int32");
    for (const run of [waveNetLogits, waveNetLoss, waveNetNats]) {
      expect(() => run({ tokens: foreign }, weights, dilations)).toThrow(
        "waveNet: tokens[0, 2] is 5, wanted a whole number from 0 to 4",
      );
      expect(() => run({ tokens: tf.zeros([0, 4], "int32") }, weights, dilations)).toThrow(
        /^waveNet: tokens is \[0, 4\], wanted \[B, T\] with a B of 1 or more/,
      );
    }
    for (const run of [waveNetLoss, waveNetNats]) {
      for (const last of [0, 4, 1.5]) {
        expect(() => run({ tokens: random(1, 4, 5) }, weights, dilations, last)).toThrow(
          `the last ${last} of 3 places: wanted 1 to 3`,
        );
      }
    }
    expect(() => waveNetWeights(randomStream(1), { ...config, frequencies: [1] })).toThrow(
      "1 frequencies for 5 symbols",
    );
    expect(() => waveNetWeights(randomStream(1), { ...config, dilations: [] })).toThrow("dilations are [], wanted");
    expect(() => waveNetWeights(randomStream(1), { ...config, dilations: [1, 0] })).toThrow(
      "dilations are [1, 0], wanted",
    );
  });
});
