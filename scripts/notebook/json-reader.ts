import { define, keepLiteral } from "./number";

/** Where and why a text is not JSON. Lines and columns count from 1. */
export class JsonSyntaxError extends Error {
  constructor(
    message: string,
    readonly line: number,
    readonly column: number,
  ) {
    super(message);
    this.name = "JsonSyntaxError";
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;
const WORDS = new Map<string, unknown>([
  ["true", true],
  ["false", false],
  ["null", null],
]);
const MAX_DEPTH = 500;

/**
 * JSON.parse that says where a text is wrong and remembers how numbers were written, so that a file can be written
 * back byte for byte (JSON.parse hands out the source text of numbers only since Node 21).
 * @throws JsonSyntaxError
 */
export function parseJson(text: string): unknown {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  value(depth: number, holder?: object, key = ""): unknown {
    this.skip(SPACE);
    if (depth > MAX_DEPTH) throw this.error(`nested deeper than ${MAX_DEPTH} levels`);
    const first = this.text[this.at];
    if (first === "{") return this.object(depth);
    if (first === "[") return this.array(depth);
    if (first === '"') return this.string();
    const start = this.at;
    const literal = this.skip(NUMBER);
    if (literal !== "") {
      if (!Number.isFinite(Number(literal))) throw this.error(`the number ${literal} is out of range`, start);
      if (holder) keepLiteral(holder, key, literal);
      return Number(literal);
    }
    const word = /[-\w]*/y;
    word.lastIndex = this.at;
    const name = word.exec(this.text)?.[0] ?? "";
    if (WORDS.has(name)) {
      this.at += name.length;
      return WORDS.get(name);
    }
    if (/^-?(NaN|Infinity)$/.test(name))
      throw this.error(`${name} is not JSON (Python writes it, no browser reads it)`);
    throw this.error(
      first === undefined ? "the file ends early" : `a value was expected, found ${JSON.stringify(first)}`,
    );
  }

  end(): void {
    this.skip(SPACE);
    if (this.at < this.text.length) throw this.error("more text follows the end of the JSON value");
  }

  private object(depth: number): object {
    const object = {};
    this.at += 1;
    if (this.next("}")) return object;
    do {
      this.skip(SPACE);
      if (this.text[this.at] !== '"') throw this.expected("a property name in double quotes");
      const key = this.string();
      if (!this.next(":")) throw this.expected('":"');
      define(object, key, this.value(depth + 1, object, key));
    } while (this.next(","));
    if (!this.next("}")) throw this.expected('"," or "}"');
    return object;
  }

  private array(depth: number): unknown[] {
    const array: unknown[] = [];
    this.at += 1;
    if (this.next("]")) return array;
    do array.push(this.value(depth + 1, array, String(array.length)));
    while (this.next(","));
    if (!this.next("]")) throw this.expected('"," or "]"');
    return array;
  }

  private string(): string {
    const start = this.at;
    let quote = start;
    do quote = this.text.indexOf('"', quote + 1);
    while (quote > 0 && this.escaped(quote));
    if (quote > 0) {
      this.at = quote + 1;
      try {
        return JSON.parse(this.text.slice(start, this.at)) as string;
      } catch {
        // said below
      }
    }
    throw this.error("this string does not end on its line or holds a bad escape", start);
  }

  /** Whether an odd number of backslashes stands before this position. */
  private escaped(at: number): boolean {
    let first = at;
    while (this.text[first - 1] === "\\") first -= 1;
    return (at - first) % 2 === 1;
  }

  private next(character: string): boolean {
    this.skip(SPACE);
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  private skip(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? "";
    this.at += found.length;
    return found;
  }

  private expected(what: string): JsonSyntaxError {
    const found = this.text[this.at];
    return this.error(
      found === undefined ? "the file ends early" : `${what} was expected, found ${JSON.stringify(found)}`,
    );
  }

  private error(message: string, at = this.at): JsonSyntaxError {
    const before = this.text.slice(0, at);
    const lineStart = before.lastIndexOf("\n") + 1;
    return new JsonSyntaxError(message, before.split("\n").length, at - lineStart + 1);
  }
}
