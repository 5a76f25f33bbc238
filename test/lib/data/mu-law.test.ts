import fc from "fast-check";
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  MU_LAW_LEVELS,
  MU_LAW_SILENCE,
  muLawDecode,
  muLawEdge,
  muLawEncode,
  telephoneByte,
  telephoneSample,
} from "../../../lib/data/mu-law";
import golden from "../../golden/sound.json" with { type: "json" };

describe("μ-law as WaveNet has it", () => {
  it("equals torchaudio's formula, both ways", () => {
    expect([...muLawEncode(golden.mu_law.samples)]).toEqual(golden.mu_law.codes);
    const decoded = muLawDecode(Array.from({ length: MU_LAW_LEVELS }, (_, code) => code));
    decoded.forEach((x, code) => expect(x).toBeCloseTo(golden.decoded[code]!, 6));
  });

  it("a code decodes to a sample of that code; silence is 128, full size 0 and 255", () => {
    const codes = Array.from({ length: MU_LAW_LEVELS }, (_, code) => code);
    expect([...muLawEncode(muLawDecode(codes))]).toEqual(codes);
    expect([...muLawEncode([0, -1, 1])]).toEqual([MU_LAW_SILENCE, 0, 255]);
  });

  it("edges say exactly which samples have a code", () => {
    fc.assert(
      fc.property(fc.double({ min: -1, max: 1, noNaN: true }), (x) => {
        const [code] = muLawEncode([x]) as unknown as [number];
        expect(x).toBeGreaterThanOrEqual(muLawEdge(code) - 1e-12);
        expect(x).toBeLessThanOrEqual(muLawEdge(code + 1) + 1e-12);
      }),
    );
    expect([muLawEdge(0), muLawEdge(256)]).toEqual([-Infinity, Infinity]);
  });

  it("names the first sample and the first code that is none", () => {
    expect(() => muLawEncode([0, NaN])).toThrow("sample 1 is NaN, wanted a number from −1 to 1");
    expect(() => muLawEncode([1.01])).toThrow("sample 0 is 1.01");
    expect(() => muLawDecode([3, 256])).toThrow("code 1 is 256");
    expect(() => muLawDecode([0.5])).toThrow("code 0 is 0.5");
    expect(muLawEncode([])).toHaveLength(0);
  });
});

describe("μ-law as ITU-T G.711 has it", () => {
  it("equals Python's audioop on all 65,536 samples of 16 bits", () => {
    const bytes = Uint8Array.from({ length: 65_536 }, (_, i) => telephoneByte((i - 32_768) / 32_768));
    expect(crc32(bytes)).toBe(golden.telephone.crc32);
    const { samples } = golden.telephone;
    expect(samples.map((sample) => telephoneByte(sample / 32_768))).toEqual(golden.telephone.bytes);
  });

  it("and back on all 256 bytes", () => {
    const samples = Array.from({ length: 256 }, (_, byte) => telephoneSample(byte) * 32_768);
    expect(samples).toEqual(golden.telephone.decoded);
  });

  it("refuses what is no sample", () => {
    expect(() => telephoneByte(NaN)).toThrow("sample 0 is NaN");
  });
});
