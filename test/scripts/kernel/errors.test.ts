import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { TestKernel } from "./kernel-client";

// A kernel starts in two seconds, on a busy machine in many more.
vi.setConfig({ testTimeout: 60_000 });

let kernel: TestKernel;
beforeAll(async () => {
  kernel = await TestKernel.start();
});
afterAll(() => kernel.stop());

describe("an error in a cell", () => {
  it("is reported with name, message and the cell's own lines", async () => {
    const first = await kernel.run(
      "const unused = 1;\nfunction divide(a: number, b: number): number {\n  if (b === 0) throw new RangeError('no');\n  return a / b;\n}",
    );
    const n = first.reply.execution_count as number;
    const { error, reply } = await kernel.run(
      "interface Pair { a: number }\n\nconst pair: Pair = { a: 3 };\n  divide(pair.a, 0);",
    );
    expect(error).toEqual({
      ename: "RangeError",
      evalue: "no",
      traceback: [
        "RangeError: no",
        `cell [${n}], line 3`,
        "  1 | const unused = 1;",
        "  2 | function divide(a: number, b: number): number {",
        "> 3 |   if (b === 0) throw new RangeError('no');",
        "    |                      ^",
        `    at divide (cell [${n}], line 3:22)`,
        `    at cell [${n + 1}], line 4:3`,
      ],
    });
    expect(reply).toMatchObject({ status: "error", ename: "RangeError", evalue: "no", traceback: error!.traceback });
    expect(reply.execution_count).toBe(n + 1);
  });

  it("after an await points at its line too", async () => {
    const { error, reply } = await kernel.run(
      "await new Promise((r) => setTimeout(r, 5));\n\nnull!.x;\n".replace("null!", "(null as any)"),
    );
    expect(error?.ename).toBe("TypeError");
    expect(error?.traceback[1]).toBe(`cell [${reply.execution_count as number}], line 3`);
  });

  it("keeps its cause, and a class of its own", async () => {
    const { error } = await kernel.run(
      "class Mine extends Error { override name = 'Mine' }\nthrow new Mine('outer', { cause: new Error('inner') } as any)",
    );
    expect(error?.ename).toBe("Mine");
    expect(error?.traceback).toContain("caused by: Error: inner");
  });

  it("need not be an Error", async () => {
    const { error } = await kernel.run("throw { code: 5 }");
    expect(error).toMatchObject({ ename: "Thrown", evalue: "{ code: 5 }" });
    expect((await kernel.run("throw undefined")).error?.evalue).toBe("undefined");
  });

  it.each([
    "throw new Proxy({}, { get() { throw new Error('no') } })",
    "throw { get [Symbol.toStringTag]() { throw new Error('no') } }",
    "throw { [Symbol.for('nodejs.util.inspect.custom')]() { throw new Error('no') } }",
    "throw Object.defineProperty(new Error('x'), 'message', { get() { throw new Error('no') } })",
  ])("may throw when it is looked at: %s", async (code) => {
    const { error, reply } = await kernel.run(code);
    expect(reply.status).toBe("error");
    expect(["Thrown", "Error"]).toContain(error?.ename);
  });

  it("points at the cell's line from under thirty calls of a library", async () => {
    await kernel.run("const deep = (n: number): void => { if (n === 0) throw new Error('deep'); deep(n - 1); };");
    const { error, reply } = await kernel.run("1;\ndeep(30);");
    expect(error?.traceback.join("\n")).toContain("… ");
    const sorting = await kernel.run(
      "import * as tf from '@tensorflow/tfjs';\nconst a = tf.tensor([1, 2, 3]);\na.reshape([2, 2])",
    );
    const n = (reply.execution_count as number) + 1;
    expect(sorting.error?.traceback[1]).toBe(`cell [${n}], line 3`);
  });

  it("is placed also where the last expression begins with the call", async () => {
    const { error, reply } = await kernel.run("declare const absent: any;\nabsent(5)");
    expect(error?.traceback.slice(1, 2)).toEqual([`cell [${reply.execution_count as number}], line 2`]);
  });

  it("shows the cell's own line although user_expressions ran after it", async () => {
    await kernel.run("const thrower = () => { throw new Error('t') };", { user_expressions: { a: "1 + 1" } });
    const { error } = await kernel.run("thrower()");
    expect(error?.traceback[2]).toBe("> 1 | const thrower = () => { throw new Error('t') };");
  });

  it("prints its stack in terms of cells where the cell prints it", async () => {
    const { stderr, reply } = await kernel.run("console.error(new Error('seen'))");
    expect(stderr).toBe(`Error: seen\n    at cell [${reply.execution_count as number}], line 1:15\n`);
  });

  it("names no path of this machine", async () => {
    const { error } = await kernel.run("require('fs').readFileSync('/nowhere/at/all')");
    expect(error?.ename).toBe("Error");
    expect(error?.traceback.join("\n")).not.toMatch(/node:|\/work|tslab|build\/scripts/);
  });
});

describe("what the compiler refuses", () => {
  it("is a TypeScriptError with line, column, the source line and a caret", async () => {
    const code = "const right = 1;\nconst wrong: number = 'a';\nlet also: string = 5;";
    const { error, reply } = await kernel.run(code);
    const label = `cell [${reply.execution_count as number}]`;
    expect(error).toEqual({
      ename: "TypeScriptError",
      evalue:
        "line 2:7 - Type 'string' is not assignable to type 'number'.\n" +
        "line 3:5 - Type 'number' is not assignable to type 'string'.",
      traceback: [
        `${label}, line 2, column 7: TS2322`,
        "  1 | const right = 1;",
        "> 2 | const wrong: number = 'a';",
        "    |       ^^^^^",
        "Type 'string' is not assignable to type 'number'.",
        "",
        `${label}, line 3, column 5: TS2322`,
        "  1 | const right = 1;",
        "  2 | const wrong: number = 'a';",
        "> 3 | let also: string = 5;",
        "    |     ^^^^",
        "Type 'number' is not assignable to type 'string'.",
      ],
    });
    expect(reply.status).toBe("error");
  });

  it("is a TypeScriptSyntaxError where it does not parse, also at the cell's end", async () => {
    const { error } = await kernel.run("const a = [1, 2\nconst b = 3;\nif (a) {");
    expect(error?.ename).toBe("TypeScriptSyntaxError");
    expect(error?.evalue).toContain("line 2:1 - ',' expected.");
    expect(error?.traceback.join("\n")).toContain("> 3 | if (a) {");
  });

  it("does not run at all", async () => {
    const { stdout } = await kernel.run("console.log('ran');\nconst n: number = 'a';");
    expect(stdout).toBe("");
    expect((await kernel.run("typeof (globalThis as any).n")).result).toEqual({ "text/plain": "'undefined'" });
  });
});

describe("failures outside the cell's own promise", () => {
  it("an unhandled rejection fails the running cell", async () => {
    const { error } = await kernel.run(
      "void (async () => { await null; throw new Error('forgotten') })();\nawait new Promise((r) => setTimeout(r, 10_000))",
    );
    expect(error).toMatchObject({ ename: "Error", evalue: "forgotten" });
    expect(error?.traceback[1]).toMatch(/^cell \[\d+\], line 1$/);
  });

  it("a rejected promise as the last value fails its cell", async () => {
    const { error, result } = await kernel.run("Promise.reject(new TypeError('at once'))");
    expect(error).toMatchObject({ ename: "TypeError", evalue: "at once" });
    expect(result).toBeUndefined();
  });

  it("an exception in a timer fails the running cell", async () => {
    const { error } = await kernel.run(
      "setTimeout(() => { throw new Error('tick') }, 5);\nawait new Promise((r) => setTimeout(r, 10_000))",
    );
    expect(error).toMatchObject({ ename: "Error", evalue: "tick" });
  });

  it("after the cell ended is shown as an error of the cell that started it, and fails no other", async () => {
    const first = await kernel.run("setTimeout(() => { throw new Error('too late') }, 200); void 0");
    const rejected = await kernel.run("setTimeout(() => void Promise.reject(new Error('rejected late')), 200); void 0");
    const innocent = await kernel.run("await new Promise((r) => setTimeout(r, 500)); 'fine'");
    expect(innocent.result).toEqual({ "text/plain": "'fine'" });
    for (const [{ messages }, evalue] of [
      [first, "too late"],
      [rejected, "rejected late"],
    ] as const) {
      const id = messages[0]!.parent_header.msg_id!;
      await kernel.until(() => kernel.execution(id).error !== undefined);
      expect(kernel.execution(id).error?.evalue).toBe(evalue);
    }
  });

  it("a rejection that is handled in time fails nothing", async () => {
    const { reply } = await kernel.run(
      "const p = Promise.reject(new Error('x')); p.catch(() => undefined); await Promise.allSettled([p]); 1",
    );
    expect(reply.status).toBe("ok");
  });
});

describe("input", () => {
  it("is refused with a clear error", async () => {
    const { error } = await kernel.run("(globalThis as any).prompt('name?')");
    expect(error?.evalue).toContain("a cell cannot ask for input");
  });
});
