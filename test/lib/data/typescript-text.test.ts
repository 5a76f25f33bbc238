import { describe, expect, it } from "vitest";
import { syntaxErrors, typescriptDeclarations, typescriptText } from "../../../lib/data/typescript-text";

describe("typescriptDeclarations", () => {
  const list = typescriptDeclarations();

  it("are statements that parse, each once, without comments", () => {
    expect(list.length).toBeGreaterThan(2900);
    expect(new Set(list).size).toBe(list.length);
    expect(list.filter((statement) => /^\s*(\/\*|\/\/)/m.test(statement))).toEqual([]);
    expect(syntaxErrors(list.join("\n"))).toBe(0);
    expect(list).toContain(
      "interface DOMPointInit {\n    w?: number;\n    x?: number;\n    y?: number;\n    z?: number;\n}",
    );
  });
});

describe("typescriptText", () => {
  it("is all of them, in an order that mixes the files, split nine to one", () => {
    const { train, validation } = typescriptText();
    const list = typescriptDeclarations();
    expect(train.length + validation.length).toBe(list.join("\n").length);
    expect(train.length / (train.length + validation.length)).toBeCloseTo(0.9, 4);
    expect(validation).toMatch(/\ninterface [A-F]/);
    expect(validation).toMatch(/\ninterface [S-X]/);
  });
});

describe("syntaxErrors", () => {
  it("are what the compiler's parser reports", () => {
    expect(syntaxErrors("interface A {\n    b: string;\n}")).toBe(0);
    expect(syntaxErrors("")).toBe(0);
    expect(syntaxErrors("interface A { b: string")).toBe(1);
    expect(syntaxErrors("interface A { b( }")).toBeGreaterThan(0);
    expect(syntaxErrors("interface A { b: NoSuchType }")).toBe(0); // a name that is unknown is no syntax error
  });
});
