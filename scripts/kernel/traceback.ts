import { existsSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import type { SourceMapPayload } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import type { Conversion, Position } from "./conversion";

/** What `error` messages and error replies carry. */
export interface ErrorReport {
  ename: string;
  evalue: string;
  traceback: string[];
}

/** Frames of Node, tslab and this kernel say nothing about a cell. */
const MACHINERY = /node:internal|\(node:|at node:|[/\\]tslab[/\\]dist[/\\]|genlab-kernel-guard|evalmachine/;
/** `at f (place:line:column)` and `at place:line:column`. */
const FRAME = /^(\s*at (?:async )?(?:.*? \()?)((?:file:\/\/)?[^()]*?):(\d+):(\d+)(\)?)$/;
const MAX_FRAMES = 30;
/** Node keeps 10, and TensorFlow.js alone stands in more between its error and the cell's line. */
const STACK_DEPTH = 100;
const MAX_TEXT = 20_000;
const CONTEXT_LINES = 2;

interface CellText {
  label: string;
  code: string;
}

/** Writes errors in terms of what the user typed: cells, their lines, and files relative to the project. */
export class Tracebacks {
  private readonly cells = new Map<number, CellText>();
  private readonly fileMaps = new Map<string, SourceMap | null>();

  constructor(
    private readonly conversion: Pick<Conversion, "locate">,
    /** Files below it are named relative to it. */
    private readonly root: string,
    private readonly kernelFolder: string,
  ) {}

  /** Remembers a cell's text, so that errors can show the line. */
  add(script: number, label: string, code: string): void {
    this.cells.set(script, { label, code });
  }

  /** Makes `error.stack` speak of cells everywhere, also where user code prints it. */
  install(): void {
    Error.stackTraceLimit = STACK_DEPTH;
    Error.prepareStackTrace = (error, sites) => {
      const head = headOf(error);
      const frames = sites
        // A call site prints itself; its type does not say so.
        .map((site) => `    at ${(site as { toString(): string }).toString()}`)
        .filter((frame) => !this.isMachinery(frame))
        .flatMap((frame) => this.rewrite(frame) ?? []);
      return [head, ...frames].join("\n");
    };
  }

  /** The cell in which the outermost frame of an error lies, by script number. */
  origin(error: unknown): number | null {
    const labels = [...stackOf(error).matchAll(/\b(cell \[[^\]]*\]), line \d+/g)];
    return labels.length === 0 ? null : (this.find(labels.at(-1)![1]!)?.[0] ?? null);
  }

  /** The report of anything thrown, also of what throws when it is looked at. */
  report(thrown: unknown): ErrorReport {
    try {
      return this.reportReadable(thrown);
    } catch {
      const evalue = "a value that throws when it is looked at";
      return { ename: "Thrown", evalue, traceback: [`Thrown: ${evalue}`] };
    }
  }

  private reportReadable(thrown: unknown): ErrorReport {
    if (!(thrown instanceof Error) && !isErrorLike(thrown)) {
      const text = shorten(typeof thrown === "string" ? thrown : inspect(thrown, { depth: 3 }));
      const evalue = text === "" ? "''" : text;
      return { ename: "Thrown", evalue, traceback: [`Thrown: ${evalue}`, "(not an Error: no place is known)"] };
    }
    const ename = textOf(thrown.name) || "Error";
    const evalue = shorten(textOf(thrown.message));
    const head = evalue === "" ? ename : `${ename}: ${evalue}`;
    return { ename, evalue, traceback: [head, ...this.details(thrown), ...this.causes(thrown, 0)] };
  }

  /** The line of a cell with its neighbours and a caret. */
  excerpt(position: Position, length = 1): string[] {
    const cell = this.cells.get(position.script);
    if (!cell) return [];
    const lines = cell.code.split("\n");
    const at = Math.min(Math.max(position.line, 1), lines.length);
    const from = Math.max(1, at - CONTEXT_LINES);
    const width = String(at).length;
    const shown = lines.slice(from - 1, at).map((line, i) => {
      const number = from + i;
      return `${number === at ? ">" : " "} ${String(number).padStart(width)} | ${line}`.trimEnd();
    });
    const line = lines[at - 1] ?? "";
    const column = Math.min(Math.max(position.column, 1), line.length + 1);
    // Tabs stay tabs, so that the caret stands under its character.
    const indent = line.slice(0, column - 1).replace(/[^\t]/g, " ");
    const carets = "^".repeat(Math.max(1, Math.min(length, line.length - column + 1)));
    return [...shown, `  ${" ".repeat(width)} | ${indent}${carets}`];
  }

  label(script: number): string {
    return this.cells.get(script)?.label ?? "a cell";
  }

  private details(error: Error): string[] {
    const frames = framesOf(error);
    const first = frames.map((frame) => /\b(cell \[[^\]]*\]), line (\d+):(\d+)/.exec(frame)).find(Boolean);
    const found = first ? this.find(first[1]!) : null;
    const excerpt =
      first && found ? this.excerpt({ script: found[0], line: Number(first[2]), column: Number(first[3]) }) : [];
    const more = frames.length > MAX_FRAMES ? [`    … ${frames.length - MAX_FRAMES} more`] : [];
    const placed = first && found ? [`${first[1]}, line ${first[2]}`, ...excerpt] : [];
    return [...placed, ...frames.slice(0, MAX_FRAMES), ...more];
  }

  private causes(error: Error, depth: number): string[] {
    if (depth === 4) return [];
    const inner = error instanceof AggregateError ? error.errors.slice(0, 5) : [];
    if (error.cause !== undefined) inner.unshift(error.cause);
    return inner.flatMap((cause: unknown) => {
      if (!(cause instanceof Error)) return [`caused by: ${shorten(inspect(cause, { depth: 1 }))}`];
      return [`caused by: ${headOf(cause)}`, ...framesOf(cause).slice(0, 5), ...this.causes(cause, depth + 1)];
    });
  }

  private find(label: string): [number, CellText] | null {
    // The latest of that name: a silent request has no number of its own.
    return [...this.cells].reverse().find(([, cell]) => cell.label === label) ?? null;
  }

  private isMachinery(frame: string): boolean {
    return MACHINERY.test(frame) || frame.includes(this.kernelFolder);
  }

  private rewrite(frame: string): string | null {
    const match = FRAME.exec(frame);
    if (!match) return frame;
    const [, head, place, line, column, tail] = match;
    const position = this.conversion.locate(place!, Number(line), Number(column));
    if (position === "wrapper") return null;
    if (position) {
      const where = `${this.label(position.script)}, line ${position.line}:${position.column}`;
      // The function that tslab wraps a cell in has no name worth showing.
      return /\(anonymous\)|<anonymous>|^\s*at (async )?\($/.test(head!) || head === "    at "
        ? `    at ${where}`
        : // Functions of earlier cells are called through the proxy of what cells share.
          `${head!.replace(/^(\s*at (?:async )?)Proxy\./, "$1")}${where}${tail}`;
    }
    return this.rewriteFile(head!, place!, Number(line), Number(column), tail!);
  }

  private rewriteFile(head: string, place: string, line: number, column: number, tail: string): string {
    let file = place.startsWith("file://") ? fileURLToPath(place) : place;
    if (!path.isAbsolute(file)) return `${head}${place}:${line}:${column}${tail}`;
    const entry = this.mapOf(file)?.findEntry(line - 1, column - 1);
    if (entry && "originalSource" in entry) {
      const source = entry.originalSource;
      file = source.startsWith("file://") ? fileURLToPath(source) : path.resolve(path.dirname(file), source);
      line = entry.originalLine + 1;
      column = entry.originalColumn + 1;
    }
    return `${head}${this.shown(file)}:${line}:${column}${tail}`;
  }

  /** No path of this machine goes into a notebook: relative to the project, or from node_modules on. */
  private shown(file: string): string {
    const modules = file.lastIndexOf(`${path.sep}node_modules${path.sep}`);
    if (modules >= 0) return file.slice(modules + 1);
    const relative = path.relative(this.root, file);
    return relative.startsWith("..") ? path.basename(file) : relative;
  }

  private mapOf(file: string): SourceMap | null {
    let map = this.fileMaps.get(file);
    if (map === undefined) {
      map = null;
      try {
        const mapFile = `${file}.map`;
        if (existsSync(mapFile)) map = new SourceMap(JSON.parse(readFileSync(mapFile, "utf8")) as SourceMapPayload);
      } catch {
        // A broken map costs the nicer line number, nothing else.
      }
      this.fileMaps.set(file, map);
    }
    return map;
  }
}

function headOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return "Error";
  }
}

function stackOf(error: unknown): string {
  try {
    return textOf((error as { stack?: unknown } | null | undefined)?.stack);
  } catch {
    return "";
  }
}

function framesOf(error: Error): string[] {
  return stackOf(error)
    .split("\n")
    .filter((line) => /^\s+at /.test(line));
}

/** An error of another realm, or one whose prototype a library replaced. */
function isErrorLike(value: unknown): value is Error {
  return typeof value === "object" && value !== null && "stack" in value && "message" in value;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function shorten(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}… (${text.length - MAX_TEXT} more characters)`;
}
