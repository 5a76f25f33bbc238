// Code to learn from: the declarations of the language's own library, which every installation of TypeScript brings.
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type TypeScript from "typescript";
import { randomStream } from "../tensor/random";
import { splitText } from "./text";
import type { SplitText } from "./text";

/** The compiler takes half a second and 60 MB: loaded when it is first needed. */
function compiler(): typeof TypeScript {
  return createRequire(__filename)("typescript") as typeof TypeScript;
}

/** Files that repeat the browser's declarations for workers, or only refer to others. */
const LEFT_OUT = /webworker|scripthost|\.full\.|lib\.d\.ts$/;

/**
 * TypeScript's library declarations (arrays, maps, promises, the browser's interfaces) as a list of top-level statements, comments
 * left out and printed in one style. Statements that occur twice are kept once.
 * @throws Error where the package typescript is incomplete
 */
export function typescriptDeclarations(): string[] {
  const ts = compiler();
  const folder = path.dirname(createRequire(__filename).resolve("typescript"));
  const files = fs.readdirSync(folder).filter((file) => /^lib\..*\.d\.ts$/.test(file) && !LEFT_OUT.test(file));
  if (files.length < 20)
    throw new Error("typescriptDeclarations: typescript's lib files are missing: run `npm run setup`");
  const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });
  const statements = files.sort().flatMap((file) => {
    const source = ts.createSourceFile(file, fs.readFileSync(path.join(folder, file), "utf8"), ts.ScriptTarget.ESNext);
    return source.statements.map((statement) => printer.printNode(ts.EmitHint.Unspecified, statement, source));
  });
  return [...new Set(statements)];
}

/** Shuffled once and for all, so that recipes and notebooks mean the same split. */
const SHUFFLE_SEED = 1;

/**
 * The declarations in a fixed random order as one text, split into training and validation parts: as they stand in their files, the
 * last tenth would be interfaces of 3D graphics alone.
 */
export function typescriptText(): SplitText {
  const list = typescriptDeclarations();
  const order = randomStream(SHUFFLE_SEED).permutation(list.length);
  return splitText(Array.from(order, (i) => list[i]!).join("\n"));
}

/** How many syntax errors the compiler's parser finds in a text of declarations; 0: it parses. */
export function syntaxErrors(code: string): number {
  const ts = compiler();
  const source = ts.createSourceFile("text.d.ts", code, ts.ScriptTarget.ESNext) as TypeScript.SourceFile & {
    parseDiagnostics?: readonly unknown[];
  };
  return source.parseDiagnostics?.length ?? 0;
}
