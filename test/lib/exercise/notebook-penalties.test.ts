// What the gradient penalty of the notebooks is given [Gulrajani 2017, algorithm 1]; published teaching code draws α from a normal
// distribution, or one for each pixel, or leaves it at 1.
import fs from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";

const folder = path.resolve(import.meta.dirname, "../../../notebooks");

it("every α is drawn uniformly, one for each pair", () => {
  const drawn = fs
    .readdirSync(folder)
    .filter((file) => file.endsWith(".ipynb"))
    .flatMap((file) => {
      const { cells } = JSON.parse(fs.readFileSync(path.join(folder, file), "utf8")) as {
        cells: { cell_type: string; source: string | string[] }[];
      };
      const code = cells
        .filter(({ cell_type }) => cell_type === "code")
        .flatMap(({ source }) => (Array.isArray(source) ? source.join("") : source).split("\n"));
      return code.filter((line) => /\balpha\b.*\b(random|[a-z]*[sS]tream|[a-z]+)\.(uniform|normal)\(/.test(line));
    });
  expect(drawn.length).toBeGreaterThan(4);
  for (const line of drawn) expect(line).toMatch(/\.uniform\(\[.*, 1\]\)/);
});
