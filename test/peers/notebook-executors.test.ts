import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { JupyterWorld, result, stream } from "./python-peer";

// Half a minute in all; on a machine that is busy with other things, many times that.
const TIMEOUT_MS = 400_000;

const world = new JupyterWorld();
afterAll(() => world.remove());

const GOOD = [
  { source: "const n = 21;\nconsole.log('n is', n)", outputs: [stream("n is 21\n")] },
  { source: "n * 2", outputs: [result("42", 2)] },
  { source: "await new Promise((r) => setTimeout(r, 20));\n[n]", outputs: [result("[ 21 ]", 3)] },
];
const FLOOD = [{ source: "for (let i = 0; i < 20_000; i++) console.log('line', i)" }];
const ERROR = [GOOD[0]!, { source: "throw new RangeError('broken on purpose')" }, { source: "'never'" }];
const TYPE_ERROR = [GOOD[0]!, { source: "const wrong: string = n;" }];
const REJECTION = [
  { source: "void Promise.reject(new Error('forgotten')); await new Promise((r) => setTimeout(r, 500))" },
];
const ENDLESS = [{ source: "while (true) {}" }];
const ENDLESS_AWAIT = [{ source: "await new Promise(() => setTimeout(() => 0, 1e7))" }];
const EXIT = [{ source: "process.exit(3)" }];
const EXPECTED = [{ source: "throw new Error('wanted')", tags: ["raises-exception"] }, { source: "'went on'" }];

describe("nbclient", () => {
  it("judges good and bad notebooks correctly", { timeout: TIMEOUT_MS }, async () => {
    const short = { test_timeout: 4, test_interrupt: true };
    const files = {
      good: world.notebook("client-good", GOOD),
      flood: world.notebook("client-flood", FLOOD),
      error: world.notebook("client-error", ERROR),
      typeError: world.notebook("client-type-error", TYPE_ERROR),
      rejection: world.notebook("client-rejection", REJECTION),
      expected: world.notebook("client-expected", EXPECTED),
      exit: world.notebook("client-exit", EXIT),
      timeout: world.notebook("client-timeout", ENDLESS, short),
    };
    const script = path.join(import.meta.dirname, "nbclient_judge.py");
    const { stdout, stderr } = await world.python([script, ...Object.values(files)], TIMEOUT_MS - 5000);
    const judged = JSON.parse(stdout || JSON.stringify({ stderr })) as Record<
      string,
      { verdict: [string, string]; outputs: { output_type: string; text?: string; data?: object }[][] }
    >;
    const verdicts = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, judged[file]?.verdict]));
    expect(verdicts).toEqual({
      good: ["ok", ""],
      flood: ["ok", ""],
      error: ["RangeError", "broken on purpose"],
      typeError: ["TypeScriptError", "line 1:7 - Type 'number' is not assignable to type 'string'."],
      rejection: ["Error", "forgotten"],
      expected: ["ok", ""],
      exit: ["dead", ""],
      // nbclient interrupts, and sees the error that follows.
      timeout: [expect.stringMatching(/^(timeout|Interrupted)$/), expect.anything()],
    });
    expect(judged[files.good]!.outputs).toEqual(GOOD.map(({ outputs }) => outputs));
    const flood = judged[files.flood]!.outputs[0]!.map(({ text }) => text).join("");
    expect(flood).toBe(Array.from({ length: 20_000 }, (_, i) => `line ${i}\n`).join(""));
  });
});

describe("nbmake", () => {
  it("passes the good notebook and fails each bad one", { timeout: TIMEOUT_MS }, async () => {
    const files = [
      world.notebook("make-good", GOOD),
      world.notebook("make-error", ERROR),
      world.notebook("make-type-error", TYPE_ERROR),
      world.notebook("make-timeout", ENDLESS_AWAIT, { execution: { timeout: 3 } }),
    ];
    const { stdout } = await world.python(
      ["-m", "pytest", "-p", "no:cacheprovider", "--nbmake", "-rA", "-q", ...files],
      TIMEOUT_MS - 5000,
    );
    expect(verdictsOf(stdout)).toEqual({
      "make-good": "PASSED",
      "make-error": "FAILED",
      "make-type-error": "FAILED",
      "make-timeout": "FAILED",
    });
    expect(stdout).toContain("RangeError");
    expect(stdout).toContain("Type 'number' is not assignable to type 'string'.");
  });
});

describe("nbval", () => {
  it("passes equal outputs and fails different ones and errors", { timeout: TIMEOUT_MS }, async () => {
    const files = [
      world.notebook("val-good", GOOD),
      // nbval goes on after a failing cell, and judges each.
      world.notebook("val-bad", [
        GOOD[0]!,
        { source: "n * 2", outputs: [result("43", 2)] },
        { source: "console.log('a')", outputs: [stream("b\n")] },
        { source: "throw new Error('no')" },
        { source: "const wrong: string = 5;" },
        { source: "n", outputs: [result("21", 6)] },
      ]),
    ];
    const { stdout } = await world.python(
      ["-m", "pytest", "-p", "no:cacheprovider", "--nbval", "-rA", "-q", ...files],
      TIMEOUT_MS - 5000,
    );
    const cells = [...stdout.matchAll(/^(PASSED|FAILED) (?:.*\/)?([\w-]+)\.ipynb::Cell (\d+)/gm)];
    expect(Object.fromEntries(cells.map(([, verdict, name, cell]) => [`${name} ${cell}`, verdict])), stdout).toEqual({
      "val-good 0": "PASSED",
      "val-good 1": "PASSED",
      "val-good 2": "PASSED",
      "val-bad 0": "PASSED",
      "val-bad 1": "FAILED",
      "val-bad 2": "FAILED",
      "val-bad 3": "FAILED",
      "val-bad 4": "FAILED",
      "val-bad 5": "PASSED",
    });
  });
});

/** What pytest's summary says of each notebook. */
function verdictsOf(report: string): Record<string, string> {
  const lines = report.matchAll(/^(PASSED|FAILED) (?:.*\/)?([\w-]+)\.ipynb/gm);
  return Object.fromEntries([...lines].map(([, verdict, name]) => [name!, verdict!]));
}
