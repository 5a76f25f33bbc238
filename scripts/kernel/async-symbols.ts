/** Node 20 and 22 keep the asynchronous context of promises and timers in symbol properties that `inspect` shows. */
const SYMBOLS = ["async_id_symbol", "asyncId", "trigger_async_id_symbol", "triggerId", "kResourceStore"];
const LINES = new RegExp(
  `,?\\s*\\[Symbol\\((?:${SYMBOLS.join("|")})\\)\\]: (?:\\d+|undefined|\\[(?:cell|Cell)\\])`,
  "g",
);

/** Removes them from inspected text: they say nothing about the value and differ from run to run. */
export function withoutAsyncSymbols(text: string): string {
  if (!text.includes("[Symbol(")) return text;
  return text
    .replace(LINES, "")
    .replace(/\{\s*,\s*/g, "{ ")
    .replace(/(Promise|Timeout|Immediate) \{\n\s+([^\n]+)\n\}/g, "$1 { $2 }");
}
