import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PLOTLY_MIME } from "../../../lib/show/figure";
import { lineFigure } from "../../../lib/show/line-figure";
import { show } from "../../../lib/show/show";

const CELL = Symbol.for("genlab.cell");
const global = globalThis as Record<symbol, unknown>;
interface Shown {
  bundle: Record<string, unknown>;
  id: string | undefined;
  update: boolean | undefined;
}
let shown: Shown[] = [];

beforeEach(() => {
  shown = [];
  const display = (bundle: Shown["bundle"], options?: { id?: string; update?: boolean }) =>
    void shown.push({ bundle, id: options?.id, update: options?.update });
  global[CELL] = { signal: new AbortController().signal, display, progress: () => undefined };
});
afterEach(() => void delete global[CELL]);

const drawn = (y: number[]) => lineFigure({ x: "step", y: "loss", lines: [{ name: "train", y }] });

describe("show", () => {
  it("replaces its output under one display id", () => {
    show("first", { id: "a" }).update("second");
    expect(shown).toEqual([
      { bundle: { "text/plain": "first" }, id: "a", update: false },
      { bundle: { "text/plain": "second" }, id: "a", update: true },
    ]);
  });

  it("puts a still picture between two Plotly figures, for JupyterLab's renderer keeps the first graph", () => {
    show(drawn([1, 2])).update(drawn([1, 2, 3]));
    expect(shown.map(({ bundle }) => PLOTLY_MIME in bundle)).toEqual([true, false, true]);
    expect(shown.map(({ bundle }) => "image/svg+xml" in bundle)).toEqual([true, true, true]);
    expect(JSON.stringify(shown[2]!.bundle[PLOTLY_MIME])).toContain("[1,2,3]");
    expect(new Set(shown.map(({ id }) => id)).size).toBe(1);
  });
});
