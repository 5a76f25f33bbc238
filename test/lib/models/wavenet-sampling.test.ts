import { expect, it } from "vitest";
import { doublings, waveNetLogits, waveNetWeights } from "../../../lib/models/wavenet";
import type { WaveNetWeights } from "../../../lib/models/wavenet";
import { waveNetRedraw, waveNetSample } from "../../../lib/models/wavenet-sampling";
import { allClose } from "../../../lib/tensor/all-close";
import { compile } from "../../../lib/tensor/compile";
import { call } from "../../../lib/tensor/program-functions";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";

const V = 6;

/** The obvious way: a pass of the whole network for every symbol. */
function slowly(
  u: tf.Tensor2D,
  start: number[][],
  weights: WaveNetWeights,
  dilations: number[],
  condition?: tf.Tensor2D | tf.Tensor3D,
  temperature = 1,
): { tokens: number[][]; nats: number[][] } {
  const [B, n] = u.shape;
  const noise = u.arraySync();
  const all = start.map((row) => [...row]);
  const nats = start.map((): number[] => []);
  for (let i = 0; i < n; i++) {
    const length = all[0]!.length;
    const tokens = tf.tensor2d(all, undefined, "int32");
    const asked = condition?.rank === 3 ? tf.slice(condition as tf.Tensor3D, [0, 0, 0], [B, length, -1]) : condition;
    const logits = waveNetLogits({ tokens, ...(asked && { condition: asked }) }, weights, dilations, 1).arraySync();
    for (let b = 0; b < B; b++) {
      const p = (T: number): number[] => {
        const e = logits[b]!.map((l) => Math.exp(l / T));
        const sum = e.reduce((x, y) => x + y, 0);
        return e.map((x) => x / sum);
      };
      let below = 0;
      const chosen = p(temperature).findIndex((chance) => (below += chance) > noise[b]![i]!);
      all[b]!.push(chosen);
      nats[b]!.push(-Math.log(p(1)[chosen]!));
    }
  }
  return { tokens: all.map((row) => row.slice(start[0]!.length)), nats };
}

/** Weights that make up their minds: fresh ones give nearly equal chances. */
function decided(
  seed: number,
  config: Partial<Parameters<typeof waveNetWeights>[1]> & { dilations: number[] },
): WaveNetWeights {
  const weights = waveNetWeights(randomStream(seed), { symbols: V, channels: 5, skips: 6, ...config });
  return { ...weights, logits: { ...weights.logits, w: tf.mul(weights.logits.w, 30) } };
}

const starts = (B: number, length: number): number[][] => randomStream(7).integers([B, length], 0, V).arraySync();
const asTensor = (rows: number[][]): tf.Tensor2D => tf.tensor2d(rows, undefined, "int32");

onEveryBackend("wavenet sampling", () => {
  it.each([
    { dilations: doublings(3), known: 1, n: 20 },
    { dilations: doublings(3, 2), known: 4, n: 12 },
    { dilations: doublings(3, 2), known: 30, n: 12 },
    { dilations: [5, 1, 3], known: 9, n: 15 },
    { dilations: [2], known: 3, n: 5 },
  ])("dilations $dilations, $known symbols given: the symbols of the obvious way", ({ dilations, known, n }) => {
    const weights = decided(1, { dilations });
    const u = randomStream(2).uniform([3, n]);
    const start = starts(3, known);
    const wanted = slowly(u, start, weights, dilations);
    const got = waveNetSample(u, { start: asTensor(start) }, weights, dilations);
    expect(got.tokens.dtype).toBe("int32");
    expect(got.tokens.arraySync()).toEqual(wanted.tokens);
    expect(new Set(got.tokens.dataSync()).size).toBeGreaterThan(2);
    const { ok, message } = allClose(got.nats, wanted.nats, { rtol: 1e-3, atol: 1e-3 });
    expect(ok, message).toBe(true);
  });

  it("with what is asked throughout or place by place, places of their own, and a temperature", () => {
    const dilations = [1, 2, 4];
    const u = randomStream(3).uniform([2, 8]);
    const start = starts(2, 5);
    for (const condition of [randomStream(4).normal([2, 3]), randomStream(4).normal([2, 12, 3])]) {
      const weights = decided(5, { dilations, condition: 3, places: 20 });
      const wanted = slowly(u, start, weights, dilations, condition, 2);
      const got = waveNetSample(u, { start: asTensor(start), condition, temperature: 2 }, weights, dilations);
      expect(got.tokens.arraySync()).toEqual(wanted.tokens);
    }
  });

  it("compiled gives the same as operation by operation", () => {
    const dilations = doublings(3);
    const net = decided(6, { dilations });
    const program = compile(
      { net },
      {
        sample: call((state, { u, start }) => ({ ...waveNetSample(u, { start }, state.net, dilations) }), {
          inputs: { u: ["B", "n"], start: { shape: ["B", "known"], dtype: "int32" } },
        }),
      },
    );
    for (const [B, n, known] of [
      [1, 30, 1],
      [4, 12, 9],
    ] as const) {
      const u = randomStream(B).uniform([B, n]);
      const start = asTensor(starts(B, known));
      expect(program.sample({ u, start }).tokens.arraySync()).toEqual(
        waveNetSample(u, { start }, net, dilations).tokens.arraySync(),
      );
    }
    program.dispose();
  });

  it("drawing anew from the real past: what drawing gives at the first place, and at every other place of its own sequence", () => {
    const dilations = doublings(3);
    const weights = decided(8, { dilations });
    const u = randomStream(9).uniform([2, 10]);
    const start = starts(2, 4);
    const { tokens } = waveNetSample(u, { start: asTensor(start) }, weights, dilations);
    const own: tf.Tensor2D = tf.concat([asTensor(start), tokens], 1);
    expect(waveNetRedraw({ tokens: own }, u, weights, dilations).arraySync()).toEqual(tokens.arraySync());
    const other: tf.Tensor2D = tf.concat([asTensor(start), asTensor(starts(2, 10))], 1);
    const drawn = waveNetRedraw({ tokens: other }, u, weights, dilations).arraySync();
    expect(drawn.map(([first]) => first)).toEqual(tokens.arraySync().map(([first]) => first));
    expect(drawn).not.toEqual(tokens.arraySync());
    expect(() => waveNetRedraw({ tokens: other }, tf.zeros([3, 2]), weights, dilations)).toThrow(
      "u is [3, 2], wanted [2, …]",
    );
  });

  it("says what does not fit", () => {
    const dilations = [1];
    const weights = decided(1, { dilations, condition: 2 });
    const u = tf.zeros<tf.Rank.R2>([2, 3]);
    expect(() => waveNetSample(u, { start: asTensor([[1]]) }, weights, dilations)).toThrow(
      "start is [1, 1], wanted [2, 1 or more]",
    );
    const start = asTensor([
      [1, 2],
      [3, 4],
    ]);
    expect(() => waveNetSample(u, { start, condition: tf.zeros<tf.Rank.R3>([2, 3, 2]) }, weights, dilations)).toThrow(
      "condition is [2, 3, 2], wanted [2, 4, 2]",
    );
    expect(() => waveNetSample(u, { start }, weights, dilations)).toThrow("these weights want a condition");
  });
});
