import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { figure } from "../../../lib/show/figure";
import { lineFigure } from "../../../lib/show/line-figure";
import { heatmapFigure } from "../../../lib/show/heatmap-figure";
import { MOST_BYTES } from "../../../lib/show/picture/picture";
import { PNG } from "pngjs";
import { parseXml } from "./document";
import type { Node } from "./document";
import { gallery } from "./gallery";

/** The picture as a document; what is no XML fails. */
function parse(svg: string): Node {
  const root = parseXml(svg);
  expect(root.tagName, svg.slice(0, 200)).toBe("svg");
  return root;
}

function words(root: Node): string[] {
  return [...root.querySelectorAll("text")].map((one) => one.textContent);
}

/** Numbers in coordinates: none may be NaN or infinite. */
function broken(root: Node): string[] {
  return [...root.querySelectorAll("*")].flatMap((one) =>
    [...one.attributes]
      .filter(({ name, value }) => name !== "aria-label" && /NaN|Infinity|undefined|null/.test(value))
      .map(({ name, value }) => `${one.tagName} ${name}=${value.slice(0, 40)}`),
  );
}

describe("every figure has a static picture", () => {
  it.each(Object.entries(gallery))("%s: well-formed, small, with its title and axis titles", (_, make) => {
    const one = make();
    const svg = one.toSvg();
    expect(Buffer.byteLength(svg)).toBeLessThanOrEqual(MOST_BYTES);
    const root = parse(svg);
    expect(broken(root)).toEqual([]);
    const said = words(root);
    const { title, xaxis, yaxis } = one.layout as Record<
      string,
      { text?: string; title?: { text: string } } | undefined
    >;
    if (title?.text) expect(said).toContain(title.text);
    if (one.data[0]?.type !== "pie")
      for (const axis of [xaxis, yaxis]) if (axis?.title) expect(said).toContain(axis.title.text);
    expect(root.querySelector("title")?.textContent).toBe(one.toString());
    // Inline in a page, pictures must not meet each other.
    expect(svg).not.toMatch(/ id="|<style|url\(#/);
  });
});

describe("a line lies where its numbers say", () => {
  const svg = lineFigure({
    x: { title: "x", range: [0, 10] },
    y: { title: "y", range: [0, 1] },
    lines: [{ name: "ramp", x: [0, 5, 10], y: [0, 0.5, 1] }],
    width: 400,
    height: 300,
  });

  it("from corner to corner", () => {
    const root = parse(svg.toSvg());
    const path = root.querySelector('path[stroke-width="2"]')!.getAttribute("d")!;
    const { l, r, t, b } = svg.layout.margin as Record<string, number>;
    const [, x, y, rest] = /^M([\d.]+) ([\d.]+)(l.*)$/.exec(path)!;
    expect([Number(x), Number(y)]).toEqual([l, 300 - b!]);
    const moves = [...rest!.matchAll(/l([-\d.]+?) ?(-?[\d.]+)(?=l|$)/g)].map((move) => [
      Number(move[1]),
      Number(move[2]),
    ]);
    expect(moves.reduce((sum, move) => sum + move[0]!, 0)).toBeCloseTo(400 - l! - r!, 1);
    expect(moves.reduce((sum, move) => sum + move[1]!, 0)).toBeCloseTo(-(300 - t! - b!), 1);
  });

  it("of a field of strokes whole ones are left out, and none is cut", () => {
    const strokes = Array.from({ length: 490 }, (_, k) => [k % 50, Math.floor(k / 50)]);
    const x = strokes.flatMap(([u]) => [u!, u! + 0.5, u! + 0.3, NaN]);
    const y = strokes.flatMap(([, v]) => [v!, v! + 0.5, v! + 0.4, NaN]);
    const svg = lineFigure({ title: "Arrows", x: "x", y: "y", lines: [{ name: "arrows", x, y }] }).toSvg();
    const path = parse(svg).querySelector('path[stroke-width="2"]')!.getAttribute("d")!;
    const lengths = path
      .split("M")
      .slice(1)
      .map((piece) => piece.split("l").length);
    expect(lengths.length).toBeGreaterThan(100);
    expect(new Set(lengths).size).toBe(1);
  });

  it("a gap where numbers are missing", () => {
    const gapped = lineFigure({ x: "x", y: "y", lines: [{ name: "a", y: [1, 2, NaN, 3, Infinity, 4, 5] }] });
    const path = parse(gapped.toSvg()).querySelector('path[stroke-width="2"]')!.getAttribute("d")!;
    expect(path.match(/M/g)).toHaveLength(3);
    expect(gapped.data[0]!.y).toEqual([1, 2, null, 3, null, 4, 5]);
  });
});

describe("a heat map's cells", () => {
  it("stand where the matrix has them, each in its colour", () => {
    const svg = heatmapFigure({
      x: "column",
      y: "row",
      value: "v",
      colors: "grey",
      z: [
        [0, 1],
        [0.2, 0.6],
      ],
    }).toSvg();
    const data = parse(svg).querySelector("image")!.getAttribute("href")!.split(",")[1]!;
    const png = PNG.sync.read(Buffer.from(data, "base64"));
    const at = (x: number, y: number): number =>
      png.data[4 * (Math.floor(png.height * y) * png.width + Math.floor(png.width * x))]!;
    expect([at(0.25, 0.25), at(0.75, 0.25), at(0.25, 0.75), at(0.75, 0.75)]).toEqual([0, 255, 51, 153]);
  });
});

describe("what the picture cannot draw", () => {
  it("a trace type that it does not know becomes a card that says where to look", () => {
    const said = words(parse(gallery.unknown!().toSvg())).join(" ");
    expect(said).toContain("A pie");
    expect(said).toContain("JupyterLab");
  });

  it("markup in names stays words", () => {
    const svg = lineFigure({
      title: "a < b & <script>alert(1)</script>",
      x: "x",
      y: "<b>bold</b>",
      lines: [{ name: 'q\u0000\ud800"', y: [1, 2] }],
    }).toSvg();
    const root = parse(svg);
    expect(root.querySelector("script")).toBeNull();
    expect(words(root)).toContain("a < b & <script>alert(1)</script>");
    expect(words(root)).toContain("bold");
  });
});

describe("whatever the numbers", () => {
  const numbers = fc.array(
    fc.oneof(fc.double(), fc.integer(), fc.constantFrom(NaN, Infinity, -Infinity, 0, -0, 5e-324, 1.7e308)),
    { minLength: 1, maxLength: 60 },
  );

  it("a line figure is drawn, well-formed and small", () => {
    fc.assert(
      fc.property(numbers, numbers, fc.boolean(), fc.boolean(), fc.string(), (y, x, logX, logY, title) => {
        const n = Math.min(x.length, y.length);
        const one = lineFigure({
          title,
          x: { title: "x", log: logX },
          y: { title: "y", log: logY },
          lines: [
            { name: "a", x: x.slice(0, n), y: y.slice(0, n), dots: true },
            { name: "b", y },
          ],
        });
        const root = parse(one.toSvg());
        expect(broken(root)).toEqual([]);
        expect(JSON.stringify(one.layout)).not.toContain('"range":[null');
      }),
      { numRuns: 150 },
    );
  });

  it("a raw figure is drawn, well-formed and small", () => {
    const value = fc.oneof(fc.double(), fc.string(), fc.constant(null));
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 30 }),
        fc.array(value, { maxLength: 30 }),
        fc.constantFrom("bar", "scatter", "heatmap", "contour", "surface"),
        (x, y, type) => {
          const root = parse(figure({ data: [{ type, x, y, z: [x, y] }] }).toSvg());
          expect(broken(root)).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  });
});
