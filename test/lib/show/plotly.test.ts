import fs from "node:fs";
import { createRequire } from "node:module";
import { beforeAll, describe, expect, it } from "vitest";
import { openPage } from "./document";
import { gallery } from "./gallery";

interface Plotly {
  version: string;
  validate(data: unknown, layout: unknown): { code: string; path: string[]; msg: string }[] | undefined;
}

let plotly: Plotly;

/** Plotly itself judges every figure; jsdom is browser enough for that. */
beforeAll(() => {
  const window = openPage("<!doctype html><body></body>");
  Object.assign(window, { TextDecoder, TextEncoder });
  window.URL.createObjectURL = () => "blob:none";
  // Plotly asks what a canvas can do; without one it answers all the same.
  window.HTMLCanvasElement.prototype.getContext = () => null;
  const file = createRequire(import.meta.url).resolve("plotly.js-dist");
  window.eval(fs.readFileSync(file, "utf8"));
  plotly = (window as unknown as { Plotly: Plotly }).Plotly;
}, 60_000);

describe("Plotly finds nothing to complain about", () => {
  it("and it would complain", () => {
    expect(plotly.validate([{ type: "scatter", y: [1, 2], colour: "red" }], {})?.[0]?.msg).toContain("colour");
  });

  it.each(Object.entries(gallery))("%s", (_, make) => {
    // As it is stored: through JSON.
    const { data, layout } = JSON.parse(JSON.stringify(make())) as { data: unknown; layout: unknown };
    expect(plotly.validate(data, layout)?.map((one) => one.msg) ?? []).toEqual([]);
  });
});
