// tslab's converter (type check and transpilation), with two things added: source maps, which it does not make, and a
// name for every cell's script, so that stack frames of different cells can be told apart.
import { createRequire } from "node:module";
import type { SourceMapPayload, SourceMapping } from "node:module";
import { SourceMap } from "node:module";
import type * as TypeScriptModule from "@tslab/typescript-for-tslab";
import type * as TslabConverter from "tslab/dist/converter";
import { expandShorthands } from "./shorthand";
import { Syntax } from "./syntax";
import type { Converter, ConvertResult } from "tslab/dist/converter";

type TypeScript = typeof TypeScriptModule;
type ConverterModule = typeof TslabConverter;

const INLINE_MAP = /\n?\/\/# sourceMappingURL=data:application\/json;base64,([A-Za-z0-9+/=]+)\s*$/;
const MAP_COMMENT = /\n?\/\/# sourceMappingURL=[^\n]*\s*$/;
/** tslab puts one line before a cell, to make it a module. */
const PREFIX_LINES = 1;
/** What tslab's executor puts before the code, on its first line. */
const WRAPPER = { plain: "(function(exports, require) { ", async: "(async function(exports, require) { " };
const SCRIPT_NAME = /^genlab-cell-(\d+)$/;

export interface Position {
  /** The cell's execution, by number. */
  script: number;
  /** From 1. */
  line: number;
  /** From 1. */
  column: number;
}

interface Script {
  /** From the executed JavaScript to the ES module that TypeScript emitted, and from there to the cell. */
  maps: [SourceMap, SourceMap] | null;
  indent: number;
  /** Lines of the output; what lies behind is the executor's call. */
  lines: number;
}

/** Converts cells and maps positions in what runs back to what was typed. */
export class Conversion {
  /** The converter that tslab's executor works with. */
  readonly converter: Converter;
  /** What the last conversion gave. */
  last: ConvertResult | null = null;
  readonly syntax: Syntax;
  readonly isCompleteCode: ConverterModule["isCompleteCode"];
  private readonly scripts = new Map<number, Script>();
  private current = 0;

  /** @param onConverted called when the compiler has done its work, before the code runs; may throw. */
  constructor(onConverted: () => void) {
    const mapped = new Map<string, [SourceMap, SourceMap]>();
    const { tslab, typescript } = loadWithMaps((output, maps) => mapped.set(output, maps));
    const { createConverter, isCompleteCode } = tslab;
    const syntax = new Syntax(typescript);
    this.syntax = syntax;
    const converter = createConverter({ isJS: false, isBrowser: false });
    this.isCompleteCode = isCompleteCode;
    this.converter = {
      ...converter,
      convert: (previous, source) => {
        this.last = null;
        mapped.clear();
        const result = converter.convert(previous, source);
        if (result.output) result.hasToplevelAwait ||= syntax.awaits(result.output);
        this.last = result;
        onConverted();
        if (result.diagnostics.length > 0 || !result.output) return result;
        this.scripts.set(this.current, {
          maps: mapped.get(result.output) ?? null,
          indent: (result.hasToplevelAwait ? WRAPPER.async : WRAPPER.plain).length,
          lines: result.output.split("\n").length,
        });
        return { ...result, output: `${result.output}\n//# sourceURL=genlab-cell-${this.current}` };
      },
    };
  }

  /** Names the script of the next conversion. */
  begin(script: number): void {
    this.current = script;
    this.last = null;
  }

  /**
   * The place in a cell's own text; "wrapper" for the call that starts a cell, null when `file` is no cell or the place has
   * no counterpart. `line` and `column` from 1.
   */
  locate(file: string, line: number, column: number): Position | "wrapper" | null {
    const match = SCRIPT_NAME.exec(file);
    if (!match) return null;
    const number = Number(match[1]);
    const script = this.scripts.get(number);
    if (!script) return null;
    if (line > script.lines) return "wrapper";
    if (!script.maps) return { script: number, line, column };
    const [outer, inner] = script.maps;
    const module = nearest(outer, line - 1, column - 1 - (line === 1 ? script.indent : 0));
    const source = module && nearest(inner, module.originalLine, module.originalColumn);
    if (!source) return null;
    return { script: number, line: source.originalLine + 1 - PREFIX_LINES, column: source.originalColumn + 1 };
  }
}

/** Loads tslab's converter over its TypeScript with a few functions wrapped. */
function loadWithMaps(onOutput: (output: string, maps: [SourceMap, SourceMap]) => void): {
  tslab: ConverterModule;
  typescript: TypeScript;
} {
  const file = require.resolve("tslab/dist/converter");
  const tslabRequire = createRequire(file);
  const name = "@tslab/typescript-for-tslab";
  const typescript = tslabRequire(name) as TypeScript;
  // TypeScript's exports are getters that cannot be redefined, so tslab gets a copy in which a few are ours.
  const copy = { ...typescript };
  copy.createWatchCompilerHost = ((...parameters: unknown[]) => {
    // Only @types/node: every other package in node_modules/@types costs start-up time and no cell names it.
    parameters[1] = { ...(parameters[1] as object), inlineSourceMap: true, types: ["node"] };
    return (typescript.createWatchCompilerHost as (...all: unknown[]) => unknown)(...parameters);
  }) as TypeScript["createWatchCompilerHost"];
  copy.transpileModule = (input, options) => {
    const found = INLINE_MAP.exec(input);
    if (!found) return typescript.transpileModule(input, options);
    const compilerOptions = { ...options.compilerOptions, sourceMap: true };
    const result = typescript.transpileModule(input.slice(0, found.index), { ...options, compilerOptions });
    const outputText = result.outputText.replace(MAP_COMMENT, "\n");
    const inner = parseMap(Buffer.from(found[1]!, "base64").toString("utf8"));
    if (result.sourceMapText) onOutput(outputText, [parseMap(result.sourceMapText), inner]);
    return { ...result, outputText };
  };
  expandShorthands(copy, typescript);
  const cached = require.cache[tslabRequire.resolve(name)];
  if (cached) cached.exports = copy;
  return { tslab: tslabRequire(file) as ConverterModule, typescript };
}

/** How far right a place of the cell is looked for, where what tslab put before it (`exports.tsLastExpr = `) has none. */
const INSERTED = 40;

/** The mapping at a place (from 0) or, where none covers it on its line, the next one there. */
function nearest(map: SourceMap, line: number, column: number): SourceMapping | null {
  for (let at = column; at <= column + INSERTED; at++) {
    const entry = map.findEntry(line, at);
    if ("originalLine" in entry && entry.generatedLine === line) return entry;
  }
  return null;
}

function parseMap(text: string): SourceMap {
  return new SourceMap(JSON.parse(text) as SourceMapPayload);
}
