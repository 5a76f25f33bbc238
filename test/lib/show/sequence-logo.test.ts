import { PNG } from "pngjs";
import { describe, expect, it } from "vitest";
import { FAMILIES } from "../../../lib/data/proteins";
import { DISPLAY } from "../../../lib/show/mime";
import { sequenceLogo } from "../../../lib/show/sequence-logo";

const certain = (letter: number): number[] => Array.from({ length: 20 }, (_, i) => Number(i === letter));
const even = new Array<number>(20).fill(1 / 20);
const letters = (svg: string): number => svg.split("scale(").length - 1;

describe("sequence logo", () => {
  it("a certain residue is one tall letter, an even site none", () => {
    expect(letters(sequenceLogo([{ name: "x", sites: [certain(3)] }], { title: "One" }).svg)).toBe(1);
    expect(letters(sequenceLogo([{ name: "x", sites: [even] }], { title: "None" }).svg)).toBe(0);
    const half = Array.from({ length: 20 }, (_, i) => (i < 2 ? 0.5 : 0));
    expect(letters(sequenceLogo([{ name: "x", sites: [half] }], { title: "Two" }).svg)).toBe(2);
  });

  it("all families together are a light picture without ids, and say in words what they show", () => {
    const rows = FAMILIES.map(({ name, sites }) => ({ name, sites }));
    const logo = sequenceLogo(rows, { title: "Three families" });
    expect(logo.svg.length).toBeLessThan(30_000);
    expect(logo.svg).not.toMatch(/ id=|NaN|undefined/);
    const bundle = logo[DISPLAY]();
    expect(bundle["text/plain"]).toBe(
      "Three families: sequence logo of finger (28 sites), zipper (35 sites), hairpin (22 sites)",
    );
    expect(bundle["image/svg+xml"]).toMatch(/^<svg [^>]*viewBox/);
  });

  it("is a PNG as well, with the same letters: an SVG is not shown where a notebook is not trusted", () => {
    const logo = sequenceLogo([{ name: "x", sites: [certain(0), even, certain(18)] }], { title: "Two" });
    const png = Buffer.from(logo[DISPLAY]()["image/png"] as string, "base64");
    const { width, height, data } = PNG.sync.read(png);
    expect(logo.svg).toContain(`viewBox="0 0 ${width} ${height}"`);
    const ink = (site: number): number => {
      let sum = 0;
      for (let y = 63; y < 153; y++)
        for (let x = 0; x < 29; x++) sum += data[4 * (y * width + 92 + 30 * site + x) + 3]!;
      return sum / 255 / (90 * 29);
    };
    expect(ink(0)).toBeGreaterThan(0.3); // A
    expect(ink(1)).toBe(0);
    expect(ink(2)).toBeGreaterThan(0.3); // W or Y
    expect(ink(2)).toBeLessThan(0.9);
  });

  it("a long profile makes a wide picture, not letters without width", () => {
    for (const count of [250, 800]) {
      const { svg } = sequenceLogo([{ name: "x", sites: new Array(count).fill(certain(3)) }], { title: "Long" });
      const scales = [...svg.matchAll(/scale\((\S+) /g)].map((match) => Number(match[1]));
      expect(Math.min(...scales)).toBeGreaterThan(0.04);
      expect(Number(/viewBox="0 0 (\d+)/.exec(svg)![1])).toBeGreaterThan(7 * count);
    }
    const narrow = () => sequenceLogo([{ name: "x", sites: [certain(3)] }], { title: "x", pitch: 2 });
    expect(narrow).toThrow("pitch 2, wanted 7 or more pixels");
  });

  it("refuses what is no profile", () => {
    const below = certain(3).map((p, i) => (i === 0 ? -0.5 : i === 1 ? 0.5 : p));
    expect(() => sequenceLogo([{ name: "x", sites: [below] }], { title: "x" })).toThrow(
      "site 1 of x has a chance of -0.5, wanted 0 or more",
    );
    expect(() => sequenceLogo([], { title: "x" })).toThrow("no profiles");
    expect(() => sequenceLogo([{ name: "x", sites: [[1]] }], { title: "x" })).toThrow("site 1 of x has 1 chances");
    expect(() => sequenceLogo([{ name: "x", sites: [even.map((p) => 2 * p)] }], { title: "x" })).toThrow("add up to 2");
    expect(() => sequenceLogo([{ name: "x", sites: [even.map(() => NaN)] }], { title: "x" })).toThrow("add up to NaN");
  });
});
