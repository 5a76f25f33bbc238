/** A number that begins here: not inside a word or a longer number, which also keeps the search linear. */
const N = String.raw`(?<![\w.]|\d,)\d+(?:,\d+)*(?:\.\d+)?(?:[eE][+-]?\d+)?`;
/** What follows the last letter of a unit: neither more letters nor "=", which makes it a variable ("x = 3 h = 0.1"). */
const END = String.raw`(?![\w²³]| ?=(?!=))`;
/** "0.3 min 0.1 max", "0.3 min: 0.1" and "0.3 min/max" show a least value, no minutes. */
const MINUTES = String.raw`min(?! ?: ?[-−\d]| ?/ ?max| [-−]?[\d.]+(?![\d.]| ?s(?:ec)?\b))`;
const MONTH = String.raw`(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:t(?:ember)?)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)`;
const DAY = String.raw`(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? )?`;
const YEAR = String.raw`(?:19|20)\d{2}\b`;

/** What differs between two good runs, and the word it is replaced with before texts are compared; in this order. */
const RULES: readonly (readonly [pattern: RegExp, word: string])[] = [
  // eslint-disable-next-line no-control-regex
  [/\x1b\[[0-9;?]*[A-Za-z]/g, ""], // colours
  // The line in which lib/tensor says what computes: "TensorFlow 2.21.0 · Intel(R) … · 2 threads".
  [/\bTensorFlow(?:\.js)? [\d.]+ · [^\n]* · \d+ threads?\b[^\n]*/g, "<device>"],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "<uuid>"],
  [/\b0x[0-9a-f]{6,}\b/gi, "<address>"],
  // Dates, with or without a time: 2024-01-31T10:20:30.5Z, 31 Jan 2024, January 31, 2024, 1/31/2024.
  [/\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?/g, "<date>"],
  [new RegExp(String.raw`\b${DAY}(?:\d{1,2} )?${MONTH}\.? (?:\d{1,2},? )?${YEAR}`, "g"), "<date>"],
  [new RegExp(String.raw`(?<![\w/])\d{1,2}/\d{1,2}/${YEAR}`, "g"), "<date>"],
  // A slice such as x[0:10] is no time.
  [
    /(?<![\w.:]|\w\[[^\][\n]{0,40})\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?(?: ?[AP]M\b)?(?: (?:GMT|UTC)(?:[+-]\d{4})?(?: \([^)\n]{1,40}\))?)?/g,
    "<time>",
  ],
  [/(?:file:\/\/)?(?<![\w.<])(?:~|\.{1,2})?(?:\/[\w.@+-]+){2,}\/?/g, "<path>"],
  [/\b[A-Z]:\\[\w.@+\\-]+/g, "<path>"],
  // "12.3 steps/s", "31 /min"
  [new RegExp(String.raw`${N} ?(?:[A-Za-zµμ][\w²³]*)? ?\/ ?(?:s|sec|second|minute|hour)${END}`, "g"), "<speed>"],
  [new RegExp(String.raw`${N} ?(?!max\b)[A-Za-z]\w* ?\/ ?min\b`, "g"), "<speed>"],
  // "1 min 20 s", "1m03s", "2 h 5 m", "3.4 s", "3–4 s"
  [/(?<![\w.])(?:\d+ ?h ?\d+ ?m(?:in)?|(?:\d+ ?h ?)?\d+ ?m(?:in)? ?\d+(?:\.\d+)? ?s)(?!\w)/g, "<duration>"],
  [
    new RegExp(
      String.raw`${N}(?:[–-]\d+(?:\.\d+)?)? ?(?:ns|[µμu]s|ms|seconds?|secs?|s|minutes?|mins|${MINUTES}|hours?|hrs?|h)${END}`,
      "g",
    ),
    "<duration>",
  ],
  [/<duration>(?:(?:,| and)? ?<duration>)+/g, "<duration>"],
  // "seconds: 3.2", as objects print it
  [new RegExp(String.raw`\b((?:seconds|milliseconds|elapsed|duration)['"]? ?[:=] ?)${N}`, "gi"), "$1<duration>"],
  [new RegExp(String.raw`${N} ?[KMGT]i?B\b`, "g"), "<memory>"],
  [/\b(\d+) (threads?|cores?|CPUs?)\b/gi, "<threads>"],
  // Versions: by three parts anywhere, by two behind a "v", by fewer behind a name (a node is also part of a graph).
  [/\bv?\d+\.\d+\.\d+(?:[-+.][\w.]+)?\b|\bv\d+\.\d+\b/g, "<version>"],
  [/\b(Node(?:\.js)?) v\d+\b/g, "$1 <version>"],
  [
    /\b((?:TensorFlow|TypeScript|Python|CUDA|cuDNN|tslab|Plotly|Genlab|Jupyter\w*|[Vv]ersion)(?:\.js)?) v?\d+(?:\.\d+)*\b/g,
    "$1 <version>",
  ],
];

/** Replaces times, durations, speeds, dates, paths, versions, addresses and colours by words such as `<time>`. */
export function sanitize(text: string): string {
  let result = text;
  for (const [pattern, word] of RULES) result = result.replace(pattern, word);
  return result;
}
