import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { barFigure, histogramFigure } from "../../../lib/show/bar-figure";
import { sampleGrid } from "../../../lib/show/field";
import { figure, PLOTLY_MIME } from "../../../lib/show/figure";
import { contourFigure, heatmapFigure } from "../../../lib/show/heatmap-figure";
import { spread } from "../../../lib/show/labels";
import { lineFigure, scatterFigure } from "../../../lib/show/line-figure";
import { decimate } from "../../../lib/show/numbers";
import { panels } from "../../../lib/show/panels";
import type { Annotation, Axis, Trace } from "../../../lib/show/plotly";
import { surfaceFigure } from "../../../lib/show/surface-figure";
import { tf } from "../../../lib/tensor/tf";
import { gallery } from "./gallery";

const line = { name: "loss", y: [3, 2, 1] };

describe("a figure's bundle", () => {
  it.each(Object.entries(gallery))("%s: Plotly as an object, a picture, one line of text", (_, make) => {
    const bundle = (make() as unknown as Record<symbol, () => Record<string, unknown>>)[
      Symbol.for("Jupyter.display")
    ]!();
    expect(Object.keys(bundle)).toEqual([PLOTLY_MIME, "image/svg+xml", "text/plain"]);
    expect(bundle[PLOTLY_MIME]).toMatchObject({
      data: expect.any(Array) as unknown,
      layout: { paper_bgcolor: "rgba(0,0,0,0)" },
    });
    expect(bundle["text/plain"]).toMatch(/^Figure: [^\n]+$/);
    // Stored as JSON, nothing may be lost: no NaN, no typed array, no undefined inside an array.
    expect(JSON.parse(JSON.stringify(bundle[PLOTLY_MIME]))).toEqual(stripped(bundle[PLOTLY_MIME]));
    expect(JSON.stringify(bundle).length).toBeLessThan(150_000);
  });
});

/** The value without properties that are undefined, which JSON leaves out. */
function stripped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stripped);
  if (typeof value !== "object" || value === null) return value;
  expect(ArrayBuffer.isView(value)).toBe(false);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, part]) => part !== undefined)
      .map(([key, part]) => [key, stripped(part)]),
  );
}

describe("lines", () => {
  it("are named at their ends, in their colours, apart from each other", () => {
    const lines = [1, 1.001, 1.002, 5].map((end, i) => ({ name: `line ${i}`, y: [0, end] }));
    const { layout, data } = lineFigure({ x: "x", y: "y", lines });
    const labels = layout.annotations as Annotation[];
    expect(labels.map((label) => label.text)).toEqual(["line 0", "line 1", "line 2", "line 3"]);
    labels.forEach((label, i) => expect(label.font?.color).toBe((data[i]!.line as { color: string }).color));
    const { t, b } = layout.margin as Record<string, number>;
    const { range } = layout.yaxis as Axis;
    const pixels = labels.map((label) => (label.y / (range![1] - range![0])) * (400 - t! - b!) + label.yshift!);
    const sorted = [...pixels].sort((p, q) => p - q);
    for (let i = 1; i < sorted.length; i++) expect(sorted[i]! - sorted[i - 1]!).toBeGreaterThanOrEqual(14);
    // The label of a higher end stands higher.
    expect(pixels).toEqual(sorted);
  });

  it("one line needs no name, its axis says it", () => {
    expect(lineFigure({ x: "x", y: "y", lines: [line] }).layout.annotations).toEqual([]);
  });

  it("a line that leaves the range is named where it was last seen", () => {
    const { layout } = lineFigure({
      x: "step",
      y: { title: "loss", range: [0, 10] },
      lines: [line, { name: "diverges", y: [1, 5, 500] }],
    });
    expect((layout.annotations as Annotation[])[1]).toMatchObject({ text: "diverges", x: 1, y: 5 });
  });

  it("on a log axis ranges and labels are exponents", () => {
    const { layout } = lineFigure({
      x: "step",
      y: { title: "loss", log: true, range: [0.001, 100] },
      lines: [line, { name: "b", y: [1, 10, 0.01] }],
    });
    expect((layout.yaxis as Axis).range).toEqual([-3, 2]);
    expect((layout.annotations as Annotation[])[1]!.y).toBe(-2);
  });

  it("of 100,000 points keep their peaks, and the notebook stays small", () => {
    const y = new Float32Array(100_000).map((_, i) => Math.sin(i / 5000));
    y[77_777] = 9;
    y[12_345] = -9;
    const kept = lineFigure({ x: "x", y: "y", lines: [{ name: "a", y }] }).data[0]! as Trace & {
      x: number[];
      y: number[];
    };
    expect(kept.y.length).toBeLessThanOrEqual(2010);
    expect([Math.max(...kept.y), Math.min(...kept.y)]).toEqual([9, -9]);
    expect([kept.x[0], kept.x.at(-1)]).toEqual([0, 99_999]);
  });

  it("take tensors", () => {
    expect(lineFigure({ x: "x", y: "y", lines: [{ name: "a", y: tf.tensor1d([1, 2]) }] }).data[0]!.y).toEqual([1, 2]);
  });
});

describe("decimate", () => {
  it("keeps order, first, last, lowest and highest", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true }), { minLength: 1, maxLength: 500 }),
        fc.integer({ min: 2, max: 100 }),
        (y, limit) => {
          const kept = decimate(y, limit);
          expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
          expect([kept[0], kept.at(-1)]).toEqual([0, y.length - 1]);
          const values = kept.map((i) => y[i]!);
          expect([Math.min(...values), Math.max(...values)]).toEqual([Math.min(...y), Math.max(...y)]);
          expect(kept.length).toBeLessThanOrEqual(Math.max(limit, 2) + 2);
        },
      ),
    );
  });
});

describe("spread", () => {
  it("keeps order and distance, stays inside, moves nothing that has room", () => {
    const places = fc.array(fc.double({ min: 0, max: 300, noNaN: true }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(places, (wanted) => {
        const sorted = [...wanted].sort((a, b) => a - b);
        const placed = spread(sorted, 300, 15);
        placed.forEach((y, i) => {
          expect(y).toBeGreaterThanOrEqual(-1e-6);
          expect(y).toBeLessThanOrEqual(300 + 1e-6);
          if (i > 0) expect(y - placed[i - 1]!).toBeGreaterThanOrEqual(15 - 1e-6);
        });
        const roomy = sorted.every((y, i) => i === 0 || y - sorted[i - 1]! >= 15);
        if (roomy) placed.forEach((y, i) => expect(y).toBeCloseTo(sorted[i]!, 6));
      }),
    );
  });
});

describe("maps", () => {
  it("equal names on an axis stay apart", () => {
    const { layout } = heatmapFigure({
      x: "to",
      y: "from",
      value: "weight",
      z: [
        [1, 2],
        [3, 4],
      ],
      columns: ["e", "e"],
      rows: ["e", "e"],
    });
    expect((layout.xaxis as Axis).tickvals).toEqual([0, 1]);
    expect((layout.xaxis as Axis).ticktext).toEqual(["e", "e"]);
    // Row 0 is on top, as in a matrix.
    expect((layout.yaxis as Axis).range![0]).toBeGreaterThan((layout.yaxis as Axis).range![1]);
  });

  it("a log map's colours are exponents, its bar's labels are values", () => {
    const { data } = contourFigure({
      x: "w",
      y: "b",
      value: "loss",
      log: true,
      z: [
        [0.01, 1],
        [10, 0],
      ],
    });
    expect(data[0]!.z).toEqual([
      [-2, 0],
      [1, null],
    ]);
    expect((data[0]!.colorbar as { ticktext: string[] }).ticktext).toEqual(["0.01", "0.1", "1", "10"]);
  });

  it("a heat map of 28 × 28 has round tick numbers, few enough to read", () => {
    const ticksOf = (n: number) => {
      const z = Array.from({ length: n }, () => new Array<number>(n).fill(1));
      return (heatmapFigure({ x: "column", y: "row", value: "bits", z }).layout.xaxis as { ticktext: string[] })
        .ticktext;
    };
    expect(ticksOf(28)).toEqual(["0", "5", "10", "15", "20", "25"]);
    expect(ticksOf(4)).toEqual(["0", "1", "2", "3"]);
    expect(ticksOf(150).slice(0, 3)).toEqual(["0", "20", "40"]);
  });

  it("diverging colours have their middle at zero", () => {
    const { data } = heatmapFigure({ x: "x", y: "y", value: "v", colors: "diverging", z: [[-1, 3]] });
    expect([data[0]!.zmin, data[0]!.zmax]).toEqual([-3, 3]);
  });

  it("sampleGrid: z[row][column] = f(x[column], y[row])", () => {
    const { z, xValues, yValues } = sampleGrid((x, y) => 10 * y + x, [0, 2], [5, 6], 3);
    expect([xValues, yValues]).toEqual([
      [0, 1, 2],
      [5, 5.5, 6],
    ]);
    expect(z).toEqual([
      [50, 51, 52],
      [55, 56, 57],
      [60, 61, 62],
    ]);
  });
});

describe("histograms", () => {
  it("count every finite value once, or share out 100 percent", () => {
    const values = Float64Array.from({ length: 1000 }, (_, i) => Math.sqrt(i));
    const sum = (one: Trace): number => (one.y as number[]).reduce((total, y) => total + y, 0);
    expect(sum(histogramFigure({ x: "x", series: [{ name: "a", values }] }).data[0]!)).toBe(1000);
    expect(
      sum(histogramFigure({ x: "x", series: [{ name: "a", values: [...values, NaN] }], share: true }).data[0]!),
    ).toBeCloseTo(100, 3);
  });
});

describe("panels", () => {
  const all = panels([
    lineFigure({ title: "first", x: "a", y: "b", lines: [line] }),
    barFigure({ title: "second", x: "c", y: "d", categories: ["p"], bars: [{ name: "q", values: [1] }] }),
  ]);

  it("every figure has its own axes, side by side", () => {
    expect(all.data.map((trace) => [trace.xaxis, trace.yaxis])).toEqual([
      ["x", "y"],
      ["x2", "y2"],
    ]);
    const [first, second] = [all.layout.xaxis as Axis, all.layout.xaxis2 as Axis];
    expect(first.domain![1]).toBeLessThan(second.domain![0]);
    expect((all.layout.annotations as Annotation[]).map((note) => note.text)).toEqual(["first", "second"]);
  });

  it("refuses what it cannot arrange", () => {
    expect(() => panels([])).toThrow(/no figures/);
    expect(() => panels([figure({ data: [] })])).toThrow(/figure 0 is raw/);
    expect(() => panels([gallery.histogram!(), gallery.groupedBars!()])).toThrow(/one barmode/);
  });
});

describe("figures refuse, in one line that names the cure", () => {
  it.each([
    [
      "no axis title",
      () => lineFigure({ x: "", y: "y", lines: [line] }),
      /lineFigure: the x axis has no title: give x: "quantity \(unit\)"/,
    ],
    ["no lines", () => lineFigure({ x: "x", y: "y", lines: [] }), /no lines: give at least one/],
    [
      "x and y of different length",
      () => lineFigure({ x: "x", y: "y", lines: [{ name: "a", x: [1], y: [1, 2] }] }),
      /a: x has 1 values, y has 2/,
    ],
    [
      "a band of another length",
      () => lineFigure({ x: "x", y: "y", lines: [{ ...line, band: { low: [1], high: [1, 2, 3] } }] }),
      /low has 1 values, y has 3/,
    ],
    [
      "words among numbers",
      () => lineFigure({ x: "x", y: "y", lines: [{ name: "a", y: ["1"] as never }] }),
      /wanted numbers, got string at index 0/,
    ],
    [
      "a matrix as a line",
      () => lineFigure({ x: "x", y: "y", lines: [{ name: "a", y: tf.zeros([2, 2]) }] }),
      /rank 1, got shape \[2, 2\]/,
    ],
    [
      "an empty range",
      () => lineFigure({ x: { title: "x", range: [1, 1] }, y: "y", lines: [line] }),
      /range \[1, 1\] spans nothing/,
    ],
    [
      "zero on a log axis",
      () => lineFigure({ x: "x", y: { title: "y", log: true, range: [0, 1] }, lines: [line] }),
      /on a log axis/,
    ],
    [
      "a rule without place",
      () => lineFigure({ x: "x", y: "y", lines: [line], rules: [{ name: "a" }] }),
      /either x or y/,
    ],
    ["no points", () => scatterFigure({ x: "x", y: "y", points: [] }), /no points/],
    [
      "ragged rows",
      () => heatmapFigure({ x: "x", y: "y", value: "v", z: [[1, 2], [3]] }),
      /row 1 has 1 values, row 0 has 2/,
    ],
    [
      "colours without a title",
      () => contourFigure({ x: "x", y: "y", value: " ", z: [[1]] }),
      /the colours have no title/,
    ],
    [
      "names that do not fit",
      () => heatmapFigure({ x: "x", y: "y", value: "v", z: [[1, 2]], columns: ["a"] }),
      /columns has 1|1 names for 2 columns/,
    ],
    [
      "a surface without an axis title",
      () => surfaceFigure({ x: "", y: "y", value: "v", z: [[1]] }),
      /the x axis has no title/,
    ],
    [
      "bars without their categories",
      () => barFigure({ x: "x", y: "y", categories: ["a"], bars: [{ name: "n", values: [1, 2] }] }),
      /2 values for 1 categories/,
    ],
    ["raw data that are none", () => figure({ data: {} as never }), /no array of traces/],
  ])("%s", (_, make, message) => {
    expect(make).toThrow(message);
  });
});
