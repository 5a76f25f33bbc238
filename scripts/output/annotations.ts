import { readFileSync } from "node:fs";
import path from "node:path";
import type { NotebookResult } from "../run/many";
import { isFailure } from "../run/report";
import { plainText } from "./text";

/**
 * GitHub's workflow commands, one per failing cell (or notebook), which it shows beside the file.
 * @param workspace the repository's root: annotations name files relative to it.
 */
export function annotations(results: readonly NotebookResult[], workspace: string): string[] {
  return results.flatMap((result) => {
    if (result.result === "passed" || result.result === "not-run" || result.result === "interrupted") return [];
    const file = path.relative(workspace, result.file);
    const bad = (result.run?.cells ?? []).filter(isFailure).map(({ index, message, status, traceback }) => ({
      index,
      message: [`${status}: ${message ?? ""}`, ...(traceback ?? [])].join("\n"),
    }));
    const found = [...bad, ...(result.verdict?.cells ?? [])];
    if (found.length === 0) return [command(file, 1, result.name, result.message ?? result.result)];
    const lines = cellLines(result);
    return found.map(({ index, message }) =>
      index < 0
        ? command(file, 1, result.name, message)
        : command(file, lines.get(index) ?? 1, `${path.basename(file)}, cell ${index + 1}`, message),
    );
  });
}

/** The line of the file on which each cell's id stands. */
function cellLines({ file, run }: NotebookResult): Map<number, number> {
  const lines = new Map<number, number>();
  let text: string[];
  try {
    text = readFileSync(file, "utf8").split("\n");
  } catch {
    return lines;
  }
  for (const { index, id } of run?.cells ?? []) {
    const at = text.findIndex((line) => line.includes(`"id": "${id}"`));
    if (at >= 0) lines.set(index, at + 1);
  }
  return lines;
}

function command(file: string, line: number, title: string, message: string): string {
  const data = plainText(message).replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  return `::error file=${property(file)},line=${line},title=${property(title)}::${data}`;
}

function property(text: string): string {
  return plainText(text).replaceAll("%", "%25").replaceAll("\n", "%0A").replaceAll(":", "%3A").replaceAll(",", "%2C");
}
