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

  it("refuses what is no profile", () => {
    expect(() => sequenceLogo([], { title: "x" })).toThrow("no profiles");
    expect(() => sequenceLogo([{ name: "x", sites: [[1]] }], { title: "x" })).toThrow("site 1 of x has 1 chances");
    expect(() => sequenceLogo([{ name: "x", sites: [even.map((p) => 2 * p)] }], { title: "x" })).toThrow("add up to 2");
    expect(() => sequenceLogo([{ name: "x", sites: [even.map(() => NaN)] }], { title: "x" })).toThrow("add up to NaN");
  });
});
