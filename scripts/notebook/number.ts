/**
 * Numbers as Jupyter's server (Python) writes them.
 *
 * A number that came out of JavaScript reaches Python as JSON.stringify wrote it: `1` is an int there, `1e-7` a float,
 * and Python writes the float back as `1e-07`. So a number made here is written as Python would write what JupyterLab
 * would have sent. Numbers read from a file may be more than JavaScript can hold (`1.0`, `-0.0`, 20-digit integers);
 * their text is kept aside, per object that holds them, as long as the value is not replaced.
 */
const kept = new WeakMap<object, Map<string, string>>();

/** Python's `repr(float)`: shortest digits that round-trip, exponent from 1e16 up and below 1e-4. */
export function pythonFloat(value: number): string {
  const [mantissa = "0", exponentText = "0"] = value.toExponential().split("e");
  const exponent = Number(exponentText);
  const negative = value < 0 || Object.is(value, -0);
  const digits = mantissa.replace(/[-.]/g, "");
  let text: string;
  if (exponent < -4 || exponent >= 16) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    text = `${digits[0]}${digits.length > 1 ? "." + digits.slice(1) : ""}e${exponent < 0 ? "-" : "+"}${size}`;
  } else if (exponent < 0) {
    text = "0." + "0".repeat(-exponent - 1) + digits;
  } else {
    const whole = digits.padEnd(exponent + 1, "0");
    text = `${whole.slice(0, exponent + 1)}.${whole.slice(exponent + 1) || "0"}`;
  }
  return (negative ? "-" : "") + text;
}

/** The text Python gives to a number that JavaScript sent it. NaN and infinities become null, as in JSON.stringify. */
export function javaScriptNumber(value: number): string {
  const sent = JSON.stringify(value);
  return sent === "null" || /^-?\d+$/.test(sent) ? sent : pythonFloat(value);
}

/** The text Python gives to a number that it read as `literal`. */
export function pythonNumber(literal: string): string {
  return /^-?\d+$/.test(literal) ? BigInt(literal).toString() : pythonFloat(Number(literal));
}

/** Remembers how `holder[key]` was written, where JavaScript's number alone would be written otherwise. */
export function keepLiteral(holder: object, key: string, literal: string): void {
  const text = pythonNumber(literal);
  // Also where JavaScript's text would do: a property of this name may have stood before.
  if (text === javaScriptNumber(Number(literal))) return void kept.get(holder)?.delete(key);
  const own = kept.get(holder) ?? new Map<string, string>();
  kept.set(holder, own.set(key, text));
}

/** The text to write for the number `holder[key]`: the file's own if the value is still the one that was read. */
export function numberText(holder: object, key: string, value: number): string {
  const text = kept.get(holder)?.get(key);
  return text !== undefined && Object.is(Number(text), value) ? text : javaScriptNumber(value);
}

/** A deep copy of JSON data that keeps the numbers' text, which structuredClone would lose. */
export function copyJson<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  const copy: object = Array.isArray(value) ? new Array<unknown>(value.length) : {};
  for (const [key, item] of Object.entries(value)) define(copy, key, copyJson<unknown>(item));
  const own = kept.get(value);
  if (own) kept.set(copy, new Map(own));
  return copy as T;
}

/** Sets a property as data, also `__proto__`. */
export function define(holder: object, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    (holder as Record<string, unknown>)[key] = value;
  }
}
