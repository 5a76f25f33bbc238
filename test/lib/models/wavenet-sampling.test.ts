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

  it("temperature 0 takes exactly the likeliest, of equals the first, whatever the noise, compiled too", () => {
    const dilations = [1, 2];
    const weights = decided(10, { dilations });
    const twins = { ...weights, logits: { w: tf.zerosLike(weights.logits.w), b: tf.tensor1d([0, 1, 3, 2, 3, 1]) } };
    const start = starts(2, 3);
    for (const net of [weights, twins]) {
      const all = start.map((row) => [...row]);
      for (let i = 0; i < 8; i++) {
        const logits = waveNetLogits({ tokens: asTensor(all) }, net, dilations, 1).arraySync();
        logits.forEach((row, b) => all[b]!.push(row.indexOf(Math.max(...row))));
      }
      const wanted = all.map((row) => row.slice(3));
      const program = compile(
        { net },
        {
          sample: call(
            (state, { u, start }, { temperature }) => ({
              ...waveNetSample(u, { start, temperature }, state.net, dilations),
            }),
            { inputs: { u: [2, 8], start: { shape: [2, 3], dtype: "int32" } }, scalars: { temperature: 1 } },
          ),
        },
      );
      for (const u of [tf.zeros<tf.Rank.R2>([2, 8]), randomStream(11).uniform([2, 8]), tf.fill([2, 8], 0.9999)]) {
        const given = { u: u as tf.Tensor2D, start: asTensor(start) };
        const got = waveNetSample(given.u, { start: given.start, temperature: 0 }, net, dilations);
        expect(got.tokens.arraySync()).toEqual(wanted);
        expect(got.nats.dataSync().every(Number.isFinite)).toBe(true);
        expect(program.sample(given, { temperature: 0 }).tokens.arraySync()).toEqual(wanted);
        const hot = waveNetSample(given.u, { start: given.start, temperature: 2 }, net, dilations);
        expect(program.sample(given, { temperature: 2 }).tokens.arraySync()).toEqual(hot.tokens.arraySync());
      }
      program.dispose();
    }
  });

  it("refuses to draw from numbers that are none, compiled in the first call", () => {
    const dilations = [1, 2];
    const whole = decided(12, { dilations, condition: 2 });
    const ill = { ...whole, logits: { ...whole.logits, b: tf.fill<tf.Rank.R1>([V], NaN) } };
    const usual = { u: 0.5, condition: 1, temperature: 1, net: whole };
    const cases: [Partial<typeof usual>, string][] = [
      [{ temperature: -1 }, "waveNetSample: temperature is -1, wanted 0 or more: 0 is the likeliest"],
      [{ temperature: NaN }, "ample: temperature is NaN, wanted"],
      [{ u: NaN }, "waveNetSample: u[0, 0] is NaN, wanted 0 to 1"],
      [{ u: 1.5 }, "waveNetSample: u[0, 0] is 1.5, wanted 0 to 1"],
      [{ condition: NaN }, "waveNetSample: condition[0, 0] is NaN, wanted a finite number"],
      [{ net: ill }, "waveNetSample: logits[0, 0] is NaN, wanted a finite number: the weights have diverged"],
    ];
    for (const [change, message] of cases) {
      const { u, condition, temperature, net } = { ...usual, ...change };
      const given = {
        u: tf.fill<tf.Rank.R2>([2, 4], u),
        start: asTensor(starts(2, 3)),
        condition: tf.fill<tf.Rank.R2>([2, 2], condition),
      };
      expect(() => waveNetSample(given.u, { ...given, temperature }, net, dilations)).toThrow(message);
      const program = compile(
        { net },
        {
          sample: call(
            (state, { u, ...asked }, { temperature }) => ({
              ...waveNetSample(u, { ...asked, temperature }, state.net, dilations),
            }),
            {
              inputs: { u: [2, 4], start: { shape: [2, 3], dtype: "int32" }, condition: [2, 2] },
              scalars: { temperature: 1 },
            },
          ),
        },
      );
      expect(() => program.sample(given, { temperature })).toThrow(message);
      program.dispose();
      if ("temperature" in change) continue;
      const known = { tokens: given.start, condition: given.condition };
      const two = tf.slice(given.u, [0, 0], [2, 2]);
      expect(() => waveNetRedraw(known, two, net, dilations)).toThrow(message.replace("Sample", "Redraw"));
    }
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
    for (const shape of [
      [1, 2],
      [2, 3],
      [3, 2],
    ]) {
      const condition: tf.Tensor2D = tf.zeros<tf.Rank.R2>(shape as [number, number]);
      expect(() => waveNetSample(u, { start, condition }, weights, dilations)).toThrow(
        `waveNetSample: condition is [${shape.join(", ")}], wanted [2, 2]`,
      );
    }
    const condition = tf.zeros<tf.Rank.R2>([2, 2]);
    expect(() => waveNetSample(u, { start, condition }, weights, [1, 2])).toThrow(
      "waveNetSample: 1 layers of weights, 2 dilations",
    );
    const two = decided(1, { dilations: [1, 2] });
    expect(() => waveNetSample(u, { start }, two, [1])).toThrow("waveNetSample: 2 layers of weights, 1 dilations");
    const placed = decided(1, { dilations, places: 3 });
    expect(() => waveNetSample(u, { start }, placed, dilations)).toThrow("waveNetSample: 4 places, the weights know 3");
    expect(waveNetSample(tf.zeros([2, 2]), { start }, placed, dilations).tokens.shape).toEqual([2, 2]);
    const foreign = asTensor([
      [1, 2],
      [V, 3],
    ]);
    const plain = decided(1, { dilations });
    const words = `[1, 0] is ${V}, wanted a whole number from 0 to ${V - 1}`;
    expect(() => waveNetSample(u, { start: foreign }, plain, dilations)).toThrow(`waveNetSample: start${words}`);
    expect(() => waveNetRedraw({ tokens: foreign }, tf.zeros([2, 1]), plain, dilations)).toThrow(`tokens${words}`);
    expect(() => waveNetRedraw({ tokens: start }, tf.zeros([2, 2]), plain, dilations)).toThrow(
      "the last 2 of 1 places",
    );
    expect(() => waveNetSample(tf.zeros([0, 3]), { start: tf.zeros([0, 2], "int32") }, plain, dilations)).toThrow(
      "u is [0, 3], wanted [B, n] with a B of 1 or more",
    );
  });
});
