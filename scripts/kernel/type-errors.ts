import type { Diagnostic } from "tslab/dist/converter";
import type { ErrorReport, Tracebacks } from "./traceback";

/** Diagnostics of the parser have these codes. */
const SYNTAX = { from: 1000, to: 2000 };
const MAX_SHOWN = 10;

/** The report of a cell that the compiler refused: each place with its line and a caret. */
export function reportDiagnostics(
  script: number,
  code: string,
  diagnostics: readonly Diagnostic[],
  tracebacks: Tracebacks,
): ErrorReport {
  const groups = group(diagnostics);
  const lines = code.split("\n").length;
  const places = groups.map(({ first, messages }) => {
    // tslab adds a line of exports: an error there is one at the end of the cell.
    const line = Math.min(first.start.line + 1, lines);
    const column =
      first.start.line + 1 > lines ? (code.split("\n")[lines - 1]?.length ?? 0) + 1 : first.start.character + 1;
    return { first, messages, line, column };
  });
  const shown = places.slice(0, MAX_SHOWN).flatMap(({ first, messages, line, column }) => {
    const where = first.fileName ?? tracebacks.label(script);
    const excerpt = first.fileName
      ? []
      : tracebacks.excerpt(
          { script, line, column },
          first.start.line === first.end.line ? first.end.character - first.start.character : 1,
        );
    return [`${where}, line ${line}, column ${column}: TS${first.code}`, ...excerpt, ...messages, ""];
  });
  const more = places.length > MAX_SHOWN ? [`… ${places.length - MAX_SHOWN} more errors`] : [];
  const syntax = groups.every(({ first }) => first.code >= SYNTAX.from && first.code < SYNTAX.to);
  return {
    ename: syntax ? "TypeScriptSyntaxError" : "TypeScriptError",
    evalue: places.map(({ messages, line, column }) => `line ${line}:${column} - ${messages[0] ?? ""}`).join("\n"),
    traceback: [...shown, ...more].slice(0, shown.length > 0 && more.length === 0 ? -1 : undefined),
  };
}

interface Group {
  first: Diagnostic;
  messages: string[];
}

/** tslab gives a chain of messages (what is wrong, and why) as diagnostics of the same place. */
function group(diagnostics: readonly Diagnostic[]): Group[] {
  const groups: Group[] = [];
  for (const diagnostic of diagnostics) {
    const last = groups.at(-1);
    const { start, end } = diagnostic;
    if (last && last.first.start.offset === start.offset && last.first.end.offset === end.offset) {
      last.messages.push(`  ${diagnostic.messageText}`);
    } else groups.push({ first: diagnostic, messages: [diagnostic.messageText] });
  }
  return groups;
}
