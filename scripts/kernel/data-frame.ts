import type { MimeBundle } from "./cell";

/** As much of danfo's DataFrame and Series as is needed to show one. */
interface FrameLike {
  shape: number[];
  columns: (string | number)[];
  index: (string | number)[];
  values: unknown[];
  toString(): string;
}

const MAX_ROWS = 20;
const MAX_COLUMNS = 20;

export function isDataFrame(value: unknown): value is FrameLike {
  if (typeof value !== "object" || value === null || !("$data" in value)) return false;
  const frame = value as Partial<FrameLike>;
  return Array.isArray(frame.columns) && Array.isArray(frame.index) && Array.isArray(frame.shape);
}

/** A clean HTML table (numbers to the right, long ones cut) and danfo's own text. */
export function showDataFrame(frame: FrameLike): MimeBundle {
  const rows = frame.values.length;
  const [head, tail] = rows > MAX_ROWS ? [MAX_ROWS / 2, MAX_ROWS / 2] : [rows, 0];
  const columns = frame.columns.slice(0, MAX_COLUMNS);
  const row = (i: number) => {
    const value = frame.values[i];
    const cells = (Array.isArray(value) ? (value as unknown[]) : [value]).slice(0, MAX_COLUMNS);
    const tags = cells.map((cell) => {
      const align = typeof cell === "number" ? ' style="text-align: right"' : ' style="text-align: left"';
      return `<td${align}>${escape(format(cell))}</td>`;
    });
    return `<tr><th>${escape(String(frame.index[i] ?? i))}</th>${tags.join("")}</tr>`;
  };
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => row(from + i));
  const gap = tail > 0 ? [`<tr><th>…</th>${"<td>…</td>".repeat(columns.length)}</tr>`] : [];
  const body = [...range(0, head), ...gap, ...range(rows - tail, rows)].join("\n");
  const header = columns.map((name) => `<th>${escape(String(name))}</th>`).join("");
  const cut =
    rows > MAX_ROWS || frame.columns.length > MAX_COLUMNS
      ? `\n<p>${rows} rows × ${frame.columns.length} columns</p>`
      : "";
  return {
    "text/html": `<table class="dataframe">\n<thead><tr><th></th>${header}</tr></thead>\n<tbody>\n${body}\n</tbody>\n</table>${cut}`,
    "text/plain": frame.toString().trimEnd(),
  };
}

function format(value: unknown): string {
  if (typeof value === "number" && !Number.isInteger(value)) return String(Number(value.toPrecision(6)));
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
