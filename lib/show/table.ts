import { isEmptyList } from "./numbers";
import { createRequire } from "node:module";
import { formatNumber } from "./format";
import { DISPLAY } from "./mime";
import type { MimeBundle } from "./mime";

/** What a cell of a table may hold; missing values show as "–". */
export type TableCell = string | number | boolean | null | undefined;

/** The part of a danfo.js DataFrame that tables use. */
export interface Frame {
  readonly columns: string[];
  readonly dtypes: string[];
  readonly values: unknown[] | unknown[][];
  readonly shape: number[];
}

export interface TableOptions {
  /** Stands above the table. */
  caption?: string;
  /** Units by column, written in the header: { time: "s" } → "time (s)". */
  units?: Readonly<Record<string, string>>;
  /** Digits after the point: of all columns, or by column. Unless told, as many as four significant digits need. */
  digits?: number | Readonly<Record<string, number>>;
}

/** A table that shows itself: HTML, and aligned plain text. */
export class Table {
  constructor(
    /** The table as a danfo.js DataFrame, for those who want to compute on. */
    readonly frame: Frame,
    private readonly options: TableOptions,
  ) {}

  toString(): string {
    const { header, body, numeric } = this.cells();
    const widths = header.map((title, c) => Math.max(length(title), ...body.map((row) => length(row[c]!))));
    const line = (row: readonly string[]): string =>
      row
        .map((text, c) => (numeric[c] ? pad(widths[c]! - length(text)) + text : text + pad(widths[c]! - length(text))))
        .join("  ")
        .trimEnd();
    const rule = widths.map((width) => "─".repeat(width)).join("  ");
    const caption = this.options.caption === undefined ? [] : [this.options.caption];
    return [...caption, line(header), rule, ...body.map(line)].join("\n");
  }

  /** No style sheet, for it would reach other tables of the page: every element carries its own. */
  toHtml(): string {
    const { header, body, numeric } = this.cells();
    const align = (c: number): string => (numeric[c] ? "text-align:right" : "text-align:left");
    const rule = "1px solid rgba(128,128,128,0.5)";
    const head = header.map(
      (title, c) => `<th style="${align(c)};padding:4px 12px;border-bottom:${rule}">${html(title)}</th>`,
    );
    const rows = body.map((row) => {
      const cells = row.map((text, c) => {
        const figures = numeric[c] ? ";font-variant-numeric:tabular-nums" : "";
        return `<td style="${align(c)};padding:3px 12px${figures}">${html(numeric[c] ? text.replace(/^-|(?<=e)-/g, "−") : text)}</td>`;
      });
      return `<tr>${cells.join("")}</tr>`;
    });
    const { caption } = this.options;
    const above =
      caption === undefined
        ? ""
        : `<caption style="caption-side:top;text-align:left;padding:4px 12px;font-weight:600;color:inherit">${html(caption)}</caption>`;
    return `<table style="border-collapse:collapse;margin:4px 0;width:auto">${above}<thead><tr>${head.join("")}</tr></thead><tbody>\n${rows.join("\n")}\n</tbody></table>`;
  }

  [DISPLAY](): MimeBundle {
    return { "text/html": this.toHtml(), "text/plain": this.toString() };
  }

  /** The table as texts, numbers formatted column by column. */
  private cells(): { header: string[]; body: string[][]; numeric: boolean[] } {
    const { columns, values } = this.frame;
    const { units = {} } = this.options;
    const rows = values as unknown[][];
    const header = columns.map((name) => (units[name] ? `${name} (${units[name]})` : name));
    const numeric = columns.map(
      (_, c) =>
        rows.some((row) => typeof row[c] === "number") &&
        rows.every((row) => typeof row[c] === "number" || isMissing(row[c])),
    );
    const formats = columns.map((name, c) =>
      columnFormat(
        rows.map((row) => row[c]),
        this.digitsOf(name),
        numeric[c]!,
      ),
    );
    return { header, body: rows.map((row) => columns.map((_, c) => formats[c]!(row[c]))), numeric };
  }

  private digitsOf(column: string): number | undefined {
    const { digits } = this.options;
    return typeof digits === "object" ? digits[column] : digits;
  }
}

/**
 * Rows as a table, by way of a danfo.js DataFrame: numbers right-aligned with the same number of decimals all the way
 * down, units in the header, missing values as "–". Columns appear in the order in which the rows first name them.
 * @param rows records, or a danfo.js DataFrame
 * @throws Error when there is no row or `units` or `digits` name a column that is not there
 */
export function table(rows: readonly Readonly<Record<string, TableCell>>[] | Frame, options: TableOptions = {}): Table {
  const frame = isFrame(rows) ? rows : frameOf(rows);
  const named = [
    ...Object.keys(options.units ?? {}),
    ...(typeof options.digits === "object" ? Object.keys(options.digits) : []),
  ];
  const unknown = named.find((name) => !frame.columns.includes(name));
  if (unknown !== undefined)
    throw new Error(`table: no column "${unknown}" for its unit or digits: there are ${frame.columns.join(", ")}`);
  return new Table(frame, options);
}

function isFrame(value: unknown): value is Frame {
  return typeof value === "object" && value !== null && "dtypes" in value && "columns" in value && "values" in value;
}

function frameOf(rows: readonly Readonly<Record<string, TableCell>>[]): Frame {
  if (isEmptyList(rows)) throw new Error("table: no rows: give at least one record { column: value }");
  const odd = rows.findIndex((row) => typeof row !== "object" || row === null);
  if (odd >= 0) throw new Error(`table: row ${odd} is no record { column: value }`);
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  if (columns.length === 0) throw new Error("table: the rows have no columns");
  const cells = rows.map((row) => columns.map((name) => (row as Record<string, TableCell>)[name]));
  return new (danfo().DataFrame)(cells, { columns });
}

type Danfo = { DataFrame: new (data: unknown[][], options: { columns: string[] }) => Frame };
let loaded: Danfo | undefined;

/** danfo.js takes a second and 90 MB: loaded by the first table. */
function danfo(): Danfo {
  loaded ??= createRequire(__filename)("danfojs-node") as Danfo;
  return loaded;
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === "number" && Number.isNaN(value));
}

/** One format for a column, so that points stand below each other. */
function columnFormat(
  values: readonly unknown[],
  digits: number | undefined,
  numeric: boolean,
): (value: unknown) => string {
  const plain = (value: unknown): string =>
    isMissing(value) ? "–" : typeof value === "number" ? formatNumber(value) : String(value);
  if (!numeric) return plain;
  const numbers = values.filter((value): value is number => typeof value === "number" && Number.isFinite(value));
  const sizes = numbers.filter((value) => value !== 0).map(Math.abs);
  const [smallest, largest] = [Math.min(...sizes), Math.max(...sizes)];
  if (digits === undefined) {
    if (numbers.every(Number.isInteger)) return plain;
    // Too wide a span for a common number of decimals.
    if (smallest < 1e-4 || largest >= 1e7 || largest / smallest > 1e5) return plain;
  }
  const decimals = digits ?? Math.max(0, 3 - Math.floor(Math.log10(largest)));
  return (value) => {
    if (typeof value !== "number" || !Number.isFinite(value)) return plain(value);
    const [whole, rest] = value.toFixed(decimals).split(".") as [string, string | undefined];
    return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (rest === undefined ? "" : `.${rest}`);
  };
}

/** Characters, not UTF-16 units. */
function length(text: string): number {
  return [...text].length;
}

function pad(count: number): string {
  return " ".repeat(Math.max(0, count));
}

/** Text as it may stand in HTML. */
export function html(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}
