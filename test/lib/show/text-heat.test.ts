import { describe, expect, it } from "vitest";
import { textHeat } from "../../../lib/show/text-heat";
import { openPage } from "./document";

describe("textHeat", () => {
  const shown = textHeat({ tokens: ["a", " <b", "\n", "c"], values: [0, 2, 4, 1], value: "−ln p (nats)" });

  it("as HTML: escaped, one span a token with its number and strength, line breaks kept", () => {
    const { document } = openPage(shown.toHtml());
    const spans = [...document.querySelectorAll("pre > span")];
    expect(spans.map((span) => span.textContent)).toEqual(["a", " <b", "⏎\n", "c"]);
    expect(spans.map((span) => span.getAttribute("title"))).toEqual(["a: 0", "␣<b: 2", "⏎: 4", "c: 1"]);
    const alphas = spans.map((span) =>
      Number(/rgba\(\d+,\s*\d+,\s*\d+,\s*([\d.]+)\)/.exec(span.getAttribute("style") ?? "")?.[1]),
    );
    expect(alphas.map((alpha) => alpha.toFixed(2))).toEqual(["0.00", "0.42", "0.85", "0.21"]);
    expect(document.querySelector("div > div")!.textContent).toBe("−ln p (nats): none to 4 (full colour)");
    expect(document.querySelector("style, script")).toBeNull();
  });

  it("as text: a digit below every character", () => {
    expect(shown.toString().split("\n")).toEqual(["−ln p (nats): 9 is 4", "a <b⏎", " 5559", "c", "2"]);
  });

  it("compares texts on one scale, and shows all zeros", () => {
    expect(textHeat({ tokens: ["x"], values: [1], value: "nats", most: 10 }).toHtml()).toContain(",0.09)");
    expect(textHeat({ tokens: ["x"], values: [0], value: "nats" }).toString()).toBe("nats: 9 is 1\nx");
  });

  it("refuses what is no list of numbers", () => {
    expect(() => textHeat({ tokens: ["a"], values: [], value: "n" })).toThrow("1 tokens, 0 values: give one each");
    expect(() => textHeat({ tokens: ["a"], values: [NaN], value: "n" })).toThrow("value 0 is NaN");
    expect(() => textHeat({ tokens: [], values: [], value: "n" })).toThrow("no tokens");
  });
});
