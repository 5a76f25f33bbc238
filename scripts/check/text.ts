import { diffArrays } from "diff";
import { sanitize } from "./sanitize";

/** Numbers in texts agree to this share of the larger one (re-execution is bit-equal only at equal thread counts). */
export const RTOL = 1e-4;
/** … or to this: what float32 cannot tell from 0 beside 1. */
export const ATOL = 1e-7;

/** Thousands stay apart: "[100,200]" holds two numbers, and counts such as 60,000 are exact. */
const NUMBER = /[-−+]?\d+(?:\.\d+)?(?:[eE][-−+]?\d+)?|[-−+]?\.\d+/g;

export function numbersAgree(expected: number, got: number): boolean {
  if (expected === got) return true;
  if (!Number.isFinite(expected) || !Number.isFinite(got)) return false;
  const scale = Math.max(Math.abs(expected), Math.abs(got));
  return Math.abs(expected - got) <= Math.max(ATOL, RTOL * scale * (1 + 1e-12));
}

interface Line {
  /** The line's words, with every number replaced by "#" and spaces made single. */
  words: string;
  numbers: number[];
  /** As printed. */
  raw: string;
}

function parseLine(sanitized: string, raw: string): Line {
  const numbers: number[] = [];
  const words = sanitized
    .replace(NUMBER, (text, at: number) => {
      numbers.push(Number(text.replaceAll("−", "-")));
      // A sign right behind a word or a closing bracket is an operator: "a-1" and "a+1" are different words.
      const sign = /[-−+]/.test(text[0] ?? "") && /[\w)\]]/.test(sanitized[at - 1] ?? " ");
      return sign ? `${text[0]}#` : "#";
    })
    .replace(/[-─━=_]{4,}/g, "----") // rules drawn to the width of a table
    .replace(/\s+/g, " ")
    .trim();
  return { words, numbers, raw };
}

function linesAgree(expected: Line, got: Line): boolean {
  return (
    expected.words === got.words &&
    expected.numbers.length === got.numbers.length &&
    expected.numbers.every((number, i) => numbersAgree(number, got.numbers[i] ?? NaN))
  );
}

function parseLines(raw: readonly string[]): Line[] {
  return raw.map((line) => parseLine(sanitize(line), line)).filter((line) => line.words !== "");
}

/** Whether a short text (a title, a name) says the same; `values: false` asks only for the same words around numbers. */
export function phraseAgrees(expected: string, got: string, values: boolean): boolean {
  const [a, b] = [parseLine(sanitize(expected), ""), parseLine(sanitize(got), "")];
  return values ? linesAgree(a, b) : a.words === b.words;
}

/** Two texts, compared line by line. Empty lines, widths of columns and what sanitize() knows do not count. */
export function diffText(expected: string, got: string): TextDiff | undefined {
  if (expected === got) return undefined;
  const [before, after] = [expected, got].map((text) => text.replace(/\r\n?/g, "\n").split("\n")) as [
    string[],
    string[],
  ];
  // Equal beginnings and ends need no parsing, but for a line around the change.
  const shortest = Math.min(before.length, after.length);
  let start = 0;
  while (start < shortest && before[start] === after[start]) start++;
  let end = 0;
  while (end < shortest - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const part = (lines: string[]) =>
    parseLines(lines.slice(Math.max(0, start - 1), lines.length - Math.max(0, end - 1)));
  const [a, b] = [part(before), part(after)];
  if (a.length === b.length && a.every((line, i) => linesAgree(line, b[i] as Line))) return undefined;
  // Node breaks the lines of a long list by the widths of its numbers, whose last digits may differ.
  if (/[[{(][ \t]*$/m.test(expected) && linesAgree(joined(a), joined(b))) return undefined;
  return describe(diffLines(a, b));
}

function joined(lines: readonly Line[]): Line {
  return {
    words: lines.map(({ words }) => words).join(" "),
    numbers: lines.flatMap(({ numbers }) => numbers),
    raw: "",
  };
}

export interface TextDiff {
  /** The first lines that differ. */
  expected: string;
  got: string;
  message: string;
  diff: string[];
}

function diffLines(a: Line[], b: Line[]): string[] {
  // Long texts that share nothing would take the exact algorithm minutes.
  const changes = diffArrays(a, b, { comparator: linesAgree, maxEditLength: 2_000 });
  if (!changes) return [...a.map((line) => `-${line.raw}`), ...b.map((line) => `+${line.raw}`)];
  return changes.flatMap(({ value, added, removed }) =>
    value.map((line) => `${added ? "+" : removed ? "-" : " "}${line.raw}`),
  );
}

const SHOWN = 24;

function describe(lines: string[]): TextDiff {
  const changed = (sign: string) => lines.filter((line) => line.startsWith(sign)).map((line) => line.slice(1).trim());
  const [gone, added] = [changed("-"), changed("+")];
  const [expected = "", got = ""] = [gone[0], added[0]];
  const quote = (line: string) => JSON.stringify(shorten(line, 60));
  const first =
    gone.length === 0
      ? `${quote(got)} is new`
      : added.length === 0
        ? `${quote(expected)} is gone`
        : `expected ${quote(expected)}, got ${quote(got)}`;
  const more = gone.length > 1 || added.length > 1 ? ` (in all ${gone.length} lines gone, ${added.length} new)` : "";
  return { expected, got, message: first + more, diff: around(lines) };
}

/** The changed lines with one line around them, at most SHOWN. */
function around(lines: string[]): string[] {
  const near = lines.map((_, i) => [i - 1, i, i + 1].some((j) => (lines[j] ?? " ")[0] !== " "));
  const kept: string[] = [];
  lines.forEach((line, i) => {
    if (near[i]) kept.push(shorten(line));
    else if (near[i - 1]) kept.push(" …");
  });
  if (kept.at(-1) === " …") kept.pop();
  return kept.length <= SHOWN ? kept : [...kept.slice(0, SHOWN), ` … ${kept.length - SHOWN} more lines`];
}

function shorten(line: string, width = 160): string {
  return line.length <= width ? line : line.slice(0, width - 1) + "…";
}
