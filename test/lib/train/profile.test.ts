import { afterEach, describe, expect, it, vi } from "vitest";
import { profile, profileName } from "../../../lib/train/profile";

afterEach(() => vi.unstubAllEnvs());

describe("profile", () => {
  const steps = { quick: 60, standard: 4000, long: 90000 };
  it.each([
    ["quick", 60],
    ["standard", 4000],
    ["long", 90000],
    ["", 4000],
  ])("GENLAB_PROFILE=%s", (name, value) => {
    vi.stubEnv("GENLAB_PROFILE", name);
    expect(profile(steps)).toBe(value);
    expect(profileName()).toBe(name || "standard");
  });
  it("is standard without the variable", () => {
    vi.stubEnv("GENLAB_PROFILE", undefined);
    expect(profile({ quick: "a", standard: "b", long: "c" })).toBe("b");
  });
  it("refuses another name and a missing value", () => {
    vi.stubEnv("GENLAB_PROFILE", "fast");
    expect(() => profile(steps)).toThrow('wanted GENLAB_PROFILE to be quick, standard or long, got "fast"');
    vi.stubEnv("GENLAB_PROFILE", "long");
    expect(() => profile({ quick: 1, standard: 2 } as { quick: number; standard: number; long: number })).toThrow(
      'no value for "long"',
    );
  });
});
