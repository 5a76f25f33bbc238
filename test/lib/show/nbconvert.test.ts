// nbconvert's HTML shows neither Plotly's MIME type nor scripts of ours: what must be seen there is the static picture.
// A notebook with one of everything is converted, opened in Chromium, and every output is looked at.
import { execFile } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Browser, Locator, Page } from "playwright-core";
import { PNG } from "pngjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { filmstrip } from "../../../lib/show/filmstrip";
import { imageGrid } from "../../../lib/show/image";
import { bundleOf } from "../../../lib/show/show";
import { table } from "../../../lib/show/table";
import { chromiumPath, launch, NO_BROWSER } from "../../peers/browser";
import { gallery } from "./gallery";

const executable = chromiumPath();
if (executable === null && process.env.CI) throw new Error(NO_BROWSER);

const digits = Uint8Array.from({ length: 784 * 6 }, (_, i) => (i * 7) % 256);
const shown: Record<string, () => unknown> = {
  ...gallery,
  imageGrid: () => imageGrid(digits, { range: "[0,255]", columns: 3, rowLabels: ["real", "generated"] }),
  filmstrip: () =>
    filmstrip(
      [
        { label: "step 0", pixels: digits },
        { label: "step 10", pixels: digits },
      ],
      { range: "[0,255]" },
    ),
  table: () =>
    table(
      [
        { change: "none", fid: 12.3 },
        { change: "clipping", fid: 8.25 },
      ],
      { caption: "Ablation" },
    ),
};

let directory: string;
let browser: Browser;
let page: Page;

describe.skipIf(executable === null)(`nbconvert's HTML${executable === null ? ` (${NO_BROWSER})` : ""}`, () => {
  beforeAll(async () => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "genlab-nbconvert-"));
    const cells = Object.entries(shown).map(([name, make], i) => ({
      cell_type: "code",
      id: `cell-${i}`,
      metadata: { tags: [name] },
      execution_count: i + 1,
      source: name,
      outputs: [{ output_type: "execute_result", execution_count: i + 1, metadata: {}, data: bundleOf(make()) }],
    }));
    const metadata = { kernelspec: { name: "tslab", display_name: "TypeScript (Genlab)", language: "typescript" } };
    const file = path.join(directory, "all.ipynb");
    fs.writeFileSync(file, JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }));
    const jupyter = path.resolve(import.meta.dirname, "../../../.venv/bin/jupyter");
    const home = { ...process.env, JUPYTER_PLATFORM_DIRS: "1", HOME: directory };
    await promisify(execFile)(jupyter, ["nbconvert", "--to", "html", file], { timeout: 60_000, env: home });
    browser = await launch(executable!);
    page = await browser.newPage({ viewport: { width: 1100, height: 900 } });
    // No network: what the page loads from elsewhere must not be needed.
    await page.route(/^https?:/, (route) => route.abort());
    await page.goto(`file://${path.join(directory, "all.html")}`, { waitUntil: "domcontentloaded" });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    if (directory) fs.rmSync(directory, { recursive: true, force: true });
  });

  it.each(Object.keys(shown))("%s is to be seen", async (name) => {
    const output = page.locator(`.celltag_${name} .jp-OutputArea-output`);
    expect(await output.count()).toBe(1);
    const picture: Locator = output.locator("svg, img, table").first();
    const box = await picture.boundingBox();
    expect(box!.width).toBeGreaterThan(90);
    expect(box!.height).toBeGreaterThan(60);
    // A table takes its colour from the page, which is a light one here.
    for (const paper of name === "table" ? ["#ffffff"] : ["#ffffff", "#111111"]) {
      await output.evaluate(
        (element, color) => ((element as unknown as { style: { background: string } }).style.background = color),
        paper,
      );
      const { different, colors } = look(await picture.screenshot());
      // Ink: neither blank nor hidden on this paper.
      expect(different, `${name} on ${paper}`).toBeGreaterThan(0.003);
      expect(colors, `${name} on ${paper}`).toBeGreaterThan(8);
    }
  });

  it("pictures keep to their own cells: no id twice, none wider than the page", async () => {
    const ids = await page.locator(".jp-OutputArea-output svg [id], .jp-OutputArea-output svg style").count();
    expect(ids).toBe(0);
  });
});

/** The share of pixels that differ from the commonest colour, and the number of colours. */
function look(screenshot: Buffer): { different: number; colors: number } {
  const { data } = PNG.sync.read(screenshot);
  const counts = new Map<number, number>();
  for (let i = 0; i < data.length; i += 4) {
    const color = (data[i]! << 16) | (data[i + 1]! << 8) | data[i + 2]!;
    counts.set(color, (counts.get(color) ?? 0) + 1);
  }
  const most = Math.max(...counts.values());
  return { different: 1 - most / (data.length / 4), colors: counts.size };
}
