import type { Json } from "../jupyter/wire";
import type { Conversion } from "./conversion";
import type { Question } from "./threads";
import type { Executor } from "tslab/dist/executor";
import { printQuickInfo } from "tslab/dist/inspect";

/** Answers what an editor asks while a cell is being typed. Jupyter counts code points, TypeScript UTF-16 units. */
export function answer(question: Question, content: Json, executor: Executor, conversion: Conversion): Json {
  const code = typeof content.code === "string" ? content.code : "";
  const cursor = typeof content.cursor_pos === "number" ? content.cursor_pos : [...code].length;
  switch (question) {
    case "is_complete":
      return isComplete(code, conversion);
    case "complete": {
      const { start, end, candidates } = executor.complete(code, toUnits(code, cursor));
      return {
        status: "ok",
        matches: [...new Set(candidates)],
        cursor_start: toPoints(code, start),
        cursor_end: toPoints(code, end),
        metadata: {},
      };
    }
    case "inspect": {
      const position = toUnits(code, cursor);
      // After a name, as editors ask at its end, TypeScript finds nothing: look at its last character then.
      const info = [position, position - 1]
        .filter((at) => at >= 0)
        .map((at) => executor.inspect(code, at) as Parameters<typeof printQuickInfo>[0] | undefined)
        // An unknown name is a thing of no kind and of type any.
        .find((found) => found !== undefined && found !== null && (found.kind as string) !== "");
      return info
        ? { status: "ok", found: true, data: { "text/plain": printQuickInfo(info) }, metadata: {} }
        : { status: "ok", found: false, data: {}, metadata: {} };
    }
  }
}

function isComplete(code: string, conversion: Conversion): Json {
  const state = conversion.syntax.state(code);
  if (state === "invalid") return { status: "invalid" };
  // tslab takes an open template and `const x =` for complete.
  const { completed, indent } = conversion.isCompleteCode(code);
  return completed && state === "parses" ? { status: "complete" } : { status: "incomplete", indent: indent ?? "" };
}

/** The UTF-16 index of a position counted in code points. */
export function toUnits(text: string, points: number): number {
  let units = 0;
  for (let point = 0; point < points && units < text.length; point++) {
    units += text.codePointAt(units)! > 0xffff ? 2 : 1;
  }
  return units;
}

/** The position in code points of a UTF-16 index. */
export function toPoints(text: string, units: number): number {
  return [...text.slice(0, units)].length;
}
