import { describe, expect, it } from "vitest";
import { runParts } from "../../../scripts/test/command";
import type { Part } from "../../../scripts/test/parts";
import { closingLine, tallyIn } from "../../../scripts/test/tally";
import { vitestTally } from "../../../scripts/test/vitest-report";
import type { Context } from "../../../scripts/context";

function contextWith(env: NodeJS.ProcessEnv): { context: Context; lines: () => string[] } {
  let text = "";
  const stream = { write: (chunk: string) => (text += chunk) };
  let clock = 0;
  const now = (): number => (clock += 1500);
  const context = { cwd: "/", env, stdout: stream, stderr: stream, isTTY: false, root: "/", now };
  return { context, lines: () => text.trimEnd().split("\n") };
}

const part = (name: Part["name"], passed: number, failed: number, skipped = 0): Part => ({
  name,
  run: () => Promise.resolve({ passed, failed, skipped }),
});

describe("npm test", () => {
  it("runs every part whatever fails, and ends with the sum", async () => {
    const { context, lines } = contextWith({});
    const crash: Part = { name: "types", run: () => Promise.reject(new Error("tsc is gone")) };
    const sum = await runParts([part("lint", 2, 1), crash, part("unit", 40, 0, 3), part("notebooks", 2, 0)], context);
    expect(sum).toEqual({ passed: 44, failed: 2, skipped: 3 });
    expect(lines().at(-1)).toBe("44 passed, 2 failed, 3 skipped");
    expect(lines().slice(-5, -1)).toEqual([
      "✗ lint          1.5 s  2 passed, 1 failed",
      "✗ types         1.5 s  0 passed, 1 failed  (tsc is gone)",
      "✓ unit          1.5 s  40 passed, 0 failed, 3 skipped",
      "✓ notebooks     1.5 s  2 passed, 0 failed",
    ]);
  });

  it("counts a skip as a failure in CI", async () => {
    for (const [CI, failed] of [["true", 3] as const, ["1", 3] as const, ["false", 0] as const, ["", 0] as const]) {
      const { context, lines } = contextWith({ CI });
      expect((await runParts([part("unit", 40, 0, 3)], context)).failed).toBe(failed);
      expect(lines().at(-1)).toBe(failed ? "40 passed, 3 failed" : "40 passed, 0 failed, 3 skipped");
    }
  });
});

describe("tallies", () => {
  it("are read back from the last closing line", () => {
    expect(tallyIn("1 passed, 1 failed\nmore\n12 passed, 0 failed, 3 skipped\n")).toEqual({
      passed: 12,
      failed: 0,
      skipped: 3,
    });
    expect(tallyIn(closingLine({ passed: 5, failed: 2, skipped: 0 }))).toEqual({ passed: 5, failed: 2, skipped: 0 });
    expect(tallyIn("it is said that 3 passed, 4 failed")).toBeNull();
  });

  it("of vitest count what its exit code knows and its tests do not", () => {
    const test = (status: string) => ({ status, fullName: status });
    const report = (...testResults: object[]): string => JSON.stringify({ testResults });
    const good = {
      name: "a",
      status: "passed",
      assertionResults: [test("passed"), test("skipped"), test("pending"), test("todo")],
    };
    expect(vitestTally(report(good), 0)).toEqual({
      passed: 1,
      failed: 0,
      skipped: 3,
      skippedNames: ["skipped", "pending", "todo"],
    });
    const notLoaded = { name: "b", status: "failed", message: "SyntaxError", assertionResults: [] };
    expect(vitestTally(report(good, notLoaded), 1).failed).toBe(1);
    expect(
      vitestTally(report({ ...good, status: "failed", assertionResults: [test("failed"), test("failed")] }), 1).failed,
    ).toBe(2);
    expect(vitestTally(report(good), 1).failed).toBe(1); // an unhandled rejection
    expect(vitestTally(null, 1).failed).toBe(1);
    expect(vitestTally("half a rep", null).failed).toBe(1);
  });
});
