import type { IOutput } from "@jupyterlab/nbformat";
import { PNG } from "pngjs";
import { METRIC_MIME, PLOTLY_MIME } from "../../../scripts/check/outputs";
import { copyJson } from "../../../scripts/notebook";
import type { Notebook } from "../../../scripts/notebook";
import type { CellReport } from "../../../scripts/run/report";

export function stream(text: string, name = "stdout"): IOutput {
  return { output_type: "stream", name, text };
}

export function display(data: Record<string, unknown>): IOutput {
  return { output_type: "display_data", data: data as IOutput["data"], metadata: {} };
}

export function result(text: string): IOutput {
  return { output_type: "execute_result", data: { "text/plain": text }, metadata: {}, execution_count: 1 };
}

export function failure(ename: string, evalue: string): IOutput {
  return { output_type: "error", ename, evalue, traceback: ["at /home/someone/a.ts:1"] };
}

export function metric(name: string, value: unknown, more: object = {}): IOutput {
  const record = { name, value, unit: "nats", band: {}, profile: "standard", ...more };
  return display({ [METRIC_MIME]: record, "text/plain": `${name}: ${String(value)} nats` });
}

export function figure(data: object[], layout: object = {}): IOutput {
  return display({ [PLOTLY_MIME]: { data, layout }, "text/plain": "a figure", "image/svg+xml": "<svg></svg>" });
}

/** A picture of one grey level, with single pixels changed. */
export function picture(
  width: number,
  height: number,
  grey: number,
  changed: [x: number, y: number, grey: number][] = [],
) {
  const png = new PNG({ width, height });
  const set = (at: number, level: number) => png.data.set([level, level, level, 255], at * 4);
  for (let at = 0; at < width * height; at++) set(at, grey);
  for (const [x, y, level] of changed) set(y * width + x, level);
  return display({ "image/png": PNG.sync.write(png).toString("base64") });
}

export interface CellSpec {
  source?: string;
  tags?: string[];
  outputs?: IOutput[];
}

/** A notebook of code cells executed in order, with a cell of parameters first. */
export function notebookOf(...cells: CellSpec[]): Notebook {
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: "tslab", display_name: "TypeScript (Genlab)", language: "typescript" } },
    cells: [{ source: "const steps = 1;", tags: ["parameters"], outputs: [stream("ready")] }, ...cells].map(
      ({ source = "run();", tags = [], outputs = [] }, i) => ({
        cell_type: "code",
        id: `cell-${i + 1}`,
        source,
        metadata: { tags },
        outputs,
        execution_count: i + 1,
      }),
    ),
  };
}

/** The run of a notebook in which every cell went well. */
export function runOf(notebook: Notebook, statuses: Partial<Record<number, CellReport["status"]>> = {}) {
  const cells = notebook.cells.map(({ id }, index): CellReport => ({
    index,
    id: id as string,
    status: statuses[index + 1] ?? "ok",
    seconds: 0.1,
  }));
  return { notebook: copyJson(notebook), cells };
}
