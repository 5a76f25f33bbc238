import type { ICell, ICodeCell, IOutput } from "@jupyterlab/nbformat";

export const METRIC_MIME = "application/vnd.genlab.metric+json";
export const PLOTLY_MIME = "application/vnd.plotly.v1+json";
export const PROGRESS_MIME = "application/vnd.genlab.progress+json";

export type Bundle = Record<string, unknown>;

/** An output as the check sees it. */
export type Item =
  | { type: "stream"; label: string; name: string; text: string }
  | { type: "bundle"; label: string; data: Bundle }
  | { type: "error"; label: string; ename: string; evalue: string };

/** Text of a file's field, whether one string or lines. */
export function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join("") : typeof value === "string" ? value : "";
}

export function tagsOf(cell: ICell): readonly string[] {
  const { tags } = cell.metadata;
  return Array.isArray(tags) ? tags : [];
}

export function isCode(cell: ICell): cell is ICodeCell {
  return cell.cell_type === "code";
}

export function outputsOf(cell: ICell): IOutput[] {
  return isCode(cell) && Array.isArray(cell.outputs) ? cell.outputs : [];
}

/**
 * A cell's outputs in a form that two good runs share: text of one stream is one item however it was cut, and stdout
 * and stderr, whose order is chance, are merged up to the next display.
 */
export function itemsOf(cell: ICell): Item[] {
  const items: Item[] = [];
  let streams = new Map<string, Item & { type: "stream" }>();
  const flush = () => {
    items.push(...[...streams.values()].sort((a, b) => (a.name < b.name ? 1 : -1)).filter(({ text }) => text.trim()));
    streams = new Map();
  };
  for (const output of outputsOf(cell)) {
    if (output.output_type === "stream") {
      const name = textOf(output.name);
      const before = streams.get(name);
      streams.set(name, { type: "stream", label: name, name, text: (before?.text ?? "") + textOf(output.text) });
      continue;
    }
    flush();
    if (output.output_type === "error") {
      const ename = textOf(output.ename);
      items.push({ type: "error", label: `error ${ename}`, ename, evalue: textOf(output.evalue) });
    } else {
      const data = (output.data ?? {}) as Bundle;
      const kind = output.output_type === "execute_result" ? "result" : "display";
      items.push({ type: "bundle", label: `${kind} ${Object.keys(data).sort().join(" + ")}`, data });
    }
  }
  flush();
  return items;
}
