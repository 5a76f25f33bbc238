import type { ICodeCell, INotebookContent } from "@jupyterlab/nbformat";
import { describe, expect, it } from "vitest";
import { createMessage } from "../../../scripts/jupyter/wire";
import type { Json } from "../../../scripts/jupyter/wire";
import { PROGRESS_MIME } from "../../../scripts/jupyter/progress";
import { OutputCollector, overwrite } from "../../../scripts/run/outputs";
import type { ProgressEvent } from "../../../scripts/jupyter/progress";
import { notebookOf } from "./notebooks";

type Step = [type: string, content: Json] | [type: string, content: Json, cell: number];

/** Feeds messages and returns the cells' outputs. */
function collect(steps: Step[], limits = { bytes: 1e6, messages: 1e3 }) {
  const notebook: INotebookContent = notebookOf(["a", "b"]);
  const progress: ProgressEvent[] = [];
  const overflows: string[] = [];
  const collector = new OutputCollector(notebook, limits, {
    onProgress: (_index, event) => progress.push(event),
    onOverflow: (index, what) => overflows.push(`${index}: ${what}`),
  });
  collector.begin(0);
  collector.begin(1);
  for (const [type, content, cell = 0] of steps)
    collector.receive(cell, createMessage(type, content, { session: "s" }));
  const live = structuredClone(notebook.cells.map((cell) => (cell as ICodeCell).outputs));
  collector.finish();
  const cells = notebook.cells as ICodeCell[];
  return { outputs: cells[0]!.outputs, other: cells[1]!.outputs, cells, live, progress, overflows };
}

const out = (text: string, name = "stdout"): Step => ["stream", { name, text }];
const display = (text: string, id?: string, type = "display_data", cell = 0): Step => [
  type,
  { data: { "text/plain": text }, metadata: {}, transient: id === undefined ? {} : { display_id: id } },
  cell,
];
const shown = (text: string) => ({ output_type: "display_data", data: { "text/plain": text }, metadata: {} });
const stream = (text: string, name = "stdout") => ({ output_type: "stream", name, text });

describe("collected outputs", () => {
  it("joins neighbouring pieces of one stream, and no others", () => {
    const { outputs } = collect([out("a"), out("b\n"), out("!", "stderr"), out("c"), display("d"), out("e"), out("f")]);
    expect(outputs).toEqual([stream("ab\n"), stream("!", "stderr"), stream("c"), shown("d"), stream("ef")]);
  });

  it("keeps results and errors as nbformat wants them, without what is transient", () => {
    const { outputs, cells } = collect([
      ["execute_input", { code: "a", execution_count: 7 }],
      ["execute_result", { data: { "text/plain": "1" }, metadata: { x: 1 }, execution_count: 7, transient: {} }],
      ["error", { ename: "E", evalue: "v", traceback: ["t"], extra: 1 }],
      ["status", { execution_state: "idle" }],
    ]);
    expect(outputs).toEqual([
      { output_type: "execute_result", data: { "text/plain": "1" }, metadata: { x: 1 }, execution_count: 7 },
      { output_type: "error", ename: "E", evalue: "v", traceback: ["t"] },
    ]);
    expect(cells[0]!.execution_count).toBe(7);
  });

  it("updates a display wherever its id was shown, in other cells too, and nowhere else", () => {
    const { outputs, other } = collect([
      display("1", "x"),
      display("1", "y"),
      display("2", "x", "display_data", 1),
      display("3", "x", "update_display_data", 1),
      display("9", "unknown", "update_display_data", 1),
    ]);
    expect(outputs).toEqual([shown("3"), shown("1")]);
    expect(other).toEqual([shown("3")]);
  });

  it("clears at once, or with the next output", () => {
    const clear = (wait: boolean): Step => ["clear_output", { wait }];
    expect(collect([out("a"), clear(false)]).outputs).toEqual([]);
    expect(collect([out("a"), clear(true)]).outputs).toEqual([stream("a")]);
    expect(collect([out("a"), clear(true), out("b")]).outputs).toEqual([stream("b")]);
    // A display that was cleared away is not updated any more.
    expect(
      collect([display("1", "x"), clear(false), out("b"), display("2", "x", "update_display_data")]).outputs,
    ).toEqual([stream("b")]);
  });

  it("shows progress while it runs and stores only what was brought to its end", () => {
    const event = (step: number, done = false): ProgressEvent => ({ step, steps: 9, text: `step ${step}`, done });
    const progress = (type: string, id: string, step: number): Step => [
      type,
      {
        data: { "text/plain": `step ${step}`, [PROGRESS_MIME]: event(step) },
        metadata: {},
        transient: { display_id: id },
      },
    ];
    const result = collect([
      progress("display_data", "p1", 1),
      progress("display_data", "p2", 1),
      progress("update_display_data", "p1", 2),
      display("9 steps in 3 s", "p1", "update_display_data"),
    ]);
    expect(result.progress.map(({ step }) => step)).toEqual([1, 1, 2]);
    expect(result.live[0]).toHaveLength(2);
    expect(result.outputs).toEqual([shown("9 steps in 3 s")]);
  });

  it("stops storing at the limit of bytes, once, and still stores the error", () => {
    const { outputs, overflows } = collect(
      [out("x".repeat(60)), out("x".repeat(60)), display("y"), ["error", { ename: "E", evalue: "", traceback: [] }]],
      { bytes: 100, messages: 1e3 },
    );
    expect(outputs.map((output) => output.output_type)).toEqual(["stream", "error"]);
    expect(outputs[0]).toEqual(stream("x".repeat(60)));
    expect(overflows).toEqual(["0: more than 100 bytes of output"]);
  });

  it("stops at the limit of messages, in which updates in place do not count", () => {
    const updates = Array.from({ length: 50 }, () => display("z", "x", "update_display_data"));
    expect(collect([display("a", "x"), ...updates], { bytes: 1e6, messages: 3 }).overflows).toEqual([]);
    const many = Array.from({ length: 4 }, () => out("z"));
    expect(collect(many, { bytes: 1e6, messages: 3 }).overflows).toEqual(["0: more than 3 output messages"]);
  });

  it("ignores output of cells that were not run", () => {
    expect(collect([out("a"), ["stream", { name: "stdout", text: "b" }, 5]]).outputs).toEqual([stream("a")]);
  });
});

describe("overwrite", () => {
  it.each([
    ["1 %\r2 %\r100 %\n", "100 %\n"],
    ["a\r\nb\r\n", "a\r\nb\r\n"],
    ["x\ry\r\nz", "y\r\nz"],
    ["ab\r", "ab\r"],
    ["\r\n", "\r\n"],
    ["abc\b\bX\n\b!", "aX\n\b!"],
    ["plain", "plain"],
  ])("%j is shown as %j", (text, expected) => expect(overwrite(text)).toBe(expected));

  it("takes time in proportion to the text", () => {
    const begun = performance.now();
    overwrite("\b" + "x".repeat(2e6) + "\r");
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});
