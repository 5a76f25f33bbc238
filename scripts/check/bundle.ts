import type { Finding, Strictness } from "./difference";
import { compareFigures } from "./figure";
import { countsText, elementCounts, maskTimes, visibleText } from "./markup";
import { METRIC_MIME, PLOTLY_MIME, PROGRESS_MIME, textOf } from "./outputs";
import type { Bundle } from "./outputs";
import { comparePictures } from "./picture";
import { diffText, numbersAgree } from "./text";

/** Compares two MIME bundles that have the same types. */
export function compareBundles(expected: Bundle, got: Bundle, strict: Strictness, place: string): Finding[] {
  if (METRIC_MIME in expected) return []; // by name and band, elsewhere
  const html = [expected, got].map((bundle) => maskTimes(textOf(bundle["text/html"]))) as [string, string];
  return Object.keys(expected).flatMap((mime) => {
    const path = `${place} ${mime}`;
    const [a, b] = [expected[mime], got[mime]];
    if (mime === PLOTLY_MIME) return compareFigures(a, b, strict, path);
    if (mime === PROGRESS_MIME) return [];
    if (mime === "image/png") return comparePictures(textOf(a), textOf(b), strict, path);
    if (!strict.values) return [];
    if (mime === "image/svg+xml") {
      // Beside a Plotly figure the drawing is its shadow.
      return PLOTLY_MIME in expected ? [] : compareDrawings(textOf(a), textOf(b), path);
    }
    if (mime.startsWith("image/")) return compareBytes(textOf(a), textOf(b), mime, path);
    if (mime === "text/html") return textFinding(visibleText(html[0]), visibleText(html[1]), path);
    // A table's plain text has columns that only its HTML tells apart.
    if (mime === "text/plain" && html[0] !== textOf(expected["text/html"])) return [];
    if (typeof a === "string" && typeof b === "string") return textFinding(a, b, path);
    return compareData(a, b, path);
  });
}

export function textFinding(expected: string, got: string, path: string): Finding[] {
  const found = diffText(expected, got);
  return found ? [{ kind: "text", path, ...found }] : [];
}

/** Pictures that are not decoded here. */
function compareBytes(expected: string, got: string, mime: string, path: string): Finding[] {
  if (expected === got) return [];
  const [a, b] = [expected, got].map((text) => `${text.length} characters of base64`) as [string, string];
  return [{ kind: "picture", path, expected: a, got: b, message: `the ${mime} has other bytes` }];
}

function compareDrawings(expected: string, got: string, path: string): Finding[] {
  const [a, b] = [expected, got].map((markup) => countsText(elementCounts(markup))) as [string, string];
  if (a !== b) return [{ kind: "picture", path, expected: a, got: b, message: "the drawing has other elements" }];
  return textFinding(visibleText(expected), visibleText(got), path);
}

/** JSON data: numbers within the tolerance, everything else equal; the first place that differs. */
export function compareData(expected: unknown, got: unknown, path: string): Finding[] {
  if (typeof expected === "number" && typeof got === "number" && numbersAgree(expected, got)) return [];
  if (isHolder(expected) && isHolder(got) && Array.isArray(expected) === Array.isArray(got)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(got)])) {
      const found = compareData(expected[key], got[key], `${path} ${key}`);
      if (found.length > 0) return found;
    }
    return [];
  }
  if (expected === got) return [];
  const [a, b] = [expected, got].map((value) => (JSON.stringify(value) ?? "nothing").slice(0, 160)) as [string, string];
  return [{ kind: "data", path, expected: a, got: b, message: `the data is ${b}, expected ${a}` }];
}

function isHolder(value: unknown): value is Bundle {
  return typeof value === "object" && value !== null;
}
