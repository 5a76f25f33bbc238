import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import Ajv from "ajv";
import { afterAll, describe, expect, it } from "vitest";
import { ExitCode } from "../../../scripts/cli-error";
import { annotations } from "../../../scripts/output/annotations";
import { countLine, summary } from "../../../scripts/output/details";
import { jsonReport } from "../../../scripts/output/json-report";
import { escapeXml, junitReport } from "../../../scripts/output/junit";
import type { ManyResult, NotebookResult } from "../../../scripts/run/many";
import type { CellReport } from "../../../scripts/run/report";
import { notebookOf, saveNotebook } from "../run/notebooks";

/** As much of jsdom as is needed here; it comes without types. */
interface XmlElement {
  tagName: string;
  textContent: string;
  getAttribute(name: string): string | null;
  querySelector(selector: string): XmlElement | null;
  querySelectorAll(selector: string): Iterable<XmlElement> & { length: number };
}
const { JSDOM } = createRequire(import.meta.url)("jsdom") as {
  JSDOM: new (text: string, options: object) => { window: { document: XmlElement & { documentElement: XmlElement } } };
};

const folder = mkdtempSync(path.join(os.tmpdir(), "genlab-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const NASTY = 'a < b & "c"\u001b[31m red \u0000\u0007 ]]> \ud800 100 %\nline 2\ttab';

function resultOf(name: string, cells: Partial<CellReport>[], extra: Partial<NotebookResult> = {}): NotebookResult {
  const reports = cells.map((cell, index) => ({
    index,
    id: `c${index}`,
    status: "ok" as const,
    seconds: 1.23456,
    ...cell,
  }));
  const failed = reports.some(({ status }) => status !== "ok");
  return {
    file: path.join(folder, name),
    name,
    result: failed ? "failed" : "passed",
    exitCode: failed ? ExitCode.failed : ExitCode.ok,
    message: failed ? "cell 2 failed" : null,
    verdict: null,
    run: {
      notebook: notebookOf([]),
      cells: reports,
      status: failed ? "failed" : "ok",
      seconds: 12.34567,
      startSeconds: 1,
      kernelStderrTail: failed ? [NASTY] : [],
      lost: 0,
      numbered: true,
    },
    ...extra,
  };
}

const all: ManyResult = {
  seconds: 20,
  exitCode: ExitCode.usage,
  results: [
    resultOf("good.ipynb", [{}, { status: "ok" }]),
    resultOf("bad.ipynb", [
      {},
      { status: "error", message: NASTY, traceback: [NASTY, "at line 2"] },
      { status: "aborted" },
    ]),
    resultOf("dead.ipynb", [{ status: "kernel-died", message: "gone", exit: { code: null, signal: "SIGKILL" } }]),
    resultOf("new.ipynb", [{}], {
      result: "different",
      exitCode: ExitCode.different,
      message: "1 difference",
      verdict: {
        exitCode: ExitCode.different,
        message: "1 difference",
        lines: ["- 1", "+ 2"],
        cells: [{ index: 0, message: "1 became 2" }],
        data: { differences: 1 },
      },
    }),
    resultOf("both.ipynb", [{}, { status: "skipped" }], {
      result: "different",
      exitCode: ExitCode.different,
      message: "3 differences",
      verdict: {
        exitCode: ExitCode.different,
        message: "3 differences",
        cells: [
          { index: 0, message: "1 became 2" },
          { index: 1, message: "an error is stored" },
          { index: -1, message: "notebook: too large" },
        ],
      },
    }),
    resultOf("text.ipynb", [], {
      run: null,
      result: "bad-input",
      exitCode: ExitCode.usage,
      message: "not JSON: restore",
    }),
    resultOf("rest.ipynb", [], { run: null, result: "not-run", message: null }),
  ],
};

describe("the JSON report", () => {
  const text = jsonReport({ command: "check", profile: "quick", started: 0 }, all);

  it("has the documented shape", () => {
    const schema = JSON.parse(readFileSync("scripts/output/report.schema.json", "utf8")) as object;
    const validate = new Ajv({ allowUnionTypes: true }).compile(schema);
    const report = JSON.parse(text) as { notebooks: Record<string, unknown>[] };
    expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
    delete report.notebooks[0]!.result;
    expect(validate(report)).toBe(false);
  });

  it("counts and rounds", () => {
    expect(JSON.parse(text)).toMatchObject({
      exitCode: 2,
      passed: 1,
      failed: 5,
      notRun: 1,
      started: "1970-01-01T00:00:00.000Z",
      notebooks: [
        { seconds: 12.346 },
        { cells: [{}, { status: "error" }, {}] },
        {},
        { check: { differences: 1 } },
        {},
        {},
        {},
      ],
    });
  });
});

describe("the JUnit report", () => {
  const xml = junitReport(all);
  const document = new JSDOM(xml, { contentType: "application/xml" }).window.document;

  it("is well-formed and its counts are those of its elements", () => {
    const root = document.documentElement;
    expect(root.tagName).toBe("testsuites");
    for (const suite of [root, ...root.querySelectorAll("testsuite")]) {
      const inside = (name: string) => String(suite.querySelectorAll(name).length);
      expect(suite.getAttribute("tests")).toBe(inside("testcase"));
      expect(suite.getAttribute("failures")).toBe(inside("failure"));
      expect(suite.getAttribute("errors")).toBe(inside("error"));
      expect(suite.getAttribute("skipped")).toBe(inside("skipped"));
    }
    expect(root.getAttribute("failures")).toBe("4");
    expect(root.getAttribute("errors")).toBe("2");
  });

  it("keeps a message's characters, except those that XML cannot hold", () => {
    const failure = document.querySelector('testsuite[name="bad.ipynb"] failure')!;
    expect(failure.getAttribute("message")).toBe('a < b & "c" red  ]]> \ufffd 100 %\nline 2\ttab');
    expect(failure.textContent).toBe('a < b & "c" red  ]]> \ufffd 100 %\nline 2\ttab\nat line 2');
    expect(escapeXml("\ud83d\ude00 é\ufffe")).toBe("\ud83d\ude00 é\ufffd");
  });

  it("has a case for what concerns the whole notebook", () => {
    expect(document.querySelector('testsuite[name="text.ipynb"] testcase[name="notebook"] error')).not.toBeNull();
    expect(document.querySelector('testsuite[name="rest.ipynb"] skipped')).not.toBeNull();
    expect(document.querySelector('testsuite[name="new.ipynb"] failure')!.getAttribute("message")).toBe("1 became 2");
    // Also where a cell has failed, and for what a skipped cell cannot say.
    const whole = document.querySelector('testsuite[name="both.ipynb"] testcase[name="notebook"] failure')!;
    expect(whole.textContent).toBe("an error is stored\nnotebook: too large");
    expect(document.querySelector('testsuite[name="new.ipynb"] testcase[name="notebook"]')).toBeNull();
  });
});

describe("GitHub's annotations", () => {
  it("name file, line and cell, in one line each", () => {
    saveNotebook(path.join(folder, "bad.ipynb"), ["a", "b", "c"]);
    const lines = annotations(all.results, folder);
    expect(lines).toHaveLength(7);
    const at = readFileSync(path.join(folder, "bad.ipynb"), "utf8")
      .split("\n")
      .findIndex((line) => line.includes('"c1"'));
    expect(lines[0]).toBe(
      `::error file=bad.ipynb,line=${at + 1},title=bad.ipynb%2C cell 2::error: a < b & "c" red  ]]> \ud800 100 %25%0Aline 2\ttab%0A` +
        `a < b & "c" red  ]]> \ud800 100 %25%0Aline 2\ttab%0Aat line 2`,
    );
    expect(lines[2]).toBe("::error file=new.ipynb,line=1,title=new.ipynb%2C cell 1::1 became 2");
    expect(lines[5]).toBe("::error file=both.ipynb,line=1,title=both.ipynb::notebook: too large");
    expect(lines[6]).toBe("::error file=text.ipynb,line=1,title=text.ipynb::not JSON: restore");
  });
});

describe("the summary", () => {
  it("ends with the counts", () => {
    expect(summary(all.results).at(-1)).toBe("1 passed, 5 failed, 1 not run");
    expect(countLine(all.results.slice(0, 1))).toBe("1 passed, 0 failed");
    expect(summary(all.results).slice(0, 3)).toEqual([
      "notebook    result            cells  time",
      "good.ipynb  passed          2 cells  12 s",
      "bad.ipynb   failed     2 of 3 cells  12 s",
    ]);
  });

  it("says when a kernel did not number its messages", () => {
    const silent = resultOf("a.ipynb", [{}]);
    silent.run!.numbered = false;
    expect(summary([silent]).join("\n")).toContain("did not number its messages");
    expect(summary(all.results).join("\n")).not.toContain("did not number");
  });
});
