import { describe, expect, it } from "vitest";
import { CliError } from "../../../scripts/cli-error";
import { parameterNames, setParameters } from "../../../scripts/notebook";
import type { Notebook } from "../../../scripts/notebook";
import { closest, editDistance } from "../../../scripts/notebook/closest";

const SOURCE = `import { profile } from "genlab";
// how long to train
const steps = profile({ quick: 60, standard: 4000, long: 90000 }), seed: number = 1; // the seed
const mode = "slow";
let sizes = [
  1,
  2,
];
const style = profile({ quick: "a", standard: "b", long: "c" });
let optimizer = "adam" as "adam" | "sgd";
const { x } = { x: 1 };
let later: number;`;

function notebook(...cells: [source: string, ...tags: string[]][]): Notebook {
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {},
    cells: cells.map(([source, ...tags], i) => ({
      cell_type: "code",
      id: `c${i}`,
      source,
      metadata: { tags },
      outputs: [],
      execution_count: null,
    })),
  };
}

const standard = notebook(["1 + 1"], [SOURCE, "parameters"]);

function set(values: Record<string, string>): string {
  return String(setParameters(standard, values).cells[1]?.source);
}

describe("setParameters", () => {
  it.each<[name: string, value: string, line: string]>([
    ["steps", "100", "const steps = 100, seed: number = 1; // the seed"],
    ["seed", "-3", "long: 90000 }), seed: number = -3; // the seed"],
    ["seed", "7 // c", "seed: number = 7; // the seed"],
    ["seed", "{ a: 1 }", "seed: number = { a: 1 }; // the seed"],
    [
      "steps",
      "profile({ quick: 1, standard: 2, long: 3 })",
      "steps = profile({ quick: 1, standard: 2, long: 3 }), seed",
    ],
    ["mode", "fast", 'const mode = "fast";'],
    ["mode", "'fast'", "const mode = 'fast';"],
    ["mode", "two words", 'const mode = "two words";'],
    ["mode", "12", 'const mode = "12";'],
    ["mode", "", 'const mode = "";'],
    ["style", "z", 'const style = "z";'],
    ["sizes", "[3]", "let sizes = [3];"],
    ["optimizer", "sgd", 'let optimizer = "sgd" as "adam" | "sgd";'],
  ])("sets %s to %s", (name, value, line) => expect(set({ [name]: value })).toContain(line));

  it("sets several at once, touches nothing else and leaves the given notebook alone", () => {
    const changed = set({ seed: "22", steps: "1", sizes: "[]" });
    const wanted = SOURCE.replace(/profile\(\{ quick: 60.*?\}\)/, "1")
      .replace("number = 1", "number = 22")
      .replace(/\[[^]*?\]/, "[]");
    expect(changed).toBe(wanted);
    expect(standard.cells[1]?.source).toBe(SOURCE);
  });

  it("needs no tagged cell when there is nothing to set", () => {
    expect(setParameters(notebook(["1"]), {})).toEqual(notebook(["1"]));
  });

  it.each<[what: string, given: Notebook, values: Record<string, string>, says: RegExp]>([
    [
      "a near miss",
      standard,
      { step: "1" },
      /unknown name, the parameters are steps, seed, mode, sizes, style, optimizer: did you mean/,
    ],
    ["a far miss", standard, { learningRate: "1" }, /--param learningRate: unknown name, .*: use one of them$/],
    ["a name without value", standard, { later: "1" }, /unknown name/],
    ["no tagged cell", notebook(["1"]), { a: "1" }, /no code cell is tagged "parameters": tag/],
    ["two tagged cells", notebook(["1", "parameters"], ["2", "parameters"]), { a: "1" }, /several cells are tagged/],
    ["no variables", notebook(["f()", "parameters"]), { a: "1" }, /initialises no variable/],
    ["swapped letters", standard, { stpes: "1" }, /did you mean steps\?$/],
    ["a list without brackets", standard, { seed: "1, 2" }, /not a TypeScript expression: .*\[1, 2\]/],
    ["two lines", standard, { seed: "1\n2" }, /--param seed=1 2: not/],
    ["two words", standard, { seed: "1 2" }, /--param seed=1 2: not a TypeScript expression: write a number/],
    ["nothing", standard, { seed: "" }, /not a TypeScript expression/],
    ["a statement", standard, { seed: "1; process.exit()" }, /not a TypeScript expression/],
    ["an escape from the parentheses", standard, { seed: "1)(2" }, /not a TypeScript expression/],
  ])("refuses %s", (_what, given, values, says) => {
    const action = () => setParameters(given, values, "lab.ipynb");
    expect(action).toThrow(CliError);
    expect(action).toThrow(says);
    expect(action).toThrow(/^lab\.ipynb: [^\n]*$/);
  });
});

describe("parameterNames", () => {
  it("lists what can be set", () => {
    expect(parameterNames(standard)).toEqual(["steps", "seed", "mode", "sizes", "style", "optimizer"]);
    expect(parameterNames(notebook(["1"]))).toEqual([]);
  });
});

describe("closest", () => {
  it("finds the name a person meant, and nothing where none is near", () => {
    expect(editDistance("kitten", "sitting")).toBe(3);
    expect(editDistance("", "abc")).toBe(3);
    expect(closest("batchsize", ["steps", "batchSize"])).toBe("batchSize");
    expect(closest("stps", ["seed", "steps"])).toBe("steps");
    expect(closest("stpes", ["seed", "steps"])).toBe("steps");
    expect(closest("x", ["steps", "seed", "f"])).toBeUndefined();
  });
});
