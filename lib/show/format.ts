/**
 * A number for people: 1234567 → "1,234,567", 0.0123456 → "0.01235", 1.2e-7 → "1.2e-7", NaN → "NaN".
 * @param digits significant digits, 4 unless told; whole numbers below 10¹⁵ keep all of theirs
 */
export function formatNumber(x: number, digits = 4): string {
  if (!Number.isInteger(digits) || digits < 1 || digits > 17) {
    throw new Error(`formatNumber: wanted 1 to 17 significant digits, got ${digits}`);
  }
  if (typeof x !== "number" || Number.isNaN(x)) return "NaN";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "-∞";
  const size = Math.abs(x);
  if (Number.isInteger(x) && size < 1e15) return group(x.toFixed(0));
  if (size < 1e-4 || size >= 1e15) return trimZeros(x.toExponential(digits - 1)).replace("e+", "e");
  const whole = Math.floor(Math.log10(size)) + 1;
  return group(trimZeros(x.toFixed(Math.min(100, Math.max(0, digits - whole)))));
}

/** A time span for people: 0.0421 → "42 ms", 3.25 → "3.3 s", 75 → "1 min 15 s", 5400 → "1 h 30 min". */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  const sign = seconds < 0 ? "-" : "";
  const s = Math.abs(seconds);
  if (s < 0.9995) return `${sign}${Math.round(s * 1000)} ms`;
  if (s < 9.95) return `${sign}${s.toFixed(1)} s`;
  const whole = Math.round(s);
  if (whole < 60) return `${sign}${whole} s`;
  if (whole < 3600) return `${sign}${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(s / 60);
  return `${sign}${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function trimZeros(text: string): string {
  return text.replace(/(\.\d*?)0+(?=e|$)/, "$1").replace(/\.(?=e|$)/, "");
}

/** Thousands separated by commas: "-12345.678" → "-12,345.678". */
export function group(text: string): string {
  const [head, tail] = text.split(".") as [string, string | undefined];
  const grouped = head.replace(/\B(?=(\d{3})+$)/g, ",");
  return tail === undefined ? grouped : `${grouped}.${tail}`;
}
