import type * as TypeScriptModule from "@tslab/typescript-for-tslab";

type TypeScript = typeof TypeScriptModule;
type Node = TypeScriptModule.Node;

const UNTERMINATED_STRING = 1002;

/** What can be told of code without checking its types. */
export class Syntax {
  constructor(private readonly ts: TypeScript) {}

  /**
   * Whether JavaScript awaits outside every function: tslab misses `for await`, and `await (x as any)`, which looks like a
   * call at first.
   */
  awaits(javascript: string): boolean {
    if (!javascript.includes("await")) return false;
    const { ts } = this;
    const visit = (node: Node): boolean =>
      ts.isAwaitExpression(node) ||
      (ts.isForOfStatement(node) && node.awaitModifier !== undefined) ||
      (!ts.isFunctionLike(node) && (ts.forEachChild(node, visit) ?? false));
    // Inside an async function `await` is always the operator.
    const file = ts.createSourceFile("cell.js", `async () => {${javascript}\n}`, ts.ScriptTarget.Latest);
    const body = (file.statements[0] as TypeScriptModule.ExpressionStatement)
      .expression as TypeScriptModule.ArrowFunction;
    return ts.forEachChild(body.body, visit) ?? false;
  }

  /**
   * How a cell parses: "invalid" when it cannot become right by typing more at its end, "unfinished" when something is
   * missing there.
   */
  state(code: string): "parses" | "unfinished" | "invalid" {
    const file = this.ts.createSourceFile("cell.ts", code, this.ts.ScriptTarget.Latest);
    const { parseDiagnostics } = file as unknown as { parseDiagnostics?: { start: number; code: number }[] };
    if (!parseDiagnostics || parseDiagnostics.length === 0) return "parses";
    const end = code.trimEnd().length;
    // A text in quotes ends on its line.
    const broken = parseDiagnostics.some((found) => found.start < end || found.code === UNTERMINATED_STRING);
    return broken ? "invalid" : "unfinished";
  }
}
