import { createRequire } from "node:module";
import type { ICell } from "@jupyterlab/nbformat";
import type typescript from "typescript";
import { CliError, ExitCode } from "../cli-error";
import { closest } from "./closest";
import { copyJson } from "./number";
import type { Notebook } from "./read";

type TypeScript = typeof typescript;

/** Loaded on first use: the compiler takes 0.3 s, and most runs set no parameter. */
function compiler(): TypeScript {
  return createRequire(__filename)("typescript") as TypeScript;
}

interface Parameter {
  name: string;
  /** Position of the initialiser in the cell's source. */
  start: number;
  end: number;
  isText: boolean;
}

/** Names that `--param` can set: the variables that the cell tagged `parameters` initialises; empty without the tag. */
export function parameterNames(notebook: Notebook): string[] {
  return taggedCells(notebook).flatMap((cell) =>
    findParameters(compiler(), String(cell.source)).map(({ name }) => name),
  );
}

/**
 * A copy of the notebook in which each named initialiser of the cell tagged `parameters` is replaced:
 * `const steps = profile({…})` and `{ steps: "100" }` give `const steps = 100`. A value is a TypeScript expression;
 * where the parameter is a text (`"…"`, or a profile of texts) a bare word or sentence is quoted, since shells take
 * quotes away.
 * @param file the notebook's name in messages
 * @throws CliError: no or several tagged cells, an unknown name (with the names there are), a value that is no expression
 */
export function setParameters(
  notebook: Notebook,
  values: Readonly<Record<string, string>>,
  file = "notebook",
): Notebook {
  const copy = copyJson(notebook);
  const wanted = Object.entries(values);
  if (wanted.length === 0) return copy;
  const [cell, second] = taggedCells(copy);
  if (!cell)
    throw usage(`${file}: --param ${wanted[0]?.[0]}: no code cell is tagged "parameters": tag the one to change`);
  if (second) throw usage(`${file}: several cells are tagged "parameters", wanted one: remove the tag from the others`);
  const ts = compiler();
  const source = String(cell.source);
  const parameters = findParameters(ts, source);
  const changes = wanted.map(([name, value]) => {
    const parameter = parameters.find((candidate) => candidate.name === name);
    if (!parameter) throw unknownName(name, parameters, file);
    return { ...parameter, text: expression(ts, parameter, value, file) };
  });
  changes.sort((a, b) => b.start - a.start); // from the end, so that positions stay right
  cell.source = changes.reduce(
    (text, { start, end, text: value }) => text.slice(0, start) + value + text.slice(end),
    source,
  );
  return copy;
}

function taggedCells(notebook: Notebook): ICell[] {
  return notebook.cells.filter(
    ({ cell_type: type, metadata }) =>
      type === "code" && Array.isArray(metadata.tags) && metadata.tags.includes("parameters"),
  );
}

function findParameters(ts: TypeScript, source: string): Parameter[] {
  const file = ts.createSourceFile("parameters.ts", source, ts.ScriptTarget.ES2022);
  const found: Parameter[] = [];
  for (const statement of file.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (!ts.isIdentifier(name) || !initializer) continue;
      const value = bare(ts, initializer);
      found.push({ name: name.text, start: value.getStart(file), end: value.end, isText: isText(ts, value) });
    }
  }
  return found;
}

/** What stands before `as T` or `satisfies T`, which stay. */
function bare(ts: TypeScript, node: typescript.Expression): typescript.Expression {
  return ts.isAsExpression(node) || ts.isSatisfiesExpression(node) ? bare(ts, node.expression) : node;
}

/** A quoted text, or a call such as profile({ quick: "a", standard: "b", long: "c" }). */
function isText(ts: TypeScript, node: typescript.Expression): boolean {
  if (ts.isStringLiteralLike(node)) return true;
  const [argument] = ts.isCallExpression(node) ? node.arguments : [];
  if (!argument || !ts.isObjectLiteralExpression(argument)) return false;
  return argument.properties.every(
    (property) => ts.isPropertyAssignment(property) && ts.isStringLiteralLike(property.initializer),
  );
}

function expression(ts: TypeScript, { name, isText: wantsText }: Parameter, value: string, file: string): string {
  const parsed = parseExpression(ts, value);
  if (wantsText && !(parsed && isTextExpression(ts, parsed.node))) return JSON.stringify(value);
  if (parsed) return parsed.text;
  throw usage(
    `${file}: --param ${name}=${value.replace(/\s+/g, " ")}: not a TypeScript expression: write a number, a quoted text, true, [1, 2] …`,
  );
}

function isTextExpression(ts: TypeScript, node: typescript.Expression): boolean {
  return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node) || isText(ts, node);
}

function parseExpression(ts: TypeScript, value: string): { node: typescript.Expression; text: string } | undefined {
  const file = ts.createSourceFile("value.ts", `(${value}\n)`, ts.ScriptTarget.ES2022);
  const { parseDiagnostics } = file as typescript.SourceFile & { parseDiagnostics: readonly unknown[] };
  const [statement, second] = file.statements;
  if (parseDiagnostics.length > 0 || second || !statement || !ts.isExpressionStatement(statement)) return undefined;
  if (!ts.isParenthesizedExpression(statement.expression)) return undefined;
  const node = statement.expression.expression;
  // "1, 2" would silently be 2; whoever writes it means a list.
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.CommaToken) return undefined;
  return { node, text: node.getText(file) }; // without comments at its ends
}

function unknownName(name: string, parameters: readonly Parameter[], file: string): CliError {
  const names = parameters.map((parameter) => parameter.name);
  if (names.length === 0)
    return usage(`${file}: --param ${name}: the parameters cell initialises no variable: add one`);
  const near = closest(name, names);
  const cure = near === undefined ? "use one of them" : `did you mean ${near}?`;
  return usage(`${file}: --param ${name}: unknown name, the parameters are ${names.join(", ")}: ${cure}`);
}

function usage(message: string): CliError {
  return new CliError(message, ExitCode.usage);
}
