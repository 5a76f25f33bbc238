import { describe, expect, it } from "vitest";
import { spectrogram } from "../../../lib/evaluate/spectrogram";
import golden from "../../golden/sound.json" with { type: "json" };

const wave = Float64Array.from({ length: 400 }, (_, n) => Math.sin(0.3 * n) + 0.5 * Math.sin(1.1 * n + 1));

describe("spectrogram", () => {
  it("equals NumPy's, moment by moment", () => {
    const { decibels } = spectrogram(wave, { rate: 8000, window: 64, floor: -50 });
    expect(decibels).toHaveLength(33);
    decibels.forEach((row, k) => row.forEach((db, m) => expect(db).toBeCloseTo(golden.spectrogram[k]![m]!, 4)));
  });

  it("names times and frequencies: a tone stands where it should", () => {
    const tone = Float32Array.from({ length: 2048 }, (_, t) => Math.sin((2 * Math.PI * 1000 * t) / 8000));
    const { times, frequencies, decibels } = spectrogram(tone, { rate: 8000, window: 256, hop: 128 });
    expect([times[0], times[1], frequencies.at(-1)]).toEqual([0.016, 0.032, 4000]);
    const column = decibels.map((row) => row[3]!);
    expect(frequencies[column.indexOf(Math.max(...column))]).toBe(1000);
  });

  it("silence is as soft as can be told; a sound shorter than a moment is refused", () => {
    const { decibels } = spectrogram(new Float32Array(256), { rate: 8000 });
    expect(Math.max(...decibels.flat())).toBe(-60);
    expect(() => spectrogram(wave, { rate: 8000, window: 512 })).toThrow("400 samples, a moment takes 512");
    expect(() => spectrogram(wave, { rate: 8000, window: 100 })).toThrow("wanted a power of two");
  });

  it("refuses steps, rates and samples of which nothing can be said", () => {
    for (const hop of [1.5, 0, -5, NaN]) {
      expect(() => spectrogram(wave, { rate: 8000, hop })).toThrow(`hop ${hop}, wanted a whole number of 1 or more`);
    }
    for (const rate of [0, -1, NaN, Infinity]) {
      expect(() => spectrogram(wave, { rate })).toThrow(`rate ${rate}, wanted samples a second`);
    }
    for (const floor of [NaN, 0]) {
      expect(() => spectrogram(wave, { rate: 8000, floor })).toThrow(`floor ${floor}, wanted decibels below 0`);
    }
    for (const window of [0.5, 1]) {
      expect(() => spectrogram(wave, { rate: 8000, window })).toThrow("wanted a power of two");
    }
    expect(() => spectrogram(wave.with(7, NaN), { rate: 8000 })).toThrow("sample 7 is NaN, wanted a number");
  });
});
