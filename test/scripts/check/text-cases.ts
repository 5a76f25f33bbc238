import type { Case } from "./case";
import { display, failure, figure, result, stream } from "./notebooks";

const html = (cell: string) => display({ "text/html": `<table><tr><td>${cell}</td></tr></table>`, "text/plain": cell });

/** A table as lib/show makes it: in HTML, and in columns. */
function timed(...rows: [by: string, loss: number, time: number][]) {
  const line = (kind: string, cells: readonly unknown[]) =>
    `<tr>${cells.map((cell) => `<${kind} style="x">${String(cell)}</${kind}>`).join("")}</tr>`;
  const header = ["by", "loss", "time (s)"];
  const html = `<table><thead>${line("th", header)}</thead><tbody>${rows.map((row) => line("td", row)).join("\n")}</tbody></table>`;
  return display({ "text/html": html, "text/plain": [header, ...rows].map((row) => row.join("  ")).join("\n") });
}

/** Texts, outputs that come and go, tables and data. */
export const TEXT_CASES: Case[] = [
  // Texts
  { what: "equal text", expected: [stream("a 1.5")], got: [stream("a 1.5")] },
  { what: "numbers within the tolerance", expected: [stream("loss 0.83667")], got: [stream("loss 0.83671")] },
  {
    what: "a number beyond it",
    expected: [stream("loss 0.83667")],
    got: [stream("loss 0.8369")],
    differs: [["text", /^expected "(loss 0.83667|loss 1)", got "(loss 0.8369|cost 1)"$/]],
  },
  {
    what: "another word",
    expected: [stream("loss 1")],
    got: [stream("cost 1")],
    differs: [["text", /^expected "(loss 0.83667|loss 1)", got "(loss 0.8369|cost 1)"$/]],
  },
  {
    what: "a lost line",
    expected: [stream("a\nb\nc")],
    got: [stream("a\nc")],
    differs: [["text", /^"b" is gone$/]],
  },
  { what: "a result", expected: [result("3")], got: [result("4")], differs: [["text", /^expected "3", got "4"$/]] },
  { what: "one stream in pieces", expected: [stream("a\nb\n")], got: [stream("a\n"), stream("b\n")] },
  {
    what: "stdout and stderr in another order",
    expected: [stream("a"), stream("b", "stderr")],
    got: [stream("b", "stderr"), stream("a")],
  },
  {
    what: "another stream",
    expected: [stream("a")],
    got: [stream("a", "stderr")],
    differs: [
      ["structure", /missing: stdout/],
      ["structure", /new: stderr/],
    ],
  },
  {
    what: "a picture between two texts that moved",
    expected: [stream("a"), display({ "text/latex": "x" }), stream("b")],
    got: [stream("a\nb"), display({ "text/latex": "x" })],
    differs: [
      ["text", /^"b" is new$/],
      ["structure", /output 3 is missing: stdout/],
    ],
  },
  {
    what: "times, speeds, paths",
    expected: [stream("60 steps in 3.4 s (17.6 steps/s), saved to /home/a/b.bin at 10:02")],
    got: [stream("60 steps in 1 min 3 s (0.95 steps/s), saved to /work/b.bin at 23:59:01")],
  },
  { what: "trained text", tags: ["trained"], expected: [stream("loss 0.3\nloss 0.2")], got: [stream("loss 0.4")] },
  { what: "trained text that is gone", tags: ["trained"], expected: [stream("loss 0.3")], got: [] },
  {
    what: "a new stream in a trained cell",
    tags: ["trained"],
    expected: [stream("a")],
    got: [stream("a"), stream("warning: x", "stderr")],
    differs: [["structure", /writes to stderr, which it did not: warning: x/]],
  },
  { what: "fewer lines in the quick profile", profile: "quick", expected: [stream("1\n2\n3")], got: [stream("1")] },
  // Outputs missing and new
  {
    what: "nothing where text was",
    expected: [stream("a")],
    got: [],
    differs: [["structure", /output 1 is missing: stdout/]],
  },
  {
    what: "a new display",
    expected: [],
    got: [display({ "text/plain": "x" })],
    differs: [["structure", /output 1 is new: display text\/plain/]],
  },
  {
    what: "a missing display in the quick profile",
    profile: "quick",
    expected: [figure([])],
    got: [],
    differs: [["structure", /is missing: display/]],
  },
  {
    what: "a display that lost a type",
    expected: [html("a")],
    got: [display({ "text/plain": "a" })],
    differs: [
      ["structure", /missing/],
      ["structure", /new/],
    ],
  },
  {
    what: "a result instead of a display",
    expected: [display({ "text/plain": "3" })],
    got: [result("3")],
    differs: [
      ["structure", /missing/],
      ["structure", /new/],
    ],
  },
  {
    what: "an error",
    expected: [stream("a")],
    got: [stream("a"), failure("TypeError", "x")],
    differs: [["structure", /output 2 is new: error TypeError/]],
  },
  {
    what: "an expected error",
    tags: ["raises-exception"],
    expected: [failure("Error", "no 1")],
    got: [failure("Error", "no 1")],
  },
  {
    what: "an expected error that says otherwise",
    tags: ["raises-exception"],
    expected: [failure("Error", "no 1")],
    got: [failure("Error", "no 2")],
    differs: [["text", /^expected "no 1", got "no 2"$/]],
  },
  // Tables and data
  { what: "a table's number within the tolerance", expected: [html("0.50000")], got: [html("0.50001")] },
  {
    what: "a table's number beyond it",
    expected: [html("0.50000")],
    got: [html("0.501")],
    differs: [
      ["text", /./],
      ["text", /./],
    ],
  },
  {
    what: "a column of times",
    expected: [timed(["adam", 0.5, 3.2], ["sgd", 0.7, 2.1])],
    got: [timed(["adam", 0.5, 13.9], ["sgd", 0.7, 2.4])],
  },
  {
    what: "another result beside a column of times",
    expected: [timed(["adam", 0.5, 3.2])],
    got: [timed(["adam", 0.6, 3.2])],
    differs: [["text", /^expected "adam \| 0.5 \| <time> \|", got "adam \| 0.6 \| <time> \|"$/]],
  },
  {
    what: "another name of a column of times",
    expected: [timed(["adam", 0.5, 3.2])],
    got: [
      display({
        ...(timed(["adam", 0.5, 3.2]).data as object),
        "text/html": "<tr><th>by</th><th>loss</th><th>t (s)</th></tr><tr><td>adam</td><td>0.5</td><td>1</td></tr>",
      }),
    ],
    differs: [["text", /got "by \| loss \| t \(s\) \|"$/]],
  },
  {
    what: "markup alone",
    expected: [display({ "text/html": "<b id='a1'>x</b>" })],
    got: [display({ "text/html": "<b id='b2'>x</b>" })],
  },
  {
    what: "JSON within the tolerance",
    expected: [display({ "application/json": { a: [1, 2] } })],
    got: [display({ "application/json": { a: [1.00001, 2] } })],
  },
  {
    what: "JSON beyond it",
    expected: [display({ "application/json": { a: [1, 2] } })],
    got: [display({ "application/json": { a: [1, 3] } })],
    differs: [["data", /the data is 3, expected 2/]],
  },
];
