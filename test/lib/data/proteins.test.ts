import { describe, expect, it } from "vitest";
import {
  AMINO_ACIDS,
  drawProtein,
  FAMILIES,
  familyEntropy,
  PROTEIN_EDGE,
  PROTEIN_SYMBOLS,
  proteinNats,
  proteinText,
  readProtein,
} from "../../../lib/data/proteins";
import type { ProteinFamily } from "../../../lib/data/proteins";
import { randomStream } from "../../../lib/tensor/random";

const sum = (list: ArrayLike<number>): number => Array.from(list).reduce((a, b) => a + b, 0);
const drawn = (family: ProteinFamily, n: number): number[][] =>
  Array.from({ length: n }, (_, i) => drawProtein(randomStream(3).split(family.name).split(i), family));

describe("families", () => {
  it("differ in length; sites and pairs are distributions that agree", () => {
    expect(new Set(FAMILIES.map(({ sites }) => sites.length)).size).toBe(FAMILIES.length);
    for (const { sites, pairs } of FAMILIES) {
      for (const site of sites) expect(sum(site)).toBeCloseTo(1, 9);
      for (const { first, second, joint } of pairs) {
        expect(first).toBeLessThan(second);
        joint.forEach((row, i) => expect(sum(row)).toBeCloseTo(sites[first]![i]!, 9));
        for (let j = 0; j < 20; j++) expect(sum(joint.map((row) => row[j]!))).toBeCloseTo(sites[second]![j]!, 9);
      }
      const paired = pairs.flatMap(({ first, second }) => [first, second]);
      expect(new Set(paired).size).toBe(paired.length); // no site in two pairs: then the chances are as simple as said
    }
  });

  it("drawn proteins have the family's frequencies, and its pairs", () => {
    const [finger, zipper, hairpin] = FAMILIES as [ProteinFamily, ProteinFamily, ProteinFamily];
    const letters = (family: ProteinFamily) => drawn(family, 400).map(proteinText);
    const share = (texts: string[], is: (text: string) => boolean): number => texts.filter(is).length / texts.length;
    expect(share(letters(finger), (text) => text[2] === "C")).toBeGreaterThan(0.85);
    const { first, second } = zipper.pairs[0]!;
    const opposite = share(letters(zipper), (text) => /[KR][DE]|[DE][KR]/.test(text[first]! + text[second]!));
    expect(opposite).toBeGreaterThan(0.65);
    const cysteines = letters(hairpin).filter((text) => text[3] === "C");
    expect(cysteines.length).toBeGreaterThan(150);
    expect(share(cysteines, (text) => text[14] === "C")).toBeGreaterThan(0.8);
  });

  it("the mean cost of drawn proteins is the entropy: of the family, and ln 3 for which one it is", () => {
    for (const family of FAMILIES) {
      const { sites, shared, nats } = familyEntropy(family);
      expect(nats).toBeCloseTo(sites - shared, 9);
      expect(shared).toBeGreaterThan(0.3);
      const costs = drawn(family, 400).map((symbols) => sum(proteinNats(symbols)));
      const deviation = Math.sqrt(sum(costs.map((c) => (c - sum(costs) / 400) ** 2)) / 399 / 400);
      expect(Math.abs(sum(costs) / 400 - nats - Math.log(3))).toBeLessThan(4 * deviation);
    }
  });

  it("without pairs one pays what they share", () => {
    const family = FAMILIES[1]!;
    const extra = drawn(family, 400).map((s) => sum(proteinNats(s, { paired: false })) - sum(proteinNats(s)));
    const { shared } = familyEntropy(family);
    expect(Math.abs(sum(extra) / 400 - shared) / shared).toBeLessThan(0.2);
  });
});

describe("true costs", () => {
  it("are a distribution at every symbol, the edge included", () => {
    for (const family of FAMILIES) {
      const [protein] = drawn(family, 1) as [number[]];
      for (let site = 0; site <= family.sites.length; site++) {
        const chances = Array.from({ length: PROTEIN_SYMBOLS }, (_, symbol) =>
          Math.exp(-proteinNats([...protein.slice(0, site), symbol]).at(-1)!),
        );
        expect(sum(chances)).toBeCloseTo(1, 9);
      }
    }
  });

  it("are infinite for what no family allows", () => {
    expect(proteinNats([PROTEIN_EDGE])[0]).toBe(Infinity);
    const long = [...drawn(FAMILIES[1]!, 1)[0]!.slice(0, -1), 1, 1];
    expect(proteinNats(long).at(-2)).toBe(Infinity);
  });
});

describe("letters", () => {
  it("are read and written, small ones and spaces as well", () => {
    const symbols = readProtein("mkv lA\nW");
    expect(symbols.at(-1)).toBe(PROTEIN_EDGE);
    expect(proteinText(symbols)).toBe("MKVLAW");
    expect(proteinText(readProtein(AMINO_ACIDS))).toBe(AMINO_ACIDS);
    expect(proteinText([PROTEIN_EDGE, 3])).toBe("");
  });

  it("that are no amino acid are named, and so is an empty text", () => {
    expect(() => readProtein("MKX")).toThrow('letter 3 is "X", wanted one of ACDEFGHIKLMNPQRSTVWY');
    expect(() => readProtein("M-K")).toThrow('letter 2 is "-"');
    for (const foreign of ["ß", "ſ", "ı"]) expect(() => readProtein(foreign)).toThrow(`letter 1 is "${foreign}"`);
    expect(() => readProtein(" \n")).toThrow("no amino acids: give at least one letter");
    expect(() => proteinText([])).toThrow("an empty protein");
    expect(() => proteinNats([3, 21])).toThrow("symbol 1 is 21, wanted 0 to 20");
    expect(() => proteinNats([NaN])).toThrow("symbol 0 is NaN");
  });
});
