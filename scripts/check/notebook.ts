import type { ICell, INotebookContent } from "@jupyterlab/nbformat";
import { diffArrays } from "diff";
import type { Profile } from "../run/cell-options";
import type { CellReport, NotebookRun } from "../run/report";
import { compareBundles, textFinding } from "./bundle";
import { baselineProblems } from "./baseline";
import type { CheckReport, Difference, Finding, Strictness } from "./difference";
import { located } from "./located";
import { compareMetrics, metricsOf } from "./metrics";
import { METRIC_MIME, isCode, itemsOf, tagsOf, textOf } from "./outputs";
import type { Item } from "./outputs";

/**
 * Compares an executed notebook with the committed one.
 *
 * In the standard profile, which made the committed outputs: texts with numeric tolerance, figures by structure,
 * deterministic pictures by sight, metrics against their bands. Cells tagged `trained`: metrics, structure and sizes.
 * In other profiles: structure, and metrics that are present, finite and sane. Cells that failed or never ran are the
 * runner's to report and are left out here.
 */
export function checkNotebook(
  committed: INotebookContent,
  run: Pick<NotebookRun, "notebook" | "cells">,
  profile: Profile,
): CheckReport {
  const report: CheckReport = { differences: baselineProblems(committed), metrics: [] };
  report.differences.push(...cellOrder(committed, run.notebook));
  // Without outputs there is nothing to compare, and every output would be reported as new.
  if (report.differences.some(({ kind, cell }) => kind === "baseline" && cell === 0)) return report;
  const after = new Map(run.notebook.cells.map((cell) => [cell.id, cell]));
  const statuses = new Map(run.cells.map(({ id, status }) => [id, status]));
  for (const [index, cell] of committed.cells.entries()) {
    const executed = after.get(cell.id);
    if (!executed) continue;
    const add = (findings: Finding[]) =>
      report.differences.push(...findings.map((finding) => located(committed, index, finding)));
    if (textOf(cell.source) !== textOf(executed.source) || cell.cell_type !== executed.cell_type) {
      add([sourceFinding(cell, executed)]);
      continue;
    }
    if (!isCode(cell) || !compares(statuses.get(textOf(cell.id)))) continue;
    const strict = strictness(cell, profile);
    const [expected, got] = [itemsOf(cell), itemsOf(executed)];
    const { findings, rows } = compareMetrics(metricsOf(expected), metricsOf(got), strict);
    report.metrics.push(...rows.map((row) => ({ cell: index + 1, ...row })));
    add([...findings, ...compareItems(expected.filter(isNoMetric), got.filter(isNoMetric), strict)]);
  }
  return report;
}

function compares(status: CellReport["status"] | undefined): boolean {
  return status === undefined || status === "ok";
}

function isNoMetric(item: Item): boolean {
  return item.type !== "bundle" || !(METRIC_MIME in item.data);
}

export function strictness(cell: ICell, profile: Profile): Strictness {
  const same = profile === "standard";
  const values = same && !tagsOf(cell).includes("trained");
  return { values, lengths: same, bands: same, silence: !values };
}

function cellOrder(committed: INotebookContent, got: INotebookContent): Difference[] {
  const [before, after] = [committed, got].map(({ cells }) => cells.map(({ id }) => textOf(id))) as [
    string[],
    string[],
  ];
  if (before.length === after.length && before.every((id, i) => id === after[i])) return [];
  const finding = (message: string, expected: string, found: string): Finding => ({
    kind: "cells",
    path: "cells",
    expected,
    got: found,
    message,
  });
  const gone = before.flatMap((id, i) =>
    after.includes(id) ? [] : [located(committed, i, finding("the cell is missing", id, "nothing"))],
  );
  const added = after.flatMap((id, i) =>
    before.includes(id) ? [] : [located(got, i, finding("the cell is new", "nothing", id))],
  );
  if (gone.length + added.length > 0) return [...gone, ...added];
  return [located(committed, -1, finding("the cells stand in another order", before.join(" "), after.join(" ")))];
}

function sourceFinding(cell: ICell, executed: ICell): Finding {
  const [found] = textFinding(textOf(cell.source), textOf(executed.source), "source");
  const message = "the cell's source is not the committed one: execute the committed notebook, or commit the change";
  if (found) return { ...found, kind: "source", message };
  return { kind: "source", path: "source", expected: cell.cell_type, got: executed.cell_type, message };
}

/** Compares what two cells show, output by output; those without a partner of their kind are missing or new. */
export function compareItems(expected: readonly Item[], got: readonly Item[], strict: Strictness): Finding[] {
  const findings = strict.silence ? compareSilently(expected, got) : [];
  const keep = (items: readonly Item[]) =>
    strict.silence ? items.filter(({ type }) => type !== "stream") : [...items];
  const [a, b] = [keep(expected), keep(got)];
  let [i, j] = [0, 0];
  for (const { added, removed, value } of diffArrays(a.map(labelOf), b.map(labelOf))) {
    for (const label of value) {
      const place = `output ${(added ? j : i) + 1}`;
      if (removed) {
        findings.push({
          kind: "structure",
          path: place,
          expected: label,
          got: "nothing",
          message: `${place} is missing: ${label}`,
        });
      } else if (added) {
        findings.push({
          kind: "structure",
          path: place,
          expected: "nothing",
          got: label,
          message: `${place} is new: ${label}`,
        });
      } else {
        findings.push(...compareItem(a[i] as Item, b[j] as Item, strict, place));
      }
      if (!added) i++;
      if (!removed) j++;
    }
  }
  return findings;
}

function labelOf({ label }: Item): string {
  return label;
}

/** Where texts may differ in length, even to nothing, a stream that was never there before still counts. */
function compareSilently(expected: readonly Item[], got: readonly Item[]): Finding[] {
  const names = (items: readonly Item[]) =>
    new Set(items.flatMap((item) => (item.type === "stream" ? [item.name] : [])));
  const before = names(expected);
  return [...names(got)]
    .filter((name) => !before.has(name))
    .map((name) => {
      const text = got.find((item) => item.type === "stream" && item.name === name) as Item & { type: "stream" };
      const first = text.text.trim().split("\n")[0]?.slice(0, 160) ?? "";
      const message = `the cell writes to ${name}, which it did not: ${first}`;
      return { kind: "structure", path: name, expected: "nothing", got: first, message };
    });
}

function compareItem(expected: Item, got: Item, strict: Strictness, place: string): Finding[] {
  if (expected.type === "stream" && got.type === "stream") return textFinding(expected.text, got.text, expected.name);
  if (expected.type === "bundle" && got.type === "bundle")
    return compareBundles(expected.data, got.data, strict, place);
  if (expected.type === "error" && got.type === "error" && strict.values) {
    return textFinding(expected.evalue, got.evalue, `${place} error`); // tracebacks name files and lines of this machine
  }
  return [];
}
