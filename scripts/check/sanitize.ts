/** A number with a sign, as prints show it. */
const N = String.raw`\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d+)?`;

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
  [/\b(?:\d{1,2} )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.? (?:\d{1,2},? )?\d{4}\b/g, "<date>"],
  [/\b\d{1,2}\/\d{1,2}\/\d{4}\b/g, "<date>"],
  [/\b\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?(?: ?[AP]M\b)?/g, "<time>"],
  [/(?:file:\/\/)?(?<![\w.<])(?:~|\.{1,2})?(?:\/[\w.@+-]+){2,}\/?/g, "<path>"],
  [/\b[A-Z]:\\[\w.@+\\-]+/g, "<path>"],
  // Speeds before durations: "12.3 steps/s", "4 ms/step".
  [new RegExp(String.raw`${N} ?[\w²³]+ ?\/ ?(?:s|sec|second|min|minute|h|hour)\b`, "g"), "<speed>"],
  [new RegExp(String.raw`${N} ?(?:ns|[µμu]s|ms|s|min) ?(?:\/|per) ?\w+`, "g"), "<speed>"],
  [
    new RegExp(String.raw`${N} ?(?:ns|[µμu]s|ms|seconds?|secs?|s|minutes?|mins?|hours?|hrs?|h)\b(?![²³])`, "g"),
    "<duration>",
  ],
  [/\b\d+ ?m (?=<duration>)/g, "<duration> "],
  [/<duration>(?:(?:,| and)? ?<duration>)+/g, "<duration>"],
  [new RegExp(String.raw`${N} ?[KMGT]i?B\b`, "g"), "<memory>"],
  [/\b(\d+) (threads?|cores?|CPUs?)\b/gi, "<threads>"],
  // Versions: by three parts anywhere, by fewer behind a name.
  [/\bv?\d+\.\d+\.\d+(?:[-+.][\w.]+)?\b/g, "<version>"],
  [
    /\b((?:TensorFlow|Node|TypeScript|Python|CUDA|cuDNN|tslab|Plotly|Genlab|Jupyter\w*)(?:\.js)?) v?\d+(?:\.\d+)*\b/g,
    "$1 <version>",
  ],
];

/** Replaces times, durations, speeds, dates, paths, versions, addresses and colours by words such as `<time>`. */
export function sanitize(text: string): string {
  let result = text;
  for (const [pattern, word] of RULES) result = result.replace(pattern, word);
  return result;
}
