import fs from "node:fs";
import path from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { check } from "../../../lib/exercise/check";

interface Cell {
  cell_type: string;
  source: string | string[];
  metadata: { nbgrader?: Record<string, unknown> };
}

const folder = path.resolve(import.meta.dirname, "../../../notebooks");
const files = fs.existsSync(folder) ? fs.readdirSync(folder).filter((file) => file.endsWith(".ipynb")) : [];
const BEGIN = "// ### BEGIN SOLUTION";
const END = "// ### END SOLUTION";
const textOf = ({ source }: Cell): string => (Array.isArray(source) ? source.join("") : source);

/** What a student gets: the part between the markers is gone. */
function stubOf(source: string): string {
  const from = source.indexOf(BEGIN);
  const to = source.indexOf(END);
  return `${source.slice(0, from)}// your code here${source.slice(to + END.length)}`;
}

function declared(source: string): Set<string> {
  const names = new Set<string>();
  const file = ts.createSourceFile("cell.ts", source, ts.ScriptTarget.ES2022, true);
  const bind = (name: ts.BindingName): void => {
    if (ts.isIdentifier(name)) names.add(name.text);
    else for (const element of name.elements) if (ts.isBindingElement(element)) bind(element.name);
  };
  for (const statement of file.statements) {
    if (ts.isFunctionDeclaration(statement) && statement.name) names.add(statement.name.text);
    if (ts.isVariableStatement(statement)) statement.declarationList.declarations.forEach((d) => bind(d.name));
  }
  return names;
}

it("there are notebooks", () => {
  expect(files).toContain("01-training-mechanics.ipynb");
});

describe.each(files)("%s", (file) => {
  const { cells } = JSON.parse(fs.readFileSync(path.join(folder, file), "utf8")) as { cells: Cell[] };
  const solutions = cells.filter((cell) => cell.metadata.nbgrader?.solution === true);
  const tests = cells.filter((cell) => cell.metadata.nbgrader?.grade === true);

  it("has at least six exercises, each with a checker of its own", () => {
    expect(tests.length).toBeGreaterThanOrEqual(6);
    const calls = tests.map((cell) => /^(?:await )?check\.(\w+)\((\w+)\);?$/.exec(textOf(cell).trim())?.[1]);
    for (const name of calls) expect(Object.keys(check)).toContain(name);
    expect(new Set(calls).size).toBe(calls.length);
  });

  it("carries nbgrader's metadata, version 3, with ids used once", () => {
    const graded = cells.map((cell) => cell.metadata.nbgrader).filter((data) => data !== undefined);
    const base = { schema_version: 3, task: false };
    for (const data of graded)
      expect(data).toMatchObject(data.grade ? { ...base, locked: true } : { ...base, solution: true });
    for (const { metadata } of tests) expect(metadata.nbgrader?.points).toBeGreaterThan(0);
    expect(new Set(graded.map((data) => data.grade_id)).size).toBe(graded.length);
  });

  it("still compiles without the solutions, with every name that the checker is given", () => {
    for (const cell of solutions) {
      const source = textOf(cell);
      expect(source.split(BEGIN)).toHaveLength(2);
      expect(source.split(END)).toHaveLength(2);
      const stub = stubOf(source);
      expect(ts.transpileModule(stub, { reportDiagnostics: true }).diagnostics).toEqual([]);
      const test = cells.slice(cells.indexOf(cell) + 1).find((next) => next.cell_type === "code")!;
      expect(tests).toContain(test);
      expect([...declared(stub)]).toContain(/\((\w+)\)/.exec(textOf(test))?.[1]);
    }
  });
});
