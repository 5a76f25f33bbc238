import { expect, it } from "vitest";
import { normalMass } from "../../../lib/evaluate/normal";
import golden from "../../golden/sound.json" with { type: "json" };

it("equals SciPy's areas, far out as well", () => {
  for (const { of, mass } of golden.normal) {
    const [low, high, mean, deviation] = of as [number, number, number, number];
    expect(normalMass(low, high, mean, deviation) / mass, of.join()).toBeCloseTo(1, 5);
  }
});

it("areas side by side add up to 1", () => {
  const edges = [-Infinity, -2, -0.5, -0.499, 0, 0.001, 3, Infinity];
  const masses = edges.slice(1).map((high, i) => normalMass(edges[i]!, high, 0.3, 0.7));
  expect(masses.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
});
