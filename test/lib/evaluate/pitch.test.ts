import { describe, expect, it } from "vitest";
import { makeSound, SOUND_RATE, VOICES } from "../../../lib/data/sounds";
import { pitchOf } from "../../../lib/evaluate/pitch";
import { randomStream } from "../../../lib/tensor/random";

const options = { rate: SOUND_RATE };

describe("pitch", () => {
  it("of a pure tone, between whole samples as well", () => {
    for (const f of [80.3, 123.4, 199, 311.7]) {
      const tone = Float32Array.from({ length: 1000 }, (_, t) => Math.sin((2 * Math.PI * f * t) / SOUND_RATE) + 0.3);
      const { pitch, clarity } = pitchOf(tone, options);
      expect(Math.abs(pitch - f) / f).toBeLessThan(0.004);
      expect(clarity).toBeGreaterThan(0.99);
    }
  });

  it.each(VOICES)("of %s: within one percent of what was asked", (voice) => {
    for (const asked of [102, 141, 197]) {
      const { samples, pitch: true_ } = makeSound({ voice, pitch: asked, length: 3000 }, randomStream(asked));
      const { pitch } = pitchOf(samples.subarray(600), options);
      expect(Math.abs(pitch - true_) / true_, `${asked} Hz: ${pitch}`).toBeLessThan(0.01);
    }
  });

  it("noise has none that is clear, silence none at all", () => {
    expect(pitchOf(randomStream(1).normalArray(2000), options).clarity).toBeLessThan(0.3);
    expect(pitchOf(new Float32Array(2000), options)).toEqual({ pitch: NaN, clarity: 0 });
  });

  it("refuses a sound that is too short", () => {
    expect(() => pitchOf(new Float32Array(100), options)).toThrow("100 samples, wanted 230: two periods of 70 Hz");
  });

  it("refuses rates and bounds between which no pitch lies, and samples that are no numbers", () => {
    const noise = randomStream(1).normalArray(2000);
    for (const rate of [0, -1, NaN, undefined as never]) {
      expect(() => pitchOf(noise, { rate })).toThrow(`pitchOf: rate ${rate}, wanted samples a second`);
    }
    for (const [lowest, highest] of [
      [70, 4001],
      [0, 400],
      [400, 400],
      [NaN, 400],
      [70, NaN],
    ] as const) {
      expect(() => pitchOf(noise, { rate: 8000, lowest, highest })).toThrow(
        `pitchOf: ${lowest} to ${highest} Hz, wanted numbers above 0, the lowest first, up to half the rate, 4000 Hz`,
      );
    }
    expect(() => pitchOf(noise.with(3, NaN), options)).toThrow("pitchOf: sample 3 is NaN, wanted a number");
  });
});
