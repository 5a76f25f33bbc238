// One of everything that lib/show makes: every test that must hold for all figures runs over this list.
import { barFigure, histogramFigure } from "../../../lib/show/bar-figure";
import { contourFigure, heatmapFigure } from "../../../lib/show/heatmap-figure";
import { sampleGrid } from "../../../lib/show/field";
import type { Figure } from "../../../lib/show/figure";
import { figure } from "../../../lib/show/figure";
import { lineFigure, scatterFigure } from "../../../lib/show/line-figure";
import { pianoRoll } from "../../../lib/show/piano-roll";
import { panels } from "../../../lib/show/panels";
import { surfaceFigure } from "../../../lib/show/surface-figure";
import { randomStream } from "../../../lib/tensor/random";

const stream = randomStream(7);

function losses(n: number, start: number, end: number, noise: number): number[] {
  const z = stream.normalArray(n);
  return Array.from({ length: n }, (_, i) => end + (start - end) * Math.exp((-6 * i) / n) + noise * z[i]!);
}

/** MSE of y = w·x + b on the points (1, 3), (2, 5), (3, 7). */
const mse = (w: number, b: number): number => [1, 2, 3].reduce((sum, x) => sum + (w * x + b - (2 * x + 1)) ** 2, 0) / 3;

function descent(rate: number, steps: number): { w: number[]; b: number[] } {
  const path = { w: [-0.5], b: [3.5] };
  for (let i = 0; i < steps; i++) {
    const [w, b] = [path.w.at(-1)!, path.b.at(-1)!];
    const errors = [1, 2, 3].map((x) => w * x + b - (2 * x + 1));
    path.w.push(w - (rate * 2 * errors.reduce((s, e, k) => s + e * (k + 1), 0)) / 3);
    path.b.push(b - (rate * 2 * errors.reduce((s, e) => s + e, 0)) / 3);
  }
  return path;
}

const good = descent(0.1, 40);
const slow = descent(0.01, 40);
const train = losses(4000, 4.17, 1.5, 0.04);
const rates = [0.001, 0.01, 0.1, 0.11];

/** Every figure by its name. */
export const gallery: Readonly<Record<string, () => Figure>> = {
  lines: () =>
    lineFigure({
      title: "Training and validation loss",
      x: "step",
      y: "loss (nats per character)",
      lines: [
        { name: "train", y: train },
        {
          name: "validation",
          x: Array.from({ length: 41 }, (_, i) => i * 100),
          y: losses(41, 4.17, 1.72, 0.01),
          band: { low: losses(41, 4.0, 1.6, 0), high: losses(41, 4.3, 1.85, 0) },
        },
      ],
      rules: [{ y: Math.log(65), name: "uniform: ln 65 = 4.17" }],
      notes: [{ x: 700, y: 2.4, text: "the first words", offset: [60, -40] }],
    }),
  pianoRoll: () =>
    pianoRoll(
      [{ name: "tune", notes: [60, 62, 64, 64, 67].map((midi, i) => ({ start: 2 * i, length: 2 - (i % 2), midi })) }],
      { title: "Five notes", metre: 6 },
    ),
  oneLine: () =>
    lineFigure({
      title: "Loss",
      x: "step",
      y: { title: "loss", log: true },
      lines: [{ name: "loss", y: [0.83667, 0.2, 0.09, 0.03, 0.004, 0.0003], dots: true }],
    }),
  logLines: () =>
    lineFigure({
      title: "Four learning rates",
      x: "step",
      y: { title: "loss (squared error)", log: true, range: [1e-6, 1e4] },
      lines: rates.map((rate) => {
        const path = descent(rate * 1.4, 60);
        return { name: `rate ${rate}`, y: path.w.map((w, i) => mse(w, path.b[i]!)) };
      }),
    }),
  manyLines: () =>
    lineFigure({
      title: "Seven runs that end together",
      x: { title: "time", unit: "s" },
      y: "accuracy (%)",
      lines: ["sgd", "momentum", "rmsprop", "adam", "adamw", "lion", "nothing"].map((name, k) => ({
        name,
        x: Array.from({ length: 50 }, (_, i) => i / 10),
        y: Array.from({ length: 50 }, (_, i) => 98 - 80 * Math.exp(-i / (4 + 1.5 * k)) + k * 0.1),
        dashed: k === 6,
      })),
    }),
  scatter: () =>
    scatterFigure({
      title: "Noisy points and the fitted line",
      x: "x",
      y: "y",
      points: [
        { name: "training points", x: stream.uniformArray(60), y: stream.normalArray(60), size: 7 },
        {
          name: "test points",
          x: stream.uniformArray(20),
          y: stream.normalArray(20),
          error: new Float32Array(20).fill(0.3),
        },
      ],
      lines: [{ name: "fit", x: [0, 1], y: [-0.4, 0.6] }],
    }),
  bigScatter: () =>
    scatterFigure({
      title: "Latent space of 3,000 digits",
      x: "z₁",
      y: "z₂",
      points: Array.from({ length: 10 }, (_, d) => {
        const z = stream.normalArray(600);
        const [cx, cy] = [3 * Math.cos(d * 0.63), 3 * Math.sin(d * 0.63)];
        return {
          name: String(d),
          x: Array.from({ length: 300 }, (_, i) => cx + z[2 * i]! * 0.7),
          y: Array.from({ length: 300 }, (_, i) => cy + z[2 * i + 1]! * 0.7),
        };
      }),
    }),
  heatmap: () => {
    const words = [..."the cat sat"];
    return heatmapFigure({
      title: "Attention, head 1",
      x: "to token",
      y: "from token",
      value: "weight",
      z: words.map((_, i) => words.map((_, j) => (j > i ? 0 : Math.exp(-Math.abs(i - j - 1) / 2) / 3))),
      columns: words,
      rows: words,
      range: [0, 0.4],
    });
  },
  confusion: () =>
    heatmapFigure({
      title: "Correlation of features",
      x: "feature",
      y: "feature",
      value: "correlation",
      colors: "diverging",
      digits: 2,
      z: Array.from({ length: 6 }, (_, i) =>
        Array.from({ length: 6 }, (_, j) => (i === j ? 1 : Math.sin(i * 3 + j * 5))),
      ),
    }),
  field: () =>
    heatmapFigure({ title: "A field on a finer grid", x: "x (m)", y: "y (m)", value: "height (m)", ...heat() }),
  contour: () =>
    contourFigure({
      title: "Loss surface and two descents",
      x: "w",
      y: "b",
      value: "loss (squared error)",
      log: true,
      ...sampleGrid(mse, [-1, 4], [-2, 4.5]),
      paths: [
        { name: "rate 0.1", x: good.w, y: good.b },
        { name: "rate 0.01", x: slow.w, y: slow.b },
      ],
      marks: [{ name: "minimum", x: 2, y: 1 }],
    }),
  plainContour: () =>
    contourFigure({
      title: "Saddle",
      x: "x",
      y: "y",
      value: "x² − y²",
      colors: "diverging",
      ...sampleGrid((x, y) => x * x - y * y, [-2, 2], [-2, 2]),
    }),
  surface: () =>
    surfaceFigure({
      title: "Loss surface",
      x: "w",
      y: "b",
      value: "loss",
      ...sampleGrid(mse, [-1, 4], [-2, 4.5], 41),
      paths: [{ name: "descent", x: good.w, y: good.b, z: good.w.map((w, i) => mse(w, good.b[i]!)) }],
    }),
  bars: () =>
    barFigure({
      title: "How often each digit is generated",
      x: "digit",
      y: "share (%)",
      categories: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      bars: [{ name: "share", values: [11.2, 14.1, 8.3, 10.4, 9.2, 7.1, 9.9, 12.3, 8.1, 9.4] }],
      rules: [{ y: 10, name: "even" }],
    }),
  groupedBars: () =>
    barFigure({
      title: "Three constraints, two seeds",
      x: "constraint",
      y: "FID on our features",
      categories: ["none", "clipping", "gradient penalty"],
      bars: [
        { name: "seed 0", values: [41.2, 22.1, 9.3], error: [3, 2, 1] },
        { name: "seed 1", values: [55.0, 20.7, 10.4], error: [4, 2, 1] },
      ],
    }),
  histogram: () =>
    histogramFigure({
      title: "Critic scores",
      x: "score",
      series: [
        { name: "real", values: stream.normalArray(2000).map((z) => 1 + z) },
        { name: "generated", values: stream.normalArray(2000).map((z) => 1.4 * z - 0.5) },
      ],
      share: true,
    }),
  panels: () =>
    panels(
      [
        gallery.lines!(),
        gallery.scatter!(),
        gallery.contour!(),
        gallery.groupedBars!(),
        gallery.surface!(),
        gallery.heatmap!(),
      ],
      { title: "Six panels" },
    ),
  raw: () =>
    figure({
      data: [
        { type: "scatter", mode: "lines+markers", x: ["a", "b", "c"], y: [1, 3, 2], name: "first" },
        { type: "bar", x: ["a", "b", "c"], y: [2, 1, 2], name: "second" },
      ],
      layout: {
        title: "Straight from Plotly",
        xaxis: { title: "letter" },
        yaxis: { title: "count" },
        showlegend: true,
      },
    }),
  unknown: () => figure({ data: [{ type: "pie", labels: ["a", "b"], values: [1, 2] }], layout: { title: "A pie" } }),
};

function heat(): { z: number[][]; columns: number[]; rows: number[] } {
  const { z, xValues, yValues } = sampleGrid((x, y) => Math.sin(3 * x) * Math.cos(2 * y), [0, 3], [0, 2], 40);
  return { z, columns: xValues, rows: yValues };
}
