import type { Tally } from "./tally";

/** The fields that we read of vitest's JSON report. */
interface VitestReport {
  testResults: {
    name: string;
    status: string;
    message?: string;
    assertionResults: { status: string; fullName: string }[];
  }[];
}

/**
 * Counts a JSON report of vitest. A file that failed before its first test counts as one failed test, and so does a run
 * that ended badly although each test passed (an unhandled rejection, a crashed worker).
 * @param text the report file's content; null when vitest wrote none
 * @param exitCode of vitest
 */
export function vitestTally(text: string | null, exitCode: number | null): Tally & { skippedNames: string[] } {
  const tally = { passed: 0, failed: 0, skipped: 0, skippedNames: [] as string[] };
  const report = parse(text);
  for (const file of report?.testResults ?? []) {
    for (const test of file.assertionResults) {
      if (test.status === "passed") tally.passed += 1;
      else if (test.status === "failed") tally.failed += 1;
      else {
        tally.skipped += 1;
        tally.skippedNames.push(test.fullName);
      }
    }
    if (file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed")) tally.failed += 1;
  }
  if (exitCode !== 0 && tally.failed === 0) tally.failed = 1;
  return tally;
}

function parse(text: string | null): VitestReport | null {
  if (text === null) return null;
  try {
    const report = JSON.parse(text) as VitestReport;
    return Array.isArray(report.testResults) ? report : null;
  } catch {
    return null;
  }
}
