import { toUSVString } from "node:util";
import { numberText } from "./number";

/** Orders strings by code point, as Python does; JavaScript's own order is by UTF-16 unit. */
export function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Surrogates (0xd800–0xdfff) stand for code points above everything else in the basic plane. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** What json.dumps(value, indent=1, sort_keys=True, separators=(",", ": "), ensure_ascii=False) gives in Python. */
export function pythonJson(value: unknown): string {
  const parts: string[] = [];
  write(value, "\n", parts, {}, "");
  return parts.join("");
}

function write(value: unknown, newline: string, parts: string[], holder: object, key: string): void {
  switch (typeof value) {
    case "string":
      parts.push(quoted(value));
      return;
    case "number":
      parts.push(numberText(holder, key, value));
      return;
    case "boolean":
      parts.push(String(value));
      return;
    case "object":
      if (value === null) break;
      if (Array.isArray(value)) writeArray(value, newline, parts);
      else writeObject(value as Record<string, unknown>, newline, parts);
      return;
    default:
  }
  parts.push("null"); // null, and what JSON cannot say, as in JSON.stringify
}

function writeArray(array: unknown[], newline: string, parts: string[]): void {
  if (array.length === 0) {
    parts.push("[]");
    return;
  }
  const inner = newline + " ";
  array.forEach((item, index) => {
    parts.push(index === 0 ? "[" : ",", inner);
    write(item, inner, parts, array, String(index));
  });
  parts.push(newline, "]");
}

function writeObject(object: Record<string, unknown>, newline: string, parts: string[]): void {
  const keys = Object.keys(object)
    .filter((key) => object[key] !== undefined)
    .sort(byCodePoint);
  if (keys.length === 0) {
    parts.push("{}");
    return;
  }
  const inner = newline + " ";
  keys.forEach((key, index) => {
    parts.push(index === 0 ? "{" : ",", inner, quoted(key), ": ");
    write(object[key], inner, parts, object, key);
  });
  parts.push(newline, "}");
}

/** JSON.stringify escapes what Python escapes, but for halves of surrogate pairs, which UTF-8 cannot hold. */
function quoted(text: string): string {
  return JSON.stringify(toUSVString(text));
}
