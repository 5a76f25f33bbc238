import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { TestKernel } from "./kernel-client";

// A kernel starts in two seconds, on a busy machine in many more.
vi.setConfig({ testTimeout: 60_000 });

let kernel: TestKernel;
beforeAll(async () => {
  kernel = await TestKernel.start();
});
afterAll(() => kernel.stop());

const text = async (code: string) => (await kernel.run(code)).result?.["text/plain"];

describe("the last expression", () => {
  it.each([
    ["1 + 1", "2"],
    ["'a\\'b'", `"a'b"`],
    ["null", "null"],
    ["[1, 2, { a: [3] }]", "[ 1, 2, { a: [ 3 ] } ]"],
    ["10n ** 20n", "100000000000000000000n"],
    ["new Map([[1, 'x']])", "Map(1) { 1 => 'x' }"],
    ["(function named() {})", "[Function: named]"],
    ["class Shape {}; Shape", "[class Shape]"],
    ["Promise.resolve({ a: 1 })", "Promise { { a: 1 } }"],
    ["new Promise(() => 0)", "Promise { <pending> }"],
    ["await Promise.resolve(7)", "7"],
    ["new Proxy({}, { ownKeys() { throw new Error('hidden') } })", "{}"],
  ])("%s shows %s", async (code, wanted) => {
    expect(await text(code)).toBe(wanted);
  });

  it.each(["undefined", "const x = 5", "void 0", "if (true) { 5 }", "console.log('x')", ""])(
    "%j shows nothing",
    async (code) => {
      const { result, reply } = await kernel.run(code);
      expect(result).toBeUndefined();
      expect(reply.status).toBe("ok");
    },
  );

  it("is cut when it is huge", async () => {
    const array = (await text("Array.from({ length: 1e6 }, (_, i) => i)")) as string;
    expect(array).toContain("999900 more items");
    expect(array.length).toBeLessThan(2000);
    const long = (await text("Array.from({ length: 100 }, () => 'y'.repeat(9000))")) as string;
    expect(long.length).toBeLessThan(60_000);
    expect(long).toMatch(/more characters\)$/);
  });
});

describe("names of earlier cells", () => {
  it("work in shorthand properties, read and written, shadowed and not", async () => {
    expect((await kernel.run("let kept = 3, other = 'o'; const { length } = 'four'")).reply.status).toBe("ok");
    expect(await text("({ kept, other, nested: { kept }, f: () => ({ length }) }.f())")).toBe("{ length: 4 }");
    expect(await text("({ kept, nested: [{ other }] })")).toBe("{ kept: 3, nested: [ { other: 'o' } ] }");
    expect(await text("(() => { const kept = 'inner'; return { kept, other }; })()")).toBe(
      "{ kept: 'inner', other: 'o' }",
    );
    expect(await text("({ kept, other = 'x' } = { kept: 8 } as { kept: number; other?: string }); [kept, other]")).toBe(
      "[ 8, 'x' ]",
    );
    expect(await text("[...'ab'].map((kept) => ({ kept }))")).toBe("[ { kept: 'a' }, { kept: 'b' } ]");
  });
});

describe("a value that shows itself", () => {
  it("gives its bundle, at once or as a promise", async () => {
    const code =
      "({ [Symbol.for('Jupyter.display')]: () => ({ 'text/html': '<b>x</b>', 'text/plain': 'x', 'application/json': { a: NaN } }) })";
    const bundle = { "text/html": "<b>x</b>", "text/plain": "x", "application/json": { a: null } };
    expect((await kernel.run(code)).result).toEqual(bundle);
    expect((await kernel.run(code.replace("() =>", "async () =>"))).result).toEqual(bundle);
  });

  it("gets a text when it gives none, and bytes become base64", async () => {
    const code =
      "({ kind: 'png', [Symbol.for('Jupyter.display')]: () => ({ 'image/png': new Uint8Array([137, 80, 78, 71]) }) })";
    const { result } = await kernel.run(code);
    expect(result?.["image/png"]).toBe("iVBORw==");
    expect(result?.["text/plain"]).toContain("kind: 'png'");
  });

  it("falls back to its inspection, with a note, when it throws or gives something else", async () => {
    const thrown = "({ a: 1, [Symbol.for('Jupyter.display')]: (): any => { throw new Error('no paint') } })";
    expect(await text(thrown)).toMatch(/a: 1[^]*\(it could not show itself: no paint\)$/);
    expect(await text("({ [Symbol.for('Jupyter.display')]: () => 'text' })")).toMatch(
      /expected an object from MIME types/,
    );
    const rejected = "({ [Symbol.for('Jupyter.display')]: () => Promise.reject(new Error('later')) })";
    expect(await text(rejected)).toMatch(/could not show itself: later/);
  });
});

describe("tensors and tables", () => {
  it("a tensor shows shape, dtype and values", async () => {
    await kernel.run("import * as tf from '@tensorflow/tfjs'; console.log()", {}, 30_000);
    expect(await text("tf.tensor([[1, 2], [3, 4.5]])")).toBe("Tensor [2, 2] float32\n[[1, 2  ],\n [3, 4.5]]");
    expect(await text("tf.scalar(3, 'int32')")).toBe("Tensor [] int32\n3");
    expect(await text("tf.zeros([0, 3])")).toBe("Tensor [0, 3] float32 (empty)");
    expect(await text("tf.variable(tf.ones([1]))")).toBe("Variable [1] float32\n[1]");
    expect(await text("tf.zeros([2000, 1000])")).toMatch(
      /^Tensor \[2000, 1000\] float32 \(the first 6 of 2000\)\n\[\[0, 0, 0, \.\.\./,
    );
    // TensorFlow.js's own brackets.
    expect(await text("tf.ones([1, 2_000_000])")).toBe(
      "Tensor [1, 2000000] float32 (the first 6 of 2000000)\n [[1, 1, 1, 1, 1, 1],]",
    );
  });

  it("a disposed tensor says so", async () => {
    expect(await text("const gone = tf.tensor([1]); gone.dispose(); gone")).toBe(
      "Tensor [1] float32 (disposed: its values are gone)",
    );
  });

  it("a DataFrame and a Series are HTML tables", async () => {
    await kernel.run("const dfd = await import('danfojs-node' as any); void 0", {}, 30_000);
    const { result } = await kernel.run("new dfd.DataFrame([[1, 'a<b'], [2.5, null]], { columns: ['x', 'y'] })");
    const html = result?.["text/html"] as string;
    expect(html).toContain('<table class="dataframe">');
    expect(html).toContain("<th>x</th><th>y</th>");
    expect(html).toContain('<td style="text-align: right">2.5</td>');
    expect(html).toContain("a&lt;b");
    expect(result?.["text/plain"]).toContain("a<b");
    const series = await kernel.run("new dfd.Series(Array.from({ length: 50 }, (_, i) => i))");
    expect(series.result?.["text/html"]).toContain("<p>50 rows × 1 columns</p>");
  }, 40_000);
});

describe("globalThis[Symbol.for('genlab.cell')]", () => {
  const CELL = "(globalThis as any)[Symbol.for('genlab.cell')]";

  it("displays bundles and updates them", async () => {
    const { displays } = await kernel.run(
      `${CELL}.display({ "text/plain": "one" }, { id: "d1", metadata: { a: 1 } }); ${CELL}.display({ "text/plain": "two" }, { id: "d1", update: true })`,
    );
    expect(displays.map((m) => [m.header.msg_type, m.content])).toEqual([
      ["display_data", { data: { "text/plain": "one" }, metadata: { a: 1 }, transient: { display_id: "d1" } }],
      ["update_display_data", { data: { "text/plain": "two" }, metadata: {}, transient: { display_id: "d1" } }],
    ]);
  });

  it("shows progress in one display, whose last update is plain text", async () => {
    const { displays } = await kernel.run(
      `for (const step of [1, 2]) ${CELL}.progress({ step, steps: 2, text: \`step \${step}\` }); ${CELL}.progress({ step: 2, steps: 2, text: "done", done: true })`,
    );
    expect(displays.map((m) => m.header.msg_type)).toEqual([
      "display_data",
      "update_display_data",
      "update_display_data",
    ]);
    const ids = new Set(displays.map((m) => (m.content.transient as { display_id: string }).display_id));
    expect([...ids]).toEqual([expect.stringMatching(/^progress-/)]);
    expect(displays[0]!.content.data).toEqual({
      "text/plain": "step 1",
      "application/vnd.genlab.progress+json": { step: 1, steps: 2, text: "step 1" },
    });
    expect(displays[2]!.content.data).toEqual({ "text/plain": "done" });
  });

  it("is that of the cell which started the code", async () => {
    const first = await kernel.run(`setTimeout(() => ${CELL}.display({ "text/plain": "late" }), 200); void 0`);
    await kernel.run("await new Promise((r) => setTimeout(r, 400))");
    const id = first.messages[0]!.parent_header.msg_id!;
    await kernel.until(() => kernel.execution(id).displays.length === 1);
  });
});

describe("tslab's own display", () => {
  it("still works", async () => {
    const { displays } = await kernel.run("import * as tslab from 'tslab'; tslab.display.html('<i>x</i>')");
    expect(displays.map((m) => m.content)).toEqual([
      { data: { "text/html": "<i>x</i>" }, metadata: {}, transient: {} },
    ]);
  });
});
