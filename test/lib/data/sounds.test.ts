import { describe, expect, it } from "vitest";
import { FORMANTS, makeSound, SOUND_CONDITION, soundCondition, VOICES } from "../../../lib/data/sounds";
import type { Voice } from "../../../lib/data/sounds";
import { muLawEdge } from "../../../lib/data/mu-law";
import { normalMass } from "../../../lib/evaluate/normal";
import { randomStream } from "../../../lib/tensor/random";
import golden from "../../golden/sound.json" with { type: "json" };

const mean = (list: ArrayLike<number>): number => Array.from(list).reduce((a, b) => a + b, 0) / list.length;

describe("made sounds", () => {
  it.each(VOICES)("%s: as long and loud as it should be, and the same for the same seed", (voice) => {
    const [one, two] = [1, 1].map((seed) => makeSound({ voice, pitch: 150, length: 1500 }, randomStream(seed))) as [
      ReturnType<typeof makeSound>,
      ReturnType<typeof makeSound>,
    ];
    expect(one.samples).toEqual(two.samples);
    expect(one.samples).toHaveLength(1500);
    expect(Math.max(...one.samples.map(Math.abs))).toBeCloseTo(0.8, 5);
    expect(makeSound({ voice, pitch: 150, length: 1500 }, randomStream(2)).samples).not.toEqual(one.samples);
  });

  it("its true cost is a chance: no code is free, and most are cheap", () => {
    for (const voice of VOICES) {
      const bits = makeSound({ voice, pitch: 120, length: 3000 }, randomStream(3)).bits();
      expect(bits.every((b) => b >= 0 && Number.isFinite(b))).toBe(true);
      expect(mean(bits)).toBeGreaterThan(0.2);
      expect(mean(bits)).toBeLessThan(4);
    }
  });

  it("its true cost is that of the law by which it was made, found again in the samples", () => {
    const { samples, codes, bits } = makeSound({ voice: "string", pitch: 100, length: 8000 }, randomStream(4));
    const mean_ = (t: number): number => 0.996 * 0.5 * (samples[t - 80]! + samples[t - 81]!);
    const late = Array.from({ length: 7000 }, (_, i) => 1000 + i);
    const deviation = Math.sqrt(mean(late.map((t) => (samples[t]! - mean_(t)) ** 2)));
    const own = late.map((t) => {
      return -Math.log2(normalMass(muLawEdge(codes[t]!), muLawEdge(codes[t]! + 1), mean_(t), deviation));
    });
    expect(mean(bits().subarray(1000))).toBeCloseTo(mean(own), 2);
  });

  it("a string's loop is a whole number of samples and a half, and what comes after a turn is the mean of two neighbours", () => {
    const { pitch, samples } = makeSound({ voice: "string", pitch: 100, length: 1000 }, randomStream(5));
    expect(pitch).toBeCloseTo(8000 / 80.5, 9);
    const errors = Array.from({ length: 800 }, (_, i) => {
      const t = i + 200;
      return Math.abs(samples[t]! - 0.996 * 0.5 * (samples[t - 80]! + samples[t - 81]!));
    });
    expect(Math.max(...errors)).toBeLessThan(0.02);
  });

  it("a vowel's filter rings as SciPy's", () => {
    // An impulse response, seen through the generator: with the pulses taken away, x is noise through 1/A.
    const { polynomial, response } = golden.vowel;
    const x = new Float64Array(50);
    for (let t = 0; t < 50; t++) {
      x[t] = t === 0 ? 1 : 0;
      for (let k = 1; k < polynomial.length && k <= t; k++) x[t]! -= polynomial[k]! * x[t - k]!;
    }
    response.forEach((r, t) => expect(x[t]!).toBeCloseTo(r, 9));
    expect(FORMANTS.a).toEqual([730, 1090, 2440]);
  });

  it("tells a network who and how high; neighbouring pitches have nearly the same numbers", () => {
    const [low, near, high] = [100, 101, 200].map((pitch) => soundCondition("o", pitch));
    expect(low).toHaveLength(SOUND_CONDITION);
    expect([...low!.slice(0, VOICES.length)]).toEqual(VOICES.map((voice) => Number(voice === "o")));
    const distance = (a: Float32Array, b: Float32Array): number => Math.hypot(...a.map((v, i) => v - b[i]!));
    expect(distance(low!, near!)).toBeLessThan(0.6);
    expect(distance(low!, high!)).toBeGreaterThan(1.5);
  });

  it("refuses to ask for what no bump tells: another voice, a pitch beyond the octave", () => {
    expect(() => soundCondition("y" as Voice, 150)).toThrow('no voice "y": there are i, e, a, o, u, string');
    expect(() => soundCondition("a", 220)).toThrow("pitch 220, wanted 100 to 200 Hz");
    expect(() => soundCondition("a", 90)).toThrow("pitch 90");
    expect(() => soundCondition("a", NaN)).toThrow("pitch NaN");
    expect(
      soundCondition("string", makeSound({ voice: "string", pitch: 100, length: 1 }, randomStream(1)).pitch),
    ).toHaveLength(SOUND_CONDITION); // 99.4 Hz
  });

  it("refuses what it cannot make", () => {
    const make = (request: object) => () =>
      makeSound({ voice: "a", pitch: 100, length: 10, ...request }, randomStream(1));
    expect(make({ voice: "ö" })).toThrow('no voice "ö": there are i, e, a, o, u, string');
    expect(make({ pitch: NaN })).toThrow("pitch NaN, wanted 50 to 1,000 Hz");
    expect(make({ pitch: 20_000 })).toThrow("pitch 20000");
    expect(make({ length: 0 })).toThrow("length 0, wanted 1 or more");
  });
});

describe("another future", () => {
  it("is the same up to a place, then another that stays near: its noise is all that differs", () => {
    for (const voice of VOICES) {
      const { samples, again } = makeSound({ voice, pitch: 130, length: 2000 }, randomStream(7));
      const other = again(1000, randomStream(8));
      expect(other.subarray(0, 1000)).toEqual(samples.subarray(0, 1000));
      const difference = samples.map((x, t) => x - other[t]!);
      expect(Math.max(...difference.map(Math.abs))).toBeGreaterThan(0);
      const power = (list: Float32Array): number => mean(list.map((x) => x * x));
      expect(power(difference.subarray(1000))).toBeLessThan(0.35 * power(samples.subarray(1000)));
    }
  });
});
