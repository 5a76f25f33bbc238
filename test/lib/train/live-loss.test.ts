import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Cell } from "../../../lib/train/cell";
import { LiveLoss, lossFigure } from "../../../lib/train/live-loss";
import type { HistoryRow } from "../../../lib/train/history";
import { train } from "../../../lib/train/train";

const CELL = Symbol.for("genlab.cell");
const global = globalThis as Record<symbol, unknown>;
interface Shown {
  bundle: Record<string, unknown>;
  id: string | undefined;
  update: boolean;
}
let shown: Shown[] = [];

beforeEach(() => {
  shown = [];
  global[CELL] = {
    signal: new AbortController().signal,
    display: (bundle, options) => void shown.push({ bundle, id: options?.id, update: options?.update ?? false }),
    progress: () => undefined,
  } satisfies Cell;
});
afterEach(() => {
  delete global[CELL];
  vi.restoreAllMocks();
});

const rows = (n: number): HistoryRow[] =>
  Array.from({ length: n }, (_, step) => ({ step, loss: step % 2, criticLoss: -step, norm: 1 }));
const lines = (figure: ReturnType<typeof lossFigure>) =>
  figure.data.filter(({ name }) => name !== undefined) as unknown as { name: string; x: number[]; y: number[] }[];

describe("lossFigure", () => {
  it("draws every metric that is a loss, and no other", () => {
    const drawn = lines(lossFigure(rows(10), "gan"));
    expect(drawn.map(({ name }) => name)).toEqual(["loss", "criticLoss"]);
    expect(drawn[1]!.y).toEqual([0, -1, -2, -3, -4, -5, -6, -7, -8, -9]);
    expect(String(lossFigure(rows(10), "gan"))).toContain("Loss while training: gan");
  });

  it("draws long runs as means, as many points for the same number of steps", () => {
    const [loss] = lines(lossFigure(rows(1000), "train"));
    expect(loss!.y).toHaveLength(200);
    expect(loss!.x.slice(0, 2)).toEqual([2, 7]);
    expect(loss!.y.slice(0, 2)).toEqual([0.4, 0.6]);
    // The check compares axis titles, and the quick profile has fewer steps than the committed outputs.
    expect(String(lossFigure(rows(1000), "train"))).toBe(String(lossFigure(rows(10), "train")));
  });

  it("leaves out steps that did not report a metric", () => {
    const history = [{ step: 0, loss: 1 }, { step: 1, loss: 2, testLoss: 5 } as HistoryRow, { step: 2, loss: 3 }];
    expect(lines(lossFigure(history, "train"))[1]).toMatchObject({ name: "testLoss", x: [1], y: [5] });
  });
});

describe("the live figure", () => {
  it("is one output that is replaced, and ends with the whole run", async () => {
    await train({ steps: 30 }, (i) => ({ loss: 1 / (i + 1) }));
    expect(shown.length).toBeGreaterThanOrEqual(2);
    expect(shown[0]!.update).toBe(false);
    expect(shown.slice(1).every(({ update }) => update)).toBe(true);
    expect(new Set(shown.map(({ id }) => id)).size).toBe(1);
    const last = shown.at(-1)!.bundle;
    expect(Object.keys(last)).toEqual(expect.arrayContaining(["application/vnd.plotly.v1+json", "text/plain"]));
    expect(JSON.stringify(last["application/vnd.plotly.v1+json"])).toContain('"step"');
  });

  it("is not redrawn at every step", async () => {
    await train({ steps: 500 }, (i) => ({ loss: i }));
    expect(shown.length).toBeLessThan(10);
  });

  it("stays when the run diverges", async () => {
    await expect(train({ steps: 9 }, (i) => ({ loss: i === 5 ? NaN : i }))).rejects.toThrow("step 5: loss is NaN");
    expect(shown.at(-1)!.update).toBe(true);
  });

  it("is left out on demand and outside notebooks", async () => {
    await train({ steps: 3, live: false }, () => ({ loss: 1 }));
    expect(shown).toEqual([]);
    delete global[CELL];
    expect(LiveLoss.inCell("train")).toBeUndefined();
  });
});
