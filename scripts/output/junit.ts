import type { ManyResult, NotebookResult } from "../run/many";
import { isFailure } from "../run/report";
import type { CellReport } from "../run/report";
import { plainText } from "./text";

/** JUnit's XML as CI systems read it: one testsuite per notebook, one testcase per code cell. */
export function junitReport({ results, seconds }: ManyResult): string {
  const suites = results.map(suite);
  const total = (key: "tests" | "failures" | "errors" | "skipped") => suites.reduce((sum, each) => sum + each[key], 0);
  const head = `<testsuites name="genlab" tests="${total("tests")}" failures="${total("failures")}" errors="${total("errors")}" skipped="${total("skipped")}" time="${seconds.toFixed(3)}">`;
  return ['<?xml version="1.0" encoding="UTF-8"?>', head, ...suites.map((each) => each.xml), "</testsuites>", ""].join(
    "\n",
  );
}

interface Suite {
  tests: number;
  failures: number;
  errors: number;
  skipped: number;
  xml: string;
}

interface Case {
  kind: "passed" | "failures" | "errors" | "skipped";
  xml: string;
}

function suite(result: NotebookResult): Suite {
  const cases = (result.run?.cells ?? []).map((cell) => cellCase(result, cell));
  const whole = wholeCase(result, cases);
  if (whole) cases.unshift(whole);
  const count = (kind: Case["kind"]) => cases.filter((each) => each.kind === kind).length;
  const [failures, errors, skipped] = [count("failures"), count("errors"), count("skipped")];
  const time = (result.run?.seconds ?? 0).toFixed(3);
  const head = `  <testsuite name="${attribute(result.name)}" tests="${cases.length}" failures="${failures}" errors="${errors}" skipped="${skipped}" time="${time}">`;
  const stderr = (result.run?.kernelStderrTail ?? []).join("\n");
  const tail = stderr === "" ? [] : [`    <system-err>${escapeXml(stderr)}</system-err>`];
  const xml = [head, ...cases.map((each) => each.xml), ...tail, "  </testsuite>"].join("\n");
  return { tests: cases.length, failures, errors, skipped, xml };
}

/** What concerns the notebook and no single cell: unreadable, not run, kernel did not start, outputs differ. */
function wholeCase(result: NotebookResult, cells: readonly Case[]): Case | null {
  const open = testcase(result.name, "notebook", 0);
  if (result.result === "not-run") return closed(open, "skipped", "skipped", "not run", "");
  if (result.message === null) return null;
  if (cells.some((each) => each.kind === "failures" || each.kind === "errors")) {
    const rest = beyondCells(result);
    return rest.length === 0 ? null : closed(open, "failures", result.result, rest[0]!, rest.join("\n"));
  }
  const text = (result.verdict?.lines ?? []).join("\n");
  return closed(open, result.run === null ? "errors" : "failures", result.result, result.message, text);
}

/** What the cells' own cases do not say. */
function beyondCells({ run, verdict }: NotebookResult): string[] {
  const told = new Set(run?.cells.filter(({ status }) => status === "ok").map(({ index }) => index));
  return (verdict?.cells ?? []).filter(({ index }) => !told.has(index)).map(({ message }) => message);
}

function cellCase(result: NotebookResult, cell: CellReport): Case {
  const open = testcase(result.name, `cell ${cell.index + 1} (${cell.id})`, cell.seconds);
  const text = (cell.traceback ?? []).join("\n");
  if (cell.status === "kernel-died") return closed(open, "errors", cell.status, cell.message ?? "", text);
  if (isFailure(cell)) return closed(open, "failures", cell.status, cell.message ?? "", text);
  if (cell.status === "aborted" || cell.status === "skipped") {
    return closed(open, "skipped", "skipped", cell.message ?? cell.status, "");
  }
  const found = (result.verdict?.cells ?? []).filter((each) => each.index === cell.index).map((each) => each.message);
  if (found.length === 0 || result.result === "passed") return { kind: "passed", xml: `${open}/>` };
  return closed(open, "failures", "different", found[0]!, found.join("\n"));
}

function testcase(suiteName: string, name: string, seconds: number): string {
  return `    <testcase classname="${attribute(suiteName)}" name="${attribute(name)}" time="${seconds.toFixed(3)}"`;
}

function closed(open: string, kind: Case["kind"], type: string, message: string, text: string): Case {
  const element = kind === "errors" ? "error" : kind === "skipped" ? "skipped" : "failure";
  const attributes = kind === "skipped" ? "" : ` type="${attribute(type)}"`;
  const body = text === "" ? "/>" : `>${escapeXml(text)}</${element}>`;
  return {
    kind,
    xml: `${open}>\n      <${element} message="${attribute(message)}"${attributes}${body}\n    </testcase>`,
  };
}

/** Escapes text for XML 1.0, which has no place at all for control characters and lone surrogates. */
export function escapeXml(text: string): string {
  return plainText(text)
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|[\ufffe\uffff]/g, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** In attributes, where a reader would turn line breaks and tabs into blanks. */
function attribute(text: string): string {
  return escapeXml(text).replaceAll("\n", "&#10;").replaceAll("\t", "&#9;");
}
