import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { metric, METRIC_MIME, metricRecord, metricText } from "../../../lib/show/metric";
import { currentCell } from "../../../lib/train/cell";

const cell = Symbol.for("genlab.cell");

afterEach(() => {
  Reflect.deleteProperty(globalThis, cell);
  vi.unstubAllEnvs();
});

/** What a cell is given to show. */
function shownBy(run: () => void): Record<string, unknown>[] {
  const bundles: Record<string, unknown>[] = [];
  (globalThis as Record<symbol, unknown>)[cell] = {
    display: (bundle: Record<string, unknown>) => bundles.push(bundle),
  };
  expect(currentCell()).toBeDefined();
  run();
  return bundles;
}

describe("metric", () => {
  it("shows the record beside readable text", () => {
    vi.stubEnv("GENLAB_PROFILE", "quick");
    const [bundle] = shownBy(() => metric({ name: "gan.fid", value: 12.3456, unit: "", max: 15 }));
    expect(bundle).toEqual({
      "text/plain": "gan.fid: 12.346 (band ≤ 15)",
      [METRIC_MIME]: { name: "gan.fid", value: 12.3456, unit: "", band: { max: 15 }, profile: "quick" },
    });
  });

  it("says bands and units", () => {
    vi.stubEnv("GENLAB_PROFILE", "");
    expect(metricText(metricRecord({ name: "acc", value: 99.1, unit: "%", min: 98.5, max: 100 }))).toBe(
      "acc: 99.1 % (band 98.5 … 100)",
    );
    expect(metricText(metricRecord({ name: "acc", value: 99.1, unit: "%", min: 98.5 }))).toBe(
      "acc: 99.1 % (band ≥ 98.5)",
    );
    expect(metricRecord({ name: "a", value: 1, unit: "s" })).toEqual({
      name: "a",
      value: 1,
      unit: "s",
      band: {},
      profile: "standard",
    });
  });

  it.each([NaN, Infinity, undefined, null, "12", {}, 3n, Symbol("x")])(
    "a value that is no number (%s) is recorded as none",
    (value) => {
      const [bundle] = shownBy(() => metric({ name: "loss", value: value as never, unit: "nats" }));
      const record = bundle![METRIC_MIME] as { value: unknown; problem: string };
      expect(record.value).toBeNull();
      expect(bundle!["text/plain"]).toBe(`loss: ${record.problem}`);
      expect(record.problem).toMatch(/^the value is .+, not a finite number$/);
    },
  );

  it("never throws, whatever is handed in", () => {
    fc.assert(
      fc.property(fc.anything(), (anything) => void shownBy(() => metric(anything as never))),
      { numRuns: 300 },
    );
  });

  it("nor when the channel is gone", () => {
    const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    (globalThis as Record<symbol, unknown>)[cell] = {
      display: () => {
        throw new Error("closed");
      },
    };
    metric({ name: "a", value: 1, unit: "" });
    expect(warned).toHaveBeenCalledWith(expect.stringContaining("closed"));
    warned.mockRestore();
  });
});
