import { createRequire } from "node:module";
import { afterEach, describe, expect, it, vi } from "vitest";
import { bundleOf, show } from "../../../lib/show/show";
import { tf } from "../../../lib/tensor/tf";

const cell = Symbol.for("genlab.cell");
const DISPLAY = Symbol.for("Jupyter.display");
interface Tslab {
  lastWriteDisplayData: unknown;
  JupyterHandlerImpl: new (
    executor: { execute(): Promise<boolean> },
    isJs: boolean,
  ) => {
    handleExecute(
      request: { code: string },
      stream: () => void,
      display: (...args: unknown[]) => void,
    ): Promise<unknown>;
  };
}
type Shown = { bundle: Record<string, unknown>; options: { id: string; update: boolean } };

afterEach(() => {
  Reflect.deleteProperty(globalThis, cell);
  vi.restoreAllMocks();
});

function inCell(run: () => unknown): Shown[] {
  const shown: Shown[] = [];
  (globalThis as Record<symbol, unknown>)[cell] = {
    display: (bundle: Shown["bundle"], options: Shown["options"]) => shown.push({ bundle, options }),
  };
  run();
  return shown;
}

describe("show in a cell of our kernel", () => {
  it("displays now and updates in place", () => {
    const [first, second, other] = inCell(() => {
      show("one").update("two");
      show("other");
    });
    expect(first).toMatchObject({ bundle: { "text/plain": "one" }, options: { update: false } });
    expect(second).toEqual({ bundle: { "text/plain": "two" }, options: { id: first!.options.id, update: true } });
    expect(other!.options.id).not.toBe(first!.options.id);
  });

  it("takes the id that it is told", () => {
    expect(inCell(() => expect(show(1, { id: "loss" }).id).toBe("loss"))[0]!.options.id).toBe("loss");
  });

  it("asks the value how it looks, and waits for it", async () => {
    const shown = inCell(() => {
      show({ [DISPLAY]: () => ({ "text/html": "<b>now</b>" }) });
      show({ [DISPLAY]: () => Promise.resolve({ "text/html": "<b>later</b>" }) });
    });
    await Promise.resolve();
    expect(shown.map(({ bundle }) => bundle["text/html"])).toEqual(["<b>now</b>", "<b>later</b>"]);
  });
});

describe("show elsewhere", () => {
  it("on stock tslab it goes through tslab's own channel", async () => {
    const tslab = createRequire(import.meta.url)("tslab/dist/jupyter") as Tslab;
    const displayed = vi.fn();
    // tslab replaces them; a spied method is put back after the test.
    for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, "write");
    const cell = { [DISPLAY]: () => ({ "image/png": "AA==", "text/plain": "p" }) };
    try {
      // Stock tslab itself runs a cell; only the compiler behind it is ours.
      const execute = (): Promise<boolean> => {
        show(cell, { id: "a" }).update("b");
        return Promise.resolve(true);
      };
      await new tslab.JupyterHandlerImpl({ execute }, false).handleExecute({ code: "" }, () => undefined, displayed);
    } finally {
      tslab.lastWriteDisplayData = null;
    }
    expect(displayed.mock.calls).toEqual([
      [{ data: { "image/png": "AA==", "text/plain": "p" }, metadata: {}, transient: { display_id: "a" } }, false],
      [{ data: { "text/plain": "b" }, metadata: {}, transient: { display_id: "a" } }, true],
    ]);
  });

  it("outside a kernel it prints the text, and an update that says nothing new not again", () => {
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    const handle = show("a line");
    handle.update("a line");
    handle.update("another");
    show({ [DISPLAY]: () => ({ "image/png": "AA==" }) });
    expect(write.mock.calls.map(([text]) => text)).toEqual(["a line\n", "another\n", "[image/png]\n"]);
  });
});

describe("bundleOf", () => {
  it("tensors with shape and numbers, objects as Node prints them", () => {
    expect(bundleOf(tf.tensor1d([1, 2]))).toEqual({
      "text/plain": expect.stringMatching(/shape: \[2\][^]*\[1, 2\]/) as unknown,
    });
    expect(bundleOf({ a: [1, null] })).toEqual({ "text/plain": "{ a: [ 1, null ] }" });
    expect(bundleOf(undefined)).toEqual({ "text/plain": "undefined" });
  });
});
