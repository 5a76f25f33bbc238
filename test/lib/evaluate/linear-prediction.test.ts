import { describe, expect, it } from "vitest";
import { muLawDecode, muLawEdge } from "../../../lib/data/mu-law";
import { FORMANTS, makeSound, SOUND_RATE } from "../../../lib/data/sounds";
import { envelope, fitLinearPredictor, formants, LinearCodeModel } from "../../../lib/evaluate/linear-prediction";
import { randomStream } from "../../../lib/tensor/random";
import golden from "../../golden/sound.json" with { type: "json" };

const wave = Float64Array.from({ length: 400 }, (_, n) => Math.sin(0.3 * n) + 0.5 * Math.sin(1.1 * n + 1));
const sound = (voice: "a" | "i" | "o", pitch: number, seed: number) =>
  makeSound({ voice, pitch, length: 3000 }, randomStream(seed));

describe("linear prediction", () => {
  it("equals SciPy's solution of the same equations", () => {
    const { weights, error } = fitLinearPredictor(wave, 8);
    golden.predictor.weights.forEach((a, k) => expect(weights[k]!).toBeCloseTo(a, 6));
    expect(error / golden.predictor.error).toBeCloseTo(1, 5);
  });

  it("finds the weights that made a sound out of noise", () => {
    const noise = randomStream(1).normalArray(20_000);
    const x = new Float64Array(20_000);
    for (let t = 0; t < x.length; t++) x[t] = 1.2 * (x[t - 1] ?? 0) - 0.7 * (x[t - 2] ?? 0) + noise[t]!;
    const { weights } = fitLinearPredictor(x, 2);
    expect(weights[0]!).toBeCloseTo(1.2, 1);
    expect(weights[1]!).toBeCloseTo(-0.7, 1);
  });

  it("its envelope is highest where the filter rings", () => {
    const frequencies = Array.from({ length: 79 }, (_, i) => 50 * (i + 1));
    const level = envelope({ weights: Float64Array.of(0, -0.9), error: 1 }, frequencies, 8000); // rings at 2,000 Hz
    expect(frequencies[level.indexOf(Math.max(...level))]).toBe(2000);
  });

  it.each(["a", "i", "o"] as const)(
    "reads the formants of %s within 60 Hz: a voice has harmonics only, and they pull",
    (vowel) => {
      for (const [seed, pitch] of [110, 135, 160].entries()) {
        const found = formants(sound(vowel, pitch, seed).samples, SOUND_RATE);
        for (const wanted of FORMANTS[vowel].slice(0, 2)) {
          const nearest = Math.min(...found.map((f) => Math.abs(f - wanted)));
          expect(nearest, `${vowel} at ${pitch} Hz: ${found.join(", ")}`).toBeLessThanOrEqual(60);
        }
      }
    },
  );

  it("refuses silence, NaN and sounds that are too short", () => {
    expect(() => fitLinearPredictor(new Float32Array(100), 4)).toThrow("silent or has NaN: its energy is 0");
    expect(() => fitLinearPredictor([1, NaN, 3, 4], 2)).toThrow("its energy is NaN");
    expect(() => fitLinearPredictor([1, 2, 3], 3)).toThrow("order 3 for 3 samples");
    expect(() => fitLinearPredictor([1, 2, 3], 0)).toThrow("order 0");
  });
});

describe("linear prediction of codes", () => {
  it("pays less than the frequencies of codes, more than one who knows how they were made", () => {
    const decoded = (seed: number) => {
      const { codes } = sound("a", 120, seed);
      return { codes, samples: muLawDecode(codes) };
    };
    const model = LinearCodeModel.fit([1, 2, 3].map(decoded), 16, muLawEdge);
    const bits = model.bits(decoded(9));
    const mean = bits.reduce((a, b) => a + b, 0) / bits.length;
    const floor = sound("a", 120, 9).bits();
    expect(mean).toBeLessThan(5);
    expect(mean).toBeGreaterThan(floor.reduce((a, b) => a + b, 0) / floor.length);
  });

  it("refuses sounds that have not as many samples as codes", () => {
    const whole = { samples: Float32Array.of(0.1, 0.2, 0.1), codes: Uint8Array.of(130, 140, 130) };
    const cut = { ...whole, samples: whole.samples.slice(0, 2) };
    const wanted = "2 samples and 3 codes, wanted as many";
    expect(() => LinearCodeModel.fit([whole, cut], 1, muLawEdge)).toThrow(`LinearCodeModel.fit: sound 1 has ${wanted}`);
    expect(() => LinearCodeModel.fit([whole], 1, muLawEdge).bits(cut)).toThrow(wanted);
  });

  it("is a distribution: the chances of all 256 codes add up to 1", () => {
    const codes = Uint8Array.from([100, 120, 140, 128]);
    const samples = muLawDecode(codes);
    const model = LinearCodeModel.fit([{ codes, samples }], 1, muLawEdge);
    let sum = 0;
    for (let code = 0; code < 256; code++) {
      const bits = model.bits({ codes: Uint8Array.from([100, 120, code]), samples: samples.slice(0, 3) });
      sum += 2 ** -bits[2]!;
    }
    expect(sum).toBeCloseTo(1, 5);
  });
});
